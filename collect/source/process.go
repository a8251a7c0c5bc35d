package source

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// process is the source of process state.
func process() collect.Source { return processSource{} }

type processSource struct{}

// Describe implements collect.Source.
func (processSource) Describe() collect.Description {
	return collect.Description{
		Name: "process",
		Doc: "state of every process as raw /proc bytes: stat, status, command line, environment, maps, cgroup, login uid and session, " +
			"waiting place, stack, namespaces, descriptors, executable with its inode",
		Effects:    "reads of environ, cmdline and maps take the memory lock of each process for microseconds; nothing is written",
		References: []string{"proc(5)", "namespaces(7)"},
		Group:      collect.GroupVolatile,
		Turn:       turnProcess,
		MinKernel:  "3.10",
		Fallback:   "files that a kernel does not have are recorded with ENOENT",
		Root:       true,
		LiveOnly:   true,
		Profiles:   []string{"sweep", "triage", "full"},
	}
}

// Plan implements collect.Source.
func (processSource) Plan(ctx context.Context, env *collect.Env) ([]bundle.PlanItem, error) {
	return []bundle.PlanItem{{Source: "process", Target: "all processes", Bytes: processEstimate(ctx, env)}}, nil
}

// procFile is a file of /proc/PID with its cap and, for files that are the
// same for all processes of a namespace, the namespace that makes it so.
type procFile struct {
	name string
	cap  int
	once string
}

func processFiles() []procFile {
	return []procFile{
		{name: "status", cap: smallCap}, {name: "cmdline", cap: cmdlineCap}, {name: "environ", cap: cmdlineCap},
		{name: "maps", cap: mapsCap}, {name: "cgroup", cap: smallCap}, {name: "loginuid", cap: smallCap},
		{name: "sessionid", cap: smallCap}, {name: "wchan", cap: smallCap}, {name: "stack", cap: smallCap},
		{name: "syscall", cap: smallCap}, {name: "limits", cap: smallCap}, {name: "io", cap: smallCap},
		{name: "personality", cap: smallCap}, {name: "attr/current", cap: smallCap}, {name: "timerslack_ns", cap: smallCap},
		{name: "auxv", cap: smallCap}, {name: "uid_map", cap: smallCap, once: "user"},
		{name: "mountinfo", cap: mountCap, once: "mnt"},
	}
}

func namespaceNames() []string {
	return []string{"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"}
}

// Collect implements collect.Source.
func (processSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	proc := env.Host.Proc()
	if proc == nil {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "not a live host"}, nil
	}
	pids, err := proc.PIDs()
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("list processes: %w", err)
	}
	stream, err := env.Out.Records(bundle.Exhibit{Name: "data/records/process", Source: "process", Item: item.Item, Method: method(proc)})
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("open the process record: %w", err)
	}
	r := processReader{proc: proc, env: env, clock: newWatch(env.Host, "process"), shown: map[string]bool{}, self: os.Getpid(), fds: tablesOf(env)}
	sort.Ints(pids)
	err = r.all(ctx, pids, stream)
	parts, size, closeErr := stream.Close()
	out := r.outcome(len(pids))
	out.Exhibits, out.Bytes, out.Method = parts, size, method(proc)
	if ctx.Err() != nil {
		out.Outcome, out.Reason, out.Benign = bundle.Partial, "cancelled", false
		return out, nil
	}
	if err == nil {
		err = closeErr
	}
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("write the process record: %w", err)
	}
	return out, nil
}

func method(p host.Proc) string {
	if p.Detached() {
		return "detached procfs"
	}
	return "/proc"
}

func throttle(ctx context.Context, env *collect.Env, n int) error {
	if env.Throttle == nil || n == 0 {
		return nil
	}
	return env.Throttle(ctx, n)
}

// processReader reads processes and counts what went wrong.
type processReader struct {
	proc  host.Proc
	env   *collect.Env
	clock watch
	self  int
	fds   *fdTables       // for the sources that come next; may be nil
	shown map[string]bool // namespaces whose once-only file was recorded

	mu                          sync.Mutex // of what follows, and of what other sources are left
	denied, left, timed, capped int
	errno                       string
}

