package coverage

import (
	"slices"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// The rhythm rule: a source counts as periodic when 95 of 100 pauses between
// its occupied buckets are at most periodicPause long; a silence longer than
// three such pauses, and than minHole, is a hole. With fewer than minBuckets
// occupied buckets nothing can be told.
const (
	minBuckets    = 12
	minHole       = int64(2 * 3600e9)
	periodicPause = int64(24 * 3600e9)
	day           = int64(24 * 3600e9)
)

// fromSeries judges a source by its rhythm, outside the time that counters
// have judged already.
func fromSeries(k key, s Series, judged span, collected int64) []claim.Coverage {
	occ := plausible(s.Occupied, collected)
	if len(occ) == 0 {
		return nil
	}
	width := max(s.Width, 1)
	first, last := occ[0], occ[len(occ)-1]+width
	if collected != 0 {
		last = max(first, min(last, collected))
	}
	limit, periodic := pause(occ, width)
	if !periodic {
		return outside([]claim.Coverage{{Host: k.host, Source: k.source, From: first, To: last, State: Unknown,
			JudgedBy: tooFew}}, judged)
	}
	var out []claim.Coverage
	from := first
	for i := 1; i < len(occ); i++ {
		end := occ[i-1] + width
		if occ[i]-end <= limit {
			continue
		}
		out = append(out, claim.Coverage{Host: k.host, Source: k.source, From: from, To: end, State: Present, JudgedBy: "events: periodic"},
			claim.Coverage{Host: k.host, Source: k.source, From: end, To: occ[i], State: Unknown,
				JudgedBy: "events: silence of a source that writes periodically"})
		from = occ[i]
	}
	if collected > last && collected-last <= limit {
		last = collected
	}
	out = append(out, claim.Coverage{Host: k.host, Source: k.source, From: from, To: last, State: Present, JudgedBy: "events: periodic"})
	return outside(out, judged)
}

// plausible drops buckets that lie after the acquisition by more than a day:
// a stamp from the future says nothing about rhythm.
func plausible(occ []int64, collected int64) []int64 {
	if collected == 0 {
		return occ
	}
	for len(occ) > 0 && occ[len(occ)-1] > collected && occ[len(occ)-1]-collected > day {
		occ = occ[:len(occ)-1]
	}
	return occ
}

// pause gives the silence beyond which a hole is assumed, and whether the
// source is periodic at all.
func pause(occ []int64, width int64) (limit int64, periodic bool) {
	if len(occ) < minBuckets {
		return 0, false
	}
	gaps := make([]int64, 0, len(occ)-1)
	for i := 1; i < len(occ); i++ {
		gaps = append(gaps, occ[i]-occ[i-1]-width)
	}
	slices.Sort(gaps)
	q := gaps[len(gaps)*95/100]
	if len(gaps) < 20 {
		q = gaps[len(gaps)-2] // one outlier is allowed among few
	}
	if q > periodicPause {
		return 0, false
	}
	return max(minHole, 3*q), true
}

// outside cuts away what lies inside the judged span.
func outside(rows []claim.Coverage, judged span) []claim.Coverage {
	if judged.from > judged.to {
		return rows
	}
	var out []claim.Coverage
	for _, r := range rows {
		if r.From < judged.from {
			a := r
			a.To = min(r.To, judged.from)
			out = append(out, a)
		}
		if r.To > judged.to {
			b := r
			b.From = max(r.From, judged.to)
			out = append(out, b)
		}
	}
	return out
}

// Gauge makes a Series from single events, for callers that have no histogram.
type Gauge struct {
	width int64
	seen  map[key]map[int64]struct{}
}

// NewGauge counts in buckets of the given width in nanoseconds.
func NewGauge(width int64) *Gauge {
	return &Gauge{width: max(width, 1), seen: map[key]map[int64]struct{}{}}
}

// Event takes note of one event. Events without an instant, or with an
// interval wider than a day, say nothing about rhythm.
func (g *Gauge) Event(e *event.Event) { g.Note(e.Host, e.Source, e.Time) }

// Note is Event for one of which only these are known.
func (g *Gauge) Note(host event.HostKey, source string, t event.Time) {
	if !t.Dated() || t.Width() > day {
		return
	}
	k := key{host, source}
	m := g.seen[k]
	if m == nil {
		m = map[int64]struct{}{}
		g.seen[k] = m
	}
	b := t.Instant - t.Instant%g.width
	m[b] = struct{}{}
}

// Series gives what was seen.
func (g *Gauge) Series() []Series {
	out := make([]Series, 0, len(g.seen))
	for k, m := range g.seen {
		s := Series{Host: k.host, Source: k.source, Width: g.width, Occupied: make([]int64, 0, len(m))}
		for b := range m {
			s.Occupied = append(s.Occupied, b)
		}
		slices.Sort(s.Occupied)
		out = append(out, s)
	}
	return out
}
