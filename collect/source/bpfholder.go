package source

import (
	"context"
	"strings"

	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// maxPerfFDs bounds the perf events that are asked for their program.
const maxPerfFDs = 1 << 14

// perfFD is a descriptor that may run a program: a perf event or a raw
// tracepoint of the time before links.
type perfFD struct {
	task int // thread or process whose table holds it
	h    record.Holder
}

// findHolders reads the fdinfo of every descriptor of an eBPF object, of
// processes and of threads that have a table of their own.
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
		w.holdersIn(ctx, taskOf(pid, 0))
		for _, tid := range ownTables(w.kernel, pid, threads(w.proc, pid)) {
			w.holdersIn(ctx, taskOf(pid, tid))
		}
	}
}

func (w *bpfWalk) holdersIn(ctx context.Context, t task) {
	ctx, cancel := host.Patience(ctx, taskWait)
	defer cancel()
	var h record.Holder
	look := func(n, target string, err error) bool {
		perf := target == perfTarget || target == "anon_inode:bpf-raw-tracepoint"
		if !perf && !strings.HasPrefix(target, "anon_inode:bpf") {
			return !refused(host.ErrnoName(err)) // what is refused is the whole table
		}
		if h.PID == 0 {
			h = w.holder(ctx, t)
		}
		h.FD = atoi(n)
		if perf {
			w.notePerf(t, h)
			return true
		}
		info, _, err := w.proc.Read(ctx, t.dir+"/fdinfo/"+n, smallCap)
		if err != nil {
			return true
		}
		if key := bpfObjectOf(target, string(info)); key != "" && len(w.holders[key]) < maxHolders {
			w.holders[key] = append(w.holders[key], h)
		}
		return true
	}
	if had, ok := tablesOf(w.env).fresh(ctx, w.proc, t.pid); ok && t.tid == 0 {
		for _, l := range had.kernel {
			look(l.fd, l.target, nil)
		}
		return
	}
	// A table that cannot be read is counted by the source socket.
	_ = eachLink(w.proc, t.dir+"/fd", look)
}

func (w *bpfWalk) holder(ctx context.Context, t task) record.Holder {
	leader := taskOf(t.pid, 0).dir
	stat, _, _ := w.proc.Read(ctx, leader+"/stat", statCap)
	comm, start, _ := statFacts(stat)
	exe := exeOf(w.proc, t)
	return record.Holder{PID: t.pid, TID: t.tid, Start: start, Comm: record.Bytes(comm), Exe: record.Bytes(exe)}
}

func (w *bpfWalk) notePerf(t task, h record.Holder) {
	if len(w.perf) >= maxPerfFDs {
		w.capped++
		return
	}
	id := t.pid
	if t.tid != 0 {
		id = t.tid
	}
	w.perf = append(w.perf, perfFD{task: id, h: h})
}

// perfHooks asks every perf event for the program it runs and for what it is
// attached to. A perf event that only counts has none, and is no record.
func (w *bpfWalk) perfHooks(ctx context.Context) error {
	for _, p := range w.perf {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := w.kernel.BPFTaskFD(p.task, p.h.FD)
		switch errno := host.ErrnoName(err); {
		case gone(errno), errno == "EOPNOTSUPP", errno == "ENOTSUPP", errno == "errno 524", errno == "EBADF":
			continue
		case err != nil:
			h.Errno = errno
		}
		h.Where, h.Holders = "perf", []record.Holder{p.h}
		if err := w.put([]record.Hook{h}); err != nil {
			return err
		}
	}
	return nil
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
