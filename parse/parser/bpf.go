package parser

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// bpfParser reads the eBPF records of the collector: programs, maps, links,
// and ids that were hidden from the walk.
type bpfParser struct{}

func newBPF() parse.Parser { return bpfParser{} }

// Describe implements parse.Parser.
func (bpfParser) Describe() parse.Description {
	return parse.Description{
		Name:    "bpf",
		Version: 1,
		Doc: "eBPF records of the collector: \"loaded\" is the load of a program by the kernel's time since boot, \"observed\" an object at " +
			"collection, \"hidden\" one that opens by its id but is not listed",
		References: []string{"collect/record/FORMAT.md", "bpf(2)", "linux/bpf.h"},
		Sources:    []string{"bpf"},
		Fields: []string{"addr", "attach", "attach_btf_id", "attach_to", "btf_id", "calls", "comm", "cpus", "entries", "functions", "errno", "exe", "filter_accepts", "filter_asm", "filter_computed", "filter_header", "filter_len", "filter_net", "filter_payload",
			"filter_ports", "filter_protocols", "filter_proven", "filter_sha256", "filter_shape", "filter_undecoded", "flags", "holders", "id", "ids", "ifindex", "inner", "insns", "jited_len", "key_size",
			"kind", "link_type", "map_ids", "max_entries", "name", "netns", "offset", "path", "pid", "prog_id", "symbols", "tag", "type", "uid", "unlisted", "unread", "value_size", "view", "where"},
		Actions:  []string{"attached", "loaded", "observed", "hidden", "not-listed", "view"},
		Sample:   `{"t":"bpf-prog","at":1700000000000000000,"boottime":86400000000000,"id":17,"info":{"b64":"..."},"xlated":{"b64":"..."}}`,
		PathOnly: true,
	}
}

// Claim implements parse.Parser.
func (bpfParser) Claim(x *parse.Exhibit) parse.Strength { return claimRecord(x, "bpf") }

// Parse implements parse.Parser.
func (bpfParser) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	r := bpfReader{names: accountNames(f), s: s}
	return eachRecord(ctx, x, "bpf", s, func(kind string, off int64, line []byte) (bool, error) {
		r.origin = event.Origin{Offset: off, Length: int64(len(line))}
		switch kind {
		case "bpf-view":
			var v record.BPFView
			if err := decodeRecord(line, &v); err != nil {
				return true, err
			}
			return true, r.view(&v)
		case "bpf-hook":
			var h record.Hook
			if err := decodeRecord(line, &h); err != nil {
				return true, err
			}
			return true, r.hook(&h)
		case "bpf-prog", "bpf-map", "bpf-link", "bpf-btf":
			var o record.BPF
			if err := decodeRecord(line, &o); err != nil {
				return true, err
			}
			return true, r.object(&o)
		}
		return false, nil
	})
}

type bpfReader struct {
	names  map[uint32]string
	s      parse.Sink
	origin event.Origin
}

// view reads the symbols and the gaps.
func (r *bpfReader) view(v *record.BPFView) error {
	f := &fieldList{}
	f.add("view", v.View)
	f.add("kind", v.Of)
	f.add("errno", v.Errno)
	e := &event.Event{Time: collectedAt(v.At), Meaning: "observed", Source: "bpf", Action: "view", Object: strings.TrimSpace(v.View + " " + v.Of), Origin: r.origin}
	switch {
	case v.View == "kallsyms":
		n := len(parseSymbols(string(v.Lines)).tags)
		f.int("symbols", int64(n))
		e.Message = fmt.Sprintf("%d eBPF programs in the kernel's symbols", n)
	case v.View == "symbols":
		e.Action = "not-listed"
		var names []string
		for line := range strings.Lines(string(v.Lines)) {
			if w := strings.Fields(line); len(w) >= 3 {
				names = append(names, w[2])
			}
		}
		f.add("name", listed(names, same))
		e.Message = fmt.Sprintf("%d eBPF programs stand in the kernel's symbols but are not listed: %s", len(names), listed(names, same))
	case len(v.IDs) > 0:
		e.Action = "not-listed"
		f.add("ids", listed(v.IDs, func(id uint32) string { return strconv.FormatUint(uint64(id), 10) }))
		e.Message = fmt.Sprintf("%d eBPF %s objects open by their id but are not listed", len(v.IDs), v.Of)
	case v.Errno != "":
		e.Message = fmt.Sprintf("eBPF %s objects could not be listed: %s", v.Of, v.Errno)
	default:
		e.Message = fmt.Sprintf("ids %d to %d of eBPF %s objects tried: none hidden", v.First, v.Last, v.Of)
	}
	e.Fields = f.sorted()
	return r.s.Event(e)
}

// kernelSymbols are the lines of kallsyms that tell of eBPF.
type kernelSymbols struct {
	base    uint64            // address of __bpf_call_base; 0: kallsyms was not readable
	helpers map[uint64]string // address -> helper
	tags    map[string]bool   // tags of loaded programs
}

func parseSymbols(lines string) kernelSymbols {
	k := kernelSymbols{helpers: map[uint64]string{}, tags: map[string]bool{}}
	for line := range strings.Lines(lines) {
		f := strings.Fields(line)
		if len(f) < 3 {
			continue
		}
		addr, err := strconv.ParseUint(f[0], 16, 64)
		if err != nil {
			continue
		}
		rest, program := strings.CutPrefix(f[2], "bpf_prog_")
		tag, _, _ := strings.Cut(rest, "_")
		switch {
		case program && len(tag) == 16 && strings.Trim(tag, "0123456789abcdef") == "":
			k.tags[tag] = true
		case f[2] == "__bpf_call_base":
			k.base = addr
		case addr != 0:
			k.helpers[addr] = f[2]
		}
	}
	return k
}

