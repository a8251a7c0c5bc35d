package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// TestMergeChangesNoPage makes stores of random bundles whose segments overlap,
// with wide and undated rows, copies, superseded exhibits and rows of equal
// times, and merges them under random limits. Every listing, page by page in
// both directions and from any cursor, must be the same before and after, the
// one of the naive evaluator, and the digest too.
func TestMergeChangesNoPage(t *testing.T) {
	rounds := soak(3, 60)
	if testing.Short() {
		rounds = 1
	}
	for seed := range rounds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { mergeRound(t, rand.New(rand.NewPCG(uint64(seed), 77))) })
	}
}

// mergeQueries reach every way in which a walk finds its rows.
var mergeQueries = [...]string{"*", "host:0100000000000000", "actor:root", "path:/dev/*", "ip:10.0.0.0/8", "pid>1500", "accepted", "-source:syslog", "after:2024-03-19T02:20:00Z before:2024-03-19T03:00:00Z", "actor:nobody"}

func mergeRound(t *testing.T, rng *rand.Rand) {
	dir := t.TempDir()
	w := writer(t, dir)
	w.limits.segment = 150 + rng.IntN(500)
	w.limits.generation = 1000 + rng.IntN(4000)
	var list []*event.Event
	for n := range 6 + rng.IntN(3) {
		run := fmt.Sprintf("run-%d", n)
		own := overlapping(rng, run, 200+rng.IntN(900))
		ingest(t, w, info(run, 1), own)
		switch rng.IntN(4) {
		case 0: // a newer parser knows less
			own = own[:len(own)/2]
			ingest(t, w, info(run, 2), own)
		case 1:
			if err := w.Drop(run); err != nil {
				t.Fatal(err)
			}
			own = nil
		}
		list = append(list, own...)
	}
	list = sorted(list)
	before, was := listings(t, rng, dir, list, true), digest(t, dir)
	w.limits.copy, w.limits.small = 1+rng.IntN(800), 1<<20
	w.limits.link = rng.Int64N(300_000) // some value logs are taken over as they are
	if err := w.Merge(ctx()); err != nil {
		t.Fatal(err)
	}
	if now := digest(t, dir); gocmp.Diff(was, now) != "" {
		t.Errorf("digest: %s", gocmp.Diff(was, now))
	}
	if d := gocmp.Diff(before, listings(t, rng, dir, list, true)); d != "" {
		t.Errorf("with copies, before and after: %s", d)
	}
	shown := listings(t, rng, dir, nil, false)
	w.limits.copy = 1 + rng.IntN(800)
	if err := w.Merge(ctx()); err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(shown, listings(t, rng, dir, nil, false)); d != "" {
		t.Errorf("without copies, before and after: %s", d)
	}
	clean(t, dir)
}

// overlapping makes a bundle of which many rows have equal instants, so that
// blocks and segments begin and end within one.
func overlapping(rng *rand.Rand, run string, n int) []*event.Event {
	list := randomEvents(rng, run, n)
	shared := testBase + 600e9*rng.Int64N(6)
	for _, e := range list {
		if rng.IntN(3) == 0 {
			e.Time = event.At(shared, event.Second, event.ResolutionSecond)
		}
	}
	return list
}

// listings walks the pages of each query both ways; list, when given, is what
// the store holds.
func listings(t *testing.T, rng *rand.Rand, dir string, list []*event.Event, copies bool) map[string][]event.ID {
	t.Helper()
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	out := map[string][]event.ID{}
	for _, text := range mergeQueries {
		q := parse(t, text)
		forward := walkPages(t, r, q, Forward, 1+rng.IntN(300), copies)
		back := walkPages(t, r, q, Backward, 1+rng.IntN(300), copies)
		if d := gocmp.Diff(forward, back); d != "" {
			t.Fatalf("%s: forward and back: %s", text, d)
		}
		if list != nil {
			if d := gocmp.Diff(naiveIn(list, q, nil), forward); d != "" {
				t.Fatalf("%s: naive and pages: %s", text, d)
			}
			fromAnywhere(t, rng, r, q, list)
		}
		out[text] = forward
	}
	return out
}

// walkPages gives all rows of a query in ascending order, page by page.
func walkPages(t *testing.T, r *Reader, q *query.Node, d Direction, limit int, copies bool) []event.ID {
	t.Helper()
	var pages [][]event.ID
	for cur := (Cursor{}); ; {
		p, err := r.Page(ctx(), q, PageRequest{After: cur, Direction: d, Limit: limit, AllCopies: copies}, nil)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, ids(p.Rows))
		if cur = p.Last; d == Backward {
			cur = p.First
		}
		if !p.More {
			break
		}
	}
	if d == Backward {
		slices.Reverse(pages)
	}
	return append([]event.ID{}, slices.Concat(pages...)...)
}

// fromAnywhere asks for one page from the place of a random row, and from a
// place between rows.
func fromAnywhere(t *testing.T, rng *rand.Rand, r *Reader, q *query.Node, list []*event.Event) {
	t.Helper()
	if len(list) == 0 {
		return
	}
	at := list[rng.IntN(len(list))]
	key, dated := at.Time.Key()
	cur := Cursor{Set: true, Time: key, Host: at.Host, ID: at.ID(), Undated: !dated}
	if dated && rng.IntN(2) == 0 {
		cur = Cursor{Set: true, Time: key + rng.Int64N(3) - 1} // before the first host
	}
	place := cur.pos()
	var after, before []event.ID
	for _, e := range list {
		key, dated := e.Time.Key()
		p := (&Cursor{Time: key, Host: e.Host, ID: e.ID(), Undated: !dated}).pos()
		if !query.Match(q, query.Row{ID: e.ID(), Event: e}, nil) {
			continue
		}
		switch d := p.cmp(&place); {
		case d > 0 && len(after) < 50:
			after = append(after, e.ID())
		case d < 0:
			before = append(before, e.ID())
		}
	}
	before = before[max(0, len(before)-50):]
	for d, want := range map[Direction][]event.ID{Forward: after, Backward: before} {
		p, err := r.Page(ctx(), q, PageRequest{After: cur, Direction: d, Limit: 50, AllCopies: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(append([]event.ID{}, want...), ids(p.Rows)); diff != "" {
			t.Fatalf("%s from %+v in direction %d: %s", q, cur, d, diff)
		}
	}
}
