package cbpf

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// Computed is a demand on a value that is computed from several parts of the
// packet (two words XORed, a sum, a remainder) and so fixes none of them alone.
type Computed struct {
	Text    string // "(payload[0:4] ^ payload[4:4])==0x31337"
	Bits    int    // how much of a random packet it turns away, as a power of two
	Payload bool   // a part of the payload goes into it
}

// Bounds of the texts: bytes of one, expressions in those of all paths.
const (
	maxExpr   = 240
	maxWorded = 8192
)

// addComputed says in words what a path demands of a computed value, or that
// not even the expression could be kept.
func (r *reader) addComputed(p *Path, id nodeID, lo, hi uint32) {
	x := &wording{r: r}
	head := x.expr(id, 0)
	if x.lost {
		p.undone(r.describe(id))
		return
	}
	c := Computed{Text: fmt.Sprintf("%s==0x%X", head, lo), Bits: r.t.width(id, 4), Payload: x.payload}
	if lo != hi {
		c.Text = fmt.Sprintf("%s in 0x%X..0x%X", head, lo, hi)
		c.Bits = max(0, c.Bits-bits.Len32(hi-lo))
	}
	if !slices.Contains(p.Computed, c) {
		p.Computed = append(p.Computed, c)
	}
}

// width is how many bits of an expression can be set; of one that is nested
// deeper than depth it assumes all.
func (t *table) width(id nodeID, depth int) int {
	n := &t.nodes[id]
	switch {
	case depth < 0:
		return 32
	case n.kind == konst:
		return bits.Len32(n.k)
	case n.kind == inputs:
		most := 0
		for i, s := range n.w {
			if s != zero {
				most = i + 1
			}
		}
		return most
	case n.kind == sum:
		most := 0
		for _, q := range n.parts {
			most = max(most, t.width(q.id, depth-1))
		}
		return most
	}
	a, b := t.width(n.a, depth-1), t.width(n.b, depth-1)
	switch n.op {
	case aluAND, aluMOD:
		return min(a, b)
	case aluOR, aluXOR:
		return max(a, b)
	case aluMUL:
		return min(32, a+b)
	case aluDIV, aluRSH:
		return a
	}
	return 32
}

// wording turns an expression into text.
type wording struct {
	r       *reader
	size    int
	payload bool
	lost    bool // something beyond the limits went into it
}

func (x *wording) expr(id nodeID, depth int) string {
	n := &x.r.t.nodes[id]
	if x.r.t.worded++; id == overflowed || x.r.t.worded > maxWorded {
		x.lost = true
	}
	if x.lost || depth > 12 || x.size > maxExpr {
		return "..."
	}
	var out string
	switch n.kind {
	case konst:
		out = fmt.Sprintf("0x%X", n.k)
	case inputs:
		out = x.bits(n.w, depth)
	case sum:
		out = x.sum(n, depth)
	default:
		names := map[uint16]string{aluADD: "+", aluSUB: "-", aluMUL: "*", aluDIV: "/", aluMOD: "%", aluOR: "|", aluAND: "&", aluXOR: "^", aluLSH: "<<", aluRSH: ">>"}
		name, ok := names[n.op]
		if !ok {
			x.lost = true
			return "..."
		}
		out = "(" + x.expr(n.a, depth+1) + " " + name + " " + x.expr(n.b, depth+1) + ")"
	}
	x.size += len(out)
	return out
}

func (x *wording) sum(n *node, depth int) string {
	var b strings.Builder
	b.WriteByte('(')
	for i, q := range n.parts {
		coef := int64(int32(q.coef))
		switch {
		case coef < 0 && i > 0:
			b.WriteString(" - ")
		case coef < 0:
			b.WriteString("-")
		case i > 0:
			b.WriteString(" + ")
		}
		if coef < 0 {
			coef = -coef
		}
		if coef != 1 {
			fmt.Fprintf(&b, "%d*", coef)
		}
		b.WriteString(x.expr(q.id, depth+1))
	}
	if k := int64(int32(n.k)); k > 0 {
		fmt.Fprintf(&b, " + 0x%X", k)
	} else if k < 0 {
		fmt.Fprintf(&b, " - 0x%X", -k)
	}
	b.WriteByte(')')
	return b.String()
}

// bits names the fields that the bits of a word come from.
func (x *wording) bits(w *word, depth int) string {
	var parts []string
	add := func(s string) {
		if !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	data := *w
	last := baseID(-1)
	for i, s := range w {
		if !s.isInput() {
			data[i] = zero
			continue
		}
		if b := x.r.t.bases[s.base()]; b.kind == fromOpaque {
			data[i] = zero
			if s.base() != last {
				last = s.base()
				add(x.expr(b.node, depth+1))
			}
		}
	}
	whole := len(parts) == 0
	vs, _ := x.r.t.views(&data, 0)
	for _, v := range vs {
		x.r.split(v, Equal, func(c Compare) {
			x.payload = x.payload || carriesPayload(c.Field)
			s := fmt.Sprintf("%s[%d:%d]", c.Field, c.Offset, c.Size)
			if c.Mask != fullMask(c.Size) {
				s += fmt.Sprintf("&0x%X", c.Mask)
			}
			add(s)
		})
	}
	if whole && len(vs) == 1 && len(parts) == 1 && plain(w, vs[0]) {
		return parts[0]
	}
	return "bits(" + strings.Join(parts, " ") + ")"
}
