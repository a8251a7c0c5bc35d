package audit

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

// Sockaddr is a decoded struct sockaddr.
type Sockaddr struct {
	Family   int
	Addr     netip.Addr // inet, inet6
	Port     uint16     // inet, inet6
	Path     string     // unix; an abstract name begins with "@"
	Protocol uint16     // packet: EtherType
	Ifindex  int32      // packet
	Netlink  uint32     // netlink: port id
	Groups   uint32     // netlink: multicast groups
}

// Address families (the numbers are the same on all architectures used here).
const (
	Unix    = 1
	Inet    = 2
	Inet6   = 10
	Netlink = 16
	Packet  = 17
)

// FamilyName names an address family; unknown ones give their number.
func FamilyName(n int) string {
	switch n {
	case 0:
		return "unspec"
	case Unix:
		return "unix"
	case Inet:
		return "inet"
	case Inet6:
		return "inet6"
	case Netlink:
		return "netlink"
	case Packet:
		return "packet"
	case 29:
		return "can"
	case 31:
		return "bluetooth"
	case 38:
		return "alg"
	case 40:
		return "vsock"
	case 44:
		return "xdp"
	}
	return strconv.Itoa(n)
}

// ParseSockaddr decodes the bytes of saddr=. The family is in the byte order
// of the host; ok is false when the bytes are too few for their family.
func ParseSockaddr(s string) (a Sockaddr, ok bool) {
	if len(s) < 2 {
		return a, false
	}
	b := []byte(s)
	var host binary.ByteOrder = binary.LittleEndian
	if b[0] == 0 && b[1] != 0 {
		host = binary.BigEndian
	}
	a.Family = int(host.Uint16(b))
	switch a.Family {
	case Unix:
		p := s[2:]
		if strings.HasPrefix(p, "\x00") && len(p) > 1 {
			a.Path = "@" + strings.TrimRight(p[1:], "\x00")
			return a, true
		}
		a.Path, _, _ = strings.Cut(p, "\x00")
	case Inet:
		if len(b) < 8 {
			return a, false
		}
		a.Port, a.Addr = binary.BigEndian.Uint16(b[2:]), netip.AddrFrom4([4]byte(b[4:8]))
	case Inet6:
		if len(b) < 24 {
			return a, false
		}
		a.Port, a.Addr = binary.BigEndian.Uint16(b[2:]), netip.AddrFrom16([16]byte(b[8:24])).Unmap()
	case Netlink:
		if len(b) < 12 {
			return a, false
		}
		a.Netlink, a.Groups = host.Uint32(b[4:]), host.Uint32(b[8:])
	case Packet:
		if len(b) < 8 {
			return a, false
		}
		a.Protocol, a.Ifindex = binary.BigEndian.Uint16(b[2:]), int32(host.Uint32(b[4:]))
	}
	return a, true
}
