package query

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// term turns one term token into a node.
func (p *parser) term(t token) (*Node, error) {
	n, err := p.makeTerm(t)
	if err != nil {
		return nil, err
	}
	n.Column = t.col
	return n, nil
}

func (p *parser) makeTerm(t token) (*Node, error) {
	switch {
	case t.op == "":
		return textNode(t), nil
	case t.op == ":":
		return p.colon(t)
	case t.field == "level":
		return p.level(t)
	}
	return p.number(t)
}

func textNode(t token) *Node {
	if t.value == "" {
		return &Node{Op: All}
	}
	return &Node{Op: Text, Value: t.value}
}

func (p *parser) colon(t token) (*Node, error) {
	switch t.field {
	case "after", "before", "at", "sure":
		if t.prefix {
			return nil, p.lex.errorf(t.valCol, dateHint, "a time cannot end in *")
		}
		return p.timeNode(t)
	case "message":
		return textNode(t), nil
	case "ip":
		return p.ip(t)
	case "level":
		if !t.prefix && !slices.Contains(levels(), t.value) {
			return nil, p.noLevel(t)
		}
	}
	if err := p.known(t); err != nil {
		return nil, err
	}
	return &Node{Op: Term, Field: t.field, Value: t.value, Prefix: t.prefix}, nil
}

// known refuses a name that is one slip away from a built-in field.
func (p *parser) known(t token) error {
	for _, f := range []string{"host", "source", "parser", "actor", "action", "object", "path", "meaning", "level",
		"bundle", "exhibit", "after", "before", "message", "sure"} {
		if t.field != f && strings.EqualFold(t.field, f) || len(f) > 3 && slip(t.field, f) {
			return p.lex.errorf(t.col, fmt.Sprintf("did you mean %s:?", f), "no field %q", t.field)
		}
	}
	return nil
}

// slip says whether a and b differ by one inserted, missing, changed or
// swapped letter.
func slip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if a == b || len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) != len(b) {
		return a[i:] == b[i+1:]
	}
	if a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

func (p *parser) ip(t token) (*Node, error) {
	if t.prefix {
		return &Node{Op: Term, Field: "ip", Value: t.value, Prefix: true}, nil
	}
	if a, err := netip.ParseAddr(t.value); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return &Node{Op: CIDR, Field: "ip", Net: netip.PrefixFrom(a, a.BitLen())}, nil
	}
	if n, err := netip.ParsePrefix(t.value); err == nil {
		if a := n.Addr(); a.Is4In6() && n.Bits() >= 96 {
			n = netip.PrefixFrom(a.Unmap(), n.Bits()-96)
		}
		return &Node{Op: CIDR, Field: "ip", Net: n.Masked()}, nil
	}
	return nil, p.lex.errorf(t.valCol, "write ip:192.0.2.7, ip:10.0.0.0/8, ip:2001:db8::/32 or ip:192.0.2.*", "%q is no address and no network", t.value)
}

func (p *parser) number(t token) (*Node, error) {
	if err := p.known(t); err != nil {
		return nil, err
	}
	v, err := strconv.ParseFloat(t.value, 64)
	if err != nil || math.IsNaN(v) || t.prefix {
		if t.op == "=" && err != nil {
			return nil, p.lex.errorf(t.valCol, fmt.Sprintf("write %s:%s for text", t.field, t.value), "%q is no number", t.value)
		}
		return nil, p.lex.errorf(t.valCol, fmt.Sprintf("write a number: %s%s1000", t.field, t.op), "%q is no number", t.value)
	}
	n := &Node{Op: Num, Field: t.field, Number: v, Cmp: map[string]Cmp{"<": Lt, "<=": Le, "=": Eq, "!=": Eq, ">=": Ge, ">": Gt}[t.op]}
	if t.op == "!=" {
		return &Node{Op: Not, Kids: []*Node{n}}, nil
	}
	return n, nil
}

func levels() []string { return []string{"info", "low", "medium", "high"} }

func (p *parser) noLevel(t token) error {
	return p.lex.errorf(t.valCol, "levels are info, low, medium, high", "no level %q", t.value)
}

// level writes level>=medium as the levels it stands for.
func (p *parser) level(t token) (*Node, error) {
	levels, rank := levels(), -1
	for i, l := range levels {
		if t.value == l {
			rank = i
		}
	}
	if rank < 0 {
		return nil, p.noLevel(t)
	}
	if t.op == "!=" {
		return &Node{Op: Not, Kids: []*Node{Equal("level", t.value)}}, nil
	}
	c := map[string]Cmp{"<": Lt, "<=": Le, "=": Eq, ">=": Ge, ">": Gt}[t.op]
	var kids []*Node
	for i, l := range levels {
		if c.Holds(float64(i), float64(rank)) {
			kids = append(kids, Equal("level", l))
		}
	}
	switch len(kids) {
	case 0:
		return &Node{Op: Not, Kids: []*Node{{Op: All}}}, nil
	case 1:
		return kids[0], nil
	}
	return &Node{Op: Or, Kids: kids}, nil
}

// timeNode reads after, before, at, and sure in front of any of them.
func (p *parser) timeNode(t token) (*Node, error) {
	n := &Node{Op: Time, From: event.MinTime, To: event.MaxTime}
	what, v, col := t.field, t.value, t.valCol
	if what == "sure" {
		n.Sure, what = true, "at"
		for _, w := range []string{"after", "before", "at"} {
			if rest, ok := strings.CutPrefix(v, w+":"); ok {
				what, v, col = w, rest, col+len(w)+1
				break
			}
		}
	}
	r, err := p.span(v, col)
	if err != nil {
		return nil, err
	}
	switch what {
	case "after":
		n.From = r.from
	case "before":
		if r.from == event.MinTime {
			return nil, p.lex.errorf(col, dateHint, "nothing lies before this time")
		}
		n.To = r.from - 1
	default:
		n.From, n.To = r.from, r.to
	}
	return n, nil
}
