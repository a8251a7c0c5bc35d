package query

import (
	"math"
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// values draws what a log may hold: any bytes, and texts made of what means
// something in the language.
func values() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{":", "::", "//", "/", "-", "*", "(", ")", "\"", "\\", "\\x", " ", "\t", "\n", "\x00", "\x1b", "\xff", "\u0085", "\u200b",
		"\ufffd", "AND", "OR", "NOT", "&&", "||", "!", "=", "<", ">", "±", "+-", "..", "@", "a", "web01", "host:", "x>", "ip", "김", "É", ".", "0"})
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string {
			s := ""
			for _, p := range rapid.SliceOfN(piece, 0, 6).Draw(t, "pieces") {
				s += p
			}
			return s
		}),
		rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "bytes")) }),
		rapid.String())
}

// nodes draws queries as programs make them, with any value in them.
func nodes(depth int) *rapid.Generator[*Node] {
	return rapid.Custom(func(t *rapid.T) *Node {
		kind := rapid.IntRange(0, 5).Draw(t, "kind")
		if depth > 0 && rapid.Bool().Draw(t, "inner") {
			kind = rapid.IntRange(6, 8).Draw(t, "inner kind")
		}
		kids := func() []*Node { return rapid.SliceOfN(nodes(depth-1), 2, 3).Draw(t, "kids") }
		switch kind {
		case 0:
			v := values().Filter(func(s string) bool { return s != "" }).Draw(t, "text")
			return &Node{Op: Text, Value: v}
		case 1:
			number := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, -1, 1e300, math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat64})).Draw(t, "number")
			return &Node{Op: Num, Field: "pid", Cmp: rapid.SampledFrom([]Cmp{Lt, Le, Eq, Ge, Gt}).Draw(t, "cmp"), Number: number}
		case 2:
			a := netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address"))).Unmap()
			return &Node{Op: CIDR, Field: "ip", Net: netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "bits")).Masked()}
		case 3:
			n := Interval(event.MinTime, event.MaxTime, rapid.Bool().Draw(t, "sure"))
			open := rapid.IntRange(0, 2).Draw(t, "open")
			if open != 0 {
				n.From = rapid.Int64Range(event.MinTime+1, event.MaxTime-1).Draw(t, "from")
			}
			if open != 1 {
				n.To = rapid.Int64Range(max(n.From, event.MinTime+1), event.MaxTime-1).Draw(t, "to")
			}
			return n
		case 6:
			return &Node{Op: Not, Kids: []*Node{nodes(depth-1).Draw(t, "not")}}
		case 7:
			return &Node{Op: And, Kids: flatten(And, kids())}
		case 8:
			return &Node{Op: Or, Kids: flatten(Or, kids())}
		}
		f := rapid.SampledFrom([]string{"host", "held_by", "actor", "object", "path", "tag", "exhibit", "id", "_SYSTEMD_UNIT", "x.y-z", "query", "ns", "http"}).Draw(t, "field")
		return &Node{Op: Term, Field: f, Value: values().Draw(t, "value"), Prefix: rapid.Bool().Draw(t, "prefix")}
	})
}

// TestNormalFormReadsBack wants every query to be the same after it was
// written and read: the screen keeps filters as text.
func TestNormalFormReadsBack(t *testing.T) {
	for _, v := range []string{":x", "//x", "://", ":", "::", "-x", "", "*", "AND", "a b", "\"", "ip:x", "!", "!x", "!a:b", "!("} {
		for _, prefix := range []bool{false, true} {
			readsBack(t, &Node{Op: Term, Field: "actor", Value: v, Prefix: prefix})
		}
		if v != "" {
			readsBack(t, &Node{Op: Text, Value: v})
		}
	}
	rapid.Check(t, func(t *rapid.T) { readsBack(t, nodes(3).Draw(t, "query")) })
}

func readsBack(t interface{ Fatalf(string, ...any) }, n *Node) {
	again, err := Parse(n.String(), ParseOptions{})
	if err != nil {
		t.Fatalf("%q: %v", n, err)
	}
	if !same(n, again) {
		t.Fatalf("%q reads back as %q", n, again)
	}
}
