package parser

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/cbpf"
	"github.com/saksi-dfir/saksi/parse/format/netfilter"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// netfilterParser reads the firewall records of the collector: rules of
// nftables and iptables with the classic BPF programs in them, and tracked
// connections.
type netfilterParser struct{}

func newNetfilter() parse.Parser { return netfilterParser{} }

// Describe implements parse.Parser.
func (netfilterParser) Describe() parse.Description {
	return parse.Description{
		Name:    "netfilter",
		Version: 1,
		Doc: "firewall records of the collector: chains and rules of nftables, iptables and ip6tables at collection, those that send packets elsewhere, the " +
			"classic BPF programs of bpf matches decoded like socket filters, tracked connections",
		References: []string{"collect/record/FORMAT.md", "linux/netfilter/nf_tables.h", "linux/netfilter_ipv4/ip_tables.h", "MITRE ATT&CK T1562.004"},
		Sources:    []string{"netfilter"},
		Fields: []string{"bytes", "chain", "device", "elements", "errno", "family", "filter_accepts", "filter_asm", "filter_computed", "filter_header", "filter_len", "filter_net", "filter_payload",
			"filter_ports", "filter_proven", "filter_protocols", "filter_sha256", "filter_shape", "filter_undecoded", "handle", "hook", "ip", "local_ip", "local_port", "mark",
			"name", "netns", "of", "packets", "parts", "path", "pid", "policy", "port", "priority", "proto", "redirect", "reply", "since", "state", "table", "text", "type", "verdict"},
		Actions:  []string{"chain", "connection", "filter-attached", "redirect", "rule", "set", "table", "view"},
		Sample:   `{"t":"netfilter","at":1700000000000000000,"netns":4026531840,"pid":1,"parts":{"nf_tables":"module loaded","iptables":"no table in use"}}`,
		PathOnly: true,
	}
}

// Claim implements parse.Parser.
func (netfilterParser) Claim(x *parse.Exhibit) parse.Strength { return claimRecord(x, "netfilter") }

// Parse implements parse.Parser.
func (netfilterParser) Parse(ctx context.Context, _ *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	return eachRecord(ctx, x, "netfilter", s, func(kind string, off int64, line []byte) (bool, error) {
		r := netfilterReader{s: s, origin: event.Origin{Offset: off, Length: int64(len(line))}}
		switch kind {
		case "netfilter":
			var n record.Netfilter
			if err := decodeRecord(line, &n); err != nil {
				return true, err
			}
			r.at, r.netns = n.At, n.NetNS
			return true, r.parts(&n)
		case "net-dump":
			var d record.NetDump
			if err := decodeRecord(line, &d); err != nil {
				return true, err
			}
			r.at, r.netns = d.At, d.NetNS
			return true, r.dump(&d)
		case "xtables":
			var t record.XTable
			if err := decodeRecord(line, &t); err != nil {
				return true, err
			}
			r.at, r.netns = t.At, t.NetNS
			return true, r.xtable(&t)
		}
		return false, nil
	})
}

type netfilterReader struct {
	s       parse.Sink
	origin  event.Origin
	at      int64
	netns   uint64
	ordinal uint32
}

func (r *netfilterReader) emit(action, object, message string, f *fieldList) error {
	f.uint("netns", r.netns)
	e := &event.Event{Time: collectedAt(r.at), Meaning: "observed", Source: "netfilter", Action: action, Object: object, Message: message,
		Fields: f.sorted(), Origin: r.origin, Ordinal: r.ordinal}
	r.ordinal++
	return r.s.Event(e)
}

func (r *netfilterReader) warn(code, message string) error {
	return r.s.Warning(event.Warning{Offset: r.origin.Offset, Length: r.origin.Length, Parser: "netfilter", Code: code, Message: message})
}

// parts says what one namespace has of netfilter.
func (r *netfilterReader) parts(n *record.Netfilter) error {
	f := &fieldList{}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(n.Parts)) {
		parts = append(parts, k+": "+n.Parts[k])
	}
	f.add("parts", strings.Join(parts, "; "))
	f.int("pid", int64(n.PID))
	return r.emit("view", fmt.Sprintf("net:[%d]", n.NetNS), "firewall of namespace "+strconv.FormatUint(n.NetNS, 10)+": "+strings.Join(parts, "; "), f)
}

// view tells of an answer as a whole.
func (r *netfilterReader) view(of string, n int, errno string, cut bool) error {
	f := &fieldList{}
	f.add("of", of)
	f.add("errno", errno)
	message := fmt.Sprintf("%d entries of %s", n, of)
	if errno != "" {
		message += ", then " + errno
	}
	if cut {
		message += ", cut at the cap"
	}
	return r.emit("view", of, message, f)
}

