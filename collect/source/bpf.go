package source

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// ebpf is the source of eBPF objects.
func ebpf() collect.Source { return bpfSource{} }

type bpfSource struct{}

// Limits of the eBPF walk.
const (
	bpfDumpCap    = 1 << 20 // bytes of one dump: code, contents, types
	bpfObjects    = 1 << 16 // objects of one kind
	bpfGapIDs     = 1 << 16 // ids tried one by one, from the highest down
	symbolsCap    = 4 << 20
	kallsymsChunk = 256 << 10
)

func bpfKinds() []string { return []string{"btf", "link", "map", "prog"} }

// Describe implements collect.Source.
func (bpfSource) Describe() collect.Description {
	return collect.Description{
		Name: "ebpf",
		Doc: "eBPF programs with their code, maps with contents, links and types by the walk of ids; ids that open but are not listed; " +
			"who holds them; the kernel's symbols of loaded programs as a second view",
		Effects:    "each object is opened read-only for microseconds; map contents are read, not changed; nothing is mounted",
		References: []string{"bpf(2)", "linux/bpf.h", "MITRE ATT&CK T1014"},
		Group:      collect.GroupVolatile,
		MinKernel:  "4.13",
		Fallback:   "kernels without the walk: the errno, and the symbols of programs in kallsyms",
		Root:       true,
		LiveOnly:   true,
		Profiles:   []string{"triage", "full"},
	}
}

// Plan implements collect.Source.
func (bpfSource) Plan(context.Context, *collect.Env) ([]bundle.PlanItem, error) {
	return []bundle.PlanItem{{Source: "ebpf", Target: "eBPF programs, maps, links and types", Bytes: -1}}, nil
}

// Collect implements collect.Source.
func (bpfSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	proc, kernel := env.Host.Proc(), env.Host.Kernel()
	if proc == nil || kernel == nil {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "not a live host"}, nil
	}
	const how = "bpf(2)"
	stream, err := env.Out.Records(bundle.Exhibit{Name: "data/records/bpf", Source: "ebpf", Item: item.Item, Method: how})
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("open the eBPF record: %w", err)
	}
	w := bpfWalk{env: env, proc: proc, kernel: kernel, clock: newWatch(env.Host, "ebpf"), stream: stream, failed: map[string]int{}}
	err = w.run(ctx)
	parts, size, closeErr := stream.Close()
	out := w.outcome()
	out.Exhibits, out.Bytes, out.Method = parts, size, how
	if ctx.Err() != nil {
		out.Outcome, out.Reason = bundle.Partial, "cancelled"
		return out, nil
	}
	if err == nil {
		err = closeErr
	}
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("write the eBPF record: %w", err)
	}
	return out, nil
}

type bpfWalk struct {
	env    *collect.Env
	proc   host.Proc
	kernel host.Kernel
	clock  watch
	stream collect.RecordStream

	holders        map[string][]record.Holder // "prog 17" -> who holds it
	absent         string                     // errno of a walk that this kernel does not have
	failed         map[string]int
	capped, hidden int
}

func (w *bpfWalk) run(ctx context.Context) error {
	if err := w.symbols(ctx); err != nil {
		return err
	}
	w.findHolders(ctx)
	for _, kind := range bpfKinds() {
		if err := w.walk(ctx, kind); err != nil {
			return err
		}
	}
	if err := w.netHooks(ctx); err != nil {
		return err
	}
	if err := w.pins(ctx); err != nil {
		return err
	}
	return w.cgroupHooks(ctx)
}

// walk reads all objects of one kind, then tries the ids between them.
func (w *bpfWalk) walk(ctx context.Context, kind string) error {
	listed := map[uint32]bool{}
	for id := uint32(0); len(listed) < bpfObjects; {
		if err := ctx.Err(); err != nil {
			return err
		}
		next, err := w.kernel.BPFNext(kind, id)
		if errors.Is(err, syscall.ENOENT) {
			break
		}
		if err != nil {
			return w.noWalk(kind, host.ErrnoName(err))
		}
		if next <= id {
			break
		}
		id = next
		listed[id] = true
		if err := w.object(ctx, kind, id, false); err != nil {
			return err
		}
	}
	return w.gaps(ctx, kind, listed)
}

