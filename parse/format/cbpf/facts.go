package cbpf

import "math/bits"

// span is an interval of values, both ends included.
type span struct{ lo, hi uint32 }

// equal is a compare that a path made: node == value.
type equal struct {
	id    nodeID
	value uint32
}

// anyOf says that at least one bit of node & mask is set.
type anyOf struct {
	id   nodeID
	mask uint32
}

// facts is what is known on the way to an instruction. Everything that is
// added can be taken back, since paths share their beginnings.
type facts struct {
	t     *table
	known map[symbol]bool // input bit -> value
	spans map[nodeID]span
	order []symbol // keys of known in the order they were learnt
	prior []spanUndo
	equal []equal
	never []equal
	some  []anyOf
	loose []nodeID // compares that could not be expressed
}

type spanUndo struct {
	id  nodeID
	old span
	had bool
}

// mark is a point to return to.
type mark struct{ order, prior, equal, never, some, loose int }

func newFacts(t *table) *facts {
	return &facts{t: t, known: map[symbol]bool{}, spans: map[nodeID]span{}}
}

func (f *facts) mark() mark {
	return mark{len(f.order), len(f.prior), len(f.equal), len(f.never), len(f.some), len(f.loose)}
}

func (f *facts) undo(m mark) {
	for _, k := range f.order[m.order:] {
		delete(f.known, k)
	}
	f.order = f.order[:m.order]
	for i := len(f.prior) - 1; i >= m.prior; i-- {
		u := f.prior[i]
		if u.had {
			f.spans[u.id] = u.old
		} else {
			delete(f.spans, u.id)
		}
	}
	f.prior = f.prior[:m.prior]
	f.equal, f.never, f.some, f.loose = f.equal[:m.equal], f.never[:m.never], f.some[:m.some], f.loose[:m.loose]
}

// branch adds what a conditional jump says when it goes the given way. It
// returns false when that contradicts what is known.
func (f *facts) branch(op uint16, a, b nodeID, yes bool) bool {
	va, ca := f.t.value(a)
	vb, cb := f.t.value(b)
	switch {
	case ca && cb:
		return compare(op, va, vb) == yes
	case op == jmpJSET:
		both := f.t.bitwise(aluAND, a, b)
		if yes {
			return f.anySet(both, ^uint32(0))
		}
		return f.is(both, 0)
	case op == jmpJEQ:
		diff, want := a, vb
		if !cb {
			diff, _ = f.t.alu(aluSUB, a, b)
			want = 0
		}
		if yes {
			return f.is(diff, want)
		}
		return f.isNot(diff, want)
	case cb:
		return f.within(a, rangeOf(op, vb, yes))
	case ca:
		return f.within(b, flipped(op, va, yes))
	}
	f.loose = append(f.loose, a, b)
	return true
}

func compare(op uint16, a, b uint32) bool {
	switch op {
	case jmpJEQ:
		return a == b
	case jmpJGT:
		return a > b
	case jmpJGE:
		return a >= b
	case jmpJSET:
		return a&b != 0
	}
	return false
}

// rangeOf gives the values v for which "v op k" is as said.
func rangeOf(op uint16, k uint32, yes bool) span {
	const top = ^uint32(0)
	switch {
	case op == jmpJGT && yes:
		if k == top {
			return span{1, 0}
		}
		return span{k + 1, top}
	case op == jmpJGT:
		return span{0, k}
	case yes: // >=
		return span{k, top}
	case k == 0:
		return span{1, 0}
	}
	return span{0, k - 1}
}

// flipped gives the values v for which "k op v" is as said.
func flipped(op uint16, k uint32, yes bool) span {
	if op == jmpJGT { // k > v  is  not (v >= k)
		return rangeOf(jmpJGE, k, !yes)
	}
	return rangeOf(jmpJGT, k, !yes) // k >= v  is  not (v > k)
}

// is adds node == v.
func (f *facts) is(id nodeID, v uint32) bool {
	n := &f.t.nodes[id]
	switch n.kind {
	case konst:
		return n.k == v
	case inputs:
		if s, ok := f.spans[id]; ok && (v < s.lo || v > s.hi) {
			return false
		}
		if !f.setBits(n.w, v, ^uint32(0)) || !f.lift(n.w) {
			return false
		}
		f.equal = append(f.equal, equal{id, v})
		return true
	case sum:
		if w, ok := f.t.merged(n); ok {
			return f.is(f.t.word(w), v)
		}
		if len(n.parts) == 1 && n.parts[0].coef&1 == 1 {
			return f.is(n.parts[0].id, (v-n.k)*inverse(n.parts[0].coef))
		}
	case opaque:
		if s, ok := f.divided(n, span{v, v}); ok {
			return f.within(n.a, s)
		}
	}
	if !f.narrow(id, span{v, v}) {
		return false
	}
	f.equal = append(f.equal, equal{id, v})
	return true
}

