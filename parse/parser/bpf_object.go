package parser

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect/record"
)

func number32(id uint32) string { return strconv.FormatUint(uint64(id), 10) }

// bpfMap reads struct bpf_map_info and what the contents are.
func bpfMap(f *fieldList, o *record.BPF, info kernelStruct) string {
	f.add("type", tableName(bpfMapTypes(), info.u32(0)))
	f.uint("key_size", uint64(info.u32(8)))
	f.uint("value_size", uint64(info.u32(12)))
	f.uint("max_entries", uint64(info.u32(16)))
	f.add("flags", fmt.Sprintf("0x%x", info.u32(20)))
	f.int("entries", int64(len(o.Entries)))
	if o.CPUs > 0 {
		f.int("cpus", int64(o.CPUs))
	}
	f.add("unread", o.Unread)
	switch info.u32(0) {
	case 3, 12, 13: // programs, maps: values are ids
		var ids []uint32
		for _, e := range o.Entries {
			if len(e.Value) == 4 {
				ids = append(ids, binary.LittleEndian.Uint32(e.Value))
			}
		}
		f.add("inner", listed(ids, number32))
	}
	return info.text(24, 16)
}

// Kinds of links (enum bpf_link_type) whose info says more.
const (
	linkTracing, linkCgroup, linkNetNS, linkXDP = 2, 3, 5, 6
	linkPerf, linkKprobes, linkNetfilter        = 7, 8, 10
	linkTCX, linkUprobes, linkNetkit            = 11, 12, 13
)

// bpfLink reads struct bpf_link_info: a head of 16 bytes, then what its kind has.
func bpfLink(f *fieldList, o *record.BPF, info kernelStruct) string {
	kind := info.u32(0)
	f.add("link_type", tableName(bpfLinkTypes(), kind))
	f.uint("prog_id", uint64(info.u32(8)))
	name := string(o.Name)
	attach := func(n uint32) { f.add("attach", tableName(bpfAttachTypes(), n)) }
	switch kind {
	case linkTracing:
		attach(info.u32(16))
	case linkCgroup:
		attach(info.u32(24))
		f.add("where", fmt.Sprintf("cgroup id %d", info.u64(16)))
	case linkNetNS:
		f.uint("netns", uint64(info.u32(16)))
		attach(info.u32(20))
	case linkXDP:
		f.uint("ifindex", uint64(info.u32(16)))
	case linkTCX, linkNetkit:
		f.uint("ifindex", uint64(info.u32(16)))
		attach(info.u32(20))
	case linkNetfilter:
		f.add("where", fmt.Sprintf("netfilter family %d hook %d priority %d", info.u32(16), info.u32(20), int32(info.u32(24))))
	case linkPerf:
		f.add("attach", tableName([]string{"", "uprobe", "uretprobe", "kprobe", "kretprobe", "tracepoint", "event"}, info.u32(16)))
		if sub := info.u32(16); sub >= 1 && sub <= 4 {
			f.add("offset", fmt.Sprintf("0x%x", info.u32(36)))
		}
		if sub := info.u32(16); (sub == 3 || sub == 4) && info.u64(40) != 0 {
			f.add("addr", fmt.Sprintf("0x%x", info.u64(40)))
		}
	case linkKprobes:
		f.uint("functions", uint64(info.u32(24)))
		name = probed(o)
	case linkUprobes:
		f.uint("functions", uint64(info.u32(52)))
	}
	return name
}

// probed names the functions of a link of many kernel probes: by the symbols at
// their addresses, else by the addresses.
func probed(o *record.BPF) string {
	at := map[string]string{}
	for line := range strings.Lines(string(o.Symbols)) {
		if f := strings.Fields(line); len(f) >= 3 && at[f[0]] == "" {
			at[f[0]] = f[2]
		}
	}
	var names []string
	for a := o.Addrs; len(a) >= 8; a = a[8:] {
		key := fmt.Sprintf("%016x", binary.LittleEndian.Uint64(a))
		if n := at[key]; n != "" {
			key = n
		}
		names = append(names, key)
	}
	return listed(names, same)
}
