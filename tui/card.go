package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// card is the overlay about one host. Enter on a line that rests on an event
// opens it.
type card struct {
	host timeline.HostInfo
	body []view.Note
	at   int
	top  int
	page int
}

type bundlesRead struct {
	bundles []timeline.BundleInfo
	cover   []claim.Coverage
	err     error
}

func newCard(m *model, h timeline.HostInfo) *card {
	return &card{host: h, body: view.HostLines(m.sh, h)}
}

func (c *card) title() string { return "Host " + clean.Line(c.host.Name) }
func (c *card) typing() bool  { return false }
func (c *card) hint() string {
	return "j k move   enter the event behind the line, else the host's events   esc close"
}

func (c *card) open(m *model) []view.Cmd {
	cs := m.o.Case
	return []view.Cmd{func(ctx context.Context) any {
		bs, err := cs.Bundles(ctx)
		if err != nil {
			return bundlesRead{err: err}
		}
		cover, err := cs.Coverage(ctx)
		return bundlesRead{bs, cover, err}
	}}
}

func (c *card) receive(m *model, msg any) ([]view.Cmd, bool) {
	b, ok := msg.(bundlesRead)
	if !ok {
		return nil, false
	}
	if b.err != nil {
		c.body = append(c.body, view.Note{Tone: view.Fault, Text: "bundles and coverage cannot be read: " + clean.Line(b.err.Error())})
		return nil, true
	}
	own := map[string]bool{}
	for _, run := range c.host.Bundles {
		own[run] = true
	}
	var mine []timeline.BundleInfo
	for _, x := range b.bundles {
		if own[x.Run] {
			mine = append(mine, x)
		}
	}
	c.body = append(c.body, view.CoverageLines(m.sh, c.host.Key, b.cover)...)
	c.body = append(c.body, view.BundleLines(m.sh, mine)...)
	return nil, true
}

func (c *card) key(m *model, _ tea.KeyMsg, _ string, a keys.Action) tea.Cmd {
	step := map[keys.Action]int{keys.Down: 1, keys.Up: -1, keys.HalfDown: c.page / 2, keys.HalfUp: -c.page / 2,
		keys.PageDown: c.page, keys.PageUp: -c.page, keys.Top: -len(c.body), keys.End: len(c.body)}
	if n, ok := step[a]; ok {
		c.at = max(0, min(c.at+n, len(c.body)-1))
		return nil
	}
	if a != keys.Open {
		return nil
	}
	m.over = nil
	if c.at < len(c.body) && c.body[c.at].HasEvent() {
		return m.run(m.gotoEvent(c.body[c.at].Event))
	}
	m.show(tlScreen)
	return m.run(m.tryFilter(m.sh.Filter.Replacing(view.Term("host", c.host.Name))))
}

func (c *card) lines(m *model, w, h int) []string {
	th := m.sh.Theme
	c.page = max(1, h-1)
	shown := view.Wrap(c.body, w-3)
	first, last := 0, 0 // lines of the note under the cursor
	for i, l := range shown {
		if l.Of < c.at {
			first = i + 1
		}
		if l.Of <= c.at {
			last = i
		}
	}
	c.top = max(min(c.top, first), last-h+1)
	c.top = max(0, min(c.top, len(shown)-h))
	out := make([]string, 0, h)
	for i := c.top; i < c.top+h; i++ {
		l := widget.NewLine(w, th.Glyph.Cut)
		fill := ""
		if i < len(shown) {
			n := shown[i]
			style, sign := n.Tone.Style(th), "  "
			if n.HasEvent() {
				sign = "> "
			}
			if n.Of == c.at {
				style, fill = th.Select, th.Select
			}
			l.Add(style, sign).Add(style, n.Text)
		}
		out = append(out, l.Fill(fill))
	}
	return out
}
