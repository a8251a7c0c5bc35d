package store

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// TestTextsMeanWhatTheySay draws texts of the whole query language together
// with what they mean, parses them, and holds the naive evaluator and the
// engine against that meaning: pages both ways from anywhere, with copies and
// without, counts, plans, histograms, facets and lanes, over stores with
// superseded and dropped rows, witnesses, undated rows and many segments.
func TestTextsMeanWhatTheySay(t *testing.T) {
	rounds := soak(4, 200)
	if testing.Short() {
		rounds = 1
	}
	first := uint64(1)
	if rounds > 4 {
		first = uint64(time.Now().UnixNano())
	}
	for seed := first; seed < first+uint64(rounds); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			x, every := layered(t, seed)
			x.checkWhole(t, every)
			rapid.Check(t, func(t *rapid.T) { x.checkText(t, every, filters(x, 3).Draw(t, "query")) })
		})
	}
}

// checkWhole wants all rows, as shown and with their copies.
func (x *world) checkWhole(t *testing.T, every []*event.Event) {
	t.Helper()
	var all []event.ID
	for _, e := range every {
		all = append(all, e.ID())
	}
	rng := rand.New(rand.NewPCG(3, uint64(len(every))))
	for _, d := range []Direction{Forward, Backward} {
		if diff := gocmp.Diff(x.ids, walkPages(t, x.r, nil, d, 1+rng.IntN(300), false)); diff != "" {
			t.Fatalf("rows shown: %s", diff)
		}
		if diff := gocmp.Diff(all, walkPages(t, x.r, nil, d, 1+rng.IntN(300), true)); diff != "" {
			t.Fatalf("rows with copies: %s", diff)
		}
	}
	if len(all) == len(x.ids) && len(x.ids) == 0 {
		t.Fatal("an empty store proves nothing")
	}
}

func (x *world) checkText(t *rapid.T, every []*event.Event, f filter) {
	q, err := query.Parse(f.text, query.ParseOptions{})
	if err != nil {
		t.Fatalf("%s: %v", f.text, err)
	}
	res := x.res[rapid.IntRange(0, 1).Draw(t, "resolver")]
	var want []int
	for i, e := range x.list {
		s := seen{e: e, id: x.ids[i], level: x.level[x.ids[i]], tags: allTags(x, e)}
		says := query.Match(q, query.Row{ID: s.id, Event: e, Level: s.level, Tags: x.tags[s.id]}, res)
		if means := f.is(&s); means != says {
			t.Fatalf("%s: the evaluator says %v of %+v %v, the text means %v", f.text, says, *e, s, means)
		}
		if says {
			want = append(want, i)
		}
	}
	x.checkPage(t, q, res, want)
	n, err := x.r.Count(ctx(), q, res)
	if err != nil || int(n.N) != len(want) || !n.Exact {
		t.Fatalf("%s: count %+v %v, want %d", f.text, n, err, len(want))
	}
	plan, err := x.r.Explain(ctx(), q, res)
	if err != nil || plan.Sure > n.N || plan.Sure+plan.Open < n.N {
		t.Fatalf("%s: the plan says %+v %v, %d rows match", f.text, plan, err, n.N)
	}
	x.checkHistogram(t, q, res, want)
	x.checkFacets(t, q, res, want)
	x.checkCopies(t, every, q, f)
	x.checkSlim(t, q, res, len(want))
}

// checkCopies wants a page of all copies from a place between rows. What is
// laid over rows, findings and tags, says nothing about copies.
func (x *world) checkCopies(t *rapid.T, every []*event.Event, q *query.Node, f filter) {
	for _, word := range []string{"tag:", "level"} {
		if strings.Contains(f.text, word) {
			return
		}
	}
	at := every[rapid.IntRange(0, len(every)-1).Draw(t, "copy")]
	key, dated := at.Time.Key()
	cur := Cursor{Set: true, Time: key + rapid.Int64Range(-1, 1).Draw(t, "beside")}
	if !dated {
		cur = Cursor{Set: true, Undated: true, Host: at.Host, ID: at.ID()}
	}
	limit := rapid.IntRange(1, 100).Draw(t, "copies")
	place := cur.pos()
	after, before := []event.ID{}, []event.ID{}
	for _, e := range every {
		key, dated := e.Time.Key()
		p := (&Cursor{Time: key, Host: e.Host, ID: e.ID(), Undated: !dated}).pos()
		if !f.is(&seen{e: e, id: e.ID()}) {
			continue
		}
		switch d := p.cmp(&place); {
		case d > 0 && len(after) < limit:
			after = append(after, e.ID())
		case d < 0:
			before = append(before, e.ID())
		}
	}
	before = before[max(0, len(before)-limit):]
	for d, want := range map[Direction][]event.ID{Forward: after, Backward: before} {
		p, err := x.r.Page(ctx(), q, PageRequest{After: cur, Direction: d, Limit: limit, AllCopies: true}, x.res[0])
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, ids(p.Rows)); diff != "" {
			t.Fatalf("%s with copies from %+v in direction %d: %s", f.text, cur, d, diff)
		}
	}
}

func (x *world) checkSlim(t *rapid.T, q *query.Node, res query.Resolver, want int) {
	n := 0
	if err := x.r.Slim(ctx(), q, res, []string{"pid"}, func(*event.Slim) error { n++; return nil }); err != nil || n != want {
		t.Fatalf("%s: %d slim rows %v, want %d", q, n, err, want)
	}
}
