package netfilter

import (
	"fmt"
	"net/netip"
	"strings"
)

func pickName(list []string, n uint32) string {
	if int(n) < len(list) {
		return list[n]
	}
	return fmt.Sprint(n)
}

func named(what string, list []string, n uint32) string { return what + " " + pickName(list, n) }

// metaKeys are the first of enum nft_meta_keys.
func metaKeys() []string {
	return []string{"length", "protocol", "priority", "mark", "iif", "oif", "iifname", "oifname", "iiftype", "oiftype", "skuid", "skgid", "nftrace", "rtclassid",
		"secmark", "nfproto", "l4proto", "bri_iifname", "bri_oifname", "pkttype", "cpu", "iifgroup", "oifgroup", "cgroup"}
}

// payloadName names the part of a packet that a payload expression loads.
func payloadName(base, off, size uint32) string {
	names := map[[3]uint32]string{
		{1, 9, 1}: "ip protocol", {1, 12, 4}: "ip saddr", {1, 16, 4}: "ip daddr", {1, 8, 16}: "ip6 saddr", {1, 24, 16}: "ip6 daddr", {1, 6, 1}: "ip6 nexthdr",
		{2, 0, 2}: "sport", {2, 2, 2}: "dport", {2, 0, 1}: "icmp type", {2, 13, 1}: "tcp flags", {0, 12, 2}: "ether type", {0, 0, 6}: "ether daddr", {0, 6, 6}: "ether saddr",
	}
	if n, ok := names[[3]uint32{base, off, size}]; ok {
		return n
	}
	return fmt.Sprintf("%s[%d:%d]", pickName([]string{"link", "network", "transport", "inner", "tunnel"}, base), off, size)
}

// inWords adds a number or an address behind the bytes of a compare.
func inWords(what string, v []byte) string {
	switch {
	case (what == "sport" || what == "dport") && len(v) == 2:
		return fmt.Sprintf(" (%d)", int(v[0])<<8|int(v[1]))
	case strings.HasSuffix(what, "addr") && (len(v) == 4 || len(v) == 16) && strings.HasPrefix(what, "ip"):
		return " (" + addressText(v) + ")"
	case (what == "meta l4proto" || what == "ip protocol" || what == "ip6 nexthdr") && len(v) == 1:
		return " (" + ProtocolName(v[0]) + ")"
	case strings.HasSuffix(what, "ifname"):
		return fmt.Sprintf(" (%q)", strings.TrimRight(string(v), "\x00"))
	}
	return ""
}

func addressText(b []byte) string {
	if a, ok := netip.AddrFromSlice(b); ok {
		return a.String()
	}
	return ""
}

// ProtocolName gives the name of an IP protocol (IANA protocol numbers), or its
// number in decimal for one that rules seldom name.
func ProtocolName(p uint8) string {
	switch p {
	case 1:
		return "icmp"
	case 6:
		return "tcp"
	case 17:
		return "udp"
	case 58:
		return "icmp6"
	case 132:
		return "sctp"
	}
	return fmt.Sprint(p)
}
