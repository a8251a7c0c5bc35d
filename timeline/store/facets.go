package store

import (
	"context"
	"errors"
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
// last dated row (both event.MinTime when none is dated), by falling count, then by value.
// Empty values are left out. A field of several values counts a row once for
// each. The value of host is the key in hex.
//
// When the deadline of ctx passes, what was counted so far is given with Exact
// false.
func (r *Reader) Facets(ctx context.Context, q *query.Node, field string, n int, res query.Resolver) ([]FacetValue, error) {
	p, err := r.newPlan(ctx, q, res)
	if err != nil {
		return nil, err
	}
	total := tally{}
	var mu sync.Mutex
	err = r.each(ctx, func(s *segment) error {
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
	known := keysAt{}
	if len(out) > manyValues {
		if err := t.readKeys(known); err != nil {
			return nil, err
		}
	}
	for i := range out {
		first, last, err := firstLast(t[out[i].Value].places, known)
		if err != nil {
			return nil, err
		}
		if first > last {
			first, last = event.MinTime, event.MinTime
		}
		out[i].First, out[i].Last = first, last
	}
	return out, nil
}

// firstLast gives the least and greatest sort key of dated places. It begins
// where the manifest promises most, so that few blocks are read.
func firstLast(places []place, known keysAt) (first, last int64, err error) {
	dated := slices.DeleteFunc(slices.Clone(places), func(p place) bool { return p.s.man.drawer == undated })
	first, last = event.MaxTime, event.MinTime
	low := func(p place) int64 { return p.s.man.blocks[p.s.man.blockAt(int(p.first))].first }
	slices.SortFunc(dated, func(a, b place) int { return cmp64(low(a), low(b)) })
	for _, p := range dated {
		if low(p) >= first {
			break
		}
		k, err := known.of(p.s, p.first)
		if err != nil {
			return 0, 0, err
		}
		first = min(first, k)
	}
	high := func(p place) int64 { return p.s.man.lastKey(p.s.man.blockAt(int(p.last))) }
	slices.SortFunc(dated, func(a, b place) int { return cmp64(high(b), high(a)) })
	for _, p := range dated {
		if high(p) <= last {
			break
		}
		k, err := known.of(p.s, p.last)
		if err != nil {
			return 0, 0, err
		}
		last = max(last, k)
	}
	return first, last, nil
}

// keyOf gives the sort key of a row.
func (s *segment) keyOf(ord uint32) (int64, error) {
	n := s.man.blockAt(int(ord))
	switch int(ord) {
	case s.man.starts[n]:
		return s.man.blocks[n].first, nil
	case s.man.rows - 1:
		return s.man.last, nil
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
	read := &postings{s: s}
	err := s.eachTerm(kind, "", func(e *termEntry) (bool, error) {
		if len(e.term) >= termBytes {
			long = true // cut: the value itself has to be read
			return false, nil
		}
		if all {
			first, last, err := read.ends(e)
			t.add(s.termValue(kind, e.term), int64(e.rows), place{s, first, last})
			return err == nil, err
		}
		have, err := read.rows(e)
		if err != nil {
			return false, err
		}
		have.And(rows)
		t.rows(s.termValue(kind, e.term), s, have)
		return true, ctx.Err()
	})
	if err == nil && long {
		t = tally{}
		err = s.readFacets(ctx, field, rows, t)
	}
	if err == nil && field == "tag" {
		err = s.overlayTags(t, rows)
	}
	return t, err
}

// overlayTags adds the tags of detectors, but not to rows whose event carries
// the same tag itself.
func (s *segment) overlayTags(t tally, rows *roaring.Bitmap) error {
	for tag, have := range s.tags {
		own, err := s.exact(kindTag, cutTerm(tag))
		if err != nil {
			return err
		}
		x := roaring.And(rows, have)
		x.AndNot(own)
		t.rows(tag, s, x)
	}
	return nil
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
