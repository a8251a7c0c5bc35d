// Package netfilter reads what the Linux kernel tells of its firewall and its
// network state: netlink messages of nf_tables, of connection tracking and of
// rtnetlink, and the tables of iptables as getsockopt(2) gives them (struct
// ipt_entry, ip6t_entry and their matches and targets). It is a leaf: it knows
// bytes, not events.
//
// Sources: linux/netlink.h, linux/rtnetlink.h, linux/netfilter/nf_tables.h,
// linux/netfilter/nfnetlink_conntrack.h, linux/netfilter/x_tables.h,
// linux/netfilter_ipv4/ip_tables.h, linux/netfilter/xt_bpf.h. Numbers are those
// of little endian machines.
package netfilter
