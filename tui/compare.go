package tui

import (
	"context"
	"fmt"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// compare sets two hosts side by side: what only one has and what both have.
type compare struct {
	scroll
	a, b timeline.HostInfo
}

// compared answers with the values of the fields on both hosts.
type compared struct {
	a, b event2
	err  error
}

// event2 holds per field the values of one host with their counts.
type event2 map[string]map[string]int64

func compareFields() []string { return []string{"ip", "path", "actor", "action", "tag"} }

// compareLimit bounds how many values of a field are compared.
const compareLimit = 2000

func newCompare(m *model, a, b timeline.HostInfo) *compare {
	c := &compare{a: a, b: b}
	c.head = "Compare A " + clean.Line(a.Name) + " with B " + clean.Line(b.Name) + " (filter and range apply)"
	c.body = []textLine{{style: dim, text: "counting"}}
	return c
}

func (c *compare) open(m *model) []view.Cmd {
	cs, q, a, b := m.o.Case, m.sh.Query(), c.a, c.b
	return []view.Cmd{func(ctx context.Context) any {
		va, err := valuesOf(ctx, cs, q, a)
		if err != nil {
			return compared{err: err}
		}
		vb, err := valuesOf(ctx, cs, q, b)
		return compared{a: va, b: vb, err: err}
	}}
}

func valuesOf(ctx context.Context, c Case, q *query.Node, h timeline.HostInfo) (event2, error) {
	n := query.Equal("host", h.Key.String())
	if q != nil {
		n = query.MakeAnd(q, n)
	}
	out := event2{}
	for _, f := range compareFields() {
		vs, err := c.Facets(ctx, n, f, compareLimit)
		if err != nil {
			return nil, fmt.Errorf("count %s: %w", f, err)
		}
		out[f] = map[string]int64{}
		for _, v := range vs {
			if v.Value != "" {
				out[f][v.Value] = v.Count
			}
		}
	}
	return out, nil
}

func (c *compare) receive(m *model, msg any) ([]view.Cmd, bool) {
	x, ok := msg.(compared)
	if !ok {
		return nil, false
	}
	c.body = nil
	add := func(style func(*widget.Theme) string, format string, a ...any) {
		c.body = append(c.body, textLine{style: style, text: clean.Line(fmt.Sprintf(format, a...)), indent: 8})
	}
	if x.err != nil {
		add(bad, "cannot compare: %s", x.err)
		return nil, true
	}
	add(plain, "A  %-20s %s", c.a.Name, m.sh.Theme.State(c.a.State))
	add(plain, "B  %-20s %s", c.b.Name, m.sh.Theme.State(c.b.State))
	c.rules(m, add)
	for _, f := range compareFields() {
		c.section(f, x.a[f], x.b[f], add)
	}
	return nil, true
}

// rules compares which detectors have found something.
func (c *compare) rules(m *model, add func(func(*widget.Theme) string, string, ...any)) {
	of := func(h timeline.HostInfo) map[string]int64 {
		out := map[string]int64{}
		for _, f := range m.sh.Findings {
			if f.Host == h.Key {
				out[ruleName(f)]++
			}
		}
		return out
	}
	c.section("finding", of(c.a), of(c.b), add)
}

func ruleName(f claim.Finding) string {
	if f.Technique == "" {
		return f.Rule
	}
	return f.Rule + " (" + f.Technique + ")"
}

func (c *compare) section(name string, a, b map[string]int64, add func(func(*widget.Theme) string, string, ...any)) {
	const most = 200
	var onlyA, both, onlyB []string
	for _, v := range sortedKeys(a) {
		if n, ok := b[v]; ok {
			both = append(both, fmt.Sprintf("%s  A %s, B %s", v, widget.Number(a[v]), widget.Number(n)))
		} else {
			onlyA = append(onlyA, fmt.Sprintf("%s  %s", v, widget.Number(a[v])))
		}
	}
	for _, v := range sortedKeys(b) {
		if _, ok := a[v]; !ok {
			onlyB = append(onlyB, fmt.Sprintf("%s  %s", v, widget.Number(b[v])))
		}
	}
	add(plain, "")
	add(strong, "%s: %d only A, %d both, %d only B", name, len(onlyA), len(both), len(onlyB))
	for _, part := range []struct {
		label string
		vals  []string
	}{{"both   ", both}, {"only A ", onlyA}, {"only B ", onlyB}} {
		for i, v := range part.vals {
			if i == most {
				add(dim, "%s and %d more", part.label, len(part.vals)-most)
				break
			}
			add(plain, "%s %s", part.label, v)
		}
	}
}
