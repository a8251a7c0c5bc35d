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
	for i := range e.paths {
		raw := &e.paths[i]
		p := l.path(e.t, raw)
		text := p.String() + "|" + strings.Join(p.Undone, ",")
		classes = append(classes, p.class)
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
	f.Shape = shapeOf(classes, s, l.layout)
	if n := len(f.Paths) - f.Proven; n > 0 {
		f.Undecoded = append(f.Undecoded, fmt.Sprintf("%d of %d paths without a packet that proves them", n, len(f.Paths)))
	}
	if f.Truncated {
		f.Undecoded = append(f.Undecoded, "exploration cut at its limit")
	}
	return f
}

// note adds what one path compares to the lists of the filter, each once.
func (f *Filter) note(p Path) {
	if p.Protocol != "" && !slices.Contains(f.Protocols, p.Protocol) {
		f.Protocols = append(f.Protocols, p.Protocol)
	}
	const most = 1024 // of each list: what a program of 4,096 instructions can fill by itself
	for _, r := range p.Ports {
		if len(f.Ports) < most && !slices.Contains(f.Ports, r) {
			f.Ports = append(f.Ports, r)
		}
	}
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
	case has(HeaderMagic):
		return HeaderMagic
	case has(AcceptAll):
		return AcceptAll
	case only(DHCP), only(ARP), only(EAPOL), only(EtherType), only(Ports), only(Protocols), only(PortsPayload):
		return classes[0]
	case only(DHCP, ARP):
		return DHCP
	case has(LLDP) && only(LLDP, EtherType, Other):
		return LLDP
	case has(PortsPayload):
		return PortsPayload
	case only(ARP, EAPOL, LLDP, EtherType):
		return EtherType
	case has(Ports) && only(Ports, Protocols, DHCP, ARP, EtherType):
		return Ports
	case only(Protocols, ARP, EtherType, LLDP, EAPOL):
		return Protocols
	}
	return Other
}
