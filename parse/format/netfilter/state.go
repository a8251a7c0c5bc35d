package netfilter

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
)

// Flow is one tracked connection.
type Flow struct {
	Protocol       uint8
	From, To       netip.AddrPort // of the packet that began it
	ReplyFrom      netip.AddrPort // differs from To when the destination was translated
	ReplyTo        netip.AddrPort // differs from From when the source was translated
	State          string         // of TCP
	Packets, Bytes uint64         // both directions; 0 unless the kernel counts
	Start          uint64         // ns since 1970; 0 unless the kernel notes it
	Mark           uint32
}

// Conntrack reads one message of connection tracking.
func Conntrack(m Message) (Flow, bool) {
	const headers, subsystem = 4, 1
	if m.Type>>8 != subsystem || m.Type&0xff != 0 || len(m.Body) < headers { // IPCTNL_MSG_CT_NEW
		return Flow{}, false
	}
	a := attrs(m.Body[headers:])
	f := Flow{Mark: a.be32(8), Start: a.nest(20).be64(1)}
	f.From, f.To, f.Protocol = tuple(a.nest(1))
	f.ReplyFrom, f.ReplyTo, _ = tuple(a.nest(2))
	if s := a.nest(4).nest(1)[1]; len(s) == 1 && f.Protocol == 6 {
		f.State = pickName([]string{"none", "syn-sent", "syn-recv", "established", "fin-wait", "close-wait", "last-ack", "time-wait", "close", "syn-sent2"}, uint32(s[0]))
	}
	for _, dir := range []uint16{9, 10} {
		f.Packets += a.nest(dir).be64(1)
		f.Bytes += a.nest(dir).be64(2)
	}
	return f, f.From.IsValid() && f.To.IsValid()
}

func tuple(a Attrs) (from, to netip.AddrPort, proto uint8) {
	ip, p := a.nest(1), a.nest(2)
	src, dst := ip[1], ip[2]
	if len(src) == 0 {
		src, dst = ip[3], ip[4]
	}
	if v := p[1]; len(v) > 0 {
		proto = v[0]
	}
	port := func(kind uint16) uint16 {
		if v := p[kind]; len(v) >= 2 {
			return binary.BigEndian.Uint16(v)
		}
		return 0
	}
	s, ok1 := netip.AddrFromSlice(src)
	d, ok2 := netip.AddrFromSlice(dst)
	if !ok1 || !ok2 {
		return from, to, proto
	}
	return netip.AddrPortFrom(s, port(2)), netip.AddrPortFrom(d, port(3)), proto
}

// Item is one entry of rtnetlink: what it is and what it says.
type Item struct {
	Kind    string // link, address, route, neighbour, rule
	Index   int    // of the interface; 0 where there is none
	Address string // neighbour, address: the address; route: the destination
	MAC     string
	Text    string
}

// Route reads one message of rtnetlink(7).
func Route(m Message) (Item, bool) {
	b := m.Body
	switch m.Type {
	case 16: // RTM_NEWLINK, struct ifinfomsg
		return linkItem(b), len(b) >= 16
	case 20: // RTM_NEWADDR, struct ifaddrmsg
		if len(b) < 8 {
			return Item{}, false
		}
		a := attrs(b[8:])
		addr := a[2]
		if len(addr) == 0 {
			addr = a[1]
		}
		text := fmt.Sprintf("%s/%d", addressText(addr), b[1])
		return Item{Kind: "address", Index: int(binary.LittleEndian.Uint32(b[4:])), Address: addressText(addr), Text: text}, true
	case 24: // RTM_NEWROUTE, struct rtmsg
		return routeItem(b, "route"), len(b) >= 12
	case 32: // RTM_NEWRULE, struct fib_rule_hdr
		return routeItem(b, "rule"), len(b) >= 12
	case 28: // RTM_NEWNEIGH, struct ndmsg
		if len(b) < 12 {
			return Item{}, false
		}
		a := attrs(b[12:])
		i := Item{Kind: "neighbour", Index: int(binary.LittleEndian.Uint32(b[4:])), Address: addressText(a[1]), MAC: mac(a[2])}
		i.Text = fmt.Sprintf("%s at %s, state 0x%x", i.Address, i.MAC, binary.LittleEndian.Uint16(b[8:]))
		return i, true
	}
	return Item{}, false
}

func mac(b []byte) string {
	var parts []string
	for _, c := range b {
		parts = append(parts, fmt.Sprintf("%02x", c))
	}
	return strings.Join(parts, ":")
}

func linkItem(b []byte) Item {
	if len(b) < 16 {
		return Item{}
	}
	const promiscuous = 0x100
	a := attrs(b[16:])
	flags := binary.LittleEndian.Uint32(b[8:])
	i := Item{Kind: "link", Index: int(binary.LittleEndian.Uint32(b[4:])), MAC: mac(a[1])}
	i.Text = fmt.Sprintf("%s flags 0x%x", a.text(3), flags)
	if kind := a.nest(18).text(1); kind != "" {
		i.Text += " kind " + kind
	}
	if flags&promiscuous != 0 || a.le32(30) > 0 { // IFLA_PROMISCUITY counts what asked for it
		i.Text += fmt.Sprintf(" promiscuous %d", a.le32(30))
	}
	return i
}

func routeItem(b []byte, kind string) Item {
	if len(b) < 12 {
		return Item{}
	}
	a := attrs(b[12:])
	table := uint32(b[4])
	if t := a.le32(15); t != 0 {
		table = t
	}
	i := Item{Kind: kind, Address: fmt.Sprintf("%s/%d", addressText(a[1]), b[1])}
	if len(a[1]) == 0 {
		i.Address = "default"
	}
	if kind == "rule" {
		i.Text = fmt.Sprintf("to %s table %d priority %d", i.Address, table, a.le32(6))
		if src := addressText(a[2]); src != "" {
			i.Text += fmt.Sprintf(" from %s/%d", src, b[2])
		}
		return i
	}
	i.Index = int(a.le32(4))
	i.Text = fmt.Sprintf("%s table %d", i.Address, table)
	if via := addressText(a[5]); via != "" {
		i.Text += " via " + via
	}
	if v := a[21]; len(v) >= 2 { // RTA_ENCAP_TYPE
		i.Text += " encapsulation " + pickName([]string{"none", "mpls", "ip", "ila", "ip6", "seg6", "bpf", "seg6local", "rpl", "ioam6", "xfrm"}, uint32(binary.LittleEndian.Uint16(v)))
	}
	return i
}
