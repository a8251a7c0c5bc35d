package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// facets shows the values of one field among the rows of filter and range.
type facets struct {
	field int
	menu  *widget.Menu
	page  int
	gen   int
	err   error
	busy  bool
}

// facetFields are the fields offered; each has exact counts in the store.
func facetFields() []string {
	return []string{"host", "source", "actor", "action", "ip", "path", "tag", "level", "parser", "meaning", "bundle"}
}

// facetLimit is how many values are asked for.
const facetLimit = 1000

type facetsRead struct {
	gen    int
	values []timeline.FacetValue
	err    error
}

func newFacets(*model) *facets { return &facets{menu: widget.NewMenu(nil)} }

func (f *facets) title() string { return "Facets: values among the events of filter and range" }
func (f *facets) typing() bool  { return false }
func (f *facets) hint() string {
	return "tab h l other field   enter + add   - leave out   = only   esc close"
}

func (f *facets) open(m *model) []view.Cmd {
	f.gen++
	f.busy = true
	gen, field, c, q := f.gen, facetFields()[f.field], m.o.Case, m.sh.Query()
	return []view.Cmd{func(ctx context.Context) any {
		vs, err := c.Facets(ctx, q, field, facetLimit)
		return facetsRead{gen: gen, values: vs, err: err}
	}}
}

func (f *facets) receive(m *model, msg any) ([]view.Cmd, bool) {
	x, ok := msg.(facetsRead)
	if !ok {
		return nil, false
	}
	if x.gen != f.gen {
		return nil, true
	}
	f.busy, f.err = false, x.err
	zone := m.o.Case.Zone()
	items := make([]widget.Item, 0, len(x.values))
	for _, v := range x.values {
		count := widget.Number(v.Count)
		if !v.Exact {
			count += " or more"
		}
		it := widget.Item{ID: v.Value, Label: clean.Line(v.Value), Note: count}
		if v.Value == "" {
			it.Label = "(none)"
		}
		if v.First != event.MinTime {
			it.Hint = view.Stamp(v.First, zone, 19) + " .. " + view.Stamp(v.Last, zone, 19)
		}
		items = append(items, it)
	}
	f.menu.SetItems(items)
	return nil, true
}

func (f *facets) key(m *model, _ tea.KeyMsg, name string, a keys.Action) tea.Cmd {
	n := len(facetFields())
	switch {
	case a == keys.Right || name == "tab":
		f.field = (f.field + 1) % n
		return m.run(f.open(m))
	case a == keys.Left || name == "shift+tab":
		f.field = (f.field + n - 1) % n
		return m.run(f.open(m))
	case menuMove(f.menu, name, a, false, f.page):
		return nil
	}
	it, ok := f.menu.Current()
	if !ok || f.busy {
		return nil
	}
	term := view.Term(facetFields()[f.field], it.ID)
	text := ""
	switch a {
	case keys.Open, keys.Include:
		text = m.sh.Filter.With(term)
	case keys.Exclude:
		text = m.sh.Filter.With("-" + term)
	case keys.Only:
		text = term
	default:
		return nil
	}
	cmds := m.tryFilter(text)
	if a == keys.Open {
		m.over = nil
		m.show(tlScreen)
		return m.run(cmds)
	}
	return m.run(append(cmds, f.open(m)...))
}

func (f *facets) lines(m *model, w, h int) []string {
	th := m.sh.Theme
	tabs := widget.NewLine(w, th.Glyph.Cut)
	for i, name := range facetFields() {
		style := th.Dim
		if i == f.field {
			style, name = th.Select, "["+name+"]"
		}
		tabs.Add("", " ").Add(style, name)
	}
	out := []string{tabs.Fill("")}
	f.page = max(1, h-1)
	words := ""
	switch {
	case f.busy:
		words = "counting"
	case f.err != nil:
		words = "cannot count: " + clean.Line(f.err.Error())
	case f.menu.Len() == 0:
		words = "no values"
	}
	if words != "" {
		return append(out, widget.NewLine(w, th.Glyph.Cut).Add(th.Dim, "  "+words).Fill(""))
	}
	return append(out, f.menu.View(th, w, max(0, h-1))...)
}
