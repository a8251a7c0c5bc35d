package source

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
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
	bpfDumpCap    = 1 << 20  // bytes of one dump: code, contents, types
	bpfContents   = 64 << 20 // bytes of the contents of all maps together; beyond, each is cut to bpfSmallDump
	bpfSmallDump  = 16 << 10
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
		Doc: "eBPF programs with their code and line tables, maps with contents (of all processors, within 1 MiB a map and 64 MiB in all; kinds that " +
			"cannot be read without effects are named), links with what they hook, types, by the walk of ids; ids that open but are not listed; who " +
			"holds them; what perf events run (BPF_TASK_FD_QUERY); XDP, tc, tcx, netkit, cgroup, sockmap and pinned programs; the kernel's " +
			"symbols of loaded programs as a second view. Which eBPF program a socket filters by is not told by any of these.",
		Effects:    "each object is opened read-only for microseconds; map contents are read, not changed; nothing is mounted",
		References: []string{"bpf(2)", "linux/bpf.h", "MITRE ATT&CK T1014"},
		Group:      collect.GroupVolatile,
		Turn:       turnBPF,
		MinKernel:  "4.13",
		Fallback: "kernels before 4.13 or without bpf(2): the errno, and the symbols of programs in kallsyms (3.18); links 5.8, types 5.1, perf events 4.18, " +
			"names of perf links 6.6, tcx 6.6, netkit 6.7; what a kernel does not answer is recorded with the errno",
		Root:     true,
		LiveOnly: true,
		Profiles: []string{"triage", "full"},
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
	w := bpfWalk{env: env, proc: proc, kernel: kernel, clock: newWatch(env.Host, "ebpf"), stream: stream, failed: map[string]int{}, left: bpfContents}
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
	perf           []perfFD
	types          btfTypes
	tags           map[string]bool   // of listed programs and their functions
	left           int               // bytes of map contents that may still be taken whole
	lines          map[string]string // symbols by address, tag, name
	base           uint64            // address of __bpf_call_base
	absent         string            // errno of a walk that this kernel does not have
	failed         map[string]int
	capped, hidden int
	scans          int
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
	if err := w.unlistedTags(ctx); err != nil {
		return err
	}
	if err := w.perfHooks(ctx); err != nil {
		return err
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
	limit := bpfDumpCap
	if kind == "map" && w.left <= 0 {
		limit = bpfSmallDump
	}
	o, err := w.kernel.BPFObject(kind, id, limit)
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
	w.enrich(ctx, kind, &o)
	o.Holders = w.holders[kind+" "+strconv.FormatUint(uint64(id), 10)]
	if err := w.stream.Record(&o); err != nil {
		return err
	}
	if kind == "map" {
		if err := w.mapHooks(id, &o); err != nil {
			return err
		}
	}
	return throttle(ctx, w.env, len(o.Xlated)+len(o.Jited)+len(o.Data))
}

// enrich adds what other views of the kernel say of an object.
func (w *bpfWalk) enrich(ctx context.Context, kind string, o *record.BPF) {
	switch kind {
	case "btf":
		w.types.note(o)
	case "prog":
		o.Symbols = w.symbolsOf(o)
		w.seeTags(o.Info, o.Tags)
		o.AttachTo = w.types.attached(w.env.Host, o.Info)
	case "link":
		if len(o.Addrs) > 0 {
			o.Symbols = w.symbolsAt(ctx, o.Addrs)
		}
	case "map":
		for _, e := range o.Entries {
			w.left -= len(e.Key) + len(e.Value)
		}
	}
}

// mapHooks records the programs that a map of sockets runs for its members.
func (w *bpfWalk) mapHooks(id uint32, o *record.BPF) error {
	if t := kernelU32(o.Info, 0); t != 15 && t != 18 { // sockmap, sockhash
		return nil
	}
	list, err := w.kernel.BPFQueryMap(id)
	if err != nil {
		return nil // closed meanwhile, or a kernel without the query
	}
	return w.put(list)
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
