package parsetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// The events of a fixture are re-read in stripes: each time every n-th one is
// left, so that none has its neighbours. Some are re-read quite alone. Large
// fixtures are read so often only as rereadBytes, in bytes, allows.
const (
	rereadStripes = 7
	rereadSingles = 9
	rereadBytes   = 24 << 20
)

// reread holds every origin to its word (promise P2): of a copy of the exhibit
// only the bytes of some events' spans are left, and the frame of the format
// (see Alone), and the parser must make the same events of them again, with
// the same ids.
func reread(t *testing.T, parsers []parse.Parser, c Case, want *Kept) {
	t.Helper()
	var own []*event.Event
	for _, e := range want.Events {
		if e.Origin.Exhibit == 1 {
			own = append(own, e)
		}
	}
	slices.SortStableFunc(own, func(a, b *event.Event) int { return int(a.Origin.Offset - b.Origin.Offset) })
	data := c.Source.Files[0].Data
	rounds := max(2, min(rereadStripes+rereadSingles, rereadBytes/(len(data)+1)))
	if testing.Short() {
		rounds = 2
	}
	for i := range min(rereadStripes, rounds/2, len(own)) {
		var stripe []*event.Event
		for j := i; j < len(own); j += min(rereadStripes, rounds/2) {
			stripe = append(stripe, own[j])
		}
		again(t, parsers, c, stripe, own)
	}
	singles := min(len(own), rounds-rounds/2)
	for i := range singles {
		again(t, parsers, c, own[i*len(own)/singles:][:1], own)
	}
}

// again parses what is left of the exhibit when only the chosen events are.
func again(t *testing.T, parsers []parse.Parser, c Case, chosen, all []*event.Event) {
	t.Helper()
	rule, data := AloneRule(c.Parser), c.Source.Files[0].Data
	k, _ := Parse(t, only(c, rule.only(data, chosen, all)), []parse.Parser{force(parsers, c.Parser)}, 1)
	have := make(map[event.ID]*event.Event, len(k.Events))
	for _, e := range k.Events {
		have[e.ID()] = e
	}
	for _, e := range chosen {
		if slices.Contains(rule.Compared, e.Action) {
			if !strings.Contains(string(bytesOf(data, e)), e.Object) {
				t.Errorf("the bytes of the event at %d+%d do not hold its object %q", e.Origin.Offset, e.Origin.Length, e.Object)
			}
			continue
		}
		if d := rule.differs(e, have[e.ID()], k); d != "" {
			t.Errorf("re-read alone the bytes of the event at %d+%d do not give it again: %.3000s", e.Origin.Offset, e.Origin.Length, d)
		}
	}
}

func force(parsers []parse.Parser, name string) parse.Parser {
	for _, q := range parsers {
		if q.Describe().Name == name {
			return forced{q}
		}
	}
	return nil
}

// bytesOf joins the spans of an event.
func bytesOf(data []byte, e *event.Event) []byte {
	var out []byte
	for _, s := range spans(e) {
		out = append(out, data[s.Offset:s.Offset+s.Length]...)
	}
	return out
}

// differs says in what an event came out otherwise; "" for nothing.
func (r Alone) differs(want, got *event.Event, k *Kept) string {
	if got == nil {
		return fmt.Sprintf("no event of its id; %d others, %d warnings %.600s", len(k.Events), len(k.Warnings), fmt.Sprint(k.Warnings))
	}
	a, b := r.bare(want), r.bare(got)
	if want.Time.Reasons.Has(event.BoundNeighbour) || want.Time.Reasons.Has(event.ZoneFile) {
		a.Time, b.Time = event.Time{}, event.Time{}
	}
	return cmp.Diff(a, b)
}
