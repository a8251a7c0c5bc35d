package storetest

import (
	"errors"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/timeline/store"
)

// tallies holds whatever sums up rows, or gives parts of them, against the rows:
// lanes, histograms, facets, slim rows, the plan's bounds, the span, the digest.
func tallies(t *testing.T, e Engine) {
	list := Sample("run-a", 600)
	put(t, e, "run-a", list)
	r := read(t, e)
	first, last, dated, rest := r.Span()
	for _, text := range []string{"*", "actor:root", "-source:audit", "nr_17", "absent", "ip:203.0.113.0/28 OR pid>590"} {
		q, err := query.Parse(text, query.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var want []*event.Event
		for _, x := range list {
			if query.Match(q, query.Row{ID: x.ID(), Event: x}, nil) {
				want = append(want, x)
			}
		}
		lanes(t, r, q, want, first, last+1)
		facets(t, r, q, want)
		slim(t, r, q, want)
		x, err := r.Explain(t.Context(), q, nil)
		if err != nil || x.Rows != int64(len(list)) || x.Sure > int64(len(want)) || x.Sure+x.Open < int64(len(want)) {
			t.Errorf("%s: the plan says %+v %v, %d rows match", text, x, err, len(want))
		}
	}
	undated, low, high := int64(0), int64(0), int64(0)
	for i, x := range list {
		k, ok := x.Time.Key()
		if !ok {
			undated++
			continue
		}
		if low == 0 || k < low {
			low = k
		}
		if high = max(high, k); i == 0 {
			high = k
		}
	}
	if first != low || last != high || dated != int64(len(list))-undated || rest != undated {
		t.Errorf("span %d..%d, %d dated, %d not; want %d..%d, %d, %d", first, last, dated, rest, low, high, int64(len(list))-undated, undated)
	}
	d, err := r.Digest(t.Context())
	if err != nil || d.Events != int64(len(list)) || len(d.SHA256) != 64 {
		t.Errorf("digest %+v %v", d, err)
	}
}

func lanes(t *testing.T, r Reader, q *query.Node, want []*event.Event, from, to int64) {
	t.Helper()
	edges, got, err := r.Lanes(t.Context(), q, from, to, 24, nil)
	if err != nil || len(edges) < 2 || edges[0] != from || edges[len(edges)-1] != to {
		t.Fatalf("%s: lanes %v %v", q, edges, err)
	}
	for host := byte(1); host <= 3; host++ {
		for i := range len(edges) - 1 {
			n := int64(0)
			for _, x := range want {
				if k, ok := x.Time.Key(); ok && x.Host == (event.HostKey{host}) && k >= edges[i] && k < edges[i+1] {
					n++
				}
			}
			have := int64(0)
			if l := got[event.HostKey{host}]; l != nil {
				have = l[i]
			}
			if have != n {
				t.Fatalf("%s: host %d has %d events in lane %d, want %d", q, host, have, i, n)
			}
		}
	}
}

func facets(t *testing.T, r Reader, q *query.Node, want []*event.Event) {
	t.Helper()
	counts := map[string]int64{}
	for _, x := range want {
		counts[x.Source]++
	}
	got, err := r.Facets(t.Context(), q, "source", 0, nil)
	if err != nil || len(got) != len(counts) {
		t.Fatalf("%s: facets %v %v, want %v", q, got, err, counts)
	}
	for i, f := range got {
		if f.Count != counts[f.Value] || !f.Exact || i > 0 && f.Count > got[i-1].Count {
			t.Errorf("%s: facet %+v, want %d", q, f, counts[f.Value])
		}
	}
}

func slim(t *testing.T, r Reader, q *query.Node, want []*event.Event) {
	t.Helper()
	pids := map[string]int{}
	for _, x := range want {
		v, _ := x.Get("pid")
		pids[v]++
	}
	n := 0
	err := r.Slim(t.Context(), q, nil, []string{"pid"}, func(x *event.Slim) error {
		pids[x.Values[0]]--
		n++
		return nil
	})
	for v, k := range pids {
		if k != 0 {
			t.Fatalf("%s: pid %s is off by %d among slim rows", q, v, k)
		}
	}
	stop := errors.New("stop")
	if err != nil || n != len(want) {
		t.Fatalf("%s: %d slim rows %v, want %d", q, n, err, len(want))
	}
	if err := r.Slim(t.Context(), q, nil, nil, func(*event.Slim) error { return stop }); n > 0 && !errors.Is(err, stop) {
		t.Errorf("%s: a slim walk that was stopped says %v", q, err)
	}
}

// groups wants the further witnesses of every row, whichever of them is asked for.
func groups(t *testing.T, r Reader, rows []store.Row) {
	t.Helper()
	for i := range rows[:min(20, len(rows))] {
		more, err := r.Copies(t.Context(), rows[i].ID)
		if err != nil || len(more) != 1 || more[0].ID == rows[i].ID || more[0].Event.Message != rows[i].Event.Message ||
			more[0].Event.Origin.Run == rows[i].Event.Origin.Run {
			t.Fatalf("the witnesses of %s: %+v %v", rows[i].ID, more, err)
		}
	}
}
