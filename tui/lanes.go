package tui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// lanes shows which host has events of the filter when: one lane a host, the
// host with the earliest event first. After follow (w) it is the track of an
// entity over the fleet.
type lanes struct {
	rows     []lane
	from, to int64
	at, top  int
	page     int
	gen      int
	wide     int
	err      error
	read     bool
	more     int // hosts left out
}

// lane is one host.
type lane struct {
	host   string
	count  int64
	first  int64
	counts []int64
	ranks  []int
}

// maxLanes is how many hosts get a lane; those with the most events do.
const maxLanes = 200

type lanesRead struct {
	gen      int
	rows     []lane
	from, to int64
	more     int
	err      error
}

func newLanes(*model) *lanes { return &lanes{} }

func (l *lanes) title() string { return "Lanes: which host has events of filter and range, and when" }
func (l *lanes) typing() bool  { return false }
func (l *lanes) hint() string  { return "j k move   enter this host's events   esc close" }

// label is the cells of the host's name and count before the lane.
const label = 26

func (l *lanes) open(m *model) []view.Cmd {
	from, to, ok := m.sh.Bounds()
	if !ok {
		l.read = true
		return nil
	}
	l.gen++
	l.wide = max(10, m.w-label-2)
	gen, wide, c, q, filter := l.gen, l.wide, m.o.Case, m.sh.Query(), m.sh.Filter.Node
	return []view.Cmd{func(ctx context.Context) any {
		out := lanesRead{gen: gen, from: from, to: to}
		out.rows, out.more, out.err = readLanes(ctx, c, q, filter, from, to, wide)
		return out
	}}
}

func readLanes(ctx context.Context, c Case, q, filter *query.Node, from, to int64, n int) ([]lane, int, error) {
	hosts, err := c.Facets(ctx, q, "host", 0)
	if err != nil {
		return nil, 0, fmt.Errorf("count hosts: %w", err)
	}
	more := max(0, len(hosts)-maxLanes)
	var rows []lane
	for _, h := range hosts[:len(hosts)-more] {
		node := query.Equal("host", h.Value)
		if filter != nil {
			node = query.MakeAnd(filter, node)
		}
		bs, err := c.Histogram(ctx, node, from, to, n)
		if err != nil {
			return nil, 0, fmt.Errorf("histogram of %q: %w", h.Value, err)
		}
		rows = append(rows, makeLane(h, bs, n))
	}
	sortLanes(rows)
	return rows, more, nil
}

func makeLane(h timeline.FacetValue, bs []timeline.Bucket, n int) lane {
	l := lane{host: h.Value, count: h.Count, first: h.First, counts: make([]int64, n), ranks: make([]int, n)}
	for i := range l.ranks {
		l.ranks[i] = -1
	}
	for i, b := range bs[:min(len(bs), n)] {
		l.counts[i] = b.Count
		for level, k := range b.Cited {
			if k > 0 {
				l.ranks[i] = max(l.ranks[i], level.Rank())
			}
		}
	}
	return l
}

func (l *lanes) receive(m *model, msg any) ([]view.Cmd, bool) {
	x, ok := msg.(lanesRead)
	if !ok {
		return nil, false
	}
	if x.gen == l.gen {
		l.rows, l.from, l.to, l.more, l.err, l.read = x.rows, x.from, x.to, x.more, x.err, true
		l.at = min(l.at, max(0, len(l.rows)-1))
	}
	return nil, true
}

func (l *lanes) key(m *model, _ tea.KeyMsg, _ string, a keys.Action) tea.Cmd {
	step := map[keys.Action]int{keys.Down: 1, keys.Up: -1, keys.HalfDown: l.page / 2, keys.HalfUp: -l.page / 2,
		keys.PageDown: l.page, keys.PageUp: -l.page, keys.Top: -len(l.rows), keys.End: len(l.rows)}
	if n, ok := step[a]; ok {
		l.at = max(0, min(l.at+n, len(l.rows)-1))
		return nil
	}
	if a != keys.Open || l.at >= len(l.rows) {
		return nil
	}
	m.over = nil
	m.show(tlScreen)
	return m.run(m.tryFilter(m.sh.Filter.Replacing(view.Term("host", l.rows[l.at].host))))
}

func (l *lanes) lines(m *model, w, h int) []string {
	th, zone := m.sh.Theme, m.o.Case.Zone()
	words := ""
	switch {
	case l.err != nil:
		words = "cannot draw lanes: " + clean.Line(l.err.Error())
	case !l.read:
		words = "counting"
	case len(l.rows) == 0:
		words = "no dated events"
	}
	if words != "" {
		return []string{widget.NewLine(w, th.Glyph.Cut).Add(th.Dim, "  "+words).Fill("")}
	}
	axis := widget.NewLine(w, "").AddFit("", "", label+1).Add(th.Dim, view.Stamp(l.from, zone, 19))
	right := view.Stamp(l.to-1, zone, 19)
	axis.AddFitLeft(th.Dim, right, axis.Left()-1)
	out := []string{axis.Fill("")}
	l.page = max(1, h-1)
	if l.at < l.top {
		l.top = l.at
	}
	if l.at >= l.top+l.page {
		l.top = l.at - l.page + 1
	}
	for i := l.top; i < min(len(l.rows), l.top+l.page); i++ {
		out = append(out, l.line(th, i, w))
	}
	if l.more > 0 && len(out) < h {
		out = append(out, widget.NewLine(w, th.Glyph.Cut).Add(th.Dim, fmt.Sprintf("  and %d hosts with fewer events", l.more)).Fill(""))
	}
	return out
}

// line draws one lane: events as bars; where a finding cites one, its level.
func (l *lanes) line(th *widget.Theme, i, w int) string {
	r := &l.rows[i]
	base, mark := "", " "
	if i == l.at {
		base, mark = th.Select, ">"
	}
	line := widget.NewLine(w, th.Glyph.Cut).Add(base, mark)
	line.AddFit(base, clean.Line(r.host), label-9).AddFitLeft(base, widget.Short(r.count), 7).Add(base, "  ")
	if w-label-2 != l.wide || line.Left() < l.wide {
		return line.Add(th.Dim, "esc and L draw the lanes for this width").Fill("")
	}
	line.Join(th.Lane(r.counts, r.ranks), l.wide)
	return line.Fill("")
}
