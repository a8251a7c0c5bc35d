package cbpf

import (
	"fmt"
	"slices"
)

// path turns the constraints of a raw path into what an analyst reads.
func (l layout) path(t *table, raw *rawPath) Path {
	r := newReader(t, l, raw)
	p := Path{Protocol: r.protocol()}
	if raw.retOK {
		p.Returns = raw.ret
	}
	for _, e := range raw.equal {
		r.addEqual(&p, e)
	}
	for _, s := range raw.spans {
		r.addSpan(&p, s)
	}
	for _, e := range raw.never {
		r.addOther(&p, e.id, NotEqual, ^uint32(0), e.value)
	}
	for _, s := range raw.some {
		r.addOther(&p, s.id, AnyBit, s.mask, 0)
	}
	for range raw.loose {
		p.undone("two values of the packet are compared with each other")
	}
	r.addRuns(&p)
	r.addPorts(&p)
	p.class = r.class(&p, raw)
	return p
}

func (p *Path) undone(s string) {
	if !slices.Contains(p.Undone, s) {
		p.Undone = append(p.Undone, s)
	}
}

func (p *Path) add(c Compare) {
	list := &p.Headers
	switch {
	case c.Op == NotEqual || c.Op == AnyBit:
		list = &p.Others
	case carriesPayload(c.Field):
		list = &p.Payload
	}
	if !slices.Contains(*list, c) {
		*list = append(*list, c)
	}
}

func carriesPayload(f Field) bool {
	return f == FieldPayload || f == FieldTrailer || f == FieldIndirect || f == FieldMessage
}

// view is a run of packet bytes inside a word: where it begins, its bytes and
// the shift of its lowest bit.
type view struct {
	base  baseID
	off   uint32
	size  int
	mask  uint64
	value uint64
}

// views splits the inputs of a word that has the given value into runs of
// adjacent bytes of one base. ok is false when an input is no packet data.
func (t *table) views(w *word, v uint32) (out []view, ok bool) {
	b := map[place]maskedByte{}
	for i, s := range w {
		if !s.isInput() {
			continue
		}
		if t.bases[s.base()].kind == fromOpaque {
			return nil, false
		}
		at := place{s.base(), s.off()}
		m := b[at]
		m.mask |= 1 << s.pos()
		if (v>>i&1 == 1) != s.inverted() {
			m.value |= 1 << s.pos()
		}
		b[at] = m
	}
	return runs(b), true
}

// viewsOf gives the views of an expression that is made of packet data only.
func (t *table) viewsOf(id nodeID, v uint32) ([]view, bool) {
	n := &t.nodes[id]
	if n.kind != inputs {
		return nil, false
	}
	return t.views(n.w, v)
}

// runs joins bytes that lie side by side, at most eight at a time.
func runs(b map[place]maskedByte) []view {
	places := make([]place, 0, len(b))
	for p := range b {
		places = append(places, p)
	}
	slices.SortFunc(places, func(x, y place) int {
		if x.base != y.base {
			return int(x.base) - int(y.base)
		}
		return int(int64(int32(x.off)) - int64(int32(y.off)))
	})
	var out []view
	for _, p := range places {
		m := b[p]
		if n := len(out); n > 0 {
			if last := &out[n-1]; last.base == p.base && last.off+uint32(last.size) == p.off && last.size < 8 {
				last.size++
				last.mask = last.mask<<8 | uint64(m.mask)
				last.value = last.value<<8 | uint64(m.value)
				continue
			}
		}
		out = append(out, view{p.base, p.off, 1, uint64(m.mask), uint64(m.value)})
	}
	return out
}

// split cuts a view where its bytes belong to different fields.
func (r *reader) split(v view, op Op, add func(Compare)) {
	var cur Compare
	for i := range v.size {
		f, off := r.locate(v.base, v.off+uint32(i))
		sh := 8 * (v.size - 1 - i)
		m, val := v.mask>>sh&0xff, v.value>>sh&0xff
		if cur.Size > 0 && cur.Field == f && cur.Offset+cur.Size == off {
			cur.Size++
			cur.Mask, cur.Value = cur.Mask<<8|m, cur.Value<<8|val
			continue
		}
		if cur.Size > 0 {
			add(cur)
		}
		cur = Compare{Field: f, Offset: off, Size: 1, Op: op, Mask: m, Value: val}
	}
	if cur.Size > 0 {
		add(cur)
	}
}

