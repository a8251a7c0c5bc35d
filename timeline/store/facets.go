package store

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// Facets gives the n most frequent values of a field among the matching rows
// (all of them when n is 0), with count and the sort keys of the first and the
// last dated row (both 0 when none is dated), by falling count, then by value.
// Empty values are left out. A field of several values counts a row once for
// each. The value of host is the key in hex.
//
// When the deadline of ctx passes, what was counted so far is given with Exact
// false.
func (r *Reader) Facets(ctx context.Context, q *query.Node, field string, n int, res query.Resolver) ([]FacetValue, error) {
	p := newPlan(q, res)
	total := tally{}
	var mu sync.Mutex
	err := r.each(ctx, func(s *segment) error {
		sp, err := p.bind(s, false)
		if err != nil {
			return err
		}
		rows, err := sp.exactRows(ctx)
		if err != nil || rows.IsEmpty() {
			return err
		}
		t, err := s.facets(ctx, field, rows)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		total.join(t)
		return nil
	})
	late := errors.Is(err, context.DeadlineExceeded)
	if err != nil && !late {
		return nil, err
	}
	return total.top(n, !late)
}

// tally counts values; places remember in which segment the first and last row
// of a value lie, so that only the times of those given out have to be read.
type tally map[string]*counted

type counted struct {
	n      int64
	places []place
}

type place struct {
	s           *segment
	first, last uint32
}

func (t tally) add(v string, n int64, p place) {
	if v == "" || n == 0 {
		return
	}
	c := t[v]
	if c == nil {
		c = &counted{}
		t[strings.Clone(v)] = c
	}
	c.n += n
	if k := len(c.places); k > 0 && c.places[k-1].s == p.s {
		c.places[k-1].first = min(c.places[k-1].first, p.first)
		c.places[k-1].last = max(c.places[k-1].last, p.last)
		return
	}
	c.places = append(c.places, p)
}

func (t tally) join(o tally) {
	for v, c := range o {
		if x := t[v]; x != nil {
			x.n += c.n
			x.places = append(x.places, c.places...)
		} else {
			t[v] = c
		}
	}
}

func (t tally) top(n int, exact bool) ([]FacetValue, error) {
	out := make([]FacetValue, 0, len(t))
	for v, c := range t {
		out = append(out, FacetValue{Value: v, Count: c.n, Exact: exact})
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Count != out[j].Count {
			return out[i].Count > out[j].Count
		}
		return out[i].Value < out[j].Value
	})
	if n > 0 && len(out) > n {
		out = slices.Clone(out[:n])
	}
	for i := range out {
		first, last := event.MaxTime, event.MinTime
		for _, p := range t[out[i].Value].places {
			if p.s.man.drawer == undated {
				continue
			}
			a, err := p.s.keyOf(p.first, first, event.MinTime)
			if err != nil {
				return nil, err
			}
			b, err := p.s.keyOf(p.last, event.MaxTime, last)
			if err != nil {
				return nil, err
			}
			first, last = min(first, a), max(last, b)
		}
		if first <= last {
			out[i].First, out[i].Last = first, last
		}
	}
	return out, nil
}

// keyOf gives the sort key of a row. When the manifest tells that it is not
// below least, or not above most, a bound on that side is given instead.
func (s *segment) keyOf(ord uint32, least, most int64) (int64, error) {
	n := s.man.blockAt(int(ord))
	if first := s.man.blocks[n].first; first >= least {
		return first, nil
	}
	if last := s.man.lastKey(n); last <= most {
		return last, nil
	}
	b, err := s.block(n, true)
	if err != nil {
		return 0, err
	}
	t, err := b.time()
	if err != nil {
		return 0, err
	}
	return t.keys[int(ord)-s.man.starts[n]], nil
}

