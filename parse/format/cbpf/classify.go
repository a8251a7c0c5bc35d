package cbpf

import (
	"fmt"
	"math/bits"
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
	n := &r.t.nodes[e.id]
	if n.kind != inputs {
		p.undone(r.describe(e.id))
		return
	}
	vs, ok := r.t.views(n.w, e.value)
	if !ok {
		p.undone(r.describe(e.id))
		return
	}
	for _, v := range vs {
		r.split(v, Equal, p.add)
	}
}

// addSpan adds a range of a node that is one plain big endian word.
func (r *reader) addSpan(p *Path, s spanOf) {
	n := &r.t.nodes[s.id]
	if n.kind != inputs {
		p.undone(r.describe(s.id))
		return
	}
	if s.lo == s.hi {
		return // an equality by now
	}
	vs, ok := r.t.views(n.w, 0)
	if !ok {
		p.undone(r.describe(s.id))
		return
	}
	if len(vs) != 1 || !plain(n.w, vs[0]) {
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
			return "the result of " + names[op] + " on two values of the packet"
		}
	}
	return "bits of a computed value"
}

// addRuns adds payload bits that were tested piece by piece: byte compares,
// single bits. A run that a word compare says already is left out.
func (r *reader) addRuns(p *Path) {
	payload := map[place]maskedByte{}
	for at, b := range r.known {
		if r.t.bases[at.base].kind == fromOpaque {
			continue
		}
		if f, _ := r.locate(at.base, at.off); carriesPayload(f) {
			payload[at] = b
		}
	}
	for _, v := range runs(payload) {
		r.split(v, Equal, func(c Compare) {
			if c.Size > 1 || !covered(p.Payload, c) {
				p.add(c)
			}
		})
	}
}

func covered(list []Compare, c Compare) bool {
	for _, o := range list {
		if o.Field == c.Field && o.Op == Equal && o.Offset <= c.Offset && o.Offset+o.Size >= c.Offset+c.Size {
			return true
		}
	}
	return false
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
		if pr, ok := portRange(c); ok && !slices.Contains(p.Ports, pr) {
			p.Ports = append(p.Ports, pr)
		}
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

// narrowPorts is the most ports that still count as a choice of ports: a
// compare that lets more pass (port != 0, port > 1023) chooses nothing.
const narrowPorts = 4096

func narrow(ports []PortRange) bool {
	for _, r := range ports {
		if int(r.Hi)-int(r.Lo)+1 <= narrowPorts {
			return true
		}
	}
	return false
}

// knowledge is the number of bits that compares pin down.
func knowledge(list []Compare, want func(Field) bool) int {
	n := 0
	for _, c := range list {
		switch {
		case !want(c.Field):
		case c.Op == Equal:
			n = max(n, bits.OnesCount64(c.Mask))
		case c.Op == In:
			n = max(n, bits.OnesCount64(c.Mask)-bits.Len64(c.Max-c.Value))
		}
	}
	return n
}

// magicBits is the least number of payload bits that make a magic: 16, since
// shorter compares are how protocols are told apart.
const magicBits = 16

// open says whether a path asks nothing of a packet but its length.
func (r *reader) open(p *Path, raw *rawPath) bool {
	for _, k := range raw.known {
		if r.t.bases[k.key.base()].kind != fromLen {
			return false
		}
	}
	for _, list := range [][]Compare{p.Headers, p.Others} {
		for _, c := range list {
			if c.Field != "length" {
				return false
			}
		}
	}
	return len(p.Payload)+len(p.Ports)+len(p.Undone)+len(raw.loose) == 0
}

func (r *reader) class(p *Path, raw *rawPath) Shape {
	switch {
	case r.open(p, raw):
		return AcceptAll
	case r.l.layout == LayoutMessage:
		return Message
	case r.etype == 0x0806 || r.etype == 0x8035:
		return ARP
	case r.etype == 0x88cc:
		return LLDP
	case r.etype == 0x888e || r.etype == 0x88c7:
		return EAPOL
	case !r.isIP():
		return EtherType
	}
	payload := knowledge(p.Payload, carriesPayload) >= magicBits || scattered(p.Payload) >= magicBits
	dhcp := (r.proto == 17 || r.proto < 0) && onlyDHCP(p.Ports)
	switch {
	case narrow(p.Ports) && dhcp:
		return DHCP
	case narrow(p.Ports) && payload:
		return PortsPayload
	case payload:
		return PayloadMagic
	case narrow(p.Ports):
		return Ports
	case knowledge(p.Headers, hidesMagic) >= magicBits:
		return HeaderMagic
	case r.proto >= 0 || r.etype >= 0 || knowledge(p.Headers, isAddress) >= 8:
		return Protocols
	}
	return Other
}

// scattered counts payload bits over places that do not touch.
func scattered(list []Compare) int {
	type at struct {
		f   Field
		off int
	}
	m := map[at]uint64{}
	for _, c := range list {
		if c.Op != Equal {
			continue
		}
		for i := range c.Size {
			m[at{c.Field, c.Offset + i}] |= c.Mask >> (8 * (c.Size - 1 - i)) & 0xff
		}
	}
	n := 0
	for _, b := range m {
		n += bits.OnesCount64(b)
	}
	return n
}

func onlyDHCP(ports []PortRange) bool {
	for _, r := range ports {
		if r.Lo != 67 && r.Lo != 68 && r.Lo != 546 && r.Lo != 547 || r.Hi > r.Lo+1 {
			return false
		}
	}
	return len(ports) > 0
}

// hidesMagic says whether a header field carries no address and no length:
// a constant there is a sign between two programs. ICMP ids belong to ping.
func hidesMagic(f Field) bool {
	switch f {
	case "tcp.seq", "tcp.ack", "tcp.window", "tcp.urgent", "tcp.checksum", "ip.id", "ip.checksum", "udp.checksum", "icmp.seq":
		return true
	}
	return false
}

func isAddress(f Field) bool {
	return f == "ip.src" || f == "ip.dst" || f == "eth.src" || f == "eth.dst"
}
