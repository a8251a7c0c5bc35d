package cbpf

// A symbol is a bit of an expression: constant, or a bit of the packet (or of
// another input), possibly inverted. Layout from the low end: 1 bit value or
// inversion, 1 bit "is an input", 3 bits position in the byte, 20 bits number
// of the base, 32 bits offset.
type symbol uint64

const (
	zero symbol = 0
	one  symbol = 1

	inputBit   = 2
	posShift   = 2
	baseShift  = 5
	baseMask   = 1<<20 - 1
	offShift   = 25
	maxNodes   = 1 << 15
	maxBases   = 1 << 12
	overflowed = nodeID(0)
)

func input(base baseID, off uint32, pos int) symbol {
	return inputBit | symbol(pos)<<posShift | symbol(base)<<baseShift | symbol(off)<<offShift
}

func (s symbol) isInput() bool { return s&inputBit != 0 }

func (s symbol) inverted() bool { return s&1 != 0 }

func (s symbol) key() symbol { return s &^ 1 }

func (s symbol) pos() int { return int(s>>posShift) & 7 }

func (s symbol) base() baseID { return baseID(s>>baseShift) & baseMask }

func (s symbol) off() uint32 { return uint32(s >> offShift) }

// word is a 32-bit value; index 0 is the lowest bit.
type word [32]symbol

// nodeID names an expression. Parts of an expression have smaller numbers
// than the whole.
type nodeID int32

// baseID names what an offset is counted from, or another input.
type baseID int32

type nodeKind uint8

const (
	konst  nodeKind = iota // k
	inputs                 // w: every bit constant or input
	sum                    // k + sum of coefficient * part, modulo 2^32
	opaque                 // op(a, b): known only by what it was computed from
)

type part struct {
	coef uint32
	id   nodeID
}

type node struct {
	kind  nodeKind
	k     uint32
	w     *word
	parts []part
	op    uint16
	a, b  nodeID
}

type baseKind uint8

const (
	fromStart   baseKind = iota // offset in the data the filter sees
	fromNet                     // SKF_NET_OFF
	fromNode                    // start + value of a node
	fromNetNode                 // network header + value of a node
	fromAnc                     // ancillary word n
	fromLen                     // length of the packet
	fromOpaque                  // bits of an opaque node, not packet data
)

type base struct {
	kind baseKind
	node nodeID
	n    uint32
}

// table holds each distinct expression once.
type table struct {
	nodes  []node
	consts map[uint32]nodeID
	words  map[word]nodeID
	sums   map[string]nodeID
	opaq   map[node2]nodeID
	bases  []base
	baseIx map[base]baseID
	full   bool
	worded int // expressions put into words, of all paths
}

type node2 struct {
	op   uint16
	a, b nodeID
}

func newTable() *table {
	t := &table{consts: map[uint32]nodeID{}, words: map[word]nodeID{}, sums: map[string]nodeID{}, opaq: map[node2]nodeID{}, baseIx: map[base]baseID{}}
	t.nodes = append(t.nodes, node{kind: opaque}) // overflowed
	t.baseOf(base{kind: fromStart})
	t.baseOf(base{kind: fromNet})
	return t
}

func (t *table) add(n node) nodeID {
	if len(t.nodes) >= maxNodes {
		t.full = true
		return overflowed
	}
	t.nodes = append(t.nodes, n)
	return nodeID(len(t.nodes) - 1)
}

func (t *table) baseOf(b base) baseID {
	if id, ok := t.baseIx[b]; ok {
		return id
	}
	if len(t.bases) >= maxBases {
		t.full = true
		b = base{kind: fromOpaque, node: overflowed}
		if id, ok := t.baseIx[b]; ok {
			return id
		}
	}
	t.bases = append(t.bases, b)
	id := baseID(len(t.bases) - 1)
	t.baseIx[b] = id
	return id
}

func (t *table) constant(k uint32) nodeID {
	if id, ok := t.consts[k]; ok {
		return id
	}
	id := t.add(node{kind: konst, k: k})
	if id != overflowed {
		t.consts[k] = id
	}
	return id
}

// value gives the number of a constant expression.
func (t *table) value(id nodeID) (uint32, bool) {
	n := &t.nodes[id]
	return n.k, n.kind == konst
}

func (t *table) word(w word) nodeID {
	k, all := uint32(0), true
	for i, s := range w {
		if s.isInput() {
			all = false
			break
		}
		k |= uint32(s) << i
	}
	if all {
		return t.constant(k)
	}
	if id, ok := t.words[w]; ok {
		return id
	}
	c := w
	id := t.add(node{kind: inputs, w: &c})
	if id != overflowed {
		t.words[w] = id
	}
	return id
}

func (t *table) opaqueOf(op uint16, a, b nodeID) nodeID {
	key := node2{op, a, b}
	if id, ok := t.opaq[key]; ok {
		return id
	}
	id := t.add(node{kind: opaque, op: op, a: a, b: b})
	if id != overflowed {
		t.opaq[key] = id
	}
	return id
}

// bitsOf views an expression as 32 symbols. What is not made of input bits
// becomes inputs of its own, so that constraints on it are kept, not lost.
func (t *table) bitsOf(id nodeID) word {
	n := &t.nodes[id]
	var w word
	switch n.kind {
	case konst:
		for i := range w {
			w[i] = symbol(n.k >> i & 1)
		}
		return w
	case inputs:
		return *n.w
	}
	if m, ok := t.merged(n); n.kind == sum && ok {
		return m
	}
	if n.kind == sum && len(n.parts) == 1 && n.k == ^uint32(0) && n.parts[0].coef == ^uint32(0) {
		w = t.bitsOf(n.parts[0].id) // -x - 1 is the complement of x
		for i := range w {
			w[i] ^= 1
		}
		return w
	}
	b := t.baseOf(base{kind: fromOpaque, node: id})
	for i := range w {
		w[i] = input(b, uint32(3-i/8), i%8)
	}
	return w
}

// merged adds parts that share no bit, where addition is OR.
func (t *table) merged(n *node) (word, bool) {
	var w word
	used := n.k
	for i := range w {
		w[i] = symbol(n.k >> i & 1)
	}
	for _, p := range n.parts {
		pn := &t.nodes[p.id]
		if p.coef != 1 || pn.kind != inputs {
			return w, false
		}
		mask := possible(pn.w)
		if mask&used != 0 {
			return w, false
		}
		used |= mask
		for i, s := range pn.w {
			if mask>>i&1 != 0 {
				w[i] = s
			}
		}
	}
	return w, true
}

// possible is the mask of bits that may be 1.
func possible(w *word) uint32 {
	var m uint32
	for i, s := range w {
		if s != zero {
			m |= 1 << i
		}
	}
	return m
}
