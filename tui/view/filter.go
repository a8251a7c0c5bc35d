package view

import (
	"slices"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/timeline/query"
)

// Filter is the query that every screen shares, shown as chips.
type Filter struct {
	Text  string
	Chips []string
	Node  *query.Node // nil matches everything
}

// NewFilter reads a filter; on a mistake the error is the language's own
// (*query.SyntaxError tells the column).
func NewFilter(c Case, s string) (Filter, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Filter{}, nil
	}
	n, err := c.Parse(s)
	if err != nil {
		return Filter{}, err
	}
	return Filter{Text: s, Chips: Chips(s), Node: n}, nil
}

// Chips splits a query at the blanks between its terms. Terms joined by AND
// stay together; a query with an OR outside parentheses is one chip, since AND
// binds closer: of "a OR b c", c is no part that could go alone.
func Chips(s string) []string {
	var out []string
	glue := false
	for _, p := range tokens(s) {
		if joinsOr(p) {
			return []string{s}
		}
		op := p == "AND" || p == "&&"
		if (op || glue) && len(out) > 0 {
			out[len(out)-1] += " " + p
		} else {
			out = append(out, p)
		}
		glue = op || p == "NOT" || p == "!"
	}
	return out
}

func joinsOr(token string) bool { return token == "OR" || token == "||" }

// tokens splits at blanks outside quotes and parentheses.
func tokens(s string) []string {
	var out []string
	depth, start := 0, -1
	quoted := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		blank := (c == ' ' || c == '\t') && depth == 0 && !quoted
		if blank {
			if start >= 0 {
				out = append(out, s[start:i])
				start = -1
			}
			continue
		}
		if start < 0 {
			start = i
		}
		switch {
		case quoted && c == '\\' && i+1 < len(s):
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && c == '(':
			depth++
		case !quoted && c == ')' && depth > 0:
			depth--
		}
	}
	if start >= 0 {
		out = append(out, s[start:])
	}
	return out
}

// With adds a chip at the end, unless it is there already. Its opposite is
// taken out: including a value ends its exclusion. Of a field that has one
// value per event, a second value is an alternative to the first.
func (f Filter) With(chip string) string {
	var keep []string
	opposite := "-" + chip
	if rest, ok := strings.CutPrefix(chip, "-"); ok {
		opposite = rest
	}
	field := singleField(chip)
	for _, c := range f.Chips {
		switch alternatives := splitOr(c); {
		case slices.Contains(alternatives, chip):
			return f.Text
		case c == opposite:
			continue
		case field != "" && allOf(alternatives, field):
			c = "(" + strings.Join(append(alternatives, chip), " OR ") + ")"
			chip = ""
		case slices.ContainsFunc(tokens(c), joinsOr):
			c = "(" + c + ")"
		}
		keep = append(keep, c)
	}
	if chip != "" {
		keep = append(keep, chip)
	}
	return strings.Join(keep, " ")
}

// Replacing adds a chip and takes those of its field out.
func (f Filter) Replacing(chip string) string {
	field := singleField(chip)
	var keep []string
	for _, c := range f.Chips {
		if field == "" || !allOf(splitOr(strings.TrimPrefix(c, "-")), field) {
			keep = append(keep, c)
		}
	}
	return strings.Join(append(keep, chip), " ")
}

// singleField is the field of a chip that includes a value, when an event has
// but one value of it; else "".
func singleField(chip string) string {
	name, _, ok := strings.Cut(chip, ":")
	if ok && slices.Contains([]string{"host", "source", "parser", "actor", "action", "meaning", "level", "bundle"}, name) {
		return name
	}
	return ""
}

// splitOr gives the alternatives of a chip; a chip without OR is one.
func splitOr(c string) []string {
	inner := c
	if strings.HasPrefix(c, "(") && strings.HasSuffix(c, ")") {
		inner = c[1 : len(c)-1]
	}
	var out []string
	for i, t := range tokens(inner) {
		if i%2 == 1 {
			if !joinsOr(t) {
				return []string{c}
			}
			continue
		}
		out = append(out, t)
	}
	return out
}

// allOf says whether all terms include a value of a field.
func allOf(terms []string, field string) bool {
	for _, t := range terms {
		if singleField(t) != field {
			return false
		}
	}
	return len(terms) > 0
}

// Without takes the last chip away.
func (f Filter) Without() string {
	if len(f.Chips) == 0 {
		return ""
	}
	return strings.Join(f.Chips[:len(f.Chips)-1], " ")
}

// Term writes field:value in the filter language, quoted where it must be.
func Term(field, value string) string {
	if strings.HasPrefix(value, ":") || strings.HasPrefix(value, "//") {
		// Bare, name:: and name:// are words of the language: have it quoted.
		quoted := query.Equal(field, " "+value).String()
		return strings.Replace(quoted, `:" `, `:"`, 1)
	}
	return query.Equal(field, value).String()
}

// maxPivot is the longest value in bytes that a filter is made of.
const maxPivot = 8 << 10

// Pivot is Term for a field whose name comes from evidence, too: ok is false
// when the filter language cannot say field:value.
func Pivot(field, value string) (word string, ok bool) {
	if len(value) > maxPivot {
		return "", false
	}
	word = Term(field, value)
	n, err := query.Parse(word, query.ParseOptions{Zone: time.UTC})
	if err != nil {
		return "", false
	}
	same := n.Op == query.Term && n.Value == value && !n.Prefix || n.Op == query.CIDR
	return word, same && n.Field == field
}
