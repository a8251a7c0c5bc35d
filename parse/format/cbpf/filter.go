package cbpf

import (
	"fmt"
	"slices"
	"strings"
)

// Layout says what a filter finds at offset 0 of its data; it follows from
// family and type of the socket.
type Layout uint8

// The layouts.
const (
	LayoutUnknown   Layout = iota // found out from the program
	LayoutLink                    // AF_PACKET SOCK_RAW: link header, IP at 14
	LayoutNetwork                 // AF_PACKET SOCK_DGRAM, AF_INET SOCK_RAW: IP at 0
	LayoutTransport               // UDP, TCP and AF_INET6 raw sockets: transport header at 0
	LayoutMessage                 // netlink, unix, CAN ...: no IP packets at all
)

// Socket is what is known of the socket that holds a filter.
type Socket struct {
	Layout   Layout
	Protocol int // IP protocol that the kernel delivers to the socket, 0 unknown
	// EtherType is what a packet socket is bound to; 0 or 3 (ETH_P_ALL) is everything.
	EtherType int
	// Bound says that the kernel only delivers what is addressed to one port
	// (UDP and TCP sockets).
	Bound bool
}

// SocketOf derives a Socket from SO_DOMAIN, SO_TYPE and protocol (for packet
// sockets the ethertype in host order); -1 is unknown.
func SocketOf(domain, kind, protocol int) Socket {
	const (
		inet, inet6, packet = 2, 10, 17
		stream, dgram, raw  = 1, 2, 3
	)
	switch domain {
	case packet:
		s := Socket{EtherType: max(protocol, 0)}
		switch kind {
		case raw:
			s.Layout = LayoutLink
		case dgram:
			s.Layout = LayoutNetwork
		}
		return s
	case inet, inet6:
		if kind == raw && domain == inet {
			return Socket{Layout: LayoutNetwork, Protocol: max(protocol, 0)}
		}
		return Socket{Layout: LayoutTransport, Protocol: max(protocol, 0), Bound: kind != raw}
	case -1:
		return Socket{}
	}
	return Socket{Layout: LayoutMessage}
}

// Shape is the form of a filter in one word.
type Shape string

// The shapes. Payload-magic and header-magic are those of knock listeners.
const (
	Empty        Shape = "empty"         // no instructions
	Invalid      Shape = "invalid"       // the kernel would not take it
	AcceptAll    Shape = "accept-all"    // some return passes every packet
	RejectAll    Shape = "reject-all"    // no packet passes
	PayloadMagic Shape = "payload-magic" // IP packets pass on constants in their payload, whatever their port
	HeaderMagic  Shape = "header-magic"  // IP packets pass on constants in fields that carry no address: TCP sequence, window, IP id ...
	PortsPayload Shape = "ports-payload" // payload constants on packets of few ports
	PortsHeader  Shape = "ports-header"  // constants in header fields as above on packets of few ports
	Ports        Shape = "ports"
	Protocols    Shape = "protocols" // only protocols and addresses are compared
	DHCP         Shape = "dhcp"
	ARP          Shape = "arp"
	LLDP         Shape = "lldp"
	EAPOL        Shape = "eapol"
	EtherType    Shape = "ethertype" // other frames that are not IP
	Message      Shape = "message"   // of a socket that gets no IP packets
	Other        Shape = "other"
)

// Field is a part of a packet that filters compare.
type Field string

// The fields whose names have a meaning to the shapes. Others are named the
// same way: eth.dst, ip.src, tcp.flags ...
const (
	FieldPayload  Field = "payload"  // offset from the start of the payload
	FieldTrailer  Field = "trailer"  // offset from the end of the packet, negative
	FieldIndirect Field = "indirect" // at a computed place that was not recognised
	FieldMessage  Field = "message"  // LayoutMessage: offset in the message
)

// Op is how a compare relates the field to its value.
type Op string

// The operators.
const (
	Equal    Op = "==" // under Mask
	NotEqual Op = "!="
	In       Op = "in" // Value..Max
	AnyBit   Op = "&"  // a bit of Mask is set
)

// Compare is one thing that a path demands of Size bytes at Offset of a
// field, read big endian.
type Compare struct {
	Field  Field
	Offset int
	Size   int
	Op     Op
	Mask   uint64
	Value  uint64
	Max    uint64 // In only
}

// String prints the compare: "payload[0:2]==0x7255".
func (c Compare) String() string {
	head := fmt.Sprintf("%s[%d:%d]", c.Field, c.Offset, c.Size)
	if c.Mask != fullMask(c.Size) {
		head += fmt.Sprintf("&0x%X", c.Mask)
	}
	switch c.Op {
	case In:
		return fmt.Sprintf("%s in 0x%X..0x%X", head, c.Value, c.Max)
	case AnyBit:
		return head
	}
	return fmt.Sprintf("%s%s0x%X", head, c.Op, c.Value)
}

func fullMask(size int) uint64 { return ^uint64(0) >> (64 - 8*uint(size)) }

// PortRange is a set of ports that a path allows, both ends included.
type PortRange struct{ Lo, Hi uint16 }

// String prints "68" or "67-68".
func (r PortRange) String() string {
	if r.Lo == r.Hi {
		return fmt.Sprint(r.Lo)
	}
	return fmt.Sprintf("%d-%d", r.Lo, r.Hi)
}

// Path is one way through the program to an accepting return.
type Path struct {
	Protocol string      // "tcp", "udp", "icmp", "arp", "ip-47", "ethertype-0x88F7"; "" any
	Ports    []PortRange // compared source or destination ports
	Payload  []Compare
	Headers  []Compare
	Computed []Computed
	Others   []Compare // inequalities and bit tests, of headers and payload
	Undone   []string  // what could not be expressed
	Returns  uint32    // bytes that pass; 0 when computed from the packet
	Witness  *Packet   // a packet that was seen to be accepted along this path; nil when none was found
	class    Shape
	sides    []side
}

// side is a range of source or of destination ports.
type side struct {
	field Field
	ports PortRange
}

// String prints the path in one line.
func (p Path) String() string {
	var w []string
	if p.Protocol != "" {
		w = append(w, p.Protocol)
	}
	for _, r := range p.Ports {
		w = append(w, "port "+r.String())
	}
	for _, c := range slices.Concat(p.Payload, p.Headers, p.Others) {
		w = append(w, c.String())
	}
	for _, c := range p.Computed {
		w = append(w, c.Text)
	}
	if len(w) == 0 {
		return "any packet"
	}
	return strings.Join(w, " ")
}

// Filter is what a program accepts.
type Filter struct {
	Shape     Shape
	Layout    Layout
	NetOffset int // where IP begins under LayoutLink: 14, 18 with a VLAN tag ...
	Protocols []string
	Ports     []PortRange
	Payload   []Compare // of all paths, each once
	Headers   []Compare
	Computed  []Computed // of all paths, each once
	Paths     []Path     // at most MaxPaths
	Accepting int        // accepting paths in all
	Proven    int        // of Paths, those with a witness
	Undecoded []string   // honest remarks; empty when everything was understood
	Truncated bool       // a limit cut the exploration
}

// MaxPaths is the most paths that a Filter lists.
const MaxPaths = 256

// Constants lists the distinct payload values as 0x%X, in order of appearance.
func (f *Filter) Constants() []string {
	var out []string
	seen := map[string]bool{}
	for _, c := range f.Payload {
		s := fmt.Sprintf("0x%X", c.Value)
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
