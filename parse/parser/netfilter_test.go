package parser

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// firewallLines is what the collector recorded of a namespace with an nftables
// redirect for one address, a rule with a classic BPF match, and the empty
// filter table of iptables.
func firewallLines(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/netfilter/record.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFirewallRecord(t *testing.T) {
	k := parseRecords(t, "netfilter", firewallLines(t))
	if len(k.Warnings) != 0 {
		t.Errorf("warnings %v", k.Warnings)
	}
	var all []string
	for _, e := range k.Events {
		all = append(all, e.Action+": "+e.Message)
		switch e.Action {
		case "redirect":
			if v, _ := e.Get("redirect"); v != "redirect to port 42394" {
				t.Errorf("redirect %q", v)
			}
			if v, _ := e.Get("ip"); v != "203.0.113.9" {
				t.Errorf("source %q", v)
			}
		case "filter-attached":
			if v, _ := e.Get("filter_payload"); v != "0x6A41" {
				t.Errorf("payload %q", v)
			}
		}
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{
		"redirect: nftables rule in ip decoy pre: ip saddr == 0xcb007109 (203.0.113.9); meta l4proto == 0x06 (tcp); redirect to port 42394",
		"filter-attached: nftables rule in ip decoy in has a classic BPF match: 7 instructions, payload-magic 0x6A41",
		"rule: nftables rule in ip decoy in: bpf of 7 instructions; accept",
		"chain: nftables chain ip decoy pre at prerouting, priority -100, policy accept",
		"rule: iptables rule in ip filter INPUT: accept",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// xtRule builds one rule of iptables as struct ipt_entry has it.
func xtRule(src string, proto uint16, parts ...[]byte) []byte {
	e := make([]byte, 112)
	if src != "" {
		copy(e, src)
		copy(e[8:], "\xff\xff\xff\xff")
	}
	binary.LittleEndian.PutUint16(e[80:], proto)
	target := len(e)
	for i, p := range parts {
		if i == len(parts)-1 {
			target = len(e)
		}
		e = append(e, p...)
	}
	binary.LittleEndian.PutUint16(e[88:], uint16(target))
	binary.LittleEndian.PutUint16(e[90:], uint16(len(e)))
	return e
}

func xtPart(name string, rev byte, data []byte) []byte {
	b := make([]byte, 32, 32+len(data))
	copy(b[2:], name)
	b[31] = rev
	b = append(b, data...)
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	binary.LittleEndian.PutUint16(b, uint16(len(b)))
	return b
}

func TestIptablesRedirectForOneAddress(t *testing.T) {
	tcp := make([]byte, 12)
	for i, v := range []uint16{0, 65535, 443, 443} {
		binary.LittleEndian.PutUint16(tcp[2*i:], v)
	}
	nat := make([]byte, 20) // one range, ports given
	binary.LittleEndian.PutUint32(nat, 1)
	binary.LittleEndian.PutUint32(nat[4:], 2)
	binary.BigEndian.PutUint16(nat[16:], 42400)
	binary.BigEndian.PutUint16(nat[18:], 42400)
	bpf := make([]byte, 528)
	bpf[0] = 1
	copy(bpf[4:], "\x06\x00\x00\x00\xff\xff\x00\x00")
	accept := binary.LittleEndian.AppendUint32(nil, ^uint32(1))
	var entries []byte
	entries = append(entries, xtRule("\xcb\x00\x71\x09", 6, xtPart("tcp", 0, tcp), xtPart("REDIRECT", 0, nat))...)
	jump := len(entries)
	entries = append(entries, xtRule("", 0, xtPart("bpf", 0, bpf), xtPart("", 0, accept))...)
	info := make([]byte, 84)
	copy(info, "nat")
	binary.LittleEndian.PutUint32(info[32:], 1|1<<1)
	binary.LittleEndian.PutUint32(info[36+4:], uint32(jump))
	k := parseRecords(t, "netfilter", jsonl(t, &record.XTable{Type: "xtables", At: recordNow, NetNS: 5, Family: 2, Table: record.Bytes("nat"), Info: info, Entries: entries},
		&record.XTable{Type: "xtables", At: recordNow, NetNS: 5, Family: 2, Table: record.Bytes("raw"), Info: info, Entries: entries[:jump+20]},
		&record.XTable{Type: "xtables", At: recordNow, NetNS: 5, Family: 2, Table: record.Bytes("mangle"), Errno: "EPERM"}))
	var got []string
	for _, e := range k.Events {
		got = append(got, e.Action+": "+e.Message)
		if v, _ := e.Get("ip"); (v == "203.0.113.9") != (e.Action == "redirect") {
			t.Errorf("source %q of %s", v, e.Message)
		}
	}
	want := []string{
		"redirect: iptables rule in ip nat PREROUTING: saddr 203.0.113.9; tcp; tcp dport 443; redirect to port 42400",
		"rule: iptables rule in ip nat INPUT: bpf of 1 instructions; accept",
		"filter-attached: iptables rule in ip nat INPUT has a classic BPF match: 1 instructions, accept-all",
		"view: 2 entries of iptables nat",
		"redirect: ",
		"view: 1 entries of iptables raw",
		"view: 0 entries of iptables mangle, then EPERM",
	}
	if len(got) != len(want) {
		t.Fatalf("%d events:\n%s", len(got), strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("event %d: %q, want %q", i, got[i], want[i])
		}
	}
	if len(k.Warnings) != 1 {
		t.Errorf("warnings %v, want the cut table", k.Warnings)
	}
}

func TestFirewallContract(t *testing.T) {
	data := firewallLines(t)
	n := len(parseRecords(t, "netfilter", data).Events)
	contract(t, parsetest.Case{Parser: "netfilter", Events: n, Source: recordSource("netfilter", data)})
}
