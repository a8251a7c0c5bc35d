package tui

import (
	"cmp"
	"context"
	"slices"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

func (f *fakeCase) Count(ctx context.Context, q *query.Node) (timeline.Count, error) {
	if err := f.enter(ctx); err != nil {
		return timeline.Count{}, err
	}
	if q == nil {
		return timeline.Count{N: int64(f.n), Exact: true}, nil
	}
	var c timeline.Count
	for i := range min(f.n, 3000) {
		if r := f.at(i); f.match(q, &r) {
			c.N++
		}
	}
	c.Exact = f.n <= 3000
	return c, nil
}

// Histogram is made up, but for a case with a stray event it has its shape.
func (f *fakeCase) Histogram(ctx context.Context, q *query.Node, from, to int64, n int) ([]timeline.Bucket, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	out := make([]timeline.Bucket, n)
	w := int64((uint64(to) - uint64(from)) / uint64(n))
	for i := range out {
		out[i] = timeline.Bucket{From: from + int64(i)*w, To: from + int64(i+1)*w, Count: int64(i % 7 * 10), Cited: map[claim.Level]int64{}}
		if f.stray && i > 0 && i < n*9/10 {
			out[i].Count = 0
		} else if f.stray {
			out[i].Count = int64(1 + i*100)
		}
		if i%40 == 5 {
			out[i].Cited[claim.High] = 1
		}
	}
	out[n-1].To = to
	return out, nil
}

func (f *fakeCase) Facets(ctx context.Context, q *query.Node, field string, n int) ([]timeline.FacetValue, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	m := map[string]int64{}
	for i := range min(f.n, 3000) {
		r := f.at(i)
		if !f.match(q, &r) {
			continue
		}
		switch field {
		case "host":
			m[f.HostName(r.Event.Host)]++
		case "actor":
			m[r.Event.Actor]++
		case "source":
			m[r.Event.Source]++
		default:
			if v, ok := r.Event.Get(field); ok {
				m[v]++
			}
		}
	}
	var out []timeline.FacetValue
	for v, c := range m {
		out = append(out, timeline.FacetValue{Value: v, Count: c, Exact: true})
	}
	slices.SortFunc(out, func(a, b timeline.FacetValue) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	if n > 0 {
		out = out[:min(n, len(out))]
	}
	return out, nil
}

func (f *fakeCase) Get(ctx context.Context, id event.ID) (timeline.Row, bool, error) {
	if err := f.enter(ctx); err != nil {
		return timeline.Row{}, false, err
	}
	for i := range min(f.n, 5000) {
		if r := f.at(i); r.ID == id {
			return r, true, nil
		}
	}
	return timeline.Row{}, false, nil
}

func (f *fakeCase) Raw(ctx context.Context, id event.ID) (timeline.Raw, error) {
	if err := f.enter(ctx); err != nil {
		return timeline.Raw{}, err
	}
	if f.raw != nil {
		return f.raw(id)
	}
	return timeline.Raw{Bytes: []byte("Mar 19 00:00:00 host-00 sshd[812]: Accepted\x1b[31m\n"), Origin: event.Origin{Path: "data/files/var/log/auth.log", Offset: 4096, Length: 48},
		BundlePath: "/evidence/run-1.tar.zst", FrameOK: true, SHA256: "ab12"}, nil
}

// Witnesses: event 7 has the same record in two other bundles.
func (f *fakeCase) Witnesses(ctx context.Context, id event.ID) ([]timeline.Row, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	own := f.make(7)
	if own.ID != id {
		return nil, nil
	}
	var out []timeline.Row
	for i, run := range []string{"run-2", "run-9"} {
		e := own.Event
		e.Origin.Run, e.Origin.Exhibit, e.Origin.Offset = run, uint32(40+i), int64(7000+i)
		out = append(out, timeline.Row{ID: e.ID(), Event: e})
	}
	return out, nil
}
