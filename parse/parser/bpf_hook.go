package parser

import (
	"fmt"
	"strconv"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse/format/cbpf"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// hook makes the event of one attach point. A classic program of a traffic
// filter is decoded like that of a socket.
func (r *bpfReader) hook(h *record.Hook) error {
	f := &fieldList{}
	f.add("where", h.Where)
	if h.Where == "perf" {
		f.add("attach_to", string(h.Target))
	} else {
		f.add("path", string(h.Target))
	}
	if h.Index != 0 {
		f.int("ifindex", int64(h.Index))
	}
	if h.NetNS != 0 {
		f.uint("netns", h.NetNS)
	}
	f.add("attach", attachName(h.Where, h.Attach))
	if h.Flags != 0 {
		f.add("flags", fmt.Sprintf("0x%x", h.Flags))
	}
	f.add("ids", listed(h.IDs, func(id uint32) string { return strconv.FormatUint(uint64(id), 10) }))
	if len(h.IDs) == 1 {
		f.uint("prog_id", uint64(h.IDs[0]))
	}
	f.add("name", string(h.Name))
	if len(h.Tag) > 0 {
		f.add("tag", fmt.Sprintf("%x", []byte(h.Tag)))
	}
	f.add("errno", h.Errno)
	if h.Where == "perf" {
		f.add("offset", fmt.Sprintf("0x%x", h.Offset))
		if h.Addr != 0 {
			f.add("addr", fmt.Sprintf("0x%x", h.Addr))
		}
		bpfHolders(f, h.Holders)
	}
	e := &event.Event{Time: collectedAt(h.At), Meaning: "observed", Source: "bpf", Action: "attached", Object: h.Where + " " + string(h.Target), Origin: r.origin}
	e.Message = fmt.Sprintf("eBPF programs %s attached to %s %s (%s)", listed(h.IDs, func(id uint32) string { return strconv.FormatUint(uint64(id), 10) }),
		h.Where, h.Target, attachName(h.Where, h.Attach))
	switch {
	case h.Errno != "":
		e.Action, e.Message = "view", fmt.Sprintf("what is attached to %s %s could not be read: %s", h.Where, h.Target, h.Errno)
	case len(h.Filter) > 0:
		e.Message = "classic filter of traffic control on " + string(h.Target) + ": " + decodeFilter(f, h.Filter, cbpf.Socket{Layout: cbpf.LayoutLink})
	}
	e.Fields = f.sorted()
	return r.s.Event(e)
}

// attachName names an attach type; those of XDP are modes (linux/if_link.h),
// those of traffic control parents.
func attachName(where string, n uint32) string {
	switch where {
	case "xdp":
		return tableName([]string{"none", "driver", "generic", "hardware", "multiple"}, n)
	case "perf":
		return tableName([]string{"raw_tracepoint", "tracepoint", "kprobe", "kretprobe", "uprobe", "uretprobe"}, n)
	case "tc":
		switch n {
		case 0xfffffff2:
			return "ingress"
		case 0xfffffff3:
			return "egress"
		}
		return fmt.Sprintf("0x%x", n)
	}
	return tableName(bpfAttachTypes(), n)
}

// bpfAttachTypes is enum bpf_attach_type, linux/bpf.h.
func bpfAttachTypes() []string {
	return []string{"cgroup_inet_ingress", "cgroup_inet_egress", "cgroup_inet_sock_create", "cgroup_sock_ops", "sk_skb_stream_parser", "sk_skb_stream_verdict",
		"cgroup_device", "sk_msg_verdict", "cgroup_inet4_bind", "cgroup_inet6_bind", "cgroup_inet4_connect", "cgroup_inet6_connect",
		"cgroup_inet4_post_bind", "cgroup_inet6_post_bind", "cgroup_udp4_sendmsg", "cgroup_udp6_sendmsg", "lirc_mode2", "flow_dissector", "cgroup_sysctl",
		"cgroup_udp4_recvmsg", "cgroup_udp6_recvmsg", "cgroup_getsockopt", "cgroup_setsockopt", "trace_raw_tp", "trace_fentry", "trace_fexit",
		"modify_return", "lsm_mac", "trace_iter", "cgroup_inet4_getpeername", "cgroup_inet6_getpeername", "cgroup_inet4_getsockname",
		"cgroup_inet6_getsockname", "xdp_devmap", "cgroup_inet_sock_release", "xdp_cpumap", "sk_lookup", "xdp", "sk_skb_verdict", "sk_reuseport_select",
		"sk_reuseport_select_or_migrate", "perf_event", "trace_kprobe_multi", "lsm_cgroup", "struct_ops", "netfilter", "tcx_ingress", "tcx_egress",
		"trace_uprobe_multi", "cgroup_unix_connect", "cgroup_unix_sendmsg", "cgroup_unix_recvmsg", "cgroup_unix_getpeername", "cgroup_unix_getsockname",
		"netkit_primary", "netkit_peer", "trace_kprobe_session", "trace_uprobe_session"}
}
