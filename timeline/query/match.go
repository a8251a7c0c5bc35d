package query

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// Row is what the evaluator looks at: an event and what the engine knows
// beside it.
type Row struct {
	ID    event.ID
	Event *event.Event
	Level string   // highest level of a finding that cites the event; "" for none
	Tags  []string // tags of the event and of detectors; analysts' come from the Resolver
}

// Match is the naive evaluator: the meaning of the language, against which
// every engine is tested.
func Match(n *Node, r Row, res Resolver) bool {
	if n == nil {
		return true
	}
	switch n.Op {
	case All:
		return true
	case And:
		for _, k := range n.Kids {
			if !Match(k, r, res) {
				return false
			}
		}
		return true
	case Or:
		for _, k := range n.Kids {
			if Match(k, r, res) {
				return true
			}
		}
		return false
	case Not:
		return !Match(n.Kids[0], r, res)
	case Term:
		return matchTerm(n, r, res)
	case Text:
		return strings.Contains(Fold(r.Event.Message), Fold(n.Value))
	case Num:
		return matchNum(n, r.Event)
	case CIDR:
		return matchNet(n, r.Event)
	case Time:
		return MatchTime(n, r.Event.Time)
	}
	return false
}

// MatchTime judges an interval: overlap, or inclusion when n.Sure.
func MatchTime(n *Node, t event.Time) bool {
	if n.Sure {
		return t.Earliest >= n.From && t.Latest <= n.To
	}
	return t.Latest >= n.From && t.Earliest <= n.To
}

// MatchValue judges one value of a Term.
func MatchValue(n *Node, v string) bool {
	if n.Prefix {
		return strings.HasPrefix(v, n.Value)
	}
	return v == n.Value
}

func matchTerm(n *Node, r Row, res Resolver) bool {
	e := r.Event
	switch n.Field {
	case "host":
		return matchHost(n, e.Host, res)
	case "held_by":
		return !e.HeldBy.IsZero() && matchHost(n, e.HeldBy, res)
	case "exhibit":
		return MatchValue(n, e.Origin.Path) || !n.Prefix && n.Value == strconv.FormatUint(uint64(e.Origin.Exhibit), 10)
	case "id":
		return MatchValue(n, r.ID.String())
	case "level":
		return matchLevel(n, r, res)
	case "tag":
		return matchTag(n, r, res)
	}
	if v, ok := Column(e, n.Field); ok {
		return MatchValue(n, v)
	}
	for _, f := range e.Fields {
		if f.Name == n.Field && n.Field != "path" && n.Field != "ip" && MatchValue(n, f.Value) {
			return true
		}
	}
	switch n.Field {
	case "path":
		return anyOf(Paths(e), n)
	case "ip":
		return anyOf(rawIPs(e), n)
	}
	return false
}

// Column gives the parts of an event that are one string: source, parser,
// actor, action, object, meaning, message, bundle. ok is false for any other
// name.
func Column(e *event.Event, field string) (v string, ok bool) {
	switch field {
	case "source":
		return e.Source, true
	case "parser":
		return e.Parser, true
	case "actor":
		return e.Actor, true
	case "action":
		return e.Action, true
	case "object":
		return e.Object, true
	case "meaning":
		return e.Meaning, true
	case "message":
		return e.Message, true
	case "bundle":
		return e.Origin.Run, true
	}
	return "", false
}

func anyOf(vs []string, n *Node) bool {
	for _, v := range vs {
		if MatchValue(n, v) {
			return true
		}
	}
	return false
}

func matchHost(n *Node, k event.HostKey, res Resolver) bool {
	for _, h := range Hosts(n, res) {
		if h == k {
			return true
		}
	}
	return false
}

// Hosts gives the keys a host term stands for: those of the Resolver, and the
// key itself when the value is 16 hex digits.
func Hosts(n *Node, res Resolver) []event.HostKey {
	var keys []event.HostKey
	if res != nil {
		keys = append(keys, res.HostKeys(n.Value, n.Prefix)...)
	}
	if b, err := hex.DecodeString(n.Value); err == nil && len(b) == 8 && !n.Prefix {
		keys = append(keys, event.HostKey(b))
	}
	return keys
}

func matchLevel(n *Node, r Row, res Resolver) bool {
	l := r.Level
	if l == "" && res != nil {
		l = res.Level(r.ID)
	}
	return l != "" && MatchValue(n, l)
}

func matchTag(n *Node, r Row, res Resolver) bool {
	if anyOf(r.Tags, n) || anyOf(r.Event.Tags, n) {
		return true
	}
	return res != nil && anyOf(res.Tags(r.ID), n)
}

func matchNum(n *Node, e *event.Event) bool {
	for _, f := range e.Fields {
		if f.Name != n.Field {
			continue
		}
		if v, ok := Number(f.Value); ok && n.Cmp.Holds(v, n.Number) {
			return true
		}
	}
	return false
}

// Number reads a decimal number of at most 64 characters, as a field of a
// record may hold it. Other values are no numbers and match no comparison.
func Number(s string) (float64, bool) {
	if s == "" || len(s) > 64 || !(s[0] == '-' || s[0] == '.' || s[0] >= '0' && s[0] <= '9') {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

func matchNet(n *Node, e *event.Event) bool {
	for _, f := range e.Fields {
		if a, ok := FieldIP(f.Name, f.Value); ok && n.Net.Contains(a) {
			return true
		}
	}
	return false
}

// IPName says whether a field of this name holds addresses.
func IPName(name string) bool {
	switch name {
	case "ip", "addr", "saddr", "daddr", "laddr", "raddr":
		return true
	}
	return strings.HasSuffix(name, "_ip") || strings.HasSuffix(name, "_addr")
}

// FieldIP reads the address of an address field, IPv4 in IPv6 unmapped,
// without zone.
func FieldIP(name, value string) (netip.Addr, bool) {
	if !IPName(name) {
		return netip.Addr{}, false
	}
	return ParseIP(value)
}

// ParseIP reads the value of an address field.
func ParseIP(value string) (netip.Addr, bool) {
	if len(value) < 2 || len(value) > 64 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(value)
	if err != nil {
		return netip.Addr{}, false
	}
	return a.Unmap().WithZone(""), true
}

func rawIPs(e *event.Event) []string {
	var out []string
	for _, f := range e.Fields {
		if IPName(f.Name) {
			out = append(out, f.Value)
		}
	}
	return out
}

// PathName says whether a field of this name holds a path.
func PathName(name string) bool {
	return name == "path" || name == "exe" || name == "cwd" || name == "script"
}

// Paths gives the values that path: looks at.
func Paths(e *event.Event) []string {
	var out []string
	for _, f := range e.Fields {
		if PathName(f.Name) {
			out = append(out, f.Value)
		}
	}
	if strings.HasPrefix(e.Object, "/") {
		out = append(out, e.Object)
	}
	return out
}
