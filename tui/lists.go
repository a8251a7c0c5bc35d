package tui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// picker is an overlay of a menu from which enter takes one.
type picker struct {
	head string
	menu *widget.Menu
	page int
	none string // said when the menu is empty
	take func(m *model, id string) []view.Cmd
	more func(m *model, id, name string) []view.Cmd // further keys; may be nil
	keys string
}

func (p *picker) title() string                          { return p.head }
func (p *picker) open(*model) []view.Cmd                 { return nil }
func (p *picker) typing() bool                           { return false }
func (p *picker) receive(*model, any) ([]view.Cmd, bool) { return nil, false }
func (p *picker) hint() string                           { return "enter open   " + p.keys + "esc close" }

func (p *picker) key(m *model, _ tea.KeyMsg, name string, a keys.Action) tea.Cmd {
	if menuMove(p.menu, name, a, false, p.page) {
		return nil
	}
	it, ok := p.menu.Current()
	if !ok {
		return nil
	}
	if a == keys.Open {
		m.over = nil
		return m.run(p.take(m, it.ID))
	}
	if p.more != nil {
		return m.run(p.more(m, it.ID, name))
	}
	return nil
}

func (p *picker) lines(m *model, w, h int) []string {
	p.page = max(1, h)
	if p.menu.Len() == 0 {
		return []string{widget.NewLine(w, m.sh.Theme.Glyph.Cut).Add(m.sh.Theme.Dim, "  "+p.none).Fill("")}
	}
	return p.menu.View(m.sh.Theme, w, h)
}

// newFindings lists the findings, the highest level first.
func newFindings(m *model) overlay {
	items := findingItems(m, func(claim.Finding) bool { return true })
	return &picker{head: "Findings: what detectors claim, with the events they cite", menu: widget.NewMenu(items), none: "no findings (that is not proof of absence: see coverage in the host card, H)",
		take: func(m *model, id string) []view.Cmd { return m.gotoFinding(id) }, more: judge, keys: "its events   + confirm   - reject   U undo   "}
}

// judge writes what the analyst says of a finding to the journal.
func judge(m *model, id, name string) []view.Cmd {
	op, words := "", ""
	switch name {
	case "+":
		op, words = "confirm", "finding confirmed"
	case "-":
		op, words = "reject", "finding rejected"
	default:
		return nil
	}
	c := m.o.Case
	return []view.Cmd{func(ctx context.Context) any {
		if err := c.Annotate(context.WithoutCancel(ctx), timeline.Annotation{Op: op, Text: id}); err != nil {
			return said{text: "not saved: " + err.Error(), kind: toastBad}
		}
		return said{text: words + "; U undoes it", kind: toastGood, then: (*model).rereadFindings}
	}}
}

// rereadFindings reads the findings again and shows them in the list that is open.
func (m *model) rereadFindings() []view.Cmd {
	c := m.o.Case
	return []view.Cmd{func(ctx context.Context) any {
		fs, err := c.Findings(ctx)
		if err != nil {
			return said{text: err.Error(), kind: toastBad}
		}
		return said{then: func(m *model) []view.Cmd {
			m.sh.SetFindings(fs)
			m.ov.Changed()
			if p, ok := m.over.(*picker); ok && p.more != nil {
				p.menu.SetItems(findingItems(m, func(claim.Finding) bool { return true }))
			}
			return nil
		}}
	}}
}

func findingItems(m *model, keep func(claim.Finding) bool) []widget.Item {
	var items []widget.Item
	for rank := 3; rank >= -1; rank-- {
		for _, f := range m.sh.Findings {
			if f.Level.Rank() != rank || !keep(f) {
				continue
			}
			when := "undated"
			if key, ok := f.Time.Key(); ok {
				when = view.Stamp(key, m.o.Case.Zone(), 19)
			}
			items = append(items, widget.Item{ID: f.ID, Label: fmt.Sprintf("%-6s %s  %s", f.Level, clean.Line(m.o.Case.HostName(f.Host)), clean.Line(f.Title)+verdict(f)),
				Note: when, Hint: clean.Line(f.Rule)})
		}
	}
	return items
}

// verdict is what analysts said of a finding.
func verdict(f claim.Finding) string {
	if f.Verdict == "" {
		return ""
	}
	return "  [" + clean.Line(f.Verdict) + "]"
}

// gotoFinding puts the cursor on the earliest event that a finding cites.
func (m *model) gotoFinding(id string) []view.Cmd {
	for _, f := range m.sh.Findings {
		if f.ID == id && len(f.Events) > 0 {
			return m.gotoEvent(f.Events[0])
		}
	}
	m.say(toastBad, "the finding cites no event that is in the case now")
	return nil
}

func (m *model) gotoEvent(id event.ID) []view.Cmd {
	c, filter := m.o.Case, m.sh.Filter.Node
	return []view.Cmd{func(ctx context.Context) any {
		r, ok, err := c.Get(ctx, id)
		switch {
		case err != nil:
			return said{text: err.Error(), kind: toastBad}
		case !ok:
			return said{text: fmt.Sprintf("event %s is not in the case now", id), kind: toastBad}
		}
		return jumpTo(ctx, c, filter, &r)
	}}
}

// newBookmarks lists the bookmarks.
func newBookmarks(m *model) overlay {
	var items []widget.Item
	for _, b := range m.marks {
		when := "undated"
		if !noInstant(b.At) {
			when = view.Stamp(b.At, m.o.Case.Zone(), 19)
		}
		items = append(items, widget.Item{ID: b.Event.String(), Label: clean.Line(b.Name), Note: when, Hint: clean.Line(b.Author)})
	}
	return &picker{head: "Bookmarks", menu: widget.NewMenu(items), none: "no bookmarks yet (B sets one on the event under the cursor)",
		take: func(m *model, id string) []view.Cmd {
			e, err := event.ParseID(id)
			if err != nil {
				return nil
			}
			return m.gotoEvent(e)
		}}
}

func noInstant(t int64) bool { return t == event.NoInstant }

// nextBookmark goes to the bookmark after or before the cursor in time.
func (m *model) nextBookmark(dir int) []view.Cmd {
	here := m.tl.Here().UnixNano()
	cur, _ := m.tl.Current()
	best := -1
	for i, b := range m.marks {
		if noInstant(b.At) || b.Event == cur.ID {
			continue
		}
		ahead := dir > 0 && b.At >= here || dir < 0 && b.At <= here
		if ahead && (best < 0 || dir > 0 && b.At < m.marks[best].At || dir < 0 && b.At > m.marks[best].At) {
			best = i
		}
	}
	if best < 0 {
		m.say(toastNote, "no further bookmark (B sets one, ' lists them)")
		return nil
	}
	m.say(toastNote, "bookmark "+m.marks[best].Name)
	return m.gotoEvent(m.marks[best].Event)
}

// openCard shows all that is known of the host under the cursor.
func (m *model) openCard() {
	h, ok := m.ov.Current()
	if m.where == tlScreen {
		r, found := m.tl.Current()
		if !found {
			m.say(toastNote, "no event under the cursor")
			return
		}
		ok = false
		for _, x := range m.ov.Hosts() {
			if x.Key == r.Event.Host {
				h, ok = x, true
			}
		}
	}
	if !ok {
		m.say(toastNote, "no host here yet")
		return
	}
	m.over = newCard(m, h)
}

// openCompare sets two marked hosts side by side.
func (m *model) openCompare() {
	marked := m.ov.Marked()
	if len(marked) != 2 {
		m.show(overview)
		m.say(toastNote, "mark two hosts with space, then c compares them")
		return
	}
	m.over = newCompare(m, marked[0], marked[1])
}
