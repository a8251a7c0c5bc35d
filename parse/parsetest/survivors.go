package parsetest

import (
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// survivors looks for the events that the damage did not reach.
func survivors(rule Survival, c Case, w *Wounded, want, got *Kept, bad complaint) {
	runs := w.runs()
	if rule.Head > 0 && (len(runs) == 0 || runs[0].at != 0 || runs[0].good != 0 || runs[0].n < rule.Head) {
		return
	}
	if c.Promised != nil && !c.Promised(w.Data) {
		return
	}
	begins := map[int64][]*event.Event{}
	var all []event.Span
	for _, e := range got.Events {
		begins[e.Origin.Offset] = append(begins[e.Origin.Offset], e)
		all = append(all, spans(e)...)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Offset < all[j].Offset })
	compared := AloneRule(c.Parser)
	for _, e := range want.Events {
		if e.Origin.Exhibit != 1 || slices.Contains(compared.Compared, e.Action) {
			continue
		}
		for _, r := range runs {
			if rule.Still && r.at != r.good || !rule.whole(w, r, e) {
				continue
			}
			at := e.Origin.Offset + int64(r.at-r.good)
			if rule.Within && covered(all, spans(e), int64(r.at-r.good)) || !rule.Within && same(begins[at], e, compared) {
				continue
			}
			bad("the event at %d+%d, now at %d of %d, is lost: %s %.200q; there: %s", e.Origin.Offset, e.Origin.Length, at, len(w.Data), e.Action, e.Message, there(got, at))
			return
		}
	}
}

// there tells what came of a place.
func there(got *Kept, at int64) string {
	for _, e := range got.Events {
		for _, s := range spans(e) {
			if s.Offset <= at && at < s.Offset+s.Length {
				return "an event " + e.Action + " " + e.Message[:min(len(e.Message), 200)]
			}
		}
	}
	for _, w := range got.Warnings {
		if w.Offset <= at && at < w.Offset+w.Length {
			return w.Code + " " + w.Message
		}
	}
	return "nothing"
}

// whole says whether a run holds all spans of an event.
func (rule Survival) whole(w *Wounded, r run, e *event.Event) bool {
	for _, s := range spans(e) {
		at, n := int(s.Offset), int(s.Length)
		if rule.Page > 0 {
			end := (at + n + rule.Page - 1) / rule.Page * rule.Page
			at = at / rule.Page * rule.Page
			n = min(end, w.good) - at
		}
		if !r.holds(w, at, n, rule.Margin) {
			return false
		}
	}
	return true
}

// same says whether one of the events does what e does. Actions that hang on
// neighbours count as each other.
func same(list []*event.Event, e *event.Event, rule Alone) bool {
	for _, x := range list {
		if x.Action == e.Action || slices.Contains(rule.Named, e.Action) || slices.Contains(rule.Named, x.Action) {
			return true
		}
	}
	return false
}

// covered says whether every byte of spans, moved, is part of an event. all is
// sorted by offset.
func covered(all, want []event.Span, by int64) bool {
	for _, s := range want {
		at, end := s.Offset+by, s.Offset+by+s.Length
		// Spans may hold each other; one that begins far before and reaches here
		// is as rare as it is long.
		i := sort.Search(len(all), func(i int) bool { return all[i].Offset > at })
		for i = max(0, i-64); i < len(all) && all[i].Offset <= at; i++ {
			a := all[i]
			at = max(at, a.Offset+a.Length)
		}
		if at < end {
			return false
		}
	}
	return true
}

// alone re-reads some events of the damaged exhibit from their own bytes.
func (h *hurt) alone(t testing.TB, p victim, c Case, w *Wounded, rnd *rand.Rand, bad complaint) {
	t.Helper()
	rule := AloneRule(c.Parser)
	for range min(2, len(h.Events)) {
		e := h.Events[rnd.IntN(len(h.Events))]
		if slices.Contains(rule.Compared, e.Action) || c.Parser == "journal" && e.Action == "clock-step" || !tellsItself(c.Parser, e) {
			continue
		}
		again := p.parse(t, only(c, rule.only(w.Data, []*event.Event{e}, h.Events)), 1, nil)
		var got *event.Event
		for _, x := range again.Events {
			if x.ID() == e.ID() {
				got = x
			}
		}
		a := *e
		if borrowed(a.Time) && got != nil {
			a.Time = got.Time
		}
		if d := rule.differs(&a, got, again.Kept); d != "" {
			bad("re-read alone the bytes of the event at %d+%d do not give it again: %.1500s", e.Origin.Offset, e.Origin.Length, d)
			return
		}
	}
}

// borrowed says whether other lines of the file, or its head, gave the time.
func borrowed(t event.Time) bool {
	for _, r := range [...]event.Reason{event.YearMtime, event.YearRollover, event.YearUnknown, event.BoundNeighbour, event.BoundCollection, event.StampNone, event.ZoneFile} {
		if t.Reasons.Has(r) {
			return true
		}
	}
	return false
}

// tellsItself says whether a login record is found by its own content: the
// layout of the file and the places of its records are known from neighbours
// where a record is doubtful or out of step. A command of several lines that is
// not closed ends at the stamp of the next.
func tellsItself(parser string, e *event.Event) bool {
	if parser == "shellhistory" {
		return !strings.Contains(e.Object, "\n")
	}
	size := map[string]int64{"wtmp": 384, "lastlog": 292, "faillog": 32}[parser]
	return size == 0 || e.Origin.Length == size && e.Origin.Offset%size == 0 && e.Time.Dated() && e.Time.Instant > 631152000e9 && e.Time.Instant < 1<<32*1e9
}
