package parser

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/cbpf"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// socketParser reads the socket records of the collector and decodes the
// classic BPF filters in them.
type socketParser struct{}

func newSocket() parse.Parser { return socketParser{} }

// Describe implements parse.Parser.
func (socketParser) Describe() parse.Description {
	return parse.Description{
		Name:    "socket",
		Version: 1,
		Doc: "socket records of the collector, seen at collection; a classic filter is decoded to what it accepts: protocols, ports, " +
			"payload constants, shape",
		References: []string{"collect/record/FORMAT.md", "socket(7)", "packet(7)", "MITRE ATT&CK T1205.002"},
		Sources:    []string{"socket"},
		Fields: []string{"beyond", "carriers", "comm", "denied", "domain", "errno", "exe", "exe_state", "fanout", "fd", "filter_accepts", "filter_asm", "filter_computed", "filter_header", "filter_len",
			"filter_net", "filter_payload", "filter_ports", "filter_proven", "filter_protocols", "filter_sha256", "filter_shape", "filter_undecoded",
			"holders", "ifindex", "ino", "local", "locked", "method", "netns", "no_holder", "packet_diag", "path", "peer", "pid", "pids", "processes", "protocol", "ptrace_scope", "reuseport", "self", "start_ticks", "tid",
			"rings", "type", "uid", "unread", "via"},
		Actions:  []string{"filter-attached", "filter-ebpf", "filter-unreadable", "limits", "socket"},
		Sample:   `{"t":"socket","at":1700000000000000000,"ino":40117,"netns":4026531840,"domain":17,"socktype":3,"protocol":2048,"filter_state":"classic"}`,
		PathOnly: true,
	}
}

// Claim implements parse.Parser.
func (socketParser) Claim(x *parse.Exhibit) parse.Strength { return claimRecord(x, "socket") }

// Parse implements parse.Parser.
func (socketParser) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	names := accountNames(f)
	return eachRecord(ctx, x, "socket", s, func(kind string, off int64, line []byte) (bool, error) {
		if kind == "socket-limits" {
			return true, socketLimits(off, line, s)
		}
		if kind != "socket" {
			return false, nil
		}
		r := record.Socket{Domain: -1, SockType: -1, Protocol: -1, IfIndex: -1, UID: -1} // unknown, not 0, where a line has none
		if err := decodeRecord(line, &r); err != nil {
			return true, err
		}
		e := socketEvent(&r, names)
		e.Origin = event.Origin{Offset: off, Length: int64(len(line))}
		return true, s.Event(e)
	})
}

func familyName(n int) string {
	switch n {
	case -1:
		return ""
	case 1:
		return "unix"
	case 2:
		return "inet"
	case 10:
		return "inet6"
	case 16:
		return "netlink"
	case 17:
		return "packet"
	}
	return strconv.Itoa(n)
}

func socketTypeName(n int) string {
	switch n {
	case -1:
		return ""
	case 1:
		return "stream"
	case 2:
		return "dgram"
	case 3:
		return "raw"
	case 5:
		return "seqpacket"
	}
	return strconv.Itoa(n)
}

// protocolText prints what a socket is bound to: the ethertype of a packet
// socket in hex, as /proc/net/packet does, else the protocol number.
func protocolText(domain, protocol int) string {
	switch {
	case protocol < 0:
		return ""
	case domain == 17:
		return fmt.Sprintf("0x%04x", protocol)
	}
	return strconv.Itoa(protocol)
}

// fanoutText prints a fanout group: its type and id, packet(7). The programs of
// the types cbpf and ebpf cannot be read back.
func fanoutText(v uint32) string {
	kind := v >> 16 & 0xff
	text := fmt.Sprintf("%s %d", tableName([]string{"hash", "lb", "cpu", "rollover", "rnd", "qm", "cbpf", "ebpf"}, kind), v&0xffff)
	if kind == 6 || kind == 7 {
		text += " (program not readable)"
	}
	return text
}

func socketAction(state string) string {
	switch state {
	case "classic":
		return "filter-attached"
	case "ebpf":
		return "filter-ebpf"
	case "none":
		return "socket"
	}
	return "filter-unreadable"
}

func socketEvent(r *record.Socket, names map[uint32]string) *event.Event {
	f := &fieldList{}
	f.uint("ino", r.Ino)
	if r.NetNS != 0 {
		f.uint("netns", r.NetNS)
	}
	f.add("domain", familyName(r.Domain))
	f.add("type", socketTypeName(r.SockType))
	f.add("protocol", protocolText(r.Domain, r.Protocol))
	if r.IfIndex >= 0 {
		f.int("ifindex", int64(r.IfIndex))
	}
	f.add("local", r.Local)
	f.add("peer", r.Peer)
	f.add("method", r.Method)
	f.add("errno", r.Errno)
	if r.Locked != nil {
		f.add("locked", strconv.FormatBool(*r.Locked))
	}
	if r.Self {
		f.add("self", "true")
	}
	if r.Fanout != 0 {
		f.add("fanout", fanoutText(r.Fanout))
	}
	if r.ReusePort {
		f.add("reuseport", "true")
	}
	holderFields(f, r)
	e := &event.Event{Time: collectedAt(r.At), Meaning: "observed", Source: "socket", Action: socketAction(r.FilterAs), Object: socketObject(r)}
	if r.UID >= 0 {
		f.int("uid", r.UID)
		e.Actor = accountOf(names, uint32(r.UID))
	}
	what := ""
	if r.FilterAs == "classic" {
		what = filterFields(f, r)
	}
	e.Message = socketMessage(r, what)
	e.Fields = f.sorted()
	return e
}

