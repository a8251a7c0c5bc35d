package netfilter

import (
	"fmt"
	"strings"
)

// Chain is one chain of nf_tables; Hook is "" for one that only others jump to.
type Chain struct {
	Family, Table, Name, Type, Hook, Device, Policy string
	Priority                                        int32
}

// Rule is one rule of either kind of firewall.
type Rule struct {
	Family, Table, Chain string
	Handle               uint64
	Text                 string   // what it tests and does, in order
	Packets, Bytes       uint64   // of its counter
	Programs             [][]byte // classic BPF programs of bpf matches, struct sock_filter
	Pinned               []string // paths of eBPF programs of bpf matches
	Redirect             string   // where it sends packets: "redirect to port 42391", "dnat to 192.0.2.1:80"
	Verdict              string
	Source               string // the one address that packets must come from; "" when more may
}

// NFTables is what a dump of nf_tables says.
type NFTables struct {
	Tables []string // "ip filter"
	Chains []Chain
	Rules  []Rule
	Sets   []string
}

// family names a protocol family of netfilter, linux/netfilter.h.
func family(n uint8) string {
	switch n {
	case 1:
		return "inet"
	case 2:
		return "ip"
	case 3:
		return "arp"
	case 5:
		return "netdev"
	case 7:
		return "bridge"
	case 10:
		return "ip6"
	}
	return fmt.Sprint(n)
}

func hook(fam uint8, n uint32) string {
	names := []string{"prerouting", "input", "forward", "output", "postrouting", "ingress"}
	switch fam {
	case 5:
		names = []string{"ingress", "egress"}
	case 3:
		names = []string{"input", "output", "forward"}
	}
	if int(n) < len(names) {
		return names[n]
	}
	return fmt.Sprint(n)
}

// NFT reads one message of nf_tables.
func (t *NFTables) NFT(m Message) {
	const headers, subsystem = 4, 10
	if m.Type>>8 != subsystem || len(m.Body) < headers {
		return
	}
	fam, a := m.Body[0], attrs(m.Body[headers:])
	switch m.Type & 0xff {
	case 0: // NFT_MSG_NEWTABLE
		t.Tables = append(t.Tables, family(fam)+" "+a.text(1))
	case 3: // NEWCHAIN
		c := Chain{Family: family(fam), Table: a.text(1), Name: a.text(3), Type: a.text(7)}
		if h := a.nest(4); len(h) > 0 {
			c.Hook, c.Priority, c.Device = hook(fam, h.be32(1)), int32(h.be32(2)), h.text(3)
			c.Policy = verdict(a.be32(5), "")
		}
		t.Chains = append(t.Chains, c)
	case 6: // NEWRULE
		t.Rules = append(t.Rules, nftRule(fam, a))
	case 9: // NEWSET
		t.Sets = append(t.Sets, strings.TrimSpace(fmt.Sprintf("%s %s %s", family(fam), a.text(1), a.text(2))))
	}
}

// Elements reads the members of a set: the keys as they lie in the packet.
func Elements(m Message) (out [][]byte) {
	const headers = 4
	if m.Type>>8 != 10 || m.Type&0xff != 12 { // NFT_MSG_NEWSETELEM
		return nil
	}
	a := attrs(after(m.Body, headers))
	each(a[3], func(_ uint16, elem []byte) {
		if key := attrs(elem).nest(1)[1]; len(key) > 0 {
			out = append(out, key)
		}
	})
	return out
}

func nftRule(fam uint8, a Attrs) Rule {
	r := Rule{Family: family(fam), Table: a.text(1), Chain: a.text(2), Handle: a.be64(3)}
	x := exprs{fam: fam, regs: map[uint32]string{}, data: map[uint32][]byte{}, rule: &r}
	each(a[4], func(_ uint16, elem []byte) {
		e := attrs(elem)
		x.one(e.text(1), e.nest(2))
	})
	r.Text = strings.Join(x.words, "; ")
	if r.Text == "" {
		r.Text = "nothing"
	}
	return r
}

// exprs reads the expressions of one rule in order: what a register holds says
// what a later compare is about.
type exprs struct {
	fam   uint8
	regs  map[uint32]string
	data  map[uint32][]byte
	rule  *Rule
	words []string
}