// noWalk records that this kernel does not list objects of the kind, or does
// not let us.
func (w *bpfWalk) noWalk(kind, errno string) error {
	if errno == "EPERM" || errno == "EACCES" {
		w.failed[errno]++
	} else {
		w.absent = errno
	}
	at, _ := w.clock.now()
	return w.stream.Record(&record.BPFView{Type: "bpf-view", At: at, View: "ids", Of: kind, Errno: errno})
}

func (w *bpfWalk) object(ctx context.Context, kind string, id uint32, unlisted bool) error {
	o, err := w.kernel.BPFObject(kind, id, bpfDumpCap)
	if errors.Is(err, syscall.ENOENT) {
		return nil // gone meanwhile
	}
	o.Type, o.ID, o.Unlisted = "bpf-"+kind, id, unlisted
	o.At, o.Boottime = w.clock.now()
	if err != nil {
		o.Errno = host.ErrnoName(err)
		w.failed[o.Errno]++
	}
	if o.Cap {
		w.capped++
	}
	o.Holders = w.holders[kind+" "+strconv.FormatUint(uint64(id), 10)]
	if err := w.stream.Record(&o); err != nil {
		return err
	}
	return throttle(ctx, w.env, len(o.Xlated)+len(o.Jited)+len(o.Data))
}

// gaps opens ids that the walk left out, from the highest it gave (and a few
// behind it) down. What opens three times and is still not listed was hidden
// from the walk.
func (w *bpfWalk) gaps(ctx context.Context, kind string, listed map[uint32]bool) error {
	top := uint32(0)
	for id := range listed {
		top = max(top, id)
	}
	last := top + 64
	first := uint32(1)
	if last > bpfGapIDs {
		first = last - bpfGapIDs
	}
	var found []uint32
	for id := last; id >= first && ctx.Err() == nil; id-- {
		if !listed[id] && w.kernel.BPFExists(kind, id) == nil && w.stillUnlisted(kind, id) {
			found = append(found, id)
		}
	}
	slices.Sort(found)
	at, _ := w.clock.now()
	view := &record.BPFView{Type: "bpf-view", At: at, View: "ids", Of: kind, First: first, Last: last, IDs: found, Cap: first > 1}
	if err := w.stream.Record(view); err != nil {
		return err
	}
	for _, id := range found {
		w.hidden++
		if err := w.object(ctx, kind, id, true); err != nil {
			return err
		}
	}
	return nil
}

func (w *bpfWalk) stillUnlisted(kind string, id uint32) bool {
	for range 3 {
		next, err := w.kernel.BPFNext(kind, id-1)
		if err == nil && next == id || w.kernel.BPFExists(kind, id) != nil {
			return false
		}
	}
	return true
}

// findHolders reads the fdinfo of every descriptor of an eBPF object.
func (w *bpfWalk) findHolders(ctx context.Context) {
	w.holders = map[string][]record.Holder{}
	pids, err := w.proc.PIDs()
	if err != nil {
		return
	}
	for _, pid := range pids {
		if ctx.Err() != nil {
			return
		}
		w.holdersIn(ctx, pid)
	}
}

func (w *bpfWalk) holdersIn(ctx context.Context, pid int) {
	dir := strconv.Itoa(pid)
	names, err := w.proc.ReadDir(dir + "/fd")
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, taskWait)
	defer cancel()
	var h record.Holder
	for _, n := range names {
		target, err := w.proc.Readlink(dir + "/fd/" + n)
		if err != nil || !strings.HasPrefix(target, "anon_inode:bpf") {
			continue
		}
		info, _, err := w.proc.Read(ctx, dir+"/fdinfo/"+n, smallCap)
		if err != nil {
			continue
		}
		if h.PID == 0 {
			stat, _, _ := w.proc.Read(ctx, dir+"/stat", statCap)
			comm, start, _ := statFacts(stat)
			exe, _ := w.proc.Readlink(dir + "/exe")
			h = record.Holder{PID: pid, Start: start, Comm: record.Bytes(comm), Exe: record.Bytes(exe)}
		}
		h.FD = atoi(n)
		if key := bpfObjectOf(target, string(info)); key != "" && len(w.holders[key]) < maxHolders {
			w.holders[key] = append(w.holders[key], h)
		}
	}
}