func (r *reader) addEqual(p *Path, e equal) {
	vs, ok := r.t.viewsOf(e.id, e.value)
	if !ok {
		r.addComputed(p, e.id, e.value, e.value)
		return
	}
	for _, v := range vs {
		r.split(v, Equal, p.add)
	}
}

// addSpan adds a range of a node that is one plain big endian word.
func (r *reader) addSpan(p *Path, s spanOf) {
	if s.lo == s.hi && slices.ContainsFunc(r.equal, func(e equal) bool { return e.id == s.id }) {
		return // an equality by now
	}
	vs, ok := r.t.viewsOf(s.id, 0)
	if !ok {
		r.addComputed(p, s.id, s.lo, s.hi)
		return
	}
	if len(vs) != 1 || !plain(r.t.nodes[s.id].w, vs[0]) {
		p.undone("a range of scattered bits")
		return
	}
	v := vs[0]
	f, off := r.locate(v.base, v.off)
	p.add(Compare{Field: f, Offset: off, Size: v.size, Op: In, Mask: v.mask, Value: uint64(s.lo), Max: min(uint64(s.hi), v.mask)})
}

// plain says whether a word is the big endian number of the view, unmasked
// from below.
func plain(w *word, v view) bool {
	for i, s := range w {
		if !s.isInput() {
			if s == one {
				return false
			}
			continue
		}
		if s.inverted() || s.off() != v.off+uint32(v.size-1-i/8) || s.pos() != i%8 {
			return false
		}
	}
	return true
}

func (r *reader) addOther(p *Path, id nodeID, op Op, mask, value uint32) {
	w := r.t.bitsOf(id)
	for i := range w {
		if mask>>i&1 == 0 {
			w[i] = zero
		}
	}
	vs, ok := r.t.views(&w, value)
	if !ok {
		p.undone(r.describe(id))
		return
	}
	for _, v := range vs {
		r.split(v, op, p.add)
	}
}

// describe says in words why a constraint could not be expressed.
func (r *reader) describe(id nodeID) string {
	n := &r.t.nodes[id]
	switch {
	case n.kind == sum:
		return fmt.Sprintf("a sum of %d values of the packet", len(n.parts))
	case id == overflowed:
		return "an expression beyond the limits"
	case n.kind == opaque:
		names := [...]string{"add", "sub", "mul", "div", "or", "and", "lsh", "rsh", "neg", "mod", "xor"}
		if op := int(n.op >> 4); op < len(names) {
			if _, constant := r.t.value(n.b); constant || n.op == aluNEG {
				return "the result of " + names[op] + " on a value of the packet"
			}
			return "the result of " + names[op] + " on two values of the packet"
		}
	}
	return "bits of a computed value"
}

// addPorts gathers what the path demands of ports.
func (r *reader) addPorts(p *Path) {
	var ports, rest []Compare
	for _, c := range p.Headers {
		if (c.Field == "sport" || c.Field == "dport") && r.isIP() && r.l.layout != LayoutMessage {
			ports = append(ports, c)
		} else {
			rest = append(rest, c)
		}
	}
	for _, c := range ports {
		pr, ok := portRange(c)
		if !ok {
			continue
		}
		if !slices.Contains(p.Ports, pr) {
			p.Ports = append(p.Ports, pr)
		}
		p.sides = append(p.sides, side{c.Field, pr})
	}
	p.Headers = rest
}

// portRange gives the ports between the least and greatest that a compare
// allows.
func portRange(c Compare) (PortRange, bool) {
	if c.Op == In {
		if c.Size != 2 {
			return PortRange{}, false
		}
		return PortRange{uint16(c.Value), uint16(c.Max)}, true
	}
	sh := 8 * (2 - c.Offset - c.Size)
	if sh < 0 {
		return PortRange{}, false
	}
	mask, value := uint16(c.Mask<<sh), uint16(c.Value<<sh)
	return PortRange{value, value | ^mask}, true
}
