package source

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// drift is the source that looks at the key views again at the end.
func drift() collect.Source { return driftSource{} }

type driftSource struct{}

// groupEnd comes after everything else.
const groupEnd = collect.GroupWalk + 10

const (
	driftLines = 1 << 12 // changes of one view that are recorded one by one
	driftState = 256     // processes that came and are read in full
)

// Describe implements collect.Source.
func (driftSource) Describe() collect.Description {
	return collect.Description{
		Name: "drift",
		Doc: "the key views once more when everything else was read: processes, sockets and their filters, threads, modules, namespaces, mounts, logins, eBPF " +
			"programs and links; what came and went while the collector ran. Processes and sockets that came are recorded in full, and their executables copied as at the start",
		Effects:    "reads the same small kernel files twice, at the start and at the end; duplicates sockets once more, as the source socket does",
		References: []string{"proc_pid_stat(5)", "proc_modules(5)", "proc_pid_mountinfo(5)", "namespaces(7)", "utmp(5)"},
		Group:      groupEnd,
		MinKernel:  "3.10",
		Fallback:   "a view that a kernel does not have is recorded with its errno",
		Root:       true,
		LiveOnly:   true,
		Profiles:   []string{"triage", "full"},
		Again:      true,
	}
}

// Plan implements collect.Source. It takes the first look at the views that no
// other source keeps, as early as the run can.
func (driftSource) Plan(ctx context.Context, env *collect.Env) ([]bundle.PlanItem, error) {
	if env.Seen != nil && env.Seen.Views == nil && env.Host.Proc() != nil && env.Host.Kernel() != nil {
		env.Seen.Views = keyViews(ctx, env)
	}
	return []bundle.PlanItem{{Source: "drift", Target: "key views at the end", Bytes: -1}}, nil
}

// Collect implements collect.Source. Each look is compared with the one before.
func (driftSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	proc, kernel := env.Host.Proc(), env.Host.Kernel()
	if proc == nil || kernel == nil {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "not a live host"}, nil
	}
	stream, err := env.Out.Records(bundle.Exhibit{Name: "data/records/drift", Source: "drift", Item: item.Item, Method: method(proc)})
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("open the drift record: %w", err)
	}
	d := &drifter{env: env, proc: proc, kernel: kernel, item: item.Item, clock: newWatch(env.Host, "drift"), stream: stream}
	err = d.all(ctx)
	parts, size, closeErr := stream.Close()
	if err = firstError(err, closeErr); err != nil {
		return bundle.Outcome{}, fmt.Errorf("write the drift record: %w", err)
	}
	out := bundle.Outcome{Outcome: bundle.Collected, Exhibits: parts + d.exhibits, Bytes: size + d.bytes, Method: method(proc), Flags: d.flags}
	switch {
	case ctx.Err() != nil:
		out.Outcome, out.Reason = bundle.Partial, "cancelled"
	case d.skipped:
		out.Outcome, out.Reason, out.Benign = bundle.Partial, "processes or sockets were not read at the start", true
	}
	return out, nil
}

// drifter compares one look with the one before.
type drifter struct {
	env      *collect.Env
	proc     host.Proc
	kernel   host.Kernel
	item     int
	clock    watch
	stream   collect.RecordStream
	exhibits int
	bytes    int64
	flags    []string
	skipped  bool // a source that takes the first look was not part of the run
}

func (d *drifter) all(ctx context.Context) error {
	for _, step := range []func(context.Context) error{d.processes, d.sockets, d.views} {
		if err := step(ctx); err != nil || ctx.Err() != nil {
			return err
		}
	}
	return nil
}

func (d *drifter) flag(view string, came, went int) {
	if came+went > 0 {
		d.flags = append(d.flags, fmt.Sprintf("%s: %d came, %d went", view, came, went))
	}
}

// processes records who came and who went, and reads those who came.
func (d *drifter) processes(ctx context.Context) error {
	was := d.env.Seen.Starts
	if len(was) == 0 {
		d.skipped = true
		return nil
	}
	now, comms, err := startTimes(ctx, d.proc)
	if err != nil {
		return err
	}
	at, _ := d.clock.now()
	came, went := changed(now, was), changed(was, now)
	lines := []*record.PIDViews{}
	for _, pid := range came[:min(len(came), driftLines)] {
		lines = append(lines, &record.PIDViews{Type: "pid-views", At: at, PID: pid, Views: []string{"end"}, Missed: []string{"start"}, Comm: comms[pid]})
	}
	for _, pid := range went[:min(len(went), driftLines)] {
		lines = append(lines, &record.PIDViews{Type: "pid-views", At: at, PID: pid, Views: []string{"start"}, Missed: []string{"end"}})
	}
	lines = append(lines, &record.PIDViews{Type: "pid-views", At: at,
		Counts: map[string]int{"start": len(was), "end": len(now), "came": len(came), "went": len(went)}})
	for _, l := range lines {
		if err := d.stream.Record(l); err != nil {
			return fmt.Errorf("drift of processes: %w", err)
		}
	}
	d.flag("processes", len(came), len(went))
	d.env.Seen.Starts = now
	return d.read(ctx, came[:min(len(came), driftState)])
}

