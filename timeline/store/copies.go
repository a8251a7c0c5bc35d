package store

import (
	"context"
	"hash/maphash"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// Copies gives the further witnesses of a record: the rows that the row shown
// stands for, or, for one of these, the others and the row shown. They come in
// the order of their event ids. A row without a copy has none.
func (r *Reader) Copies(ctx context.Context, id event.ID) ([]Row, error) {
	found, err := r.locate(ctx, []event.ID{id})
	if err != nil {
		return nil, err
	}
	p, ok := found[id]
	if !ok || !p.s.kept(p.ord) {
		return nil, nil
	}
	own, err := p.s.row(int(p.ord), true)
	if err != nil {
		return nil, err
	}
	t := &twins{r: r, seed: maphash.MakeSeed()}
	if err := t.kept(ctx, &own.Event); err != nil || len(t.group) < 2 {
		return nil, err
	}
	sets, err := t.sets()
	if err != nil {
		return nil, err
	}
	for _, list := range sets {
		rows, mine, err := t.rows(list, id)
		if err != nil {
			return nil, err
		}
		if mine {
			return rows, nil
		}
	}
	return nil, nil
}

// kept says whether a row is one of several copies.
func (s *segment) kept(ord uint32) bool {
	return s.more[ord] > 0 || s.copies != nil && s.copies.Contains(ord)
}

// kept collects the rows of the host and instant of an event that are copies
// or have some.
func (t *twins) kept(ctx context.Context, e *event.Event) error {
	q := query.MakeAnd(query.Equal("parser", e.Parser), query.Equal("host", e.Host.String()))
	key, dated := e.Time.Key()
	if dated {
		q = query.MakeAnd(q, query.Interval(key, key, false))
	}
	p, err := t.r.newPlan(ctx, q, nil)
	if err != nil {
		return err
	}
	w := t.r.newWalk(p, false, nil, true, !dated)
	for len(t.group) <= maxTwins {
		c, err := w.next(ctx)
		if err != nil || c == nil {
			return err
		}
		if c.at.undated == dated || dated && c.at.key != key || !c.s.kept(uint32(c.ord)) {
			continue
		}
		if err := t.take(c); err != nil {
			return err
		}
	}
	return nil
}

// rows reads the rows of a set but the one named, and says whether it is in it.
func (t *twins) rows(list []int, id event.ID) (rows []Row, mine bool, err error) {
	for _, i := range list {
		x := &t.group[i]
		row, err := x.s.rowIn(x.b, int(x.ord), x.i)
		if err != nil {
			return nil, false, err
		}
		if row.ID == id {
			mine = true
			continue
		}
		rows = append(rows, row)
	}
	return rows, mine, nil
}
