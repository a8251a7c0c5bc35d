package source

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

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
	w.lines = map[string]string{}
	view.Cap, view.Errno = eachLine(ctx, f, func(line string) bool {
		if bpfSymbol(line) {
			view.Lines = append(view.Lines, line...)
			w.keepSymbol(line)
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

// keepSymbol remembers the line of a helper by its address, of a program by
// its tag, and of the base of calls.
func (w *bpfWalk) keepSymbol(line string) {
	f := strings.Fields(line)
	addr, err := strconv.ParseUint(f[0], 16, 64)
	rest, program := strings.CutPrefix(f[2], "bpf_prog_")
	switch {
	case err != nil:
	case program:
		tag, _, _ := strings.Cut(rest, "_")
		w.lines["tag "+tag] = line
	case f[2] == callBase:
		w.base = addr
		w.lines[callBase] = line
	case addr != 0:
		w.lines[f[0]] = line
	}
}

// callBase is the symbol that calls of helpers are counted from.
const callBase = "__bpf_call_base"

// symbolsOf gives the lines of kallsyms that a program needs to be read: its
// own, and those of the helpers it calls.
func (w *bpfWalk) symbolsOf(o *record.BPF) record.Bytes {
	const tagAt, tagEnd = 8, 16 // in struct bpf_prog_info
	if w.lines[callBase] == "" || len(o.Info) < tagEnd {
		return nil
	}
	out := record.Bytes(w.lines[callBase])
	out = append(out, w.lines[fmt.Sprintf("tag %x", []byte(o.Info[tagAt:tagEnd]))]...)
	seen := map[string]bool{}
	for code := o.Xlated; len(code) >= 8; code = code[8:] {
		if code[0] != 0x85 || code[1]>>4 != 0 { // BPF_JMP|BPF_CALL of a helper
			continue
		}
		imm := int64(int32(binary.LittleEndian.Uint32(code[4:])))
		line := w.lines[fmt.Sprintf("%016x", w.base+uint64(imm))]
		if !seen[line] {
			seen[line] = true
			out = append(out, line...)
		}
	}
	return out
}
