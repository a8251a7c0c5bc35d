package cbpf

import "fmt"

// rawAny is IPPROTO_RAW: a raw socket of all protocols.
const rawAny = 255

// reader reads the constraints of one path under a layout.
type reader struct {
	t     *table
	l     layout
	net   int // where IP begins on this path
	known map[place]maskedByte
	etype int // -1 unknown
	v6    bool
	proto int // IP protocol, -1 unknown
	tcp   bool
}

func newReader(t *table, l layout, raw *rawPath) *reader {
	r := &reader{t: t, l: l, net: l.net, known: bytesOf(*raw), etype: -1, proto: -1}
	if l.layout == LayoutMessage {
		return r
	}
	if l.layout == LayoutTransport {
		if l.sock.Protocol != 0 {
			r.proto = l.sock.Protocol
		}
		return r
	}
	r.findEtherType()
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

func (r *reader) findEtherType() {
	start := base{kind: fromStart}
	if r.l.layout == LayoutLink && r.net == 14 {
		if v, ok := r.whole(start, 12, 2); ok {
			r.etype = v
			if v == 0x8100 || v == 0x88a8 {
				r.net, r.etype = 18, -1
				if v, ok = r.whole(start, 16, 2); ok {
					r.etype = v
				}
			}
		}
	}
	if v, ok := r.whole(base{kind: fromAnc, n: ancProtocol}, 2, 2); ok && r.etype < 0 {
		r.etype = v
	}
	if e := r.l.sock.EtherType; r.etype < 0 && e > 4 {
		r.etype = e
	}
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
func (r *reader) isIP() bool { return r.etype < 0 || r.etype == 0x0800 || r.etype == 0x86dd }

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

func protocolName(p int) string {
	switch p {
	case 1:
		return "icmp"
	case 2:
		return "igmp"
	case 6:
		return "tcp"
	case 17:
		return "udp"
	case 47:
		return "gre"
	case 58:
		return "icmp6"
	case 112:
		return "vrrp"
	case 132:
		return "sctp"
	case 136:
		return "udplite"
	}
	return fmt.Sprintf("ip-%d", p)
}

// locate names the byte at an offset of a base.
func (r *reader) locate(id baseID, off uint32) (Field, int) {
	b, at := r.t.bases[id], int(int32(off))
	switch b.kind {
	case fromStart:
		return r.fromData(at)
	case fromNet:
		return r.fromIP(at)
	case fromLen:
		return "length", at
	case fromAnc:
		name, _ := ancillary(offAncillary + 4*b.n)
		return Field("anc." + name[1:]), at
	case fromNode:
		o, tcpAt := r.t.originOf(b.node)
		switch o {
		case originTransport:
			return r.fromTransport(at - r.net)
		case originPayload:
			return FieldPayload, at - r.net
		case originTCP:
			return FieldPayload, at - (int(tcpAt) - 12)
		case originDissected:
			return FieldPayload, at
		case originEnd:
			return FieldTrailer, at
		}
	case fromNetNode:
		switch o, _ := r.t.originOf(b.node); o {
		case originTransport:
			return r.fromTransport(at)
		case originPayload:
			return FieldPayload, at
		}
	}
	return FieldIndirect, at
}

func (r *reader) fromData(at int) (Field, int) {
	switch {
	case r.l.layout == LayoutMessage:
		return FieldMessage, at
	case r.l.layout == LayoutTransport:
		return r.fromTransport(at)
	case at >= r.net:
		return r.fromIP(at - r.net)
	case r.net >= 14 && at < 6:
		return "eth.dst", at
	case r.net >= 14 && at < 12:
		return "eth.src", at - 6
	case at >= r.net-2:
		return "eth.type", at - (r.net - 2)
	}
	return "link", at
}

type named struct {
	from int
	name Field
}

// pick finds the last entry that begins at or before off.
func pick(list []named, off int) (Field, int) {
	out := list[0]
	for _, n := range list {
		if n.from <= off {
			out = n
		}
	}
	return out.name, off - out.from
}

func (r *reader) fromIP(at int) (Field, int) {
	switch {
	case at < 0:
		return "link", at
	case !r.isIP() && r.etype == 0x0806:
		return "arp", at
	case !r.isIP():
		return "frame", at
	case r.v6 && at < 40:
		return pick([]named{{0, "ip.version"}, {4, "ip.length"}, {6, "ip.proto"}, {7, "ip.ttl"}, {8, "ip.src"}, {24, "ip.dst"}}, at)
	case r.v6:
		return r.fromTransport(at - 40)
	case at < 20:
		return pick([]named{{0, "ip.version"}, {1, "ip.tos"}, {2, "ip.length"}, {4, "ip.id"}, {6, "ip.frag"}, {8, "ip.ttl"}, {9, "ip.proto"},
			{10, "ip.checksum"}, {12, "ip.src"}, {16, "ip.dst"}}, at)
	}
	return r.fromTransport(at - 20)
}

// fromTransport names a byte counted from the transport header.
func (r *reader) fromTransport(at int) (Field, int) {
	if at < 0 {
		return "ip.options", at
	}
	switch r.proto {
	case 6:
		return pick([]named{{0, "sport"}, {2, "dport"}, {4, "tcp.seq"}, {8, "tcp.ack"}, {12, "tcp.offset"}, {13, "tcp.flags"}, {14, "tcp.window"},
			{16, "tcp.checksum"}, {18, "tcp.urgent"}, {20, FieldPayload}}, at)
	case 17, 136:
		return pick([]named{{0, "sport"}, {2, "dport"}, {4, "udp.length"}, {6, "udp.checksum"}, {8, FieldPayload}}, at)
	case 132:
		return pick([]named{{0, "sport"}, {2, "dport"}, {4, "sctp.tag"}, {8, "sctp.checksum"}, {12, FieldPayload}}, at)
	case 1:
		return pick([]named{{0, "icmp.type"}, {1, "icmp.code"}, {2, "icmp.checksum"}, {4, "icmp.id"}, {6, "icmp.seq"}, {8, FieldPayload}}, at)
	case 58:
		return r.fromICMP6(at)
	case -1:
		return pick([]named{{0, "sport"}, {2, "dport"}, {4, "transport"}, {8, FieldPayload}}, at)
	}
	return FieldPayload, at
}

// fromICMP6 keeps the bodies of neighbour discovery (types 133 to 137) and
// multicast listener messages apart from payload: they are headers.
func (r *reader) fromICMP6(at int) (Field, int) {
	f, off := pick([]named{{0, "icmp.type"}, {1, "icmp.code"}, {2, "icmp.checksum"}, {4, "icmp.body"}, {8, FieldPayload}}, at)
	if f != FieldPayload {
		return f, off
	}
	for at, b := range r.known {
		if name, o := r.nameOfType(at); name && o == 0 && b.mask == 0xff && b.value >= 130 && b.value <= 143 {
			return "icmp.body", off + 4
		}
	}
	return f, off
}

// nameOfType says whether a place is the first byte of the ICMPv6 header.
func (r *reader) nameOfType(at place) (bool, int) {
	if r.t.bases[at.base].kind != fromStart {
		return false, 0
	}
	off := int(at.off)
	if r.l.layout == LayoutTransport {
		return off == 0, off
	}
	return off == r.net+40, off - r.net - 40
}
