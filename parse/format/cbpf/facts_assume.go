package cbpf

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
