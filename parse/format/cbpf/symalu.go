package cbpf

import "math/bits"

// alu applies an operation to expressions. divides says that the kernel
// refuses the packet when the divisor b is zero.
func (t *table) alu(op uint16, a, b nodeID) (id nodeID, divides bool) {
	va, ca := t.value(a)
	vb, cb := t.value(b)
	if ca && cb && !((op == aluDIV || op == aluMOD) && vb == 0) {
		v, _ := alu(op, va, vb)
		return t.constant(v), false
	}
	switch op {
	case aluADD:
		return t.addScaled(a, 1, b), false
	case aluSUB:
		return t.addScaled(a, ^uint32(0), b), false
	case aluNEG:
		return t.addScaled(t.constant(0), ^uint32(0), a), false
	case aluAND, aluOR, aluXOR:
		return t.bitwise(op, a, b), false
	case aluLSH, aluRSH:
		return t.shift(op, a, b), false
	case aluMUL:
		return t.multiply(a, b), false
	case aluDIV, aluMOD:
		return t.divide(op, a, b), !cb
	}
	return overflowed, false
}

func (t *table) bitwise(op uint16, a, b nodeID) nodeID {
	if a == b {
		if op == aluXOR {
			return t.constant(0)
		}
		return a
	}
	wa, wb := t.bitsOf(a), t.bitsOf(b)
	var out word
	for i := range out {
		s, ok := combine(op, wa[i], wb[i])
		if !ok {
			return t.opaqueOf(op, a, b)
		}
		out[i] = s
	}
	return t.word(out)
}

// combine is one bit of AND, OR, XOR; ok is false when the result depends on
// two inputs.
func combine(op uint16, a, b symbol) (symbol, bool) {
	if a.isInput() && !b.isInput() {
		a, b = b, a
	}
	if a.isInput() {
		same, opposite := a == b, a.key() == b.key()
		switch {
		case op == aluXOR && same:
			return zero, true
		case op == aluXOR && opposite:
			return one, true
		case same:
			return a, true
		case opposite && op == aluAND:
			return zero, true
		case opposite:
			return one, true
		}
		return zero, false
	}
	switch {
	case op == aluXOR && b.isInput():
		return b ^ a, true // inverts when a is one
	case op == aluXOR:
		return a ^ b, true
	case op == aluAND && a == zero:
		return zero, true
	case op == aluOR && a == one:
		return one, true
	}
	return b, true
}

func (t *table) shift(op uint16, a, b nodeID) nodeID {
	n, ok := t.value(b)
	if !ok {
		return t.opaqueOf(op, a, b)
	}
	n &= 31
	if n == 0 {
		return a
	}
	if op == aluLSH {
		if t.nodes[a].kind == sum {
			if w, ok := t.merged(&t.nodes[a]); ok {
				return t.word(shiftLeft(w, int(n)))
			}
			return t.addScaled(t.constant(0), 1<<n, a)
		}
		return t.word(shiftLeft(t.bitsOf(a), int(n)))
	}
	return t.word(shiftRight(t.bitsOf(a), int(n)))
}

func (t *table) multiply(a, b nodeID) nodeID {
	if v, ok := t.value(a); ok {
		return t.addScaled(t.constant(0), v, b)
	}
	if v, ok := t.value(b); ok {
		return t.addScaled(t.constant(0), v, a)
	}
	return t.opaqueOf(aluMUL, a, b)
}

func (t *table) divide(op uint16, a, b nodeID) nodeID {
	v, ok := t.value(b)
	if ok && v != 0 && v&(v-1) == 0 {
		if op == aluDIV {
			return t.word(shiftRight(t.bitsOf(a), bits.TrailingZeros32(v)))
		}
		return t.bitwise(aluAND, a, t.constant(v-1))
	}
	return t.opaqueOf(op, a, b)
}

// load gives the expression of a packet load at a constant offset.
func (t *table) load(off uint32, size int) (nodeID, bool) {
	switch {
	case off >= offAncillary:
		return overflowed, false
	case off >= offNet:
		return t.bytes(t.baseOf(base{kind: fromNet}), off-offNet, size), true
	case off >= offLL:
		return t.bytes(t.baseOf(base{kind: fromStart}), off-offLL, size), true
	case off >= 1<<31:
		return overflowed, false
	}
	return t.bytes(t.baseOf(base{kind: fromStart}), off, size), true
}

// loadAt gives the expression of a load at a computed offset.
func (t *table) loadAt(addr nodeID, size int) (nodeID, bool) {
	if v, ok := t.value(addr); ok {
		return t.load(v, size)
	}
	parts, k := t.linear(addr)
	kind, off := fromNode, k
	switch {
	case k >= offNet && k < offAncillary:
		kind, off = fromNetNode, k-offNet
	case k >= offLL && k < offNet:
		off = k - offLL
	}
	origin := t.sum(append([]part(nil), parts...), 0)
	return t.bytes(t.baseOf(base{kind: kind, node: origin}), off, size), true
}

// bytes is a big endian word of size bytes.
func (t *table) bytes(b baseID, off uint32, size int) nodeID {
	var w word
	for i := range 8 * size {
		w[i] = input(b, off+uint32(size-1-i/8), i%8)
	}
	return t.word(w)
}

// ancillary gives the expression of an ancillary word.
func (t *table) ancillary(n uint32) nodeID {
	return t.bytes(t.baseOf(base{kind: fromAnc, n: n}), 0, 4)
}

// length gives the expression of the length of the packet.
func (t *table) length() nodeID {
	return t.bytes(t.baseOf(base{kind: fromLen}), 0, 4)
}

// headerLength is 4*([off]&0xf), the load made for IPv4 header lengths.
func (t *table) headerLength(off uint32) (nodeID, bool) {
	id, ok := t.load(off, 1)
	if !ok {
		return overflowed, false
	}
	nibble := t.bitwise(aluAND, id, t.constant(0xf))
	return t.shift(aluLSH, nibble, t.constant(2)), true
}
