package store

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// overlappingStore makes a store of many segments over the same time.
func overlappingStore(t *testing.T) (*Reader, []*event.Event) {
	t.Helper()
	rng := rand.New(rand.NewPCG(77, 78))
	dir := t.TempDir()
	w := writer(t, dir)
	w.limits.segment = 400
	var every []*event.Event
	for _, run := range []string{"run-a", "run-b", "run-c", "run-d"} {
		list := randomEvents(rng, run, 3000)
		every = append(every, list...)
		ingest(t, w, info(run, 1), list)
	}
	return open(t, dir), every
}

// TestPagesAheadAreThePages pages from everywhere, both ways, on two
// processors, where blocks are read before they are asked for: the rows must
// be those of the naive evaluator.
func TestPagesAheadAreThePages(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	r, every := overlappingStore(t)
	rng := rand.New(rand.NewPCG(79, 80))
	pages := 40
	if testing.Short() {
		pages = 10
	}
	for _, text := range []string{"*", "actor:root", "path:/etc/*", "pid>1000", "publickey", "-actor:root", "actor:root OR pid<500"} {
		q := parse(t, text)
		want := naive(every, q, nil)
		rows, err := r.Page(ctx(), q, PageRequest{Limit: maxPage}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := gocmp.Diff(want, ids(rows.Rows)); d != "" {
			t.Fatalf("%s: other rows without a cursor: %s", text, d)
		}
		if len(want) == 0 {
			t.Fatalf("%s: the test wants rows", text)
		}
		for range pages {
			at, limit := rng.IntN(len(want)), 1+rng.IntN(150)
			row := &rows.Rows[at]
			drawer, key := drawerOf(row.Event.Time)
			cursor := Cursor{Set: true, Time: key, Host: row.Event.Host, ID: row.ID, Undated: drawer == undated}
			req := PageRequest{After: cursor, Limit: limit}
			part := want[at+1 : min(at+1+limit, len(want))]
			if rng.IntN(2) == 0 {
				req.Direction, part = Backward, want[max(0, at-limit):at]
			}
			got, err := r.Page(ctx(), q, req, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(ids(got.Rows), part) {
				t.Fatalf("%s: %d rows from row %d, direction %v: got %d rows, others", text, limit, at, req.Direction, len(got.Rows))
			}
		}
	}
}

// TestFirstPagesAhead pages from both ends, where no cursor says where the walk
// begins: segments lie one behind another here, or over one another.
func TestFirstPagesAhead(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	rng := rand.New(rand.NewPCG(80, 81))
	for _, all := range []bool{false, true} {
		dir := t.TempDir()
		w := writer(t, dir)
		w.limits.segment = 300
		every := randomEvents(rng, "run-a", 3500)
		slices.SortFunc(every, func(a, b *event.Event) int { return cmp.Compare(a.Time.Earliest, b.Time.Earliest) })
		if !all {
			every = slices.DeleteFunc(every, func(e *event.Event) bool { d, _ := drawerOf(e.Time); return d == undated })
		}
		ingest(t, w, info("run-a", 1), every)
		r := open(t, dir)
		for _, text := range []string{"*", "actor:root", "pid>1500", "publickey", "cluster_4242 500", "\"error 7 \"", "absentword", "-publickey actor:root", "publickey OR pid<100", "publickey -pid>5"} {
			q := parse(t, text)
			want := naive(every, q, nil)
			for _, limit := range []int{1, 7, 100, 500} {
				got, err := r.Page(ctx(), q, PageRequest{Limit: limit}, nil)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(ids(got.Rows), want[:min(limit, len(want))]) {
					t.Fatalf("%s: the first %d rows are others, %d of them", text, limit, len(got.Rows))
				}
				got, err = r.Page(ctx(), q, PageRequest{Limit: limit, Direction: Backward}, nil)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(ids(got.Rows), want[max(0, len(want)-limit):]) {
					t.Fatalf("%s: the last %d rows are others, %d of them", text, limit, len(got.Rows))
				}
			}
		}
	}
}

// TestPageAheadStops wants a page that is cancelled, or whose time is over, to
// end like one that reads nothing ahead.
func TestPageAheadStops(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	r, every := overlappingStore(t)
	first, last, _, _ := r.Span()
	req := PageRequest{After: Cursor{Set: true, Time: first + (last-first)/2}, Limit: 100}
	gone, cancel := context.WithCancel(ctx())
	cancel()
	if _, err := r.Page(gone, nil, req, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a page that was cancelled gives %v", err)
	}
	q := parse(t, "cluster_4242 500 cluster")
	want := len(naive(every, q, nil))
	got, rows := 0, 0
	for req = (PageRequest{Limit: 100, Budget: time.Nanosecond}); ; rows++ {
		page, err := r.Page(ctx(), q, req, nil)
		if err != nil {
			t.Fatal(err)
		}
		got += len(page.Rows)
		if !page.More {
			break
		}
		if req.After = page.Last; rows > 2*len(every) {
			t.Fatal("pages without time get nowhere")
		}
	}
	if got != want {
		t.Errorf("%d rows in pages without time, want %d", got, want)
	}
}
