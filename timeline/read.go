package timeline

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// Page gives rows in time order, the undated last, with the tags of detectors
// and analysts joined.
func (c *Case) Page(ctx context.Context, q *query.Node, req PageRequest) (Page, error) {
	s, done, err := c.use()
	if err != nil {
		return Page{}, err
	}
	defer done()
	res, err := c.resolver(ctx, s)
	if err != nil {
		return Page{}, err
	}
	p, err := s.r.Page(ctx, q, req, res)
	if err != nil {
		return p, err
	}
	for i := range p.Rows {
		p.Rows[i].Tags = joinTags(p.Rows[i].Tags, res.Tags(p.Rows[i].ID))
	}
	return p, nil
}

func joinTags(a, b []string) []string {
	if len(b) == 0 {
		return a
	}
	out := slices.Clone(a)
	for _, t := range b {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return out
}

// Count gives the number of rows, exact or a lower bound.
func (c *Case) Count(ctx context.Context, q *query.Node) (Count, error) {
	s, done, err := c.use()
	if err != nil {
		return Count{}, err
	}
	defer done()
	res, err := c.resolver(ctx, s)
	if err != nil {
		return Count{}, err
	}
	return s.r.Count(ctx, q, res)
}

// Histogram gives n buckets over [from, to), ns UTC.
func (c *Case) Histogram(ctx context.Context, q *query.Node, from, to int64, n int) ([]Bucket, error) {
	s, done, err := c.use()
	if err != nil {
		return nil, err
	}
	defer done()
	res, err := c.resolver(ctx, s)
	if err != nil {
		return nil, err
	}
	return s.r.Histogram(ctx, q, from, to, n, res)
}

// Facets gives the n most frequent values of a field (all when n is 0). Hosts
// are named as case.toml and the bundles call them.
func (c *Case) Facets(ctx context.Context, q *query.Node, field string, n int) ([]FacetValue, error) {
	s, done, err := c.use()
	if err != nil {
		return nil, err
	}
	defer done()
	res, err := c.resolver(ctx, s)
	if err != nil {
		return nil, err
	}
	switch field {
	case "host", "held_by":
	case "tag":
		return tagFacets(ctx, s, q, n, res)
	default:
		return s.r.Facets(ctx, q, field, n, res)
	}
	vs, err := s.r.Facets(ctx, q, field, 0, res)
	if err != nil {
		return nil, err
	}
	if len(vs) > manySpoken {
		s.spokenAll() // one pass instead of a question for each
	}
	vs = c.nameFacets(vs)
	if n > 0 && len(vs) > n {
		vs = vs[:n]
	}
	return vs, nil
}

// tagFacets counts the tags of parsers, detectors and analysts.
func tagFacets(ctx context.Context, s *snapshot, q *query.Node, n int, res *resolver) ([]FacetValue, error) {
	vs, err := s.r.Facets(ctx, q, "tag", 0, res)
	if err != nil {
		return nil, err
	}
	tags := slices.Collect(maps.Keys(res.notes.Tagged))
	tags = append(tags, "starred", "noted")
	slices.Sort(tags)
	for _, t := range tags {
		both := &query.Node{Op: query.And, Kids: []*query.Node{equal("tag", t)}}
		if q != nil {
			both.Kids = append(both.Kids, q)
		}
		c, err := s.r.Count(ctx, both, res)
		if err != nil {
			return nil, err
		}
		if c.N == 0 {
			continue
		}
		v := FacetValue{Value: t, Count: c.N, Exact: c.Exact, First: event.MinTime, Last: event.MinTime}
		if p, err := s.r.Page(ctx, both, PageRequest{Limit: 1}, res); err == nil && len(p.Rows) == 1 {
			v.First = keyOf(&p.Rows[0])
		}
		if p, err := s.r.Page(ctx, both, PageRequest{After: Cursor{Set: true, Undated: true}, Direction: Backward, Limit: 1}, res); err == nil && len(p.Rows) == 1 {
			v.Last = keyOf(&p.Rows[0])
		}
		vs = slices.DeleteFunc(vs, func(old FacetValue) bool { return old.Value == t })
		vs = append(vs, v)
	}
	byCount(vs)
	if n > 0 && len(vs) > n {
		vs = vs[:n]
	}
	return vs, nil
}

// keyOf is the sort key of a row, event.MinTime when it has none.
func keyOf(r *Row) int64 {
	if k, ok := r.Event.Time.Key(); ok {
		return k
	}
	return event.MinTime
}

// nameFacets turns keys into names; keys of one host become one value.
func (c *Case) nameFacets(vs []FacetValue) []FacetValue {
	var out []FacetValue
	at := map[string]int{}
	for _, v := range vs {
		if k, ok := parseHostKey(v.Value); ok {
			v.Value = c.HostName(k)
		}
		i, ok := at[v.Value]
		if !ok {
			at[v.Value] = len(out)
			out = append(out, v)
			continue
		}
		o := &out[i]
		o.Count, o.Exact = o.Count+v.Count, o.Exact && v.Exact
		if o.First == event.MinTime || v.First != event.MinTime && v.First < o.First {
			o.First = v.First
		}
		o.Last = max(o.Last, v.Last)
	}
	byCount(out)
	return out
}

// byCount puts the most frequent value first.
func byCount(vs []FacetValue) {
	slices.SortStableFunc(vs, func(a, b FacetValue) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
}

// Get gives one event by id.
func (c *Case) Get(ctx context.Context, id event.ID) (Row, bool, error) {
	s, done, err := c.use()
	if err != nil {
		return Row{}, false, err
	}
	defer done()
	row, ok, err := s.r.Get(ctx, id)
	if err != nil || !ok {
		return row, ok, err
	}
	st, err := c.journals()
	if err != nil {
		return row, false, err
	}
	row.Tags = joinTags(row.Tags, markTags(st.Marks[id]))
	return row, true, nil
}

// Events gives every row that matches, in time order, the undated last. The
// row belongs to the caller.
func (c *Case) Events(ctx context.Context, q *query.Node) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		s, done, err := c.use()
		if err != nil {
			yield(nil, err)
			return
		}
		defer done()
		res, err := c.resolver(ctx, s)
		if err != nil {
			yield(nil, err)
			return
		}
		for row, err := range s.r.Iterate(ctx, q, res) {
			if row != nil {
				row.Tags = joinTags(row.Tags, res.Tags(row.ID))
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// Warnings gives what parsers could not read or doubted.
func (c *Case) Warnings(ctx context.Context) iter.Seq2[event.Warning, error] {
	return func(yield func(event.Warning, error) bool) {
		s, done, err := c.use()
		if err != nil {
			yield(event.Warning{}, err)
			return
		}
		defer done()
		for w, err := range s.r.Warnings(ctx) {
			if !yield(w, err) || err != nil {
				return
			}
		}
	}
}

// Bundles lists the ingested bundles.
func (c *Case) Bundles(context.Context) ([]BundleInfo, error) {
	s, done, err := c.use()
	if err != nil {
		return nil, err
	}
	defer done()
	return c.judged(s)
}

// Witnesses gives the other exhibits that hold the same record as an event, as
// many as its row says: the same host, time and words in another file or
// bundle. They are rows of their own with AllCopies only.
func (c *Case) Witnesses(ctx context.Context, id event.ID) ([]Row, error) {
	s, done, err := c.use()
	if err != nil {
		return nil, err
	}
	defer done()
	return s.r.Copies(ctx, id)
}
