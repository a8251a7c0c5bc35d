package cbpf

// layout is how a program's offsets are to be read.
type layout struct {
	layout Layout
	net    int // where IP begins
	sock   Socket
}

// findLayout decides where IP begins. What the program itself does (loading a
// header length, comparing an ethertype) outweighs the type of the socket:
// tunnels have no link header.
func findLayout(e *explorer, s Socket) layout {
	l := layout{layout: s.Layout, sock: s}
	switch s.Layout {
	case LayoutTransport, LayoutMessage:
		return l
	case LayoutLink:
		l.net = 14
	}
	votes := map[int]int{}
	switch s.Layout {
	case LayoutLink:
		votes[14] += 2
	case LayoutNetwork:
		votes[0] += 3
	}
	for i := range e.t.bases {
		b := e.t.bases[i]
		if b.kind != fromNode {
			continue
		}
		if off, ok := e.t.usesHeaderLength(b.node); ok {
			votes[int(off)] += 4
		}
	}
	for i := range e.paths {
		votePath(e.paths[i], votes)
	}
	best, most := 14, 0
	for _, off := range sortedInts(votes) {
		if votes[off] > most {
			best, most = off, votes[off]
		}
	}
	if s.Layout == LayoutLink && most == votes[14] {
		best = 14
	}
	l.net = best
	l.layout = LayoutLink
	if best == 0 {
		l.layout = LayoutNetwork
	}
	return l
}

func sortedInts(m map[int]int) []int {
	var out []int
	for k := range m {
		i := len(out)
		out = append(out, k)
		for ; i > 0 && out[i-1] > k; i-- {
			out[i] = out[i-1]
		}
		out[i] = k
	}
	return out
}

// votePath looks at the constants of one path for signs of where IP begins.
func votePath(p rawPath, votes map[int]int) {
	b := bytesOf(p)
	at := func(off uint32) (uint8, bool) {
		v, ok := b[place{0, off}]
		return v.value, ok && v.mask == 0xff
	}
	hi, ok1 := at(12)
	lo, ok2 := at(13)
	if ok1 && ok2 {
		switch uint16(hi)<<8 | uint16(lo) {
		case 0x0800, 0x86dd, 0x0806, 0x88cc, 0x888e, 0x8100, 0x88a8, 0x9100, 0x8847, 0x8848, 0x8863, 0x8864, 0x88f7:
			votes[14] += 3
		}
	}
	if v, ok := at(23); ok && commonProtocol(v) {
		votes[14]++
	}
	if v, ok := at(9); ok && commonProtocol(v) {
		votes[0]++
	}
	if v, ok := b[place{0, 0}]; ok && v.mask&0xf0 == 0xf0 && (v.value>>4 == 4 || v.value>>4 == 6) {
		votes[0] += 2
	}
}

func commonProtocol(v uint8) bool {
	switch v {
	case 1, 2, 6, 17, 47, 50, 51, 58, 89, 112, 132:
		return true
	}
	return false
}

// place is a byte of an input.
type place struct {
	base baseID
	off  uint32
}

type maskedByte struct{ mask, value uint8 }

// bytesOf gathers the known bits of a path into bytes.
func bytesOf(p rawPath) map[place]maskedByte {
	out := make(map[place]maskedByte, len(p.known)/8+1)
	for _, k := range p.known {
		at := place{k.key.base(), k.key.off()}
		b := out[at]
		b.mask |= 1 << k.key.pos()
		if k.value {
			b.value |= 1 << k.key.pos()
		}
		out[at] = b
	}
	return out
}

// isNibble says whether a node is the value of four bits of one byte, times
// four: the length fields of IPv4 (low nibble) and TCP (high nibble).
func (t *table) isNibble(id nodeID, high bool) (b baseID, off uint32, ok bool) {
	n := &t.nodes[id]
	if n.kind != inputs {
		return 0, 0, false
	}
	first := n.w[2]
	b, off = first.base(), first.off()
	from := 0
	if high {
		from = 4
	}
	for i, s := range n.w {
		want := zero
		if i >= 2 && i < 6 {
			want = input(b, off, from+i-2)
		}
		if s != want {
			return 0, 0, false
		}
	}
	return b, off, true
}

// usesHeaderLength finds the IPv4 header length in an address and says at
// which offset of the data its header begins.
func (t *table) usesHeaderLength(id nodeID) (uint32, bool) {
	parts, _ := t.linear(id)
	for _, p := range parts {
		if b, off, ok := t.isNibble(p.id, false); ok && p.coef == 1 && t.bases[b].kind == fromStart {
			return off, true
		}
	}
	return 0, false
}

// origin says what a computed base is: after the IPv4 header, after the TCP
// header, the kernel's idea of the payload, or the end of the packet.
type origin uint8

const (
	originUnknown   origin = iota
	originTransport        // IPv4 header length
	originPayload          // IPv4 header length + TCP data offset
	originTCP              // TCP data offset alone, header at a fixed place
	originDissected        // SKF_AD_PAY_OFFSET
	originEnd              // length of the packet
	originTotal            // two bytes of the packet, which may be the total length of IPv4
)

// originOf says what a node is when it is used as an address, and where the
// header lies whose length it is: IPv4 for the first two, TCP for the third.
func (t *table) originOf(id nodeID) (origin, uint32) {
	parts, _ := t.linear(id)
	var ihl, doff, total, other bool
	var tcpAt, ipAt uint32
	for _, p := range parts {
		if p.coef != 1 {
			return originUnknown, 0
		}
		if _, off, ok := t.isNibble(p.id, false); ok {
			ihl, ipAt = true, off
		} else if _, off, ok := t.isNibble(p.id, true); ok {
			doff, tcpAt = true, off
		} else if o := t.special(p.id); o != originUnknown && len(parts) == 1 {
			return o, 0
		} else if off, ok := t.isTotal(p.id); ok {
			total, ipAt = true, off-2
		} else {
			other = true
		}
	}
	switch {
	case other, total && len(parts) > 1:
		return originUnknown, 0
	case total:
		return originTotal, ipAt
	case ihl && doff:
		return originPayload, ipAt
	case ihl:
		return originTransport, ipAt
	case doff:
		return originTCP, tcpAt
	}
	return originUnknown, 0
}

// isTotal says whether a node is a plain big endian word of two bytes, and
// where it lies.
func (t *table) isTotal(id nodeID) (uint32, bool) {
	n := &t.nodes[id]
	if n.kind != inputs || !n.w[8].isInput() {
		return 0, false
	}
	b, off := n.w[8].base(), n.w[8].off()
	for i, s := range n.w {
		want := zero
		if i < 16 {
			want = input(b, off+1-uint32(i/8), i%8)
		}
		if s != want {
			return 0, false
		}
	}
	return off, t.bases[b].kind == fromStart
}

func (t *table) special(id nodeID) origin {
	n := &t.nodes[id]
	if n.kind != inputs {
		return originUnknown
	}
	switch b := t.bases[n.w[0].base()]; {
	case !n.w[0].isInput():
		return originUnknown
	case b.kind == fromLen && id == t.length():
		return originEnd
	case b.kind == fromAnc && b.n == ancPayOffset && id == t.ancillary(ancPayOffset):
		return originDissected
	}
	return originUnknown
}
