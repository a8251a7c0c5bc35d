package cbpf

import (
	"fmt"
)

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
		o, header := r.t.originOf(b.node)
		switch o {
		case originTransport:
			return r.fromTransport(at - int(header))
		case originPayload:
			return FieldPayload, at - int(header)
		case originTCP:
			return FieldPayload, at - (int(header) - 12)
		case originDissected:
			return FieldPayload, at
		case originEnd:
			return FieldTrailer, at
		case originTotal:
			if int(header) == r.net && !r.v6 && r.isIP() {
				return FieldTrailer, at - r.net
			}
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
	case at >= r.net-2 && !r.inner:
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
	case r.v6 && at < r.trans:
		return "ip6.ext", at - 40
	case r.v6:
		return r.fromTransport(at - r.trans)
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
	if r.v6 && isExtension(r.proto) {
		return pick([]named{{0, "ip6.ext"}, {8, FieldPayload}}, at)
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
	return off == r.net+r.trans, off - r.net - r.trans
}
