package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// pidview is the source of views of the process list.
func pidview() collect.Source { return pidviewSource{} }

type pidviewSource struct{}

const (
	leastSweep  = 1 << 15 // pids that are always tried
	viewChecks  = 3       // times a difference must show before it is recorded
	viewPause   = 20 * time.Millisecond
	cgroupDepth = 24
	cgroupDirs  = 1 << 14
	hiddenCap   = 1 << 12 // differences that are recorded one by one
)

// Describe implements collect.Source.
func (pidviewSource) Describe() collect.Description {
	return collect.Description{
		Name: "pidview",
		Doc: "the process list by several ways: directory of /proc, opening every pid, control groups, children of threads, number of tasks by " +
			"sysinfo; a process that one way shows and another does not is looked at three times before it is recorded",
		Effects:    "opens and closes a pidfd for every possible pid (up to the highest plausible one; all of them with the full profile)",
		References: []string{"pidfd_open(2)", "cgroups(7)", "sysinfo(2)", "MITRE ATT&CK T1014"},
		Group:      collect.GroupVolatile,
		Turn:       turnPIDView,
		MinKernel:  "5.3",
		Fallback:   "before 5.3 every pid is looked up in /proc by name instead of being opened",
		Root:       true,
		LiveOnly:   true,
		Profiles:   []string{"triage", "full"},
	}
}

// Plan implements collect.Source.
func (pidviewSource) Plan(context.Context, *collect.Env) ([]bundle.PlanItem, error) {
	return []bundle.PlanItem{{Source: "pidview", Target: "views of the process list", Bytes: -1}}, nil
}

// Collect implements collect.Source.
func (pidviewSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	proc, kernel := env.Host.Proc(), env.Host.Kernel()
	if proc == nil || kernel == nil {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "not a live host"}, nil
	}
	stream, err := env.Out.Records(bundle.Exhibit{Name: "data/records/view", Source: "pidview", Item: item.Item, Method: method(proc)})
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("open the view record: %w", err)
	}
	v := &pidViews{env: env, proc: proc, kernel: kernel, clock: newWatch(env.Host, "pidview"),
		total: record.PIDViews{Type: "pid-views", Counts: map[string]int{}, Errnos: map[string]string{}}}
	err = v.run(ctx, stream)
	parts, size, closeErr := stream.Close()
	out := bundle.Outcome{Outcome: bundle.Collected, Exhibits: parts, Bytes: size, Method: method(proc)}
	if v.hidden > 0 {
		out.Flags = append(out.Flags, fmt.Sprintf("%d processes that not all views show", v.hidden))
	}
	if ctx.Err() != nil {
		out.Outcome, out.Reason = bundle.Partial, "cancelled"
		return out, nil
	}
	if err = firstError(err, closeErr); err != nil {
		return bundle.Outcome{}, fmt.Errorf("compare views: %w", err)
	}
	return out, nil
}

type pidViews struct {
	env    *collect.Env
	proc   host.Proc
	kernel host.Kernel
	clock  watch
	total  record.PIDViews
	hidden int
	byName bool // no pidfd_open: look names up
}

func (v *pidViews) run(ctx context.Context, stream collect.RecordStream) error {
	listed, err := v.proc.PIDs()
	if err != nil {
		return fmt.Errorf("list processes: %w", err)
	}
	swept := v.sweep(ctx, listed)
	groups := v.cgroups(ctx)
	children := v.children(ctx, listed)
	v.tasks(listed)
	after, err := v.proc.PIDs()
	if err != nil {
		return fmt.Errorf("list processes: %w", err)
	}
	known := map[int]bool{}
	for _, pid := range append(listed, after...) {
		known[pid] = true
	}
	suspects := map[int]bool{}
	for _, set := range []map[int]bool{swept, groups, children} {
		for pid := range set {
			if !known[pid] {
				suspects[pid] = true
			}
		}
	}
	for _, pid := range listed {
		if len(swept) > 0 && !swept[pid] {
			suspects[pid] = true
		}
	}
	if err := v.judge(ctx, suspects, stream); err != nil {
		return err
	}
	v.total.At, _ = v.clock.now()
	v.total.Counts["readdir"] = len(listed)
	v.total.Counts["pidfd"] = len(swept)
	v.total.Counts["cgroup"] = len(groups)
	v.total.Counts["children"] = len(children)
	return stream.Record(&v.total)
}