// isNot adds node != v.
func (f *facts) isNot(id nodeID, v uint32) bool {
	n := &f.t.nodes[id]
	switch n.kind {
	case konst:
		return n.k != v
	case sum:
		if w, ok := f.t.merged(n); ok {
			return f.isNot(f.t.word(w), v)
		}
		if len(n.parts) == 1 && n.parts[0].coef&1 == 1 {
			return f.isNot(n.parts[0].id, (v-n.k)*inverse(n.parts[0].coef))
		}
	case inputs:
		if done, ok := f.lastBit(n.w, v); done {
			return ok
		}
	}
	if s, ok := f.spans[id]; ok && s.lo == s.hi && s.lo == v {
		return false
	}
	f.never = append(f.never, equal{id, v})
	return true
}

// lastBit decides word != v when at most one of its bits is open.
func (f *facts) lastBit(w *word, v uint32) (done, ok bool) {
	open := -1
	for i, s := range w {
		bit, known := f.bit(s)
		if !known {
			if open >= 0 {
				return false, true
			}
			open = i
		} else if bit != (v>>i&1 == 1) {
			return true, true // differs already
		}
	}
	if open < 0 {
		return true, false
	}
	return true, f.setBit(w[open], v>>open&1 == 0)
}

// anySet adds node & mask != 0.
func (f *facts) anySet(id nodeID, mask uint32) bool {
	w := f.t.bitsOf(id)
	open, count := -1, 0
	for i, s := range w {
		if mask>>i&1 == 0 {
			continue
		}
		bit, known := f.bit(s)
		if known && bit {
			return true
		}
		if !known {
			open = i
			count++
		}
	}
	switch count {
	case 0:
		return false
	case 1:
		return f.setBit(w[open], true)
	}
	f.some = append(f.some, anyOf{id, mask})
	return true
}

// within adds lo <= node <= hi.
func (f *facts) within(id nodeID, s span) bool {
	if s.lo > s.hi {
		return false
	}
	n := &f.t.nodes[id]
	switch n.kind {
	case konst:
		return n.k >= s.lo && n.k <= s.hi
	case sum:
		if w, ok := f.t.merged(n); ok {
			return f.within(f.t.word(w), s)
		}
		if len(n.parts) == 1 && n.parts[0].coef == 1 {
			return f.shifted(id, n.parts[0].id, n.k, s)
		}
	case opaque:
		if d, ok := f.divided(n, s); ok {
			return f.within(n.a, d)
		}
	}
	return f.narrow(id, s)
}

// divided turns a range of a / k into the range of a.
func (f *facts) divided(n *node, s span) (span, bool) {
	if n.op != aluDIV {
		return span{}, false
	}
	k, ok := f.t.value(n.b)
	if !ok || k == 0 {
		return span{}, false
	}
	lo, hi := uint64(s.lo)*uint64(k), (uint64(s.hi)+1)*uint64(k)-1
	if lo > 1<<32-1 {
		return span{1, 0}, true
	}
	return span{uint32(lo), uint32(min(hi, 1<<32-1))}, true
}

// shifted turns a range of x + k (modulo 2^32) into a range of x.
func (f *facts) shifted(whole, x nodeID, k uint32, s span) bool {
	if s.lo == 0 && s.hi == ^uint32(0) {
		return true
	}
	lo, hi := s.lo-k, s.hi-k
	if lo <= hi {
		return f.within(x, span{lo, hi})
	}
	least, most := f.reach(x) // the range wraps: [lo, max] and [0, hi]
	switch low, high := hi >= least, lo <= most; {
	case low && high:
		return f.narrow(whole, s)
	case low:
		return f.within(x, span{0, hi})
	case high:
		return f.within(x, span{lo, ^uint32(0)})
	}
	return false
}

