package view

import (
	"math"
	"time"
)

// narrowest is the smallest range: a column of a wide screen is then some ms.
const narrowest = int64(time.Second)

// ZoomIn gives a quarter of the range around an instant.
func (s *Shared) ZoomIn(here int64) (Range, bool) { return s.scale(here, 0.25) }

// ZoomOut gives four times the range; beyond the case it is all time.
func (s *Shared) ZoomOut(here int64) (Range, bool) {
	if s.Range.All {
		return s.Range, false
	}
	return s.scale(here, 4)
}

func (s *Shared) scale(here int64, by float64) (Range, bool) {
	from, to, ok := s.Bounds()
	if !ok {
		return s.Range, false
	}
	width := float64(to) - float64(from)
	want := width * by
	if want < float64(narrowest) {
		if width <= float64(narrowest) {
			return s.Range, false
		}
		want = float64(narrowest)
	}
	if here < from || here >= to {
		here = from + int64(width/2)
	}
	share := (float64(here) - float64(from)) / width // keep the place on the strip
	r := Range{From: add(here, -want*share), To: add(here, want*(1-share))}
	return s.fit(r), true
}

// Pan moves the range by half its width.
func (s *Shared) Pan(dir int) (Range, bool) {
	if s.Range.All {
		return s.Range, false
	}
	half := float64(spread(s.Range.From, s.Range.To)) / 2 * float64(dir)
	r := Range{From: add(s.Range.From, half), To: add(s.Range.To, half)}
	if first, last, ok := s.CaseBounds(); ok && (r.To <= first || r.From >= last) {
		return s.Range, false
	}
	return r, true
}

// Around moves the range, its width kept, so that an instant is in its middle.
// All time stays all time.
func (s *Shared) Around(t int64) Range {
	r := s.Range
	if r.All || t >= r.From && t < r.To {
		return r
	}
	half := float64(spread(r.From, r.To)) / 2
	return Range{From: add(t, -half), To: add(t, half)}
}

// fit makes a range that covers the whole case all time.
func (s *Shared) fit(r Range) Range {
	first, last, ok := s.CaseBounds()
	if ok && r.From <= first && r.To >= last {
		return Range{All: true}
	}
	return r
}

// add is t + d without overflow.
func add(t int64, d float64) int64 {
	switch {
	case d >= 0 && d >= float64(spread(t, math.MaxInt64-1)):
		return math.MaxInt64 - 1
	case d < 0 && -d >= float64(spread(math.MinInt64+1, t)):
		return math.MinInt64 + 1
	case d >= 0:
		return int64(uint64(t) + uint64(d))
	}
	return int64(uint64(t) - uint64(-d))
}

// Bulk gives the range of the strip in which all but one event in five hundred
// at each end lie, when that is much narrower than what is shown: single
// events with a far-off time must not flatten everything else.
func (t *Timeline) Bulk() (Range, bool) {
	b := t.strip.buckets
	if t.strip.got != t.strip.gen { // of another filter or range
		return Range{}, false
	}
	var total int64
	for i := range b {
		total += b[i].Count
	}
	if total == 0 {
		return Range{}, false
	}
	skip := total / 500
	lo, hi := 0, len(b)-1
	for left := b[lo].Count; lo < hi && left <= skip; left += b[lo].Count {
		lo++
	}
	for right := b[hi].Count; hi > lo && right <= skip; right += b[hi].Count {
		hi--
	}
	r := Range{From: b[lo].From, To: b[hi].To}
	if r.To <= r.From || float64(spread(r.From, r.To)) > 0.8*float64(spread(t.strip.from, t.strip.to)) {
		return Range{}, false
	}
	return r, true
}