// kernelStruct reads members of a struct as the kernel filled it; what lies
// beyond its end is zero. The collector runs on little endian machines.
type kernelStruct []byte

func (k kernelStruct) u32(off int) uint32 {
	if off+4 > len(k) {
		return 0
	}
	return binary.LittleEndian.Uint32(k[off:])
}

func (k kernelStruct) u64(off int) uint64 {
	if off+8 > len(k) {
		return 0
	}
	return binary.LittleEndian.Uint64(k[off:])
}

func (k kernelStruct) text(off, size int) string {
	if off+size > len(k) {
		return ""
	}
	s, _, _ := strings.Cut(string(k[off:off+size]), "\x00")
	return s
}

func (r *bpfReader) object(o *record.BPF) error {
	f := &fieldList{}
	kind := strings.TrimPrefix(o.Type, "bpf-")
	f.add("kind", kind)
	f.uint("id", uint64(o.ID))
	f.add("errno", o.Errno)
	bpfHolders(f, o.Holders)
	e := event.Event{Time: collectedAt(o.At), Meaning: "observed", Source: "bpf", Action: "observed", Origin: r.origin}
	info := kernelStruct(o.Info)
	loaded := uint64(0)
	name := ""
	switch kind {
	case "prog":
		name, loaded = r.program(f, &e, o, info)
	case "map":
		name = bpfMap(f, o, info)
	case "link":
		name = bpfLink(f, o, info)
	case "btf":
		name = string(o.Name)
	}
	f.add("name", name)
	e.Object = strings.TrimSpace(fmt.Sprintf("%s %d %s", kind, o.ID, name))
	e.Message = "eBPF " + e.Object
	if o.Unread != "" {
		e.Message += ", contents not readable: " + o.Unread
	}
	if len(o.AttachTo) > 0 {
		e.Message += ", attached to " + string(o.AttachTo)
	}
	if o.Unlisted {
		e.Action = "hidden"
		f.add("unlisted", "true")
		e.Message += ", not listed by the walk of ids"
	}
	if o.Errno != "" && len(o.Info) == 0 {
		e.Message += ", not readable: " + o.Errno
	}
	e.Fields = f.sorted()
	if loaded != 0 {
		l := e
		l.Fields = append([]event.Field(nil), e.Fields...)
		l.Action, l.Meaning, l.Ordinal = "loaded", "loaded", 1
		l.Time = startedAt(o.At, o.Boottime, loaded, event.Microsecond)
		if err := r.s.Event(&l); err != nil {
			return err
		}
	}
	return r.s.Event(&e)
}

// program reads struct bpf_prog_info.
func (r *bpfReader) program(f *fieldList, e *event.Event, o *record.BPF, info kernelStruct) (name string, loaded uint64) {
	if len(info) < 80 {
		return "", 0
	}
	tag := fmt.Sprintf("%x", []byte(info[8:16]))
	f.add("type", tableName(bpfProgTypes(), info.u32(0)))
	f.add("tag", tag)
	f.uint("uid", uint64(info.u32(48)))
	e.Actor = accountOf(r.names, info.u32(48))
	f.int("insns", int64(len(o.Xlated)/8))
	f.uint("jited_len", uint64(info.u32(16)))
	f.add("map_ids", listed(o.MapIDs, func(id uint32) string { return strconv.FormatUint(uint64(id), 10) }))
	if n := info.u32(80); n != 0 {
		f.uint("ifindex", uint64(n))
	}
	if n := info.u32(128); n != 0 {
		f.uint("btf_id", uint64(n))
	}
	if n := info.u32(224); n != 0 {
		f.uint("attach_btf_id", uint64(n))
	}
	f.add("attach_to", string(o.AttachTo))
	if n := info.u32(144); n > 1 {
		f.uint("functions", uint64(n))
	}
	known := parseSymbols(string(o.Symbols))
	f.add("calls", strings.Join(known.calls(o.Xlated), ","))
	if known.base != 0 && info.u32(16) > 0 {
		f.add("symbols", strconv.FormatBool(known.tags[tag]))
	}
	return info.text(64, 16), info.u64(40)
}

// calls names the helpers that translated code calls: the immediate is the
// distance of the helper from __bpf_call_base.
func (k kernelSymbols) calls(code []byte) []string {
	if k.base == 0 {
		return nil
	}
	var out []string
	for ; len(code) >= 8; code = code[8:] {
		if code[0] != 0x85 || code[1]>>4 != 0 { // BPF_JMP|BPF_CALL, not to another program
			continue
		}
		imm := int64(int32(binary.LittleEndian.Uint32(code[4:])))
		if n, ok := k.helpers[k.base+uint64(imm)]; ok && !slices.Contains(out, n) && len(out) < maxListed {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

func bpfHolders(f *fieldList, hs []record.Holder) {
	f.int("holders", int64(len(hs)))
	if len(hs) == 0 {
		return
	}
	f.int("pid", int64(hs[0].PID))
	f.add("comm", string(hs[0].Comm))
	if len(hs[0].Exe) > 0 {
		exe, _ := exeState(string(hs[0].Exe))
		f.add("exe", exe)
		f.add("path", exe)
	}
}