// read takes the executables and the state of processes, as the sources exe
// and process do at the start.
func (d *drifter) read(ctx context.Context, pids []int) error {
	if len(pids) == 0 {
		return nil
	}
	c := exeCopier{env: d.env, proc: d.proc, item: d.item, clock: d.clock, copies: knownCopies(d.env), own: ownPID(d.env)}
	for _, pid := range pids {
		if err := c.visit(ctx, pid); err != nil {
			return err
		}
	}
	stream, err := d.env.Out.Records(bundle.Exhibit{Name: "data/records/process", Source: "drift", Item: d.item, Method: method(d.proc)})
	if err != nil {
		return fmt.Errorf("open the process record: %w", err)
	}
	r := processReader{proc: d.proc, env: d.env, clock: d.clock, shown: map[string]bool{}, self: os.Getpid()}
	err = r.all(ctx, pids, stream)
	if ctx.Err() != nil {
		err = nil
	}
	parts, size, closeErr := stream.Close()
	d.exhibits += parts + c.exhibits
	d.bytes += size + c.bytes
	return firstError(err, closeErr)
}

// sockets sweeps all descriptor tables again and records the sockets that came
// and those whose filter is another one.
func (d *drifter) sockets(ctx context.Context) error {
	was := d.env.Seen.Sockets
	if was == nil {
		d.skipped = true
		return nil
	}
	stream, err := d.env.Out.Records(bundle.Exhibit{Name: "data/records/socket", Source: "drift", Item: d.item, Method: "pidfd_getfd + SO_GET_FILTER"})
	if err != nil {
		return fmt.Errorf("open the socket record: %w", err)
	}
	noted := &notedSockets{RecordStream: stream, now: map[uint64]uint64{}, was: was}
	s := newSocketSweep(d.env, d.proc, d.kernel)
	if err = s.scan(ctx); err == nil {
		err = s.all(ctx, noted)
	}
	if ctx.Err() != nil {
		err = nil
	}
	parts, size, closeErr := stream.Close()
	if err = firstError(err, closeErr); err != nil || ctx.Err() != nil {
		return err
	}
	d.exhibits += parts
	d.bytes += size
	went := 0
	for ino := range was {
		if _, ok := noted.now[ino]; !ok {
			went++
		}
	}
	d.env.Seen.Sockets = noted.now
	d.flag("sockets", noted.came, went)
	at, _ := d.clock.now()
	return d.stream.Record(&record.Drift{Type: "drift", At: at, View: "sockets", Before: len(was), Now: len(noted.now), Came: noted.came, Went: went, Changed: noted.changed})
}

// views compares the views that are sets of names.
func (d *drifter) views(ctx context.Context) error {
	was := d.env.Seen.Views
	now := keyViews(ctx, d.env)
	if was == nil {
		d.skipped = true
		return nil
	}
	for _, view := range viewNames() {
		a, b := was[view], now[view]
		came, went := missingFrom(a.Names, b.Names), missingFrom(b.Names, a.Names)
		total := record.Drift{Type: "drift", At: b.At, From: a.At, View: view, Before: len(a.Names), Now: len(b.Names), Came: len(came), Went: len(went), Errno: b.Errno}
		if err := d.names(total, "came", came); err != nil {
			return err
		}
		if err := d.names(total, "went", went); err != nil {
			return err
		}
		if err := d.stream.Record(&total); err != nil {
			return fmt.Errorf("drift of %s: %w", view, err)
		}
		d.flag(view, len(came), len(went))
	}
	d.env.Seen.Views = now
	return nil
}

func (d *drifter) names(total record.Drift, change string, names []string) error {
	for _, n := range names[:min(len(names), driftLines)] {
		l := record.Drift{Type: "drift", At: total.At, From: total.From, View: total.View, Change: change, Name: record.Bytes(n)}
		if err := d.stream.Record(&l); err != nil {
			return fmt.Errorf("drift of %s: %w", total.View, err)
		}
	}
	return nil
}

// missingFrom lists the names of b that a does not have, sorted.
func missingFrom(a, b map[string]bool) []string {
	var out []string
	for _, n := range slices.Sorted(maps.Keys(b)) {
		if !a[n] {
			out = append(out, n)
		}
	}
	return out
}

// startTimes gives the start of every process, in ticks since boot.
func startTimes(ctx context.Context, proc host.Proc) (map[int]uint64, map[int][]byte, error) {
	pids, err := proc.PIDs()
	if err != nil {
		return nil, nil, fmt.Errorf("list processes: %w", err)
	}
	starts, comms := map[int]uint64{}, map[int][]byte{}
	for _, pid := range pids {
		c, cancel := host.Patience(ctx, taskWait)
		stat, _, err := proc.Read(c, strconv.Itoa(pid)+"/stat", statCap)
		cancel()
		if err != nil {
			continue
		}
		if comm, start, ok := statFacts(stat); ok {
			starts[pid], comms[pid] = start, comm
		}
	}
	return starts, comms, nil
}

// changed lists the processes of a that b does not have, or has under a pid
// that was used again.
func changed(a, b map[int]uint64) []int {
	var out []int
	for pid, start := range a {
		if s, ok := b[pid]; !ok || s != start {
			out = append(out, pid)
		}
	}
	slices.Sort(out)
	return out
}
