package tui

import (
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
)

// cli is the command line that does the same as an action here and now: with
// the case, the filter and range, and the event, value or host under the
// cursor put in. What is not known stays a word in capitals.
func (m *model) cli(b keys.Binding) string {
	s := b.CLI
	put := func(word, value string) {
		if value != "" && clean.Line(value) == value {
			s = strings.ReplaceAll(s, word, value)
		}
	}
	put("--case DIR", "--case "+shellWord(m.o.Dir))
	if !strings.Contains(s, " ") {
		return s
	}
	q := m.queryText()
	if q == "" {
		s = strings.ReplaceAll(s, " QUERY", "")
	}
	put("QUERY", shellWord(q))
	if from, to, ok := m.sh.Bounds(); ok {
		put("after:FROM before:TO", shellWord("after:"+m.instant(from)+" before:"+m.instant(to)))
	}
	r, on := m.tl.Current()
	if m.where == tlScreen && on {
		var ids []string
		for _, id := range m.tl.Marked() {
			ids = append(ids, id.String())
		}
		put("EVENT", strings.Join(ids, " "))
		if cited := m.sh.Cited[r.ID]; len(cited) == 1 {
			put("FINDING", m.sh.Findings[cited[0]].ID)
		}
		put("FIELD:VALUE", m.pivotWord(b.Action))
		if f, v := m.tl.Entity(); v != "" {
			put("ip:ADDRESS", shellWord(view.Term(f, v)))
		}
	}
	if h, ok := m.ov.Current(); ok && m.where == overview {
		put("host:NAME", shellWord(view.Term("host", h.Name)))
	}
	return s
}

// pivotWord is the query that + - or = would leave, as a word of a shell.
func (m *model) pivotWord(a keys.Action) string {
	text, ok := m.pivoted(a)
	if !ok {
		return ""
	}
	return shellWord(text)
}

// queryText is filter and range in the filter language.
func (m *model) queryText() string {
	q := m.sh.Filter.Text
	if len(m.sh.Filter.Chips) > 0 && strings.Contains(q, " OR ") {
		q = "(" + q + ")"
	}
	if r := m.sh.Range; !r.All {
		q += " after:" + m.instant(r.From) + " before:" + m.instant(r.To)
	}
	return strings.TrimSpace(q)
}

func (m *model) instant(ns int64) string {
	return view.Instant(ns, m.o.Case.Zone()).Format(time.RFC3339Nano)
}

// shellWord quotes a word for a POSIX shell when it needs it.
func shellWord(s string) string {
	plain := s != ""
	for _, r := range s {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=@%+,-", r) {
			plain = false
		}
	}
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
