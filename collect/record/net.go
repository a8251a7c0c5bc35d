package record

// NetDump is one answer of the kernel's netlink interface in one network
// namespace: its messages as they came, headers and all.
type NetDump struct {
	Type  string `json:"t"` // "net-dump"
	At    int64  `json:"at"`
	NetNS uint64 `json:"netns"`
	// Of names what was asked: link, address, route, neighbour, rule (rtnetlink(7)); nft-table, nft-chain, nft-rule,
	// nft-set, nft-element, nft-object, nft-flowtable, conntrack (nfnetlink).
	Of    string `json:"of"`
	Table Bytes  `json:"table,omitempty"` // nft-element: table and name of the set
	Set   Bytes  `json:"set,omitempty"`
	Data  Bytes  `json:"data,omitempty"` // whole messages, each padded to 4 bytes
	Cap   bool   `json:"cap,omitempty"`
	Errno string `json:"errno,omitempty"`
}

// XTable is one table of iptables, ip6tables or arptables of the old kind, as
// getsockopt(2) gives it.
type XTable struct {
	Type    string `json:"t"` // "xtables"
	At      int64  `json:"at"`
	NetNS   uint64 `json:"netns"`
	Family  int    `json:"family"` // AF_INET, AF_INET6; 3 (NFPROTO_ARP)
	Table   Bytes  `json:"table"`
	Info    Bytes  `json:"info,omitempty"`    // struct ipt_getinfo
	Entries Bytes  `json:"entries,omitempty"` // the rules: struct ipt_entry, ip6t_entry, arpt_entry, one behind the other
	Errno   string `json:"errno,omitempty"`
}

// Netfilter says what of netfilter one namespace has, and why a part was asked
// or not.
type Netfilter struct {
	Type  string            `json:"t"` // "netfilter"
	At    int64             `json:"at"`
	NetNS uint64            `json:"netns"`
	PID   int               `json:"pid"`
	TID   int               `json:"tid,omitempty"`
	Parts map[string]string `json:"parts"` // nf_tables, conntrack, iptables, ip6tables, arptables -> why asked, or not
}