func (x *exprs) say(format string, args ...any) {
	if len(x.words) < 256 {
		x.words = append(x.words, fmt.Sprintf(format, args...))
	}
}

func (x *exprs) reg(n uint32) string {
	if s, ok := x.regs[n]; ok {
		return s
	}
	return fmt.Sprintf("reg %d", n)
}

func (x *exprs) one(name string, a Attrs) {
	switch name {
	case "payload":
		x.regs[a.be32(1)] = payloadName(a.be32(2), a.be32(3), a.be32(4))
	case "meta":
		if _, reads := a[1]; reads {
			x.regs[a.be32(1)] = named("meta", metaKeys(), a.be32(2))
		}
	case "ct":
		x.regs[a.be32(1)] = named("ct", []string{"state", "direction", "status", "mark"}, a.be32(2))
	case "bitwise":
		x.regs[a.be32(2)] = fmt.Sprintf("%s & 0x%x", x.reg(a.be32(1)), a.nest(4)[1])
	case "cmp":
		op := a.be32(2)
		if what := x.reg(a.be32(1)); op == 0 && (what == "ip saddr" || what == "ip6 saddr") {
			x.rule.Source = addressText(a.nest(3)[1])
		}
		x.say("%s %s 0x%x%s", x.reg(a.be32(1)), pickName([]string{"==", "!=", "<", "<=", ">", ">="}, op), a.nest(3)[1], inWords(x.reg(a.be32(1)), a.nest(3)[1]))
	case "range":
		x.say("%s in 0x%x..0x%x", x.reg(a.be32(1)), a.nest(3)[1], a.nest(4)[1])
	case "lookup":
		x.say("%s in set %s", x.reg(a.be32(2)), a.text(1))
	case "counter":
		x.rule.Bytes, x.rule.Packets = a.be64(1), a.be64(2)
	case "log":
		x.say("log %q", a.text(2))
	case "immediate":
		x.immediate(a)
	case "nat":
		x.nat(a)
	case "redir":
		x.redirect("redirect", nil, x.data[a.be32(1)])
	case "masq":
		x.rule.Verdict = "masquerade"
		x.say("masquerade")
	case "match", "target":
		m := match{name: a.text(1), rev: int(a.be32(2)), data: a[3]}
		if name == "match" {
			x.say("%s", m.text(x.rule))
		} else {
			x.say("target %s", m.target(x.rule))
		}
	default:
		x.say("%s", name)
	}
}

func (x *exprs) immediate(a Attrs) {
	d := a.nest(2)
	if v := d.nest(2); len(v) > 0 { // a verdict
		x.rule.Verdict = verdict(v.be32(1), v.text(2))
		x.say("%s", x.rule.Verdict)
		return
	}
	x.data[a.be32(1)] = d[1]
	x.regs[a.be32(1)] = fmt.Sprintf("0x%x", d[1])
}

func (x *exprs) nat(a Attrs) {
	kind := "snat"
	if a.be32(1) == 1 {
		kind = "dnat"
	}
	x.redirect(kind, x.data[a.be32(3)], x.data[a.be32(5)])
}

func (x *exprs) redirect(kind string, addr, port []byte) {
	to := addressText(addr)
	if len(port) >= 2 {
		to = strings.TrimPrefix(fmt.Sprintf("%s port %d", to, int(port[0])<<8|int(port[1])), " ")
	}
	x.rule.Redirect = strings.TrimSpace(kind + " to " + to)
	x.rule.Verdict = kind
	x.say("%s", x.rule.Redirect)
}

// verdict names a verdict, linux/netfilter.h and nf_tables.h.
func verdict(code uint32, chain string) string {
	switch int32(code) {
	case 0:
		return "drop"
	case 1:
		return "accept"
	case 3:
		return "queue"
	case -1:
		return "continue"
	case -2:
		return "break"
	case -3:
		return "jump " + chain
	case -4:
		return "goto " + chain
	case -5:
		return "return"
	}
	return fmt.Sprintf("verdict %d", int32(code))
}
