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
	if !strings.Contains(line, "bpf_") { // all but a few of 150,000
		return false
	}
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

// maxScans bounds how often kallsyms is read again for links of many probes.
const maxScans = 16

// symbolsAt gives the lines of kallsyms for a list of addresses.
func (w *bpfWalk) symbolsAt(ctx context.Context, addrs []byte) record.Bytes {
	if w.scans++; w.scans > maxScans {
		return nil
	}
	want := map[string]bool{}
	for ; len(addrs) >= 8; addrs = addrs[8:] {
		if a := binary.LittleEndian.Uint64(addrs); a != 0 {
			want[fmt.Sprintf("%016x", a)] = true
		}
	}
	if len(want) == 0 {
		return nil
	}
	f, err := w.proc.Open("kallsyms")
	if err != nil {
		return nil
	}
	defer f.Close()
	var out record.Bytes
	eachLine(ctx, f, func(line string) bool {
		if addr, _, ok := strings.Cut(line, " "); ok && want[addr] {
			out = append(out, line...)
		}
		return len(out) < symbolsCap
	})
	return out
}

// seeTags remembers the tag of a program and those of its functions.
func (w *bpfWalk) seeTags(info, tags []byte) {
	const tagAt, tagLen = 8, 8
	if w.tags == nil {
		w.tags = map[string]bool{}
	}
	if len(info) >= tagAt+tagLen {
		w.tags[fmt.Sprintf("%x", info[tagAt:tagAt+tagLen])] = true
	}
	for ; len(tags) >= tagLen; tags = tags[tagLen:] {
		w.tags[fmt.Sprintf("%x", tags[:tagLen])] = true
	}
}

// unlistedTags records the symbols of programs whose tag no listed program has:
// kallsyms is a second view of what is loaded. Both are looked at again before,
// since programs come and go.
func (w *bpfWalk) unlistedTags(ctx context.Context) error {
	missing := func() map[string]string {
		out := map[string]string{}
		for key, line := range w.lines {
			if tag, ok := strings.CutPrefix(key, "tag "); ok && len(tag) == 16 && !w.tags[tag] {
				out[tag] = line
			}
		}
		return out
	}
	first := missing()
	if len(first) == 0 || w.absent != "" || len(w.failed) > 0 {
		return ctx.Err()
	}
	for id := uint32(0); len(w.tags) < bpfObjects && ctx.Err() == nil; { // programs of the meantime
		next, err := w.kernel.BPFNext("prog", id)
		if err != nil || next <= id {
			break
		}
		id = next
		if o, err := w.kernel.BPFObject("prog", id, bpfSmallDump); err == nil {
			w.seeTags(o.Info, o.Tags)
		}
	}
	f, err := w.proc.Open("kallsyms")
	if err != nil {
		return nil
	}
	defer f.Close()
	at, _ := w.clock.now()
	view := &record.BPFView{Type: "bpf-view", At: at, View: "symbols", Of: "prog"}
	still := missing()
	eachLine(ctx, f, func(line string) bool {
		fields := strings.Fields(line)
		if len(fields) < 3 {
			return true
		}
		rest, program := strings.CutPrefix(fields[2], "bpf_prog_")
		tag, _, _ := strings.Cut(rest, "_")
		if program && still[tag] != "" && first[tag] != "" {
			view.Lines = append(view.Lines, line...)
		}
		return len(view.Lines) < symbolsCap
	})
	if len(view.Lines) == 0 {
		return ctx.Err()
	}
	w.hidden += strings.Count(string(view.Lines), "\n")
	return w.stream.Record(view)
}
