package store

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"unicode"

	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// seen is what a filter may look at: an event and what lies over it.
type seen struct {
	e     *event.Event
	id    event.ID
	level string
	tags  []string // its own, those of detectors, those of analysts
}

// filter is a text of the query language with what it means, said without the
// parser and without the evaluator.
type filter struct {
	text string
	is   func(x *seen) bool
	rank int // how tightly its outermost operator binds: orRank, andRank, one
}

const (
	orRank = iota
	andRank
	one
)

// filters draws filters of the whole grammar about the events of a world.
func filters(x *world, depth int) *rapid.Generator[filter] {
	if depth == 0 {
		return leaves(x)
	}
	return rapid.Custom(func(t *rapid.T) filter {
		kids := func() []filter { return rapid.SliceOfN(filters(x, depth-1), 2, 3).Draw(t, "kids") }
		switch rapid.IntRange(0, 6).Draw(t, "op") {
		case 0, 1:
			k := filters(x, depth-1).Draw(t, "not")
			sign := rapid.SampledFrom([]string{"-", "NOT ", "NOT\t", "! ", "!(", "-NOT -", "NOT NOT -"}).Draw(t, "sign")
			if sign == "!(" {
				return filter{"!(" + k.text + ")", func(s *seen) bool { return !k.is(s) }, one}
			}
			return filter{sign + k.within(t, one), func(s *seen) bool { return !k.is(s) }, one}
		case 2, 3:
			return joined(t, kids(), andRank, []string{" ", "  ", " AND ", "\n", " && ", "\u3000"}, func(kids []filter, s *seen) bool {
				for _, k := range kids {
					if !k.is(s) {
						return false
					}
				}
				return true
			})
		case 4:
			return joined(t, kids(), orRank, []string{" OR ", " || ", "\tOR\n"}, func(kids []filter, s *seen) bool {
				for _, k := range kids {
					if k.is(s) {
						return true
					}
				}
				return false
			})
		}
		return leaves(x).Draw(t, "leaf")
	})
}

// within gives the text as it stands below an operator, in parentheses where
// they are needed, and sometimes where they are not.
func (f filter) within(t *rapid.T, rank int) string {
	if f.rank < rank || rapid.IntRange(0, 5).Draw(t, "parens") == 0 {
		pad := rapid.SampledFrom([]string{"", " "}).Draw(t, "pad")
		return "(" + pad + f.text + pad + ")"
	}
	return f.text
}

func joined(t *rapid.T, kids []filter, rank int, signs []string, is func([]filter, *seen) bool) filter {
	var b strings.Builder
	for i, k := range kids {
		if i > 0 {
			b.WriteString(rapid.SampledFrom(signs).Draw(t, "sign"))
		}
		b.WriteString(k.within(t, rank+1))
	}
	return filter{b.String(), func(s *seen) bool { return is(kids, s) }, rank}
}

// leaves draws one term; most are made of what some event holds.
func leaves(x *world) *rapid.Generator[filter] {
	return rapid.Custom(func(t *rapid.T) filter {
		e := x.list[rapid.IntRange(0, len(x.list)-1).Draw(t, "event")]
		switch rapid.IntRange(0, 7).Draw(t, "kind") {
		case 0, 1:
			return drawWord(t, e)
		case 2:
			return drawNumber(t, e)
		case 3:
			return drawNet(t, e)
		case 4, 5:
			return drawTime(t, e)
		}
		return drawField(t, x, e)
	})
}