// judge looks at each difference several times; processes come and go.
func (v *pidViews) judge(ctx context.Context, suspects map[int]bool, stream collect.RecordStream) error {
	pids := make([]int, 0, len(suspects))
	for pid := range suspects {
		pids = append(pids, pid)
	}
	slices.Sort(pids)
	for check := 0; check < viewChecks && len(pids) > 0; check++ {
		if check > 0 {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(viewPause):
			}
		}
		now, err := v.proc.PIDs()
		if err != nil {
			return fmt.Errorf("list processes: %w", err)
		}
		pids = slices.DeleteFunc(pids, func(pid int) bool { return slices.Contains(now, pid) == v.answers(pid) })
	}
	if len(pids) > hiddenCap {
		v.total.Errnos["differences"] = fmt.Sprintf("%d, the first %d are recorded", len(pids), hiddenCap)
		pids = pids[:hiddenCap]
	}
	for _, pid := range pids {
		if err := stream.Record(v.difference(ctx, pid)); err != nil {
			return err
		}
		v.hidden++
	}
	return nil
}

func (v *pidViews) difference(ctx context.Context, pid int) *record.PIDViews {
	at, _ := v.clock.now()
	r := &record.PIDViews{Type: "pid-views", At: at, PID: pid, Checks: viewChecks}
	if v.answers(pid) {
		r.Views, r.Missed = []string{"pidfd"}, []string{"readdir"}
	} else {
		r.Views, r.Missed = []string{"readdir"}, []string{"pidfd"}
	}
	stat, _, err := v.proc.Read(ctx, strconv.Itoa(pid)+"/stat", statCap)
	if err == nil {
		comm, _, _ := statFacts(stat)
		r.Comm = comm
		r.Views = append(r.Views, "lookup")
	} else {
		r.Missed = append(r.Missed, "lookup")
	}
	return r
}

// answers says whether a process (thread group leader) with this id exists.
func (v *pidViews) answers(pid int) bool {
	if v.byName {
		return v.named(pid)
	}
	fd, err := v.kernel.PidfdOpen(pid, false)
	if err != nil {
		return false
	}
	v.kernel.Close(fd)
	return true
}

// named looks a pid up by name; ids of other threads answer too and are told
// apart by their group.
func (v *pidViews) named(pid int) bool {
	name := strconv.Itoa(pid)
	if _, err := v.proc.Readlink(name + "/ns/pid"); errors.Is(err, syscall.ENOENT) {
		return false
	}
	ctx, cancel := host.Patience(context.Background(), taskWait)
	defer cancel()
	status, _, err := v.proc.Read(ctx, name+"/status", smallCap)
	return err == nil && strings.Contains(string(status), "\nTgid:\t"+name+"\n")
}

// sweep tries every pid up to a bound.
func (v *pidViews) sweep(ctx context.Context, listed []int) map[int]bool {
	top := leastSweep
	for _, pid := range listed {
		top = max(top, pid+1024)
	}
	limit := v.number(ctx, "sys/kernel/pid_max", 0)
	if last := v.number(ctx, "loadavg", 4); last > 0 {
		top = max(top, last+1024)
	}
	if v.env.Profile == "full" {
		top = max(top, limit)
	}
	if limit > 0 {
		top = min(top, limit)
	}
	top = min(top, maxPIDs)
	v.total.Counts["pid_max"] = limit
	v.total.Counts["swept"] = top
	out := map[int]bool{}
	if _, err := v.kernel.PidfdOpen(1<<30, false); errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EPERM) {
		v.byName = true
		v.total.Errnos["pidfd"] = host.ErrnoName(err)
	}
	for pid := 1; pid <= top; pid++ {
		if pid&1023 == 0 && ctx.Err() != nil {
			return out
		}
		if v.answers(pid) {
			out[pid] = true
		}
	}
	return out
}