// read takes the state of one process. A process that ended meanwhile is
// recorded with what could be read, marked gone.
func (r *processReader) read(ctx context.Context, pid int, files []procFile) *record.Process {
	ctx, cancel := host.Patience(ctx, taskWait)
	defer cancel()
	dir := strconv.Itoa(pid)
	real, boot := r.clock.now()
	p := &record.Process{Type: "process", At: real, Boottime: boot, PID: pid, Files: map[string]*record.Piece{}, Self: r.env.Host.Live() && pid == r.self}
	p.Files["stat"] = piece(ctx, r.proc, dir+"/stat", statCap)
	if gone(p.Files["stat"].Errno) {
		p.Gone = true
		r.count(p)
		return p
	}
	_, start, ok := statFacts(p.Files["stat"].Data)
	if ok {
		r.started(pid, start)
	}
	p.Views = []string{"readdir"}
	body := taskOf(pid, 0)
	if threadCount(p.Files["stat"].Data) > 1 {
		body = bodyOf(r.proc, pid)
		p.Body = body.tid
	}
	p.NS = r.namespaces(body.dir)
	own, leader := byTask(body, files)
	for i, c := range pieces(ctx, r.proc, body.dir, own) { // after the first time-out the rest is not tried: the process hangs inside the kernel
		p.Files[own[i].name] = c
	}
	for i, c := range pieces(ctx, r.proc, dir, leader) {
		p.Files[leader[i].name] = c
	}
	p.Exe, p.CWD, p.Root = link(r.proc, body.dir+"/exe", true), link(r.proc, body.dir+"/cwd", false), link(r.proc, body.dir+"/root", false)
	p.FDs, p.FDsErrno = r.descriptors(ctx, body, start)
	if threadCount(p.Files["stat"].Data) != 1 { // the kernel counts them: no need to list one
		p.Threads = threads(r.proc, pid)
	}
	p.ThreadNS = r.threadNamespaces(p)
	if c, ok := r.copyOf(pid); ok && c.Start == start {
		p.ExeBag, p.ExeSHA256 = c.Bag, c.SHA256
	}
	again := piece(ctx, r.proc, dir+"/stat", statCap)
	if _, s, ok := statFacts(again.Data); gone(again.Errno) || (ok && s != start) {
		p.Gone = true
	}
	r.count(p)
	return p
}

func (r *processReader) copyOf(pid int) (collect.ExeCopy, bool) {
	if r.env.Seen == nil {
		return collect.ExeCopy{}, false
	}
	c, ok := r.env.Seen.Exes[pid]
	return c, ok
}

func (r *processReader) namespaces(dir string) map[string]*record.Link {
	out := map[string]*record.Link{}
	for _, n := range namespaceNames() {
		if l := link(r.proc, dir+"/ns/"+n, false); l.Errno != "ENOENT" {
			out[n] = l
		}
	}
	return out
}

// started notes the start of a process, for the sources that come later.
func (r *processReader) started(pid int, start uint64) {
	if r.env.Seen == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.env.Seen.Starts == nil {
		r.env.Seen.Starts = map[int]uint64{}
	}
	r.env.Seen.Starts[pid] = start
}

func (r *processReader) count(p *record.Process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	denied, timed := refused(p.FDsErrno) || p.Exe != nil && refused(p.Exe.Errno), false
	errno := p.FDsErrno
	if p.FDsErrno == "cap" {
		r.capped++
	}
	for _, f := range p.Files {
		timed = timed || f.Errno == "ETIMEDOUT"
		if f.Cap {
			r.capped++
		}
	}
	switch {
	case p.Gone:
		r.left++
	case timed:
		r.timed++
	case denied:
		r.denied++
		r.errno = errno
	}
}

func (r *processReader) outcome(total int) bundle.Outcome {
	o := bundle.Outcome{Outcome: bundle.Collected}
	if r.left > 0 {
		o.Flags = append(o.Flags, fmt.Sprintf("%d went away", r.left))
	}
	var why []string
	short := func(n int, errno, format string, args ...any) {
		if n > 0 {
			o.Outcome, o.Errno = bundle.Partial, cmp.Or(o.Errno, errno)
			why = append(why, fmt.Sprintf(format, args...))
		}
	}
	short(r.denied, r.errno, "no right to see executable or descriptors of %d of %d processes", r.denied, total)
	short(r.timed, "ETIMEDOUT", "%d of %d processes hang inside the kernel", r.timed, total)
	short(r.capped, "", "%d files or descriptor tables cut at their cap", r.capped)
	o.Reason = strings.Join(why, "; ")
	return o
}
