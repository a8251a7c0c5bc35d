package cbpf

import (
	"fmt"
	"slices"
	"strings"
)

// Decode says what packets a program accepts. It never fails: a program that
// the kernel would refuse has the shape Invalid.
func Decode(prog []Insn, s Socket) Filter { return DecodeWith(prog, s, DefaultLimits()) }

// DecodeWith is Decode within other limits.
func DecodeWith(prog []Insn, s Socket, limits Limits) Filter {
	if len(prog) == 0 {
		return Filter{Shape: Empty, Layout: s.Layout}
	}
	if err := Validate(prog); err != nil {
		return Filter{Shape: Invalid, Layout: s.Layout, Undecoded: []string{err.Error()}}
	}
	e := explore(prog, limits)
	l := findLayout(e, s)
	f := Filter{Layout: l.layout, NetOffset: l.net, Accepting: e.accepting, Truncated: e.truncated}
	w := newWitness(prog, e.t)
	seen := map[string]bool{}
	var classes []Shape
	var sides []side
	for i := range e.paths {
		raw := &e.paths[i]
		p := l.path(e.t, raw)
		text := p.String() + "|" + strings.Join(p.Undone, ",")
		classes = append(classes, p.class)
		sides = addSides(sides, p.sides)
		f.note(p)
		if seen[text] || len(f.Paths) >= MaxPaths {
			continue
		}
		seen[text] = true
		p.Witness = w.find(raw, l)
		if p.Witness != nil {
			f.Proven++
		}
		f.Paths = append(f.Paths, p)
	}
	f.Ports = chosenPorts(sides)
	f.Shape = shapeOf(classes, s, l.layout)
	if n := len(f.Paths) - f.Proven; n > 0 {
		f.Undecoded = append(f.Undecoded, fmt.Sprintf("%d of %d paths without a packet that proves them", n, len(f.Paths)))
	}
	if f.Truncated {
		f.Undecoded = append(f.Undecoded, "exploration cut at its limit")
	}
	return f
}

// maxList bounds each list of a filter: what a program of 4,096 instructions can
// fill by itself.
const maxList = 1024

func addSides(all, more []side) []side {
	for _, s := range more {
		if len(all) < maxList && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// chosenPorts lists the ports of all paths. A test of "source or destination
// port in a range" has a path on which the source port is below or above the
// range: that is no choice of ports, and left out.
func chosenPorts(sides []side) []PortRange {
	var out []PortRange
	for _, s := range sides {
		if !slices.Contains(out, s.ports) && !slices.ContainsFunc(sides, func(o side) bool { return leftBy(s, o, sides) }) {
			out = append(out, s.ports)
		}
	}
	return out
}

// leftBy says whether a range is only what a test for another one leaves.
func leftBy(s, tested side, all []side) bool {
	r, t := s.ports, tested.ports
	open := func(r PortRange) bool { return r.Lo == 0 || r.Hi == 65535 }
	if s.field != tested.field || !open(r) || r.Lo == r.Hi || int(t.Lo) != int(r.Hi)+1 && int(t.Hi)+1 != int(r.Lo) {
		return false
	}
	if !open(t) {
		return true
	}
	other := Field("sport")
	if s.field == other {
		other = "dport"
	}
	return slices.Contains(all, side{other, t}) && !slices.Contains(all, side{other, r})
}

// note adds what one path compares to the lists of the filter, each once.
func (f *Filter) note(p Path) {
	if p.Protocol != "" && !slices.Contains(f.Protocols, p.Protocol) {
		f.Protocols = append(f.Protocols, p.Protocol)
	}
	const most = maxList
	for _, c := range p.Payload {
		if len(f.Payload) < most && !slices.Contains(f.Payload, c) {
			f.Payload = append(f.Payload, c)
		}
	}
	for _, c := range p.Headers {
		if len(f.Headers) < most && !slices.Contains(f.Headers, c) {
			f.Headers = append(f.Headers, c)
		}
	}
	for _, c := range p.Computed {
		if len(f.Computed) < most && !slices.Contains(f.Computed, c) {
			f.Computed = append(f.Computed, c)
		}
	}
	for _, u := range p.Undone {
		if len(f.Undecoded) < 32 && !slices.Contains(f.Undecoded, u) {
			f.Undecoded = append(f.Undecoded, u)
		}
	}
}

// shapeOf joins the classes of all accepting paths. One magic path makes the
// filter magic: harmless paths beside it hide nothing.
func shapeOf(classes []Shape, s Socket, l Layout) Shape {
	has := func(c Shape) bool { return slices.Contains(classes, c) }
	only := func(allowed ...Shape) bool {
		for _, c := range classes {
			if !slices.Contains(allowed, c) {
				return false
			}
		}
		return true
	}
	switch {
	case len(classes) == 0:
		return RejectAll
	case l == LayoutMessage && has(AcceptAll):
		return AcceptAll
	case l == LayoutMessage:
		return Message
	case has(PayloadMagic) && s.Bound:
		return PortsPayload
	case has(PayloadMagic):
		return PayloadMagic
	case has(HeaderMagic) && s.Bound:
		return PortsHeader
	case has(HeaderMagic):
		return HeaderMagic
	case has(AcceptAll):
		return AcceptAll
	case only(DHCP), only(ARP), only(EAPOL), only(EtherType), only(Ports), only(Protocols), only(PortsPayload), only(PortsHeader):
		return classes[0]
	case only(DHCP, ARP):
		return DHCP
	case has(LLDP) && only(LLDP, EtherType, Other):
		return LLDP
	case has(PortsPayload):
		return PortsPayload
	case has(PortsHeader):
		return PortsHeader
	case only(ARP, EAPOL, LLDP, EtherType):
		return EtherType
	case has(Ports) && only(Ports, Protocols, DHCP, ARP, EtherType):
		return Ports
	case only(Protocols, ARP, EtherType, LLDP, EAPOL):
		return Protocols
	}
	return Other
}
