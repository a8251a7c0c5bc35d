package query

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// String writes the query in normal form with times in UTC. Parsing it gives
// an equal query.
func (n *Node) String() string { return n.In(time.UTC) }

// In writes the query in normal form with times in the given zone: the echo
// that shows how dates were understood.
func (n *Node) In(zone *time.Location) string {
	var b strings.Builder
	n.write(&b, zone, inNothing)
	return b.String()
}

// What surrounds a node decides whether it needs parentheses.
const (
	inNothing = iota
	inOr
	inAnd
	inNot
)

func (n *Node) write(b *strings.Builder, zone *time.Location, around int) {
	if n == nil {
		b.WriteByte('*')
		return
	}
	switch n.Op {
	case All:
		b.WriteByte('*')
	case And, Or:
		n.writeJoined(b, zone, around)
	case Not:
		b.WriteByte('-')
		n.Kids[0].write(b, zone, inNot)
	case Text:
		b.WriteString(quoteWord(n.Value))
	case Num:
		b.WriteString(n.Field + n.Cmp.String() + strconv.FormatFloat(n.Number, 'g', -1, 64))
	case CIDR:
		v := n.Net.String()
		if n.Net.IsSingleIP() {
			v = n.Net.Addr().String()
		}
		b.WriteString(n.Field + ":" + v)
	case Term:
		b.WriteString(n.Field + ":" + quoteValue(n.Value, n.Prefix))
	case Time:
		n.writeTime(b, zone)
	}
}

func (n *Node) writeJoined(b *strings.Builder, zone *time.Location, around int) {
	sep, own := " ", inAnd
	if n.Op == Or {
		sep, own = " OR ", inOr
	}
	paren := around >= own
	if paren {
		b.WriteByte('(')
	}
	for i, k := range n.Kids {
		if i > 0 {
			b.WriteString(sep)
		}
		k.write(b, zone, own)
	}
	if paren {
		b.WriteByte(')')
	}
}

func (n *Node) writeTime(b *strings.Builder, zone *time.Location) {
	stamp := func(t int64) string { return time.Unix(0, t).In(zone).Format("2006-01-02T15:04:05.000000000Z07:00") }
	short := func(t int64) string {
		if t%1e9 == 0 {
			return time.Unix(0, t).In(zone).Format("2006-01-02T15:04:05Z07:00")
		}
		return stamp(t)
	}
	if n.Sure {
		b.WriteString("sure:")
	}
	switch {
	case n.From == event.MinTime && n.To == event.MaxTime:
		if n.Sure {
			b.WriteString("at:1677..2262") // a node made by hand: every dated event
			return
		}
		b.WriteByte('*')
	case n.To == event.MaxTime:
		b.WriteString("after:" + short(n.From))
	case n.From == event.MinTime:
		b.WriteString("before:" + short(n.To+1))
	default:
		b.WriteString("at:" + stamp(n.From) + ".." + stamp(n.To))
	}
}

// bare says whether a value reads back as itself without quotes.
func bare(s string) bool {
	for i, r := range s {
		switch {
		case r == utf8.RuneError, r == '"', r == '\\', r == '(', r == ')', r == '*', unicode.IsSpace(r), !unicode.IsPrint(r):
			return false
		case i == 0 && r == '-':
			return false
		}
	}
	return s != ""
}

func quoteWord(s string) string {
	switch s {
	case "AND", "OR", "NOT", "&&", "||":
		return `"` + s + `"`
	}
	if strings.HasPrefix(s, "!") { // could be a negation
		return quote(s)
	}
	l := lexer{s: s, col: 1}
	if _, op := l.head(); op != "" || !bare(s) {
		return quote(s)
	}
	return s
}

func quoteValue(s string, prefix bool) string {
	// behind the colon of a field, another one or // would make a word of both
	word := strings.HasPrefix(s, ":") || strings.HasPrefix(s, "//")
	if word || !bare(s) && (s != "" || !prefix) {
		s = quote(s)
	}
	if prefix {
		s += "*"
	}
	return s
}

func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteByte(s[i])
		case r == utf8.RuneError && n == 1, r < ' ', r == 0x7f:
			b.WriteString(`\x`)
			b.WriteByte("0123456789abcdef"[s[i]>>4])
			b.WriteByte("0123456789abcdef"[s[i]&15])
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	b.WriteByte('"')
	return b.String()
}