// written gives a value as a query may hold it: bare, with backslashes, or in
// quotes.
func written(t *rapid.T, v string) string {
	plain := v != "" && v[0] != '-' && !strings.Contains(" AND OR NOT && || ! ", " "+v+" ")
	for i, r := range v {
		if r == unicode.ReplacementChar || unicode.IsSpace(r) || r == '"' || i == 0 && (r == ':' || r == '/') {
			plain = false
		}
	}
	if plain && rapid.IntRange(0, 2).Draw(t, "bare") > 0 {
		return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `(`, `\(`, `)`, `\)`).Replace(v)
	}
	hex := rapid.Bool().Draw(t, "hex")
	var b strings.Builder
	for i := range len(v) {
		switch c := v[i]; {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
		case c == '\n' && !hex:
			b.WriteString(`\n`)
		case c < ' ', c >= 0x80 && hex:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return `"` + b.String() + `"`
}

// drawWord draws a piece of a message, in capitals or not.
func drawWord(t *rapid.T, e *event.Event) filter {
	needle := rapid.SampledFrom([]string{"absent words", "rr", "7", "세션", "σοφος", "ÄÖ", "AND", "host:web1", "*", `\`, "\xff"}).Draw(t, "word")
	if m := e.Message; len(m) > 0 && rapid.IntRange(0, 3).Draw(t, "of a message") > 0 {
		from := rapid.IntRange(0, len(m)-1).Draw(t, "from")
		needle = m[from:min(len(m), from+rapid.IntRange(1, 12).Draw(t, "length"))]
	}
	if rapid.Bool().Draw(t, "capitals") {
		needle = strings.Map(func(r rune) rune {
			if r == unicode.ReplacementChar {
				return -1
			}
			return unicode.ToUpper(r)
		}, needle)
	}
	if needle == "" {
		return filter{rapid.SampledFrom([]string{"*", `""`, `message:""`}).Draw(t, "all"), func(*seen) bool { return true }, one}
	}
	text := written(t, needle)
	switch {
	case strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.-") != "" && text[0] != '"': // may read as a field
		text = "message:" + text
	case rapid.IntRange(0, 4).Draw(t, "named") == 0:
		text = "message:" + text
	}
	if rapid.IntRange(0, 4).Draw(t, "star") == 0 {
		text += "*"
	}
	folded := query.Fold(needle)
	return filter{text, func(s *seen) bool { return strings.Contains(query.Fold(s.e.Message), folded) }, one}
}

func drawNumber(t *rapid.T, e *event.Event) filter {
	if rapid.IntRange(0, 3).Draw(t, "level") == 0 {
		return drawLevel(t)
	}
	name := rapid.SampledFrom([]string{"pid", "uid", "none", "_PID", "exe"}).Draw(t, "field")
	n := float64(rapid.IntRange(-2, 2000).Draw(t, "number"))
	if v, ok := e.Get(name); ok && rapid.Bool().Draw(t, "known") {
		if f, err := strconv.ParseFloat(v, 64); err == nil && f == f {
			n = f
		}
	}
	op := rapid.SampledFrom([]string{"<", "<=", "=", "!=", ">=", ">"}).Draw(t, "cmp")
	form := rapid.SampledFrom([]byte{'g', 'f', 'e'}).Draw(t, "form")
	any := func(s *seen, holds func(v float64) bool) bool {
		for _, f := range s.e.Fields {
			if f.Name != name || f.Value == "" || !strings.ContainsRune("-.0123456789", rune(f.Value[0])) {
				continue
			}
			if v, err := strconv.ParseFloat(f.Value, 64); err == nil && holds(v) {
				return true
			}
		}
		return false
	}
	return filter{name + op + strconv.FormatFloat(n, form, -1, 64), func(s *seen) bool {
		if op == "!=" { // not: has a value that is equal
			return !any(s, func(v float64) bool { return v == n })
		}
		return any(s, func(v float64) bool { return compared(op, v, n) })
	}, one}
}

func compared(op string, v, n float64) bool {
	switch op {
	case "<":
		return v < n
	case "<=":
		return v <= n
	case ">=":
		return v >= n
	case ">":
		return v > n
	}
	return v == n
}

func drawLevel(t *rapid.T) filter {
	levels := []string{"info", "low", "medium", "high"}
	rank := rapid.IntRange(0, 3).Draw(t, "rank")
	op := rapid.SampledFrom([]string{"<", "<=", "=", "!=", ">=", ">", ":"}).Draw(t, "cmp")
	return filter{"level" + op + levels[rank], func(s *seen) bool {
		if op == "!=" {
			return s.level != levels[rank]
		}
		for i, l := range levels {
			if s.level == l && compared(op, float64(i), float64(rank)) {
				return true
			}
		}
		return false
	}, one}
}

// drawNet draws a network; package net, which the evaluator does not use, says
// what lies in it.
func drawNet(t *rapid.T, e *event.Event) filter {
	a := rapid.SampledFrom([]string{"10.1.2.3", "203.0.113.9", "192.0.2.7", "0.0.0.0", "fe80::1", "::1", "2001:db8::7", "::", "::ffff:10.9.8.7"}).Draw(t, "address")
	for _, f := range e.Fields {
		if ip := net.ParseIP(f.Value); ip != nil && rapid.Bool().Draw(t, "known") {
			a = f.Value
		}
	}
	ip := net.ParseIP(a)
	wide := !strings.Contains(a, ":")
	size := 128
	if wide {
		size = 32
	}
	bits := rapid.IntRange(0, size).Draw(t, "bits")
	text, whole := fmt.Sprintf("ip:%s/%d", a, bits), rapid.IntRange(0, 2).Draw(t, "single") == 0
	if whole {
		text, bits = "ip:"+a, size
	}
	four := ip.To4() != nil
	switch {
	case four && !wide && bits >= 96:
		bits -= 96
	case four && !wide: // a network of IPv6 that is wider than the mapped one
		four = false
	}
	return filter{text, func(s *seen) bool {
		for _, f := range s.e.Fields {
			if !addressField(f.Name) {
				continue
			}
			v, _, _ := strings.Cut(f.Value, "%")
			b := net.ParseIP(v)
			if b == nil || (b.To4() != nil) != four {
				continue
			}
			x, y := b.To16(), ip.To16()
			n := bits
			if four {
				n += 96
			}
			m := net.CIDRMask(n, 128)
			if x.Mask(m).Equal(y.Mask(m)) {
				return true
			}
		}
		return false
	}, one}
}

func addressField(name string) bool {
	return strings.Contains(" ip addr saddr daddr laddr raddr ", " "+name+" ") || strings.HasSuffix(name, "_ip") || strings.HasSuffix(name, "_addr")
}
