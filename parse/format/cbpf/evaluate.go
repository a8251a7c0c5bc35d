package cbpf

// eval computes an expression over a packet; what lies outside is zero.
func (w *witness) eval(id nodeID, p *Packet) uint32 {
	e := evaluation{w: w, p: p, done: map[nodeID]uint32{}}
	return e.node(id)
}

// evaluation computes each expression once.
type evaluation struct {
	w    *witness
	p    *Packet
	done map[nodeID]uint32
}

func (e *evaluation) node(id nodeID) uint32 {
	if v, ok := e.done[id]; ok {
		return v
	}
	e.w.budget--
	v := e.compute(id)
	e.done[id] = v
	return v
}

func (e *evaluation) compute(id nodeID) uint32 {
	n := &e.w.t.nodes[id]
	switch n.kind {
	case konst:
		return n.k
	case sum:
		v := n.k
		for _, q := range n.parts {
			v += q.coef * e.node(q.id)
		}
		return v
	case opaque:
		if id == overflowed {
			return 0
		}
		v, _ := alu(n.op, e.node(n.a), e.node(n.b))
		return v
	}
	var v uint32
	for i, s := range n.w {
		if s == one || s.isInput() && e.bit(s) {
			v |= 1 << i
		}
	}
	return v
}

func (e *evaluation) bit(s symbol) bool {
	p, b := e.p, e.w.t.bases[s.base()]
	var v byte
	switch b.kind {
	case fromLen:
		v = byte(uint32(len(p.Data)) >> (8 * (3 - s.off()&3)))
	case fromAnc:
		v = byte(p.Anc[b.n] >> (8 * (3 - s.off()&3)))
	case fromOpaque:
		v = byte(e.node(b.node) >> (8 * (3 - s.off()&3)))
	default:
		at := int(int32(s.off()))
		switch b.kind {
		case fromNet:
			at += p.Net
		case fromNode:
			at += int(int32(e.node(b.node)))
		case fromNetNode:
			at += p.Net + int(int32(e.node(b.node)))
		}
		if at >= 0 && at < len(p.Data) {
			v = p.Data[at]
		}
	}
	return (v>>s.pos()&1 == 1) != s.inverted()
}
