package view

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// hostileValues are values that evidence may hold and that mean something to
// the filter language.
func hostileValues() []string {
	return []string{":", ":x", "::", "//x", "//", "http://a/b", "-", "-x", "*", "a*", "*a", `"`, `\`, `\x41`, `a"b`, "(", ")", "(a OR b)", "AND", "OR", "NOT", "!", "&&", "||", ">1", "=", "a b", " a", "a ", "\t", "\n", "\x00",
		"\x1b[2J", "\xff\xfe", "한글", "\u1112\u1161\u11ab", "\u202e", "\u200b", "10.0.0.0/8", "1..2", "after:2024", "host:x", "@x", "sure:", "+", "±", "/a:/b", strings.Repeat("x", 5000), `\\host\share`, "a\u00a0b", "'", "`id`", "$(id)"}
}

// checkPivot fails unless field:value, as + - and = write it, reads back as a
// filter that takes exactly this value.
func checkPivot(t interface{ Fatalf(string, ...any) }, field, value string, set func(*event.Event, string)) {
	word := Term(field, value)
	parse := func(s string) *query.Node {
		n, err := query.Parse(s, query.ParseOptions{Zone: time.UTC, Now: time.Unix(0, 0)})
		if err != nil {
			t.Fatalf("%s:%q is written %q, which is no filter: %v", field, value, s, err)
		}
		return n
	}
	var has, not event.Event
	set(&has, value)
	set(&not, value+"?")
	match := func(n *query.Node, e *event.Event) bool { return query.Match(n, query.Row{Event: e}, nil) }
	if n := parse(word); !match(n, &has) || match(n, &not) {
		t.Fatalf("%s:%q is written %q, read as %q: has %v, has not %v", field, value, word, n, match(n, &has), match(n, &not))
	}
	if n := parse("-" + word); match(n, &has) || !match(n, &not) {
		t.Fatalf("-%s:%q is written -%q, read as %q", field, value, word, n)
	}
	f := Filter{Text: "source:x", Chips: []string{"source:x"}}
	joined := f.With(word)
	if chips := Chips(joined); len(chips) != 2 || chips[1] != word {
		t.Fatalf("%s:%q added to a filter gives the chips %q", field, value, chips)
	}
	g := Filter{Text: joined, Chips: Chips(joined)}
	if back := g.Without(); back != "source:x" {
		t.Fatalf("taking %q away again leaves %q", word, back)
	}
	if n := parse(joined); n.Op != query.And || len(n.Kids) != 2 {
		t.Fatalf("%q is read as %q", joined, n)
	}
}

func setters() map[string]func(*event.Event, string) {
	return map[string]func(*event.Event, string){
		"actor":  func(e *event.Event, v string) { e.Actor = v },
		"action": func(e *event.Event, v string) { e.Action = v },
		"object": func(e *event.Event, v string) { e.Object = v },
		"path":   func(e *event.Event, v string) { e.Fields = []event.Field{{Name: "path", Value: v}} },
		"exe":    func(e *event.Event, v string) { e.Fields = []event.Field{{Name: "exe", Value: v}} },
		"ip":     func(e *event.Event, v string) { e.Fields = []event.Field{{Name: "ip", Value: v}} },
		"tag":    func(e *event.Event, v string) { e.Tags = []string{v} },
	}
}

func TestPivotSurvivesAnyValue(t *testing.T) {
	for field, set := range setters() {
		for _, v := range hostileValues() {
			if _, ok := Pivot(field, v); !ok && field == "ip" || v == "10.0.0.0/8" {
				continue // no address is no pivot; a network is what it says
			}
			checkPivot(t, field, v, set)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		field := rapid.SampledFrom([]string{"actor", "action", "object", "path", "exe"}).Draw(t, "field")
		v := string(rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "bytes"))
		if rapid.Bool().Draw(t, "words") {
			v = rapid.StringN(1, 30, 200).Draw(t, "text")
		}
		checkPivot(t, field, v, setters()[field])
	})
}

// Names of fields are evidence too: what the language cannot name is no pivot.
func TestPivotOnHostileFieldNames(t *testing.T) {
	for _, name := range []string{"a b", "x:y", "", "-x", "\"", "한글", "OR", "a>b", "host", "_SYSTEMD_UNIT", "time", "after", "x.y", "a-b", "sure"} {
		word, ok := Pivot(name, "v1")
		if !ok {
			continue
		}
		n, err := query.Parse(word, query.ParseOptions{Zone: time.UTC, Now: time.Unix(0, 0)})
		if err != nil {
			t.Errorf("field %q: %q: %v", name, word, err)
			continue
		}
		if n.Op != query.Term || n.Field != name || n.Value != "v1" {
			t.Errorf("field %q: %q is read as %+v", name, word, n)
		}
	}
	for _, name := range []string{"a b", "x:y", "", "-x", "after"} {
		if _, ok := Pivot(name, "v1"); ok {
			t.Errorf("field %q is offered as a pivot", name)
		}
	}
}
