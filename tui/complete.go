package tui

import (
	"context"
	"strings"

	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// completion is what tab offers in the prompts of the filter language.
type completion struct {
	head  string   // the text before the word that is completed
	tail  string   // the text after it
	list  []string // what it can become
	at    int
	shown string // the line as completion left it; another line ends it
}

// fieldWords are the words of the filter language that tab offers first.
func fieldWords() []string {
	return []string{"host:", "source:", "actor:", "action:", "object:", "path:", "ip:", "tag:", "level:", "meaning:", "parser:", "bundle:", "exhibit:", "after:", "before:", "at:", "sure:", "pid:", "uid:"}
}

// completionLimit is how many values of a field are asked for.
const completionLimit = 2000

// valuesRead answers with the values of a field.
type valuesRead struct {
	line   string
	head   string
	tail   string
	minus  string
	field  string
	prefix string
	values []string
	err    error
}

// offerNext puts the next candidate into a line that is as the last one left
// it. It says whether there was one.
func (m *model) offerNext(line string) bool {
	c := m.prompt.comp
	if c == nil || c.shown != line || len(c.list) < 2 {
		return false
	}
	c.at = (c.at + 1) % len(c.list)
	m.offer()
	return true
}

// complete is tab: the next candidate when the line is as the last one left
// it, else candidates for the word at the end of the cursor's text.
func (m *model) complete() []view.Cmd {
	p := m.prompt
	line := p.in.Text()
	if m.offerNext(line) {
		return nil
	}
	before, after := p.in.Split()
	head, word := lastWord(before)
	minus := ""
	if rest, ok := strings.CutPrefix(word, "-"); ok {
		minus, word = "-", rest
	}
	field, prefix, isValue := strings.Cut(word, ":")
	if !isValue {
		var list []string
		for _, f := range fieldWords() {
			if strings.HasPrefix(f, strings.ToLower(word)) {
				list = append(list, minus+f)
			}
		}
		p.comp = &completion{head: head, tail: after, list: list}
		m.offer()
		return nil
	}
	c := m.o.Case
	prefix = strings.Trim(prefix, `"`)
	return []view.Cmd{func(ctx context.Context) any {
		out := valuesRead{line: line, head: head, tail: after, minus: minus, field: field, prefix: prefix}
		vs, err := c.Facets(ctx, nil, field, completionLimit)
		out.err = err
		for _, v := range vs {
			out.values = append(out.values, v.Value)
		}
		return out
	}}
}

// takeValues offers the values that begin as typed, the most frequent first.
func (m *model) takeValues(x valuesRead) {
	p := m.prompt
	if p == nil || p.in.Text() != x.line {
		return
	}
	if x.err != nil {
		p.err = "no values for " + clean.Line(x.field) + ": " + clean.Line(x.err.Error())
		return
	}
	var list []string
	want := strings.ToLower(x.prefix)
	for _, v := range x.values {
		if v != "" && strings.HasPrefix(strings.ToLower(v), want) {
			list = append(list, x.minus+view.Term(x.field, v))
		}
	}
	p.comp = &completion{head: x.head, tail: x.tail, list: list}
	m.offer()
}

// offer puts the present candidate into the line.
func (m *model) offer() {
	p := m.prompt
	c := p.comp
	if len(c.list) == 0 {
		p.comp = nil
		m.check()
		p.err = "nothing known begins like this"
		return
	}
	p.in.Set(c.head + c.list[c.at])
	at := p.in.Text()
	p.in.Set(at + c.tail)
	p.in.Move(len([]rune(at)))
	c.shown = p.in.Text()
	m.check()
}

// words lists the candidates around the present one.
func (c *completion) words(th *widget.Theme, l *widget.Line) {
	l.Add("", "  ")
	for i := c.at; i < len(c.list) && i < c.at+40; i++ {
		style := th.Dim
		if i == c.at {
			style = th.Strong
		}
		l.Add(style, clean.Line(c.list[i])).Add("", "  ")
	}
}

// lastWord splits a text before its last word: blanks inside quotes do not
// count, brackets do.
func lastWord(s string) (head, word string) {
	at, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && (s[i] == ' ' || s[i] == '('):
			at = i + 1
		}
	}
	at = min(at, len(s))
	return s[:at], s[at:]
}