func socketObject(r *record.Socket) string {
	if len(r.Holders) > 0 && len(r.Holders[0].Exe) > 0 {
		exe, _ := exeState(string(r.Holders[0].Exe))
		return exe
	}
	return fmt.Sprintf("socket:[%d]", r.Ino)
}

func holderFields(f *fieldList, r *record.Socket) {
	f.int("holders", int64(len(r.Holders)+r.More))
	if len(r.Holders) == 0 {
		return
	}
	h := r.Holders[0]
	f.int("pid", int64(h.PID))
	if h.TID != 0 {
		f.int("tid", int64(h.TID))
	}
	f.int("fd", int64(h.FD))
	f.add("via", h.Via)
	f.uint("start_ticks", h.Start)
	f.add("comm", string(h.Comm))
	if len(h.Exe) > 0 {
		exe, state := exeState(string(h.Exe))
		f.add("exe", exe)
		f.add("path", exe)
		f.add("exe_state", state)
	}
	var pids []string
	last := -1
	for _, h := range r.Holders {
		if h.PID != last {
			pids = append(pids, strconv.Itoa(h.PID))
			last = h.PID
		}
	}
	if len(pids) > 1 {
		f.add("pids", strings.Join(pids, ","))
	}
}

// maxListed bounds the lists that go into one field.
const maxListed = 64

func listed[T any](list []T, text func(T) string) string {
	var out []string
	for i, v := range list {
		if i == maxListed {
			out = append(out, fmt.Sprintf("and %d more", len(list)-i))
			break
		}
		out = append(out, text(v))
	}
	return strings.Join(out, ",")
}

func same(s string) string { return s }

// filterFields decodes the filter of a socket into fields and says in a few
// words what it lets pass.
func filterFields(f *fieldList, r *record.Socket) string {
	return decodeFilter(f, r.Filter, cbpf.SocketOf(r.Domain, r.SockType, r.Protocol))
}

func decodeFilter(f *fieldList, filter []record.Insn, on cbpf.Socket) string {
	prog := make([]cbpf.Insn, len(filter))
	for i, in := range filter {
		prog[i] = cbpf.Insn{Code: in.Code, JT: in.JT, JF: in.JF, K: in.K}
	}
	d := cbpf.Decode(prog, on)
	f.int("filter_len", int64(len(prog)))
	f.add("filter_sha256", cbpf.SHA256(prog))
	f.add("filter_asm", cbpf.Disassemble(prog))
	f.add("filter_shape", string(d.Shape))
	f.add("filter_protocols", listed(d.Protocols, same))
	f.add("filter_ports", listed(d.Ports, cbpf.PortRange.String))
	f.add("filter_payload", listed(d.Constants(), same))
	f.add("filter_header", listed(d.Headers, cbpf.Compare.String))
	f.add("filter_computed", listed(d.Computed, func(c cbpf.Computed) string { return c.Text }))
	f.add("filter_undecoded", strings.Join(d.Undecoded, "; "))
	f.add("filter_proven", fmt.Sprintf("%d of %d paths", d.Proven, len(d.Paths)))
	if d.NetOffset > 0 {
		f.int("filter_net", int64(d.NetOffset))
	}
	var paths []string
	for i, p := range d.Paths {
		if i == 16 {
			paths = append(paths, fmt.Sprintf("and %d more", len(d.Paths)-i))
			break
		}
		paths = append(paths, p.String())
	}
	f.add("filter_accepts", strings.Join(paths, "; "))
	out := fmt.Sprintf("%d instructions, %s", len(prog), d.Shape)
	if c := d.Constants(); len(c) > 0 {
		out += " " + listed(c, same)
	} else if len(d.Computed) > 0 {
		out += " " + d.Computed[0].Text
	}
	return out
}

func socketMessage(r *record.Socket, what string) string {
	who := "held by nobody in /proc"
	if len(r.Holders) > 0 {
		h := r.Holders[0]
		who = fmt.Sprintf("of %d %s (%s)", h.PID, h.Comm, h.Exe)
	}
	kind := strings.TrimSpace(familyName(r.Domain) + " " + socketTypeName(r.SockType))
	if kind == "" {
		kind = "unknown"
	}
	m := fmt.Sprintf("%s socket %d %s", kind, r.Ino, who)
	switch r.FilterAs {
	case "classic":
		m += ", classic filter: " + what
	case "ebpf":
		m += ", eBPF filter (not readable through the socket: " + r.Errno + ")"
	case "none":
		m += ", no filter"
	default:
		m += ", filter not readable: " + r.Errno
	}
	return m
}
