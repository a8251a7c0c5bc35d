package cbpf

import (
	"math/bits"
)

// narrowPorts is the most ports that still count as a choice of ports: a
// compare that lets more pass (port != 0, port > 1023) chooses nothing.
const narrowPorts = 4096

func narrow(ports []PortRange) bool {
	for _, r := range ports {
		if int(r.Hi)-int(r.Lo)+1 <= narrowPorts {
			return true
		}
	}
	return false
}

// knowledge is the number of bits that compares pin down. A header field that
// must be all zero (window, urgent pointer, checksum) is no constant.
func knowledge(list []Compare, want func(Field) bool) int {
	n := 0
	for _, c := range list {
		switch {
		case !want(c.Field):
		case c.Op == Equal && c.Value == 0 && hidesMagic(c.Field):
		case c.Op == Equal:
			n = max(n, bits.OnesCount64(c.Mask))
		case c.Op == In:
			n = max(n, bits.OnesCount64(c.Mask)-bits.Len64(c.Max-c.Value))
		}
	}
	return n
}

// The least number of bits that make a magic: one byte of a payload; two where
// shorter compares are how the header of the protocol is told apart.
const (
	magicBits       = 16
	magicOfPayloads = 8
)

// magicNeeds gives the least number of payload bits for the protocol of the
// path. What follows the IP header of protocols not listed is a header that
// is not known here: VRRP, OSPF, GRE, IGMP.
func (r *reader) magicNeeds() int {
	switch r.proto {
	case -1, 1, 6, 17, 58, 132, 136:
		return magicOfPayloads
	}
	return magicBits
}

// open says whether a path asks nothing of a packet but its length.
func (r *reader) open(p *Path, raw *rawPath) bool {
	for _, k := range raw.known {
		if r.t.bases[k.key.base()].kind != fromLen {
			return false
		}
	}
	for _, list := range [][]Compare{p.Headers, p.Others} {
		for _, c := range list {
			if c.Field != "length" {
				return false
			}
		}
	}
	return len(p.Payload)+len(p.Ports)+len(p.Undone)+len(p.Computed)+len(raw.loose) == 0
}

func (r *reader) class(p *Path, raw *rawPath) Shape {
	switch {
	case r.open(p, raw):
		return AcceptAll
	case r.l.layout == LayoutMessage:
		return Message
	case r.etype == 0x0806 || r.etype == 0x8035:
		return ARP
	case r.etype == 0x88cc:
		return LLDP
	case r.etype == 0x888e || r.etype == 0x88c7:
		return EAPOL
	case r.notIP && r.etype < 0 && knowledge(p.Headers, isFrame) >= magicBits:
		return HeaderMagic // no ethertype, no address, no access point: a sign in the frame itself
	case !r.isIP():
		return EtherType
	}
	need := r.magicNeeds()
	payload := knowledge(p.Payload, carriesPayload) >= need || scattered(p.Payload) >= need || computes(p.Computed) >= magicBits
	header := knowledge(p.Headers, hidesMagic) >= magicBits
	dhcp := (r.proto == 17 || r.proto < 0) && onlyDHCP(p.Ports) && readsDHCP(p.Payload)
	switch {
	case narrow(p.Ports) && dhcp:
		return DHCP
	case narrow(p.Ports) && payload:
		return PortsPayload
	case payload:
		return PayloadMagic
	case narrow(p.Ports) && header:
		return PortsHeader
	case narrow(p.Ports):
		return Ports
	case header:
		return HeaderMagic
	case r.proto >= 0 || r.etype >= 0 || knowledge(p.Headers, isAddress) >= 8:
		return Protocols
	}
	return Other
}

// computes is the number of bits that demands on values computed from payload
// pin down.
func computes(list []Computed) int {
	n := 0
	for _, c := range list {
		if c.Payload {
			n = max(n, c.Bits)
		}
	}
	return n
}

// scattered counts payload bits over places that do not touch.
func scattered(list []Compare) int {
	type at struct {
		f   Field
		off int
	}
	m := map[at]uint64{}
	for _, c := range list {
		if c.Op != Equal {
			continue
		}
		for i := range c.Size {
			m[at{c.Field, c.Offset + i}] |= c.Mask >> (8 * (c.Size - 1 - i)) & 0xff
		}
	}
	n := 0
	for _, b := range m {
		n += bits.OnesCount64(b)
	}
	return n
}

func onlyDHCP(ports []PortRange) bool {
	for _, r := range ports {
		if r.Lo != 67 && r.Lo != 68 && r.Lo != 546 && r.Lo != 547 || r.Hi > r.Lo+1 {
			return false
		}
	}
	return len(ports) > 0
}

// readsDHCP says whether payload compares fit a DHCP message: its first byte
// is an operation or message type, the cookie is the cookie. A constant of
// another kind behind a DHCP port is no DHCP client.
func readsDHCP(list []Compare) bool {
	const cookieAt, cookie = 236, 0x63825363
	for _, c := range list {
		if c.Op != Equal || c.Field != FieldPayload {
			return false
		}
		for i := range c.Size {
			sh := 8 * (c.Size - 1 - i)
			mask, value, at := byte(c.Mask>>sh), byte(c.Value>>sh), c.Offset+i
			switch {
			case mask == 0:
			case at == 0 && value > 13:
				return false
			case at >= cookieAt && at < cookieAt+4 && value != byte(uint32(cookie)>>(8*(cookieAt+3-at)))&mask:
				return false
			}
		}
	}
	return true
}

// hidesMagic says whether a header field carries no address and no length:
// a constant there is a sign between two programs. ICMP ids belong to ping.
func hidesMagic(f Field) bool {
	switch f {
	case "tcp.seq", "tcp.ack", "tcp.window", "tcp.urgent", "tcp.checksum", "ip.id", "ip.checksum", "udp.checksum", "icmp.seq":
		return true
	}
	return false
}

func isFrame(f Field) bool { return f == "frame" }

func isAddress(f Field) bool {
	return f == "ip.src" || f == "ip.dst" || f == "eth.src" || f == "eth.dst"
}
