package cbpf

import (
	"slices"
)

// witness builds packets that satisfy paths and proves them by running the
// program.
type witness struct {
	prog   []Insn
	t      *table
	budget int // instructions that may still be run
}

func newWitness(prog []Insn, t *table) *witness { return &witness{prog: prog, t: t, budget: 8 << 20} }

// find gives a packet that is accepted along the path, or nil.
func (w *witness) find(raw *rawPath, l layout) *Packet {
	bits, ok := w.choose(raw)
	if !ok {
		return nil
	}
	r := newReader(w.t, l, raw)
	for _, ihl := range []byte{5, 6, 15, 8} {
		for _, doff := range []byte{5, 8, 15} {
			for _, fill := range []byte{0, 0xff, 0x5a} {
				if w.budget <= 0 {
					return nil
				}
				p, ok := w.build(bits, r, ihl, doff, fill)
				if ok && w.follows(p, raw) {
					return p
				}
			}
		}
	}
	return nil
}

// follows runs the program and compares its way with the path.
func (w *witness) follows(p *Packet, raw *rawPath) bool {
	i, same := 0, true
	ret := Run(w.prog, *p, func(pc int) {
		same = same && i < len(raw.pcs) && int(raw.pcs[i]) == pc
		i++
	})
	w.budget -= i
	return same && i == len(raw.pcs) && ret != 0
}

// choose settles ranges, inequalities and bit tests by choosing values.
func (w *witness) choose(raw *rawPath) (map[symbol]bool, bool) {
	f := newFacts(w.t)
	for _, k := range raw.known {
		f.known[k.key] = k.value
	}
	f.settleComputed(raw)
	forbidden := map[nodeID][]uint32{}
	var order []nodeID
	for _, s := range raw.spans {
		order = append(order, s.id)
	}
	for _, e := range raw.never {
		if _, ok := forbidden[e.id]; !ok {
			order = append(order, e.id)
		}
		forbidden[e.id] = append(forbidden[e.id], e.value)
	}
	spans := map[nodeID]span{}
	for _, s := range raw.spans {
		spans[s.id] = s.span
	}
	for _, id := range order {
		n := &w.t.nodes[id]
		s, ok := spans[id]
		if !ok {
			s = span{0, ^uint32(0)}
		}
		if id == w.t.length() {
			s.lo = max(s.lo, min(s.hi, 1024))
		}
		if n.kind == inputs && !pickValue(f, n.w, s, forbidden[id]) {
			return nil, false
		}
	}
	for _, a := range raw.some {
		f.anySetFirst(a)
	}
	return f.known, true
}

// pickValue gives a word the least value of the range that known bits allow
// and that is not forbidden.
func pickValue(f *facts, w *word, s span, not []uint32) bool {
	least, most := uint32(0), uint32(0)
	for i, b := range w {
		if v, known := f.bit(b); !known || v {
			most |= 1 << i
			if known {
				least |= 1 << i
			}
		}
	}
	mask := ^(least ^ most) // bits that are settled
	v, ok := atLeast(s.lo, mask, least)
	for ok && v <= s.hi && slices.Contains(not, v) {
		if v == ^uint32(0) {
			return false
		}
		v, ok = atLeast(v+1, mask, least)
	}
	return ok && v <= s.hi && f.setBits(w, v, ^uint32(0))
}

// atLeast gives the least v >= lo with v & mask == value.
func atLeast(lo, mask, value uint32) (uint32, bool) {
	if lo&mask == value {
		return lo, true
	}
	best, ok := uint32(0), false
	for i := 31; i >= 0; i-- {
		bit := uint32(1) << i
		high := ^(bit<<1 - 1)
		if i == 31 {
			high = 0
		}
		if lo&bit != 0 || (lo^value)&mask&high != 0 || (mask&bit != 0 && value&bit == 0) {
			continue
		}
		best, ok = lo&high|bit|value&(bit-1), true // the lowest such i wins
	}
	return best, ok
}

func (f *facts) anySetFirst(a anyOf) {
	w := f.t.bitsOf(a.id)
	for i, s := range w {
		if v, known := f.bit(s); a.mask>>i&1 == 1 && known && v {
			return
		}
	}
	for i, s := range w {
		if _, known := f.bit(s); a.mask>>i&1 == 1 && !known {
			f.setBit(s, true)
			return
		}
	}
}

