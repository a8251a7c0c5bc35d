package netfilter

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// shape is where the members of an entry stand: struct ipt_entry, ip6t_entry.
type shape struct {
	family               string
	addr                 int // bytes of an address
	ifaces, proto, inv   int
	target, next, counts int
	size                 int
	hooks                []string
}

func shapeOf(fam int) (shape, bool) {
	hooks := []string{"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"}
	switch fam {
	case 2:
		return shape{family: "ip", addr: 4, ifaces: 16, proto: 80, inv: 83, target: 88, next: 90, counts: 96, size: 112, hooks: hooks}, true
	case 10:
		return shape{family: "ip6", addr: 16, ifaces: 64, proto: 128, inv: 132, target: 140, next: 142, counts: 152, size: 168, hooks: hooks}, true
	}
	return shape{}, false
}

// XTables reads one table of iptables (family 2) or ip6tables (10). bad counts
// the bytes at the end that are no entry.
func XTables(fam int, table string, info, entries []byte) (rules []Rule, bad int) {
	s, ok := shapeOf(fam)
	if !ok || len(info) < 56 {
		return nil, len(entries)
	}
	valid := binary.LittleEndian.Uint32(info[32:])
	starts := map[int]string{}
	for i, name := range s.hooks {
		if valid>>i&1 == 1 {
			starts[int(binary.LittleEndian.Uint32(info[36+4*i:]))] = name
		}
	}
	chain := ""
	names := map[int]string{}
	for off := 0; off < len(entries); {
		e := entries[off:]
		if len(e) < s.size {
			return rules, len(e)
		}
		target, next := int(binary.LittleEndian.Uint16(e[s.target:])), int(binary.LittleEndian.Uint16(e[s.next:]))
		if next < s.size || next > len(e) || target < s.size || target+32 > next {
			return rules, len(e)
		}
		if n, ok := starts[off]; ok {
			chain = n
		}
		t := readMatch(e[target:next])
		if t.name == "ERROR" { // the head of a chain, or the end of the table
			chain = t.cstring(0, 30)
			names[off+next] = chain
		} else {
			rules = append(rules, s.rule(table, chain, off, e[:next], target, t))
		}
		off += next
	}
	for i := range rules {
		nameJump(&rules[i], names)
	}
	return rules, 0
}

// readMatch reads struct xt_entry_match and xt_entry_target, which are alike.
func readMatch(b []byte) match {
	name, _, _ := strings.Cut(string(b[2:31]), "\x00")
	return match{name: name, rev: int(b[31]), data: b[32:min(max(int(binary.LittleEndian.Uint16(b)), 32), len(b))]}
}

func (s shape) rule(table, chain string, off int, e []byte, target int, t match) Rule {
	r := Rule{Family: s.family, Table: table, Chain: chain, Handle: uint64(off),
		Packets: binary.LittleEndian.Uint64(e[s.counts:]), Bytes: binary.LittleEndian.Uint64(e[s.counts+8:])}
	words := s.head(e)
	const invertedSource = 8
	if mask := e[2*s.addr : 3*s.addr]; e[s.inv]&invertedSource == 0 && !slices.ContainsFunc(mask, func(b byte) bool { return b != 0xff }) {
		r.Source = addressText(e[:s.addr])
	}
	for at := s.size; at+32 <= target; {
		n := int(binary.LittleEndian.Uint16(e[at:]))
		if n < 32 || at+n > target {
			words = append(words, "a match that is cut")
			break
		}
		words = append(words, readMatch(e[at:at+n]).text(&r))
		at += n
	}
	if t.name == "" { // the standard target: a verdict, or the place of a chain
		code := int32(t.u32(0))
		switch {
		case code >= 0:
			r.Verdict = fmt.Sprintf("jump %d", code)
		case code == -5:
			r.Verdict = "return"
		default:
			r.Verdict = verdict(uint32(-code-1), "")
		}
		words = append(words, r.Verdict)
	} else {
		words = append(words, t.target(&r))
	}
	r.Text = strings.Join(words, "; ")
	return r
}

// nameJump puts the name of a chain for the place that a jump goes to.
func nameJump(r *Rule, names map[int]string) {
	var at int
	if _, err := fmt.Sscanf(r.Verdict, "jump %d", &at); err == nil && names[at] != "" {
		old := r.Verdict
		r.Verdict = "jump " + names[at]
		r.Text = strings.TrimSuffix(r.Text, old) + r.Verdict
	}
}

// head reads addresses, interfaces and protocol, and which of them are inverted.
func (s shape) head(e []byte) (words []string) {
	inv := e[s.inv]
	not := func(bit byte) string {
		if inv&bit != 0 {
			return "not "
		}
		return ""
	}
	add := func(what string, bit byte, addr, mask []byte) {
		if strings.Trim(string(mask), "\x00") != "" {
			words = append(words, not(bit)+what+" "+prefixText(addr, mask))
		}
	}
	add("saddr", 8, e[:s.addr], e[2*s.addr:3*s.addr])
	add("daddr", 16, e[s.addr:2*s.addr], e[3*s.addr:4*s.addr])
	for i, what := range []string{"in", "out"} {
		if name, _, _ := strings.Cut(string(e[s.ifaces+16*i:s.ifaces+16*i+16]), "\x00"); name != "" {
			words = append(words, not(byte(1<<i))+what+" "+name)
		}
	}
	if p := binary.LittleEndian.Uint16(e[s.proto:]); p != 0 {
		words = append(words, not(0x40)+ProtocolName(uint8(p)))
	}
	return words
}

func prefixText(addr, mask []byte) string {
	ones, rest := 0, false
	for _, b := range mask {
		for i := 7; i >= 0; i-- {
			if b>>i&1 == 0 {
				rest = true
			} else if rest {
				return fmt.Sprintf("%s/%x", addressText(addr), mask)
			} else {
				ones++
			}
		}
	}
	a, ok := netip.AddrFromSlice(addr)
	if !ok || ones == 8*len(addr) {
		return addressText(addr)
	}
	return netip.PrefixFrom(a, ones).String()
}