// narrow intersects the range of a node; one that holds a single value is an
// equality.
func (f *facts) narrow(id nodeID, s span) bool {
	old, had := f.spans[id]
	if had {
		s = span{max(s.lo, old.lo), min(s.hi, old.hi)}
	}
	least, most := f.reach(id)
	s = span{max(s.lo, least), min(s.hi, most)}
	if s.lo > s.hi {
		return false
	}
	if !had && s.lo == least && s.hi == most {
		return true
	}
	f.prior = append(f.prior, spanUndo{id, old, had})
	f.spans[id] = s
	if s.lo == s.hi && f.t.nodes[id].kind == inputs {
		return f.is(id, s.lo)
	}
	return true
}

// reach gives the least and greatest value that known bits allow.
func (f *facts) reach(id nodeID) (least, most uint32) {
	n := &f.t.nodes[id]
	if n.kind != inputs {
		return 0, ^uint32(0)
	}
	for i, s := range n.w {
		bit, known := f.bit(s)
		if !known || bit {
			most |= 1 << i
		}
		if known && bit {
			least |= 1 << i
		}
	}
	return least, most
}

func (f *facts) bit(s symbol) (value, known bool) {
	if !s.isInput() {
		return s == one, true
	}
	v, ok := f.known[s.key()]
	return v != s.inverted(), ok
}

func (f *facts) setBit(s symbol, v bool) bool {
	if !s.isInput() {
		return (s == one) == v
	}
	want := v != s.inverted()
	if old, ok := f.known[s.key()]; ok {
		return old == want
	}
	f.known[s.key()] = want
	f.order = append(f.order, s.key())
	return f.computed(s.key(), want)
}

// computed turns a known top bit of a computed value into a range of it:
// x - 1 has its top bit set when x is zero.
func (f *facts) computed(s symbol, v bool) bool {
	b := f.t.bases[s.base()]
	if b.kind != fromOpaque || s.off() != 0 || s.pos() != 7 || b.node == overflowed {
		return true
	}
	if v {
		return f.within(b.node, span{1 << 31, ^uint32(0)})
	}
	return f.within(b.node, span{0, 1<<31 - 1})
}

// lift carries known low bits of a computed value over to what it was
// computed from: the low bits of x + k fix the low bits of x.
func (f *facts) lift(w *word) bool {
	last := baseID(-1)
	for _, s := range w {
		if !s.isInput() || s.base() == last {
			continue
		}
		last = s.base()
		b := f.t.bases[last]
		if b.kind != fromOpaque || b.node == overflowed {
			continue
		}
		if v, n := f.lowBits(last); n == 32 {
			if !f.is(b.node, v) {
				return false
			}
		} else if n > 0 && !f.liftLow(&f.t.nodes[b.node], v, n) {
			return false
		}
	}
	return true
}

// lowBits gives the known low bits of a computed value and their number.
func (f *facts) lowBits(id baseID) (v uint32, n int) {
	for ; n < 32; n++ {
		bit, ok := f.known[input(id, uint32(3-n/8), n%8)]
		if !ok {
			break
		}
		if bit {
			v |= 1 << n
		}
	}
	return v, n
}

func (f *facts) liftLow(n *node, v uint32, low int) bool {
	if n.kind != sum || len(n.parts) != 1 || n.parts[0].coef&1 == 0 {
		return true
	}
	w := f.t.bitsOf(n.parts[0].id)
	return f.setBits(&w, (v-n.k)*inverse(n.parts[0].coef), 1<<low-1)
}

func (f *facts) setBits(w *word, v, mask uint32) bool {
	for i, s := range w {
		if mask>>i&1 == 1 && !f.setBit(s, v>>i&1 == 1) {
			return false
		}
	}
	return true
}

// holds looks once more at everything that could not be settled when it was
// said, with all that is known by now.
func (f *facts) holds() bool {
	for id, s := range f.spans {
		least, most := f.reach(id)
		if most < s.lo || least > s.hi {
			return false
		}
	}
	for _, e := range f.never {
		if n := &f.t.nodes[e.id]; n.kind == inputs {
			if least, most := f.reach(e.id); least == most && least == e.value {
				return false
			}
		}
	}
	for _, a := range f.some {
		w := f.t.bitsOf(a.id)
		can := false
		for i, s := range w {
			if bit, known := f.bit(s); a.mask>>i&1 == 1 && (!known || bit) {
				can = true
				break
			}
		}
		if !can {
			return false
		}
	}
	return true
}

// inverse is the multiplicative inverse of an odd number modulo 2^32.
func inverse(k uint32) uint32 {
	x := k
	for range bits.Len(32) {
		x *= 2 - k*x
	}
	return x
}