// facets counts the values of a field among rows of a segment.
func (s *segment) facets(ctx context.Context, field string, rows *roaring.Bitmap) (tally, error) {
	kinds := map[string]int{"host": kindHost, "source": kindSource, "parser": kindParser, "actor": kindActor,
		"action": kindAction, "meaning": kindMeaning, "bundle": kindBundle, "exhibit": kindExhibit, "tag": kindTag}
	kind, ok := kinds[field]
	t := tally{}
	switch {
	case field == "level":
		for _, l := range s.levelNames() {
			t.rows(string(l), s, roaring.And(rows, s.levels[l]))
		}
		return t, nil
	case !ok || rows.GetCardinality() < 256 && field != "tag":
		return t, s.readFacets(ctx, field, rows, t)
	}
	all := rows.GetCardinality() == uint64(s.man.rows)
	long := false
	err := s.eachTerm(kind, "", func(e *termEntry) (bool, error) {
		if len(e.term) >= termBytes {
			long = true // cut: the value itself has to be read
			return false, nil
		}
		have, err := s.rowsOf(e)
		if err != nil {
			return false, err
		}
		if !all {
			have.And(rows)
		}
		t.rows(s.termValue(kind, e.term), s, have)
		return true, ctx.Err()
	})
	if err != nil || !long {
		if field == "tag" && err == nil {
			for tag, have := range s.tags {
				t.rows(tag, s, roaring.And(rows, have))
			}
		}
		return t, err
	}
	t = tally{}
	return t, s.readFacets(ctx, field, rows, t)
}

func (t tally) rows(v string, s *segment, have *roaring.Bitmap) {
	if !have.IsEmpty() {
		t.add(v, int64(have.GetCardinality()), place{s, have.Minimum(), have.Maximum()})
	}
}

// termValue turns an index term into the value that is shown.
func (s *segment) termValue(kind int, term string) string {
	switch kind {
	case kindHost:
		return event.HostKey([]byte(term)).String()
	case kindExhibit:
		if n := be([]byte(term)); int(n) < len(s.man.tab.exhibits) {
			return s.man.tab.exhibits[n].Path
		}
		return ""
	}
	return term
}

// readFacets counts by reading the rows.
func (s *segment) readFacets(ctx context.Context, field string, rows *roaring.Bitmap, t tally) error {
	rows, err := s.withField(field, rows)
	if err != nil {
		return err
	}
	blk := -1
	var b *block
	for it := rows.Iterator(); it.HasNext(); {
		ord := it.Next()
		if n := s.man.blockAt(int(ord)); n != blk {
			if err := ctx.Err(); err != nil {
				return err
			}
			if b, err = s.block(n, false); err != nil {
				return err
			}
			blk = n
		}
		values, err := s.valuesOf(b, int(ord)-s.man.starts[blk], ord, field)
		if err != nil {
			return err
		}
		for i, v := range values {
			if !slices.Contains(values[:i], v) {
				t.add(v, 1, place{s, ord, ord})
			}
		}
	}
	return nil
}

// withField narrows rows to those that have a record field of this name.
func (s *segment) withField(field string, rows *roaring.Bitmap) (*roaring.Bitmap, error) {
	if _, ok := query.Column(&event.Event{}, field); ok {
		return rows, nil
	}
	switch field {
	case "host", "exhibit", "path", "ip", "tag", "held_by":
		return rows, nil
	}
	have, err := s.exact(kindField, cutTerm(field))
	if err != nil {
		return nil, err
	}
	return roaring.And(rows, have), nil
}

// valuesOf gives the values of a field of a row as they are shown.
func (s *segment) valuesOf(b *block, i int, ord uint32, field string) ([]string, error) {
	e, err := b.event(i)
	if err != nil {
		return nil, err
	}
	if v, ok := query.Column(&e, field); ok {
		return []string{v}, nil
	}
	switch field {
	case "host":
		return []string{e.Host.String()}, nil
	case "held_by":
		if e.HeldBy.IsZero() {
			return nil, nil
		}
		return []string{e.HeldBy.String()}, nil
	case "exhibit":
		return []string{e.Origin.Path}, nil
	case "path":
		return query.Paths(&e), nil
	case "tag":
		return e.Tags, nil
	}
	var out []string
	for _, f := range e.Fields {
		if field == "ip" {
			if a, ok := query.FieldIP(f.Name, f.Value); ok {
				out = append(out, showIP(a))
			}
		} else if f.Name == field {
			out = append(out, f.Value)
		}
	}
	return out, nil
}

func showIP(a netip.Addr) string { return a.String() }