// bpfObjectOf names the object of a descriptor by its fdinfo: "prog 17".
func bpfObjectOf(target, info string) string {
	kind, key := "", ""
	switch target {
	case "anon_inode:bpf-prog":
		kind, key = "prog", "prog_id:"
	case "anon_inode:bpf-map":
		kind, key = "map", "map_id:"
	case "anon_inode:bpf_link", "anon_inode:bpf-link":
		kind, key = "link", "link_id:"
	default:
		return ""
	}
	for line := range strings.Lines(info) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			return kind + " " + strings.TrimSpace(rest)
		}
	}
	return ""
}

// symbols keeps the lines of kallsyms that tell of eBPF: programs that are
// loaded, and the addresses of helpers, by which calls are named.
func (w *bpfWalk) symbols(ctx context.Context) error {
	f, err := w.proc.Open("kallsyms")
	at, _ := w.clock.now()
	view := &record.BPFView{Type: "bpf-view", At: at, View: "kallsyms"}
	if err != nil {
		view.Errno = host.ErrnoName(err)
		return w.stream.Record(view)
	}
	defer f.Close()
	view.Cap, view.Errno = eachLine(ctx, f, func(line string) bool {
		if bpfSymbol(line) {
			view.Lines = append(view.Lines, line...)
		}
		return len(view.Lines) < symbolsCap
	})
	return w.stream.Record(view)
}

// bpfSymbol picks "address type bpf_name" lines: programs (bpf_prog_TAG),
// trampolines, dispatchers, helpers (bpf_*) and the base of their calls.
func bpfSymbol(line string) bool {
	f := strings.Fields(line)
	if len(f) < 3 {
		return false
	}
	name := f[2]
	if !strings.HasPrefix(name, "bpf_") && name != "__bpf_call_base" && !strings.HasPrefix(name, "bpf_trampoline") {
		return false
	}
	return f[1] == "t" || f[1] == "T" || f[1] == "w" || f[1] == "W"
}

// eachLine reads a kernel file in pieces and gives its lines until keep says
// no more.
func eachLine(ctx context.Context, f host.File, keep func(line string) bool) (cut bool, errno string) {
	buf := make([]byte, 0, kallsymsChunk)
	for {
		if ctx.Err() != nil {
			return true, ""
		}
		if len(buf) == cap(buf) {
			buf = buf[:0] // a line longer than the buffer is no line of this file
		}
		n, err := f.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		rest := string(buf)
		for {
			i := strings.IndexByte(rest, '\n')
			if i < 0 {
				break
			}
			if !keep(rest[:i+1]) {
				return true, ""
			}
			rest = rest[i+1:]
		}
		buf = append(buf[:0], rest...)
		if err != nil || n == 0 {
			return false, endErrno(err)
		}
	}
}

func (w *bpfWalk) outcome() bundle.Outcome {
	o := bundle.Outcome{Outcome: bundle.Collected}
	if w.absent != "" {
		o.Flags = append(o.Flags, "not every kind of object can be listed on this kernel: "+w.absent)
	}
	if w.hidden > 0 {
		o.Flags = append(o.Flags, fmt.Sprintf("%d objects open but are not listed", w.hidden))
	}
	for _, errno := range slices.Sorted(maps.Keys(w.failed)) {
		o.Outcome, o.Errno = bundle.Partial, errno
		o.Reason = fmt.Sprintf("%d objects or lists could not be read", w.failed[errno])
	}
	if o.Outcome == bundle.Collected && w.capped > 0 {
		o.Outcome, o.Cap = bundle.Partial, bpfDumpCap
		o.Reason = fmt.Sprintf("dumps of %d objects cut at their cap", w.capped)
	}
	return o
}
