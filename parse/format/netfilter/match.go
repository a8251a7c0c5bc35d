package netfilter

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// match is a match or target of x_tables: its name, revision and private struct.
type match struct {
	name string
	rev  int
	data []byte
}

func (m match) u16(off int) uint16 {
	if off+2 > len(m.data) {
		return 0
	}
	return binary.LittleEndian.Uint16(m.data[off:])
}

func (m match) u32(off int) uint32 {
	if off+4 > len(m.data) {
		return 0
	}
	return binary.LittleEndian.Uint32(m.data[off:])
}

func (m match) cstring(off, size int) string {
	if off >= len(m.data) {
		return ""
	}
	s, _, _ := strings.Cut(string(m.data[off:min(off+size, len(m.data))]), "\x00")
	return s
}

// text says what a match tests.
func (m match) text(r *Rule) string {
	switch m.name {
	case "tcp", "udp":
		return m.name + m.ports()
	case "multiport":
		var ports []string
		for i := range min(int(m.byteAt(1)), 15) {
			ports = append(ports, fmt.Sprint(m.u16(2+2*i)))
		}
		return "multiport " + strings.Join(ports, ",")
	case "bpf":
		return m.bpf(r)
	case "comment":
		return fmt.Sprintf("comment %q", m.cstring(0, 256))
	case "string":
		n := min(int(m.byteAt(4+16+128)), 128)
		if len(m.data) >= 20+n {
			return fmt.Sprintf("string %q", m.data[20:20+n])
		}
	case "mark", "connmark":
		return fmt.Sprintf("%s 0x%x/0x%x", m.name, m.u32(0), m.u32(4))
	}
	if m.rev > 0 {
		return fmt.Sprintf("%s (revision %d)", m.name, m.rev)
	}
	return m.name
}

func (m match) byteAt(off int) byte {
	if off >= len(m.data) {
		return 0
	}
	return m.data[off]
}

// ports reads struct xt_tcp and xt_udp: ranges in host order.
func (m match) ports() string {
	out := ""
	for i, name := range []string{"sport", "dport"} {
		lo, hi := m.u16(4*i), m.u16(4*i+2)
		switch {
		case lo == 0 && hi == 0xffff || len(m.data) < 8:
		case lo == hi:
			out += fmt.Sprintf(" %s %d", name, lo)
		default:
			out += fmt.Sprintf(" %s %d-%d", name, lo, hi)
		}
	}
	return out
}

// bpf reads struct xt_bpf_info (revision 0) and xt_bpf_info_v1: a classic
// program, or the path of a pinned eBPF program.
func (m match) bpf(r *Rule) string {
	const most, insn = 64, 8
	count, at := int(m.u16(0)), 4
	if m.rev > 0 {
		const bytecode, pinned = 0, 1
		count, at = int(m.u16(2)), 8
		switch m.u16(0) {
		case bytecode:
		case pinned:
			path := m.cstring(at, 512)
			r.Pinned = append(r.Pinned, path)
			return fmt.Sprintf("bpf pinned at %q", path)
		default:
			return "bpf by descriptor"
		}
	}
	end := at + insn*min(count, most)
	if count > most || end > len(m.data) {
		return "bpf, cut"
	}
	r.Programs = append(r.Programs, m.data[at:end])
	return fmt.Sprintf("bpf of %d instructions", count)
}

// target says what a target does.
func (m match) target(r *Rule) string {
	r.Verdict = strings.ToLower(m.name)
	switch m.name {
	case "REDIRECT", "DNAT", "SNAT", "NETMAP", "MASQUERADE":
		r.Redirect = m.nat()
		return r.Redirect
	case "LOG":
		return fmt.Sprintf("log %q", m.cstring(2, 30))
	}
	return strings.ToLower(m.name)
}

// nat reads struct nf_nat_ipv4_multi_range_compat (revision 0: a count, then flags, two
// addresses and two ports) and struct nf_nat_range of the later ones.
func (m match) nat() string {
	kind, from, addr, size := strings.ToLower(m.name), 4, 4, 4
	if m.rev > 0 {
		from, size = 0, 16
	}
	const mapIPs, protoGiven = 1, 2
	flags := m.u32(from)
	addr += from
	portAt := addr + 2*size
	if portAt+4 > len(m.data) {
		return kind
	}
	to := ""
	if flags&mapIPs != 0 {
		ip := m.data[addr : addr+size]
		if size == 16 && strings.Trim(string(ip[4:]), "\x00") == "" {
			ip = ip[:4] // an IPv4 address in the union of both
		}
		to = " " + addressText(ip)
	}
	if flags&protoGiven != 0 {
		lo, hi := binary.BigEndian.Uint16(m.data[portAt:]), binary.BigEndian.Uint16(m.data[portAt+2:])
		to += fmt.Sprintf(" port %d", lo)
		if hi != lo {
			to += fmt.Sprintf("-%d", hi)
		}
	}
	if to == "" {
		return kind
	}
	return kind + " to" + to
}
