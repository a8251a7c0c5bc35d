package view

import (
	"context"
	"errors"
	"time"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// strip is the histogram above the list.
type strip struct {
	gen      int
	got      int // generation of the buckets held
	buckets  []timeline.Bucket
	from, to int64
	err      error
	last     latest
}

type stripLoaded struct {
	of       *strip
	gen      int
	buckets  []timeline.Bucket
	from, to int64
	err      error
}

func (s *strip) clear() {
	s.gen++
	s.buckets = nil
}

func (s *strip) load(c Case, q *query.Node, from, to int64, n int) []Cmd {
	s.gen++
	gen := s.gen
	if room := spread(from, to); uint64(n) > room {
		n = int(max(1, room))
	}
	return []Cmd{s.last.only(func(ctx context.Context) any {
		b, err := c.Histogram(ctx, q, from, to, n)
		return stripLoaded{of: s, gen: gen, buckets: b, from: from, to: to, err: err}
	})}
}

func (s *strip) receive(m stripLoaded) {
	if m.of != s || m.gen != s.gen {
		return
	}
	s.buckets, s.from, s.to, s.err, s.got = m.buckets, m.from, m.to, m.err, m.gen
}

// column is the column of an instant, -1 when it lies outside.
func (s *strip) column(ns int64, w int) int {
	if s.to <= s.from || ns < s.from || ns >= s.to {
		return -1
	}
	return min(w-1, int(float64(spread(s.from, ns))/float64(spread(s.from, s.to))*float64(w)))
}

// columns spreads the buckets over w columns.
func (s *strip) columns(w int) (counts []int64, ranks []int) {
	counts, ranks = make([]int64, w), make([]int, w)
	for i := range ranks {
		ranks[i] = -1
	}
	for _, b := range s.buckets {
		i := s.column(b.From, w)
		if i < 0 {
			continue
		}
		last := max(i, s.column(b.To-1, w))
		for k := i; k <= last; k++ {
			counts[k] += b.Count / int64(last-i+1)
			if b.Count > 0 && counts[k] == 0 {
				counts[k] = 1
			}
		}
		for level, n := range b.Cited {
			if n > 0 {
				ranks[i] = max(ranks[i], level.Rank())
			}
		}
	}
	return counts, ranks
}

// lines draws the strip: all events, cited events, and an axis with the place
// of the cursor. rows is 2 (without the cited row) or 3.
func (s *strip) lines(sh *Shared, w, rows int, here int64, ok bool) []string {
	th := sh.Theme
	if rows == 0 {
		return nil
	}
	out := make([]string, 0, rows)
	inner := max(1, w-2)
	counts, ranks := s.columns(inner)
	line := func(body string) string { return widget.NewLine(w, "").Join(" ", 1).Join(body, inner).Fill("") }
	mark := -1
	if ok {
		mark = s.column(here, inner)
	}
	out = append(out, line(th.Bars(counts, mark)))
	if rows > 2 {
		out = append(out, line(th.Cited(ranks)))
	}
	return append(out, s.axis(sh, w, here, ok))
}

// axis writes both ends of the range, the width of a column, and a hair below
// the column of the cursor.
func (s *strip) axis(sh *Shared, w int, here int64, ok bool) string {
	th, zone := sh.Theme, sh.Case.Zone()
	if s.err != nil {
		return widget.NewLine(w, th.Glyph.Cut).Add(th.Bad, " histogram "+failure(s.err)).Fill("")
	}
	if s.to <= s.from && (!sh.StatOK || s.got != s.gen && s.gen > 0 && sh.dated()) {
		return widget.NewLine(w, th.Glyph.Cut).Add(th.Dim, " counting").Fill("")
	}
	if s.to <= s.from {
		return widget.NewLine(w, th.Glyph.Cut).Add(th.Dim, " no dated events").Fill("")
	}
	n := 19
	if spread(s.from, s.to) > uint64(48*time.Hour) {
		n = 10
	}
	left := at(s.from, zone).Format("2006-01-02 15:04:05")[:n]
	right := at(s.to-1, zone).Format("2006-01-02 15:04:05")[:n]
	mid := "1 column = " + Span(int64(spread(s.from, s.to)/uint64(max(2, w-2))))
	cells := []byte(widget.Spaces(w))
	put := func(at int, t string) {
		if at >= 0 && at+len(t) <= w {
			copy(cells[at:], t)
		}
	}
	put(1, left)
	put(w-1-len(right), right)
	if w >= 2*n+len(mid)+10 {
		put((w-len(mid))/2, mid)
	}
	if i := s.column(here, w-2); ok && i >= 0 && cells[i+1] == ' ' {
		cells[i+1] = th.Glyph.Hair[0]
	}
	return widget.NewLine(w, "").Add(th.Dim, string(cells)).Fill("")
}

// counter is the number of rows of filter and range.
type counter struct {
	gen   int
	count timeline.Count
	known bool
	err   error
	last  latest
	scan  scanning
}

type counted struct {
	gen   int
	count timeline.Count
	err   error
}

func (c *counter) load(cs Case, q *query.Node) Cmd {
	c.gen++
	c.known = false
	gen, scan := c.gen, c.scan.start()
	return c.last.only(func(ctx context.Context) any {
		n, err := cs.Count(timeline.WithScan(ctx, scan), q)
		return counted{gen: gen, count: n, err: err}
	})
}

func (c *counter) receive(m counted) {
	if m.gen == c.gen {
		c.count, c.known, c.err = m.count, m.err == nil, m.err
	}
}

// words writes the count: "1,204", "1,204 or more"; while it is awaited "...",
// and when rows have to be read one by one, how many match so far.
func (c *counter) words() string {
	switch {
	case errors.Is(c.err, context.Canceled) && c.scan.scan != nil:
		_, _, hits := c.scan.scan.State()
		return widget.Number(hits) + " or more"
	case c.err != nil:
		return "?"
	case !c.known:
		if share, hits, ok := c.scan.state(); ok {
			return widget.Number(hits) + " so far, " + share + " read"
		}
		return "..."
	case !c.count.Exact:
		return widget.Number(c.count.N) + " or more"
	}
	return widget.Number(c.count.N)
}

// Strip asks for the histogram again.
func (t *Timeline) Strip() []Cmd { return t.reloadStrip() }

// Strip asks for the histogram again.
func (o *Overview) Strip() []Cmd { return o.reloadStrip() }