// build lays the chosen bits into a packet. Bases are placed in the order of
// their expressions, so that lengths stand before what is counted from them.
func (w *witness) build(bits map[symbol]bool, r *reader, ihl, doff, fill byte) (*Packet, bool) {
	p := &Packet{Net: max(r.net, 0), Anc: map[uint32]uint32{}}
	byBase := map[baseID]map[uint32]maskedByte{}
	size := 192
	for k, v := range bits {
		m := byBase[k.base()]
		if m == nil {
			m = map[uint32]maskedByte{}
			byBase[k.base()] = m
		}
		b := m[k.off()]
		b.mask |= 1 << k.pos()
		if v {
			b.value |= 1 << k.pos()
		}
		m[k.off()] = b
		if off := int32(k.off()); off > 0 && w.t.bases[k.base()].kind <= fromNetNode {
			size = max(size, int(min(off, 1<<17))+256)
		}
	}
	if size > 1<<17 {
		return nil, false
	}
	p.Data = make([]byte, w.length(byBase, size, r))
	for i := range p.Data {
		p.Data[i] = fill
	}
	w.defaults(p, r, ihl, doff)
	return p, w.place(p, byBase, fill)
}

// length gives the length that the path demands, else a roomy one.
func (w *witness) length(byBase map[baseID]map[uint32]maskedByte, size int, r *reader) int {
	id, ok := w.t.baseIx[base{kind: fromLen}]
	if !ok || byBase[id] == nil {
		return size
	}
	want, mask := uint32(0), uint32(0)
	for off, b := range byBase[id] {
		want |= uint32(b.value) << (8 * (3 - off&3))
		mask |= uint32(b.mask) << (8 * (3 - off&3))
	}
	v, ok := atLeast(uint32(size), mask, want)
	if !ok || v > 1<<17 {
		v = want
	}
	return int(min(v, 1<<17))
}

func (w *witness) defaults(p *Packet, r *reader, ihl, doff byte) {
	set := func(off int, v byte) {
		if off >= 0 && off < len(p.Data) {
			p.Data[off] = v
		}
	}
	switch r.l.layout {
	case LayoutTransport:
		set(12, doff<<4)
	case LayoutMessage:
	default:
		if r.v6 {
			set(r.net, 0x60)
			set(r.net+40+12, doff<<4)
		} else {
			set(r.net, 0x40|ihl)
			set(r.net+2, byte((len(p.Data)-r.net)>>8))
			set(r.net+3, byte(len(p.Data)-r.net))
			set(r.net+4*int(ihl)+12, doff<<4)
		}
	}
	p.Anc[ancPayOffset] = uint32(r.net + 4*int(ihl) + 4*int(doff))
	if r.etype > 0 {
		p.Anc[ancProtocol] = uint32(r.etype)
	}
}

func (w *witness) place(p *Packet, byBase map[baseID]map[uint32]maskedByte, fill byte) bool {
	ids := make([]baseID, 0, len(byBase))
	for id := range byBase {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b baseID) int {
		ba, bb := w.t.bases[a], w.t.bases[b]
		if ba.node != bb.node {
			return int(ba.node) - int(bb.node)
		}
		return int(a) - int(b)
	})
	set := map[int]maskedByte{}
	for _, id := range ids {
		b := w.t.bases[id]
		start := 0
		switch b.kind {
		case fromLen, fromOpaque:
			continue
		case fromAnc:
			p.Anc[b.n] = ancWord(byBase[id])
			continue
		case fromNet:
			start = p.Net
		case fromNode:
			start = int(int32(w.eval(b.node, p)))
		case fromNetNode:
			start = p.Net + int(int32(w.eval(b.node, p)))
		}
		for off, m := range byBase[id] {
			at := start + int(int32(off))
			if at < 0 || at >= len(p.Data) {
				return false
			}
			old := set[at]
			if old.mask&m.mask&(old.value^m.value) != 0 {
				return false
			}
			p.Data[at] = p.Data[at]&^m.mask | m.value
			set[at] = maskedByte{old.mask | m.mask, old.value&^m.mask | m.value}
		}
	}
	return true
}

func ancWord(m map[uint32]maskedByte) uint32 {
	var v uint32
	for off, b := range m {
		v |= uint32(b.value) << (8 * (3 - off&3))
	}
	return v
}
