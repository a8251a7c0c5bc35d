package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/timeline/event"
)

func TestExplain(t *testing.T) {
	list := randomEvents(rand.New(rand.NewPCG(31, 32)), "run-1", 4000)
	dir := t.TempDir()
	fill(t, dir, "run-1", list, WriterOptions{})
	r := open(t, dir)
	for _, c := range []struct {
		query string
		how   string
		open  bool // rows have to be read
	}{
		{"source:syslog", "bitmap", false},
		{"cluster_4242", "signature and rows", true},
		{"ab", "rows", true},
		{"path:/dev/shm/*", "bitmap and rows", false},
		{"pid>5", "bitmap and rows", true},
		{"ip:10.0.0.0/8", "bitmap", false},
		{"id:" + list[0].ID().String(), "id index", false},
	} {
		x, err := r.Explain(ctx(), parse(t, c.query), nil)
		if err != nil || len(x.Steps) != 1 || x.Steps[0].How != c.how || (x.Open > 0) != c.open || x.Rows != 4000 {
			t.Errorf("%s: %+v %v", c.query, x, err)
		}
		n, err := r.Count(ctx(), parse(t, c.query), nil)
		if err != nil || n.N < x.Sure || n.N > x.Sure+x.Open {
			t.Errorf("%s: %d rows, the plan says %d to %d", c.query, n.N, x.Sure, x.Sure+x.Open)
		}
	}
	x, err := r.Explain(ctx(), parse(t, "source:syslog (actor:root OR -error)"), nil)
	if err != nil || len(x.Steps) != 6 || x.Steps[5].Depth != 3 || x.Steps[5].Query != "error" {
		t.Errorf("%+v %v", x, err)
	}
	absent, err := r.Explain(ctx(), parse(t, "zqxj_not_in_any_message"), nil)
	small := int64(0) // segments of few blocks have no signature
	for _, s := range r.segs {
		if s.man.sigs == 0 {
			small += int64(s.man.rows)
		}
	}
	if err != nil || absent.Open > small+256 {
		t.Errorf("%d rows to read for a word that is nowhere: %v", absent.Open, err)
	}
}

func TestLanesAddUpToTheHistogram(t *testing.T) {
	list := randomEvents(rand.New(rand.NewPCG(33, 34)), "run-1", 3000)
	dir := t.TempDir()
	fill(t, dir, "run-1", list, WriterOptions{})
	r := open(t, dir)
	q := parse(t, "-source:wtmp")
	from, to := testBase-10, testBase+7200e9
	buckets, err := r.Histogram(ctx(), q, from, to, 50, nil)
	if err != nil {
		t.Fatal(err)
	}
	edges, lanes, err := r.Lanes(ctx(), q, from, to, 50, nil)
	if err != nil || len(edges) != len(buckets)+1 || len(lanes) != 4 {
		t.Fatalf("%d edges, %d lanes, %v", len(edges), len(lanes), err)
	}
	want := map[event.HostKey]int64{}
	for _, e := range list {
		if k, ok := e.Time.Key(); ok && e.Source != "wtmp" && k >= from && k < to {
			want[e.Host]++
		}
	}
	for i, b := range buckets {
		sum := int64(0)
		for h, lane := range lanes {
			sum += lane[i]
			want[h] -= lane[i]
		}
		if sum != b.Count || edges[i] != b.From {
			t.Errorf("bucket %d: lanes add up to %d, histogram says %d", i, sum, b.Count)
		}
	}
	for h, n := range want {
		if n != 0 {
			t.Errorf("host %s: %d events missing", h, n)
		}
	}
}

func TestDeadlineGivesALowerBound(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, "run-1", randomEvents(rand.New(rand.NewPCG(35, 36)), "run-1", 2000), WriterOptions{})
	r := open(t, dir)
	late, cancel := context.WithDeadline(ctx(), time.Now().Add(-time.Second))
	defer cancel()
	n, err := r.Count(late, parse(t, "error"), nil)
	if err != nil || n.Exact {
		t.Errorf("count after the deadline: %+v %v, want a lower bound", n, err)
	}
	if _, err := r.Facets(late, parse(t, "error"), "actor", 5, nil); err != nil {
		t.Errorf("facets after the deadline: %v", err)
	}
	stopped, stop := context.WithCancel(ctx())
	stop()
	if _, err := r.Count(stopped, parse(t, "error"), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled count: %v", err)
	}
	if _, err := r.Page(stopped, parse(t, "nothing_like_this"), PageRequest{Limit: 10}, nil); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled page: %v", err)
	}
}
