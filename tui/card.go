package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
)

// card is the overlay about one host. Enter on a line that rests on an event
// opens it.
type card struct {
	notes
	host timeline.HostInfo
}

type bundlesRead struct {
	bundles []timeline.BundleInfo
	cover   []claim.Coverage
	err     error
}

func newCard(m *model, h timeline.HostInfo) *card {
	return &card{host: h, notes: notes{body: view.HostLines(m.sh, h)}}
}

func (c *card) title() string { return "Host " + clean.Line(c.host.Name) }
func (c *card) typing() bool  { return false }
func (c *card) hint() string {
	return "tab next line with an event   enter opens it   j k move   esc close"
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
	if c.move(a) || a != keys.Open {
		return nil
	}
	m.over = nil
	if id, ok := c.event(); ok {
		return m.run(m.gotoEvent(id))
	}
	m.push()
	m.show(tlScreen)
	return m.run(m.tryFilter(m.sh.Filter.Replacing(view.Term("host", c.host.Name))))
}
