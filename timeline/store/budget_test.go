package store

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// TestBudget pages with a budget that is over at once, forward and backward:
// the short pages must join to the rows that match.
func TestBudget(t *testing.T) {
	x := makeWorld(t)
	most := 0
	list := []*query.Node{parse(t, "accepted"), parse(t, "pid>1000 -7"), parse(t, "absent words")}
	for seed := range 4 {
		list = append(list, queries().Example(seed))
	}
	for _, q := range list {
		var want []event.ID
		for _, i := range x.matches(q, x.res[0]) {
			want = append(want, x.ids[i])
		}
		for _, dir := range []Direction{Forward, Backward} {
			got, pages := x.inPieces(t, q, x.res[0], dir)
			most = max(most, pages)
			if !slices.Equal(got, want) {
				t.Fatalf("%s, direction %v: %d rows in %d pages, want %d", q, dir, len(got), pages, len(want))
			}
		}
	}
	if most < 3 {
		t.Errorf("no query took more than %d pages: the budget never ended one", most)
	}
}

func (x *world) inPieces(t testing.TB, q *query.Node, res query.Resolver, dir Direction) (got []event.ID, pages int) {
	req := PageRequest{Limit: 700, Direction: dir, Budget: 1}
	for {
		p, err := x.r.Page(ctx(), q, req, res)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		if dir == Backward {
			got, req.After = append(ids(p.Rows), got...), p.First
		} else {
			got, req.After = append(got, ids(p.Rows)...), p.Last
		}
		if !p.More {
			return got, pages
		}
		if pages > 2*len(x.list) {
			t.Fatalf("%d rows in %d pages and no end", len(got), pages)
		}
	}
}

// TestScanTells: at the end of a count all rows are decided, and the hits are
// the count.
func TestScanTells(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, "r1", randomEvents(rand.New(rand.NewPCG(1, 2)), "r1", 4000), WriterOptions{})
	r := open(t, dir)
	for _, text := range []string{"", "4242", "pid>100 -7", "source:wtmp"} {
		var q *query.Node
		if text != "" {
			q = parse(t, text)
		}
		var s Scan
		n, err := r.Count(WithScan(ctx(), &s), q, nil)
		if err != nil {
			t.Fatal(err)
		}
		done, total, hits := s.State()
		if done != total || total == 0 || hits != n.N {
			t.Errorf("%q: %d of %d decided, %d hits, count %d", text, done, total, hits, n.N)
		}
		if _, err := r.Page(WithScan(ctx(), &s), q, PageRequest{Limit: maxPage}, nil); err != nil {
			t.Fatal(err)
		}
		if done, total, _ := s.State(); done < 0 || done > total {
			t.Errorf("%q: a page tells %d of %d", text, done, total)
		}
	}
}
