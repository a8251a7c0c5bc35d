package tui

import (
	"context"
	"fmt"
	"math"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
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
	more func(m *model, it widget.Item, name string, a keys.Action) []view.Cmd // further keys; may be nil
	keys string
	// items makes the lines anew after an annotation; nil: they stay
	items func(m *model) []widget.Item
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
	if p.items != nil && (a == keys.Undo || a == keys.Redo) {
		cmds, _ := m.works(a)
		return m.run(cmds)
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
		return m.run(p.more(m, it, name, a))
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

// gotoFinding puts the cursor on the event that a finding cites for its time:
// the one nearest to it, of several the one named first.
func (m *model) gotoFinding(id string) []view.Cmd {
	for _, f := range m.sh.Findings {
		if f.ID != id || len(f.Events) == 0 {
			continue
		}
		c, filter := m.o.Case, m.sh.Filter.Node
		return []view.Cmd{func(ctx context.Context) any { return openNearest(ctx, c, filter, f) }}
	}
	m.say(toastBad, "the finding cites no event that is in the case now")
	return nil
}

// maxLooked bounds the cited events that are looked at for their time.
const maxLooked = 64

func openNearest(ctx context.Context, c Case, filter *query.Node, f claim.Finding) any {
	var best *timeline.Row
	far := uint64(math.MaxUint64)
	at, timed := f.Time.Key()
	for _, id := range f.Events[:min(len(f.Events), maxLooked)] {
		r, ok, err := c.Get(ctx, id)
		if err != nil {
			return said{text: err.Error(), kind: toastBad}
		}
		if !ok {
			continue
		}
		d := uint64(math.MaxUint64 - 1) // undated
		if key, dated := r.Event.Time.Key(); dated && timed && key >= at {
			d = uint64(key) - uint64(at)
		} else if dated && timed {
			d = uint64(at) - uint64(key)
		}
		if d < far {
			best, far = &r, d
		}
	}
	if best == nil {
		return said{text: "the events of this finding are not in the case now (a bundle may have been dropped)", kind: toastBad}
	}
	return jumpTo(ctx, c, filter, best)
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
	p := &picker{head: "Bookmarks", none: "no bookmarks yet (B sets one on the event under the cursor)", items: bookmarkItems, keys: "- take away   U undo   ",
		take: func(m *model, id string) []view.Cmd {
			e, err := event.ParseID(id)
			if err != nil {
				return nil
			}
			return m.gotoEvent(e)
		},
		more: func(m *model, it widget.Item, name string, _ keys.Action) []view.Cmd {
			if name != "-" {
				return nil
			}
			for _, b := range m.marks {
				if b.Event.String() == it.ID && clean.Line(b.Name) == it.Label {
					return m.annotate(timeline.Annotation{Op: "unbookmark", Text: b.Name}, "bookmark "+b.Name+" taken away")
				}
			}
			return nil
		}}
	p.menu = widget.NewMenu(p.items(m))
	return p
}

func bookmarkItems(m *model) []widget.Item {
	var items []widget.Item
	for _, b := range m.marks {
		when := "undated"
		if !noInstant(b.At) {
			when = view.Stamp(b.At, m.o.Case.Zone(), 19)
		}
		items = append(items, widget.Item{ID: b.Event.String(), Label: clean.Line(b.Name), Note: when, Hint: clean.Line(b.Author)})
	}
	return items
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