// dump reads the messages of one answer of netlink.
func (r *netfilterReader) dump(d *record.NetDump) error {
	list, rest := netfilter.Messages(d.Data)
	if len(rest) > 0 {
		if err := r.warn("unreadable", fmt.Sprintf("%d bytes at the end of the answer are no message", len(rest))); err != nil {
			return err
		}
	}
	var t netfilter.NFTables
	var keys [][]byte
	flows := 0
	for _, m := range list {
		if m.Interrupted() && m.Offset == 0 {
			if err := r.warn("incomplete", "the list changed while the kernel gave it: entries may be missing"); err != nil {
				return err
			}
		}
		if f, ok := netfilter.Conntrack(m); ok {
			if flows++; flows <= maxRows {
				if err := r.flow(&f); err != nil {
					return err
				}
			}
			continue
		}
		t.NFT(m)
		keys = append(keys, netfilter.Elements(m)...)
	}
	if err := r.tables(&t); err != nil {
		return err
	}
	if d.Of == "nft-element" && len(keys) > 0 {
		f := &fieldList{}
		f.add("table", string(d.Table))
		f.add("name", string(d.Set))
		f.add("elements", listed(keys, func(k []byte) string { return fmt.Sprintf("0x%x", k) }))
		if err := r.emit("set", string(d.Set), fmt.Sprintf("%d members of the set %s of table %s", len(keys), d.Set, d.Table), f); err != nil {
			return err
		}
	}
	if err := (rowLoss{over: max(flows-maxRows, 0)}).warn(r.s, "netfilter", "the answer "+d.Of, r.origin); err != nil {
		return err
	}
	return r.view(d.Of, len(list), d.Errno, d.Cap)
}

func (r *netfilterReader) tables(t *netfilter.NFTables) error {
	for _, name := range t.Tables {
		f := &fieldList{}
		f.add("table", name)
		if err := r.emit("table", name, "nftables table "+name, f); err != nil {
			return err
		}
	}
	for i := range t.Chains {
		c := &t.Chains[i]
		f := &fieldList{}
		f.add("family", c.Family)
		f.add("table", c.Table)
		f.add("chain", c.Name)
		f.add("type", c.Type)
		f.add("hook", c.Hook)
		f.add("device", c.Device)
		f.add("policy", c.Policy)
		message := fmt.Sprintf("nftables chain %s %s %s", c.Family, c.Table, c.Name)
		if c.Hook != "" {
			f.int("priority", int64(c.Priority))
			message += fmt.Sprintf(" at %s, priority %d, policy %s", c.Hook, c.Priority, c.Policy)
		}
		if err := r.emit("chain", c.Table+" "+c.Name, message, f); err != nil {
			return err
		}
	}
	for i := range t.Rules {
		if err := r.rule("nftables", &t.Rules[i]); err != nil {
			return err
		}
	}
	return nil
}

// rule makes the event of one rule, and one for each classic program in it.
func (r *netfilterReader) rule(kind string, u *netfilter.Rule) error {
	f := &fieldList{}
	f.add("family", u.Family)
	f.add("table", u.Table)
	f.add("chain", u.Chain)
	f.uint("handle", u.Handle)
	f.add("text", u.Text)
	f.add("verdict", u.Verdict)
	f.add("redirect", u.Redirect)
	f.add("ip", u.Source)
	f.uint("packets", u.Packets)
	f.uint("bytes", u.Bytes)
	f.add("path", strings.Join(u.Pinned, ","))
	action := "rule"
	if u.Redirect != "" {
		action = "redirect"
	}
	place := fmt.Sprintf("%s rule in %s %s %s", kind, u.Family, u.Table, u.Chain)
	if err := r.emit(action, u.Table+" "+u.Chain, place+": "+u.Text, f); err != nil {
		return err
	}
	for _, raw := range u.Programs {
		var prog []record.Insn
		for ; len(raw) >= 8; raw = raw[8:] {
			prog = append(prog, record.Insn{Code: binary.LittleEndian.Uint16(raw), JT: raw[2], JF: raw[3], K: binary.LittleEndian.Uint32(raw[4:])})
		}
		p := &fieldList{}
		p.add("table", u.Table)
		p.add("chain", u.Chain)
		p.uint("handle", u.Handle)
		what := decodeFilter(p, prog, cbpf.Socket{Layout: cbpf.LayoutNetwork})
		if err := r.emit("filter-attached", u.Table+" "+u.Chain, place+" has a classic BPF match: "+what, p); err != nil {
			return err
		}
	}
	return nil
}

// xtable reads one table of iptables.
func (r *netfilterReader) xtable(t *record.XTable) error {
	name := map[int]string{2: "iptables", 10: "ip6tables", 3: "arptables"}[t.Family]
	of := name + " " + string(t.Table)
	if t.Family == 3 && len(t.Entries) > 0 {
		if err := r.warn("unread", fmt.Sprintf("the rules of %s are %d bytes that this version does not read", of, len(t.Entries))); err != nil {
			return err
		}
	}
	if t.Errno != "" || t.Family == 3 { // rules of arptables stay bytes
		return r.view(of, 0, t.Errno, false)
	}
	rules, bad := netfilter.XTables(t.Family, string(t.Table), t.Info, t.Entries)
	if bad > 0 {
		if err := r.warn("unreadable", fmt.Sprintf("the last %d bytes of table %s are no rule", bad, t.Table)); err != nil {
			return err
		}
	}
	for i := range rules {
		if i == maxRows {
			break
		}
		if err := r.rule(name, &rules[i]); err != nil {
			return err
		}
	}
	if err := (rowLoss{over: max(len(rules)-maxRows, 0)}).warn(r.s, "netfilter", of, r.origin); err != nil {
		return err
	}
	return r.view(of, len(rules), "", false)
}
