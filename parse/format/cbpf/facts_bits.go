package cbpf

import (
	"math/bits"
)

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
