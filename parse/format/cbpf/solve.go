package cbpf

// maxTries bounds the guesses for one path.
const maxTries = 256

// settle chooses bits of the packet so that an expression has a value: all
// parts but one get the least value that is still open to them, the last one
// what is missing. It is a guess that the interpreter judges; false means that
// none was found, not that there is none.
func (f *facts) settle(id nodeID, v uint32, depth int) bool {
	n := &f.t.nodes[id]
	if id == overflowed || depth > 8 || f.tries <= 0 {
		return false
	}
	f.tries--
	switch n.kind {
	case konst:
		return n.k == v
	case inputs:
		return f.settleWord(n.w, v, depth)
	case sum:
		return f.settleSum(n, v, depth)
	}
	tries := [][2]nodeID{{n.a, n.b}, {n.b, n.a}}
	for i, t := range tries {
		m := f.mark()
		if f.settlePair(n.op, t[0], t[1], i == 1, v, depth) {
			return true
		}
		f.undo(m)
	}
	return false
}

// settleWord gives the bits of a word their values; bits of a computed value
// are chosen by settling that.
func (f *facts) settleWord(w *word, v uint32, depth int) bool {
	inner := map[baseID]uint32{}
	var order []baseID
	for i, s := range w {
		want := v>>i&1 == 1
		if s.isInput() && f.t.bases[s.base()].kind == fromOpaque {
			if _, ok := inner[s.base()]; !ok {
				order = append(order, s.base())
			}
			bit := uint32(0)
			if want != s.inverted() {
				bit = 1 << (8*(3-s.off()) + uint32(s.pos()))
			}
			inner[s.base()] |= bit
			continue
		}
		if !f.setBit(s, want) {
			return false
		}
	}
	for _, b := range order {
		if !f.settle(f.t.bases[b].node, inner[b], depth+1) {
			return false
		}
	}
	return true
}

func (f *facts) settleSum(n *node, v uint32, depth int) bool {
	for pivot := range n.parts {
		m := f.mark()
		if f.settleParts(n, pivot, v-n.k, depth) {
			return true
		}
		f.undo(m)
	}
	return false
}

func (f *facts) settleParts(n *node, pivot int, rest uint32, depth int) bool {
	for i, q := range n.parts {
		if i == pivot {
			continue
		}
		part, ok := f.least(q.id)
		if !ok {
			return false
		}
		rest -= q.coef * part
	}
	q := n.parts[pivot]
	return q.coef&1 == 1 && f.settle(q.id, rest*inverse(q.coef), depth+1)
}

// settlePair chooses a and b so that "a op b" is v; swapped says that a is the
// right side.
func (f *facts) settlePair(op uint16, a, b nodeID, swapped bool, v uint32, depth int) bool {
	switch op {
	case aluOR, aluAND:
		return f.settle(a, v, depth+1) && f.settle(b, v, depth+1)
	case aluXOR:
		k, ok := f.least(b)
		return ok && f.settle(a, v^k, depth+1)
	}
	if op == aluMUL && f.settle(b, 1, depth+1) {
		return f.settle(a, v, depth+1)
	}
	k, ok := f.least(b)
	switch {
	case !ok || swapped:
		return false
	case op == aluMOD && v < k:
		return f.settle(a, v, depth+1)
	case op == aluDIV:
		return f.settle(a, v*k, depth+1)
	case op == aluLSH && k < 32:
		return f.settle(a, v>>k, depth+1)
	case op == aluRSH && k < 32:
		return f.settle(a, v<<k, depth+1)
	}
	return false
}

// least gives the open bits of a plain word the value zero and says what the
// word is then.
func (f *facts) least(id nodeID) (uint32, bool) {
	n := &f.t.nodes[id]
	if n.kind == konst {
		return n.k, true
	}
	if n.kind != inputs {
		return 0, false
	}
	v := uint32(0)
	for i, s := range n.w {
		bit, known := f.bit(s)
		if !known && (f.t.bases[s.base()].kind == fromOpaque || !f.setBit(s, false)) {
			return 0, false
		}
		if known && bit {
			v |= 1 << i
		}
	}
	return v, true
}

// settleComputed settles what a path demands of computed values, as far as it
// can.
func (f *facts) settleComputed(raw *rawPath) {
	f.tries = maxTries
	inner := map[baseID]uint32{}
	var order []baseID
	for _, k := range raw.known {
		b := k.key.base()
		if f.t.bases[b].kind != fromOpaque {
			continue
		}
		if _, ok := inner[b]; !ok {
			order = append(order, b)
		}
		bit := uint32(0)
		if k.value {
			bit = 1 << (8*(3-k.key.off()) + uint32(k.key.pos()))
		}
		inner[b] |= bit
	}
	try := func(id nodeID, values ...uint32) {
		for _, v := range values {
			m := f.mark()
			if f.settle(id, v, 0) {
				return
			}
			f.undo(m)
		}
	}
	for _, s := range raw.spans {
		if f.t.nodes[s.id].kind != inputs {
			try(s.id, s.lo, s.hi)
		}
	}
	for _, b := range order {
		try(f.t.bases[b].node, inner[b])
	}
}
