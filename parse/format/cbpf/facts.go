package cbpf

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
	tries int      // expressions that settle may still look at
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
