package hosttest

import (
	"slices"
	"strings"
	"syscall"

	"github.com/saksi-dfir/saksi/collect/record"
)

// NetDump implements host.Kernel from Dumps.
func (k *Kernel) NetDump(pid, _ int, what string, _ int) ([]record.NetDump, error) {
	if err := k.call("net dump " + what); err != nil {
		return nil, err
	}
	var out []record.NetDump
	for _, d := range k.Dumps {
		kind := "route"
		if strings.HasPrefix(d.Of, "nft-") {
			kind = "nftables"
		} else if d.Of == "conntrack" {
			kind = "conntrack"
		}
		if kind == what && d.NetNS == k.netns[pid] {
			out = append(out, d)
		}
	}
	return out, nil
}

// XTables implements host.Kernel from Tables.
func (k *Kernel) XTables(pid, _, family int, tables []string) ([]record.XTable, error) {
	if err := k.call("xtables"); err != nil {
		return nil, err
	}
	var out []record.XTable
	for _, t := range k.Tables {
		if t.Family == family && t.NetNS == k.netns[pid] && slices.Contains(tables, string(t.Table)) {
			out = append(out, t)
		}
	}
	return out, nil
}

// OpenNetNS implements host.Kernel: a recorded host has no mounted namespaces.
func (k *Kernel) OpenNetNS(string) (int, error) {
	if err := k.call("open netns"); err != nil {
		return -1, err
	}
	return -1, syscall.ENOENT
}
