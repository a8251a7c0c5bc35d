package cbpf

import (
	"fmt"
)

// rawAny is IPPROTO_RAW: a raw socket of all protocols.
const rawAny = 255

// reader reads the constraints of one path under a layout.
type reader struct {
	t     *table
	l     layout
	net   int // where IP begins on this path
	known map[place]maskedByte
	equal []equal
	etype int // -1 unknown, below 0x600 a frame of IEEE 802.2
	v6    bool
	trans int // IPv6: where the transport header begins, from the IP header
	proto int // IP protocol, -1 unknown
	tcp   bool
	inner bool // IP lies behind PPPoE or MPLS
	notIP bool // no ethertype is known, and what is compared is no IP header
}

func newReader(t *table, l layout, raw *rawPath) *reader {
	r := &reader{t: t, l: l, net: l.net, known: bytesOf(*raw), equal: raw.equal, etype: -1, proto: -1, trans: 40}
	if l.layout == LayoutMessage {
		return r
	}
	if l.layout == LayoutTransport {
		if l.sock.Protocol != 0 {
			r.proto = l.sock.Protocol
		}
		return r
	}
	r.findEtherType(raw)
	if r.etype < 0 {
		r.followHeaderLength()
	}
	r.findProtocol()
	for at := range r.known {
		if b := t.bases[at.base]; b.kind == fromNode || b.kind == fromNetNode {
			if o, _ := t.originOf(b.node); o == originPayload || o == originTCP {
				r.tcp = true
			}
		}
	}
	if r.tcp && r.proto < 0 {
		r.proto = 6
	}
	if bound := l.sock.Protocol; r.proto < 0 && bound > 0 && bound != rawAny {
		r.proto = bound
	}
	return r
}

// whole reads size bytes at an offset of the data, when all bits are known.
func (r *reader) whole(b base, off, size int) (int, bool) {
	id, ok := r.t.baseIx[b]
	if !ok {
		return 0, false
	}
	v := 0
	for i := range size {
		m := r.known[place{id, uint32(off + i)}]
		if m.mask != 0xff {
			return 0, false
		}
		v = v<<8 | int(m.value)
	}
	return v, true
}

// ip reads bytes of the IP header.
func (r *reader) ip(off, size int) (int, bool) {
	if v, ok := r.whole(base{kind: fromStart}, r.net+off, size); ok {
		return v, true
	}
	return r.whole(base{kind: fromNet}, off, size)
}

func (r *reader) findProtocol() {
	switch {
	case r.etype == 0x86dd:
		r.v6 = true
	case r.etype < 0:
		first, ok := r.known[place{0, uint32(r.net)}]
		if ok && first.mask&0xf0 == 0xf0 && first.value>>4 == 6 {
			r.v6 = true
		} else if _, v4 := r.ip(9, 1); !v4 {
			p, six := r.ip(6, 1)
			r.v6 = six && commonProtocol(uint8(p)) && !r.usesV4Header()
		}
	}
	off := 9
	if r.v6 {
		off = 6
	}
	if v, ok := r.ip(off, 1); ok {
		r.proto = v
	}
	if r.v6 {
		r.passExtensions()
	}
}

func (r *reader) usesV4Header() bool {
	for at := range r.known {
		if b := r.t.bases[at.base]; b.kind == fromNode || b.kind == fromNetNode {
			if o, _ := r.t.originOf(b.node); o == originTransport || o == originPayload {
				return true
			}
		}
	}
	return false
}

// isIP says whether the path can be about IP packets.
func (r *reader) isIP() bool {
	return !r.notIP && (r.etype < 0 || r.etype == etherIP || r.etype == etherIP6)
}

// protocol names what the path is about.
func (r *reader) protocol() string {
	switch {
	case r.l.layout == LayoutMessage:
		return ""
	case r.etype == 0x0806:
		return "arp"
	case r.etype == 0x88cc:
		return "lldp"
	case r.etype == 0x888e:
		return "eapol"
	case r.etype >= 0 && r.etype < etherLeast:
		return "llc"
	case r.notIP:
		return ""
	case !r.isIP():
		return fmt.Sprintf("ethertype-0x%04X", r.etype)
	case r.proto >= 0:
		return protocolName(r.proto)
	case r.etype == 0x86dd:
		return "ip6"
	case r.etype == 0x0800:
		return "ip"
	}
	return ""
}
