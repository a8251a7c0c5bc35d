package store

import (
	"context"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// Slim calls f with every event that matches, of which only the named fields
// are read, in no order: several segments are read at the same time, f is
// called by one goroutine at a time.
func (r *Reader) Slim(ctx context.Context, q *query.Node, res query.Resolver, fields []string, f func(*event.Slim) error) error {
	p, err := r.newPlan(ctx, q, res)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	return r.each(ctx, func(s *segment) error {
		sp, err := p.bind(s, false)
		if err != nil {
			return err
		}
		rows, err := sp.exactRows(ctx)
		if err != nil || rows.IsEmpty() {
			return err
		}
		return s.slim(ctx, rows, fields, func(list []event.Slim) error {
			mu.Lock()
			defer mu.Unlock()
			for i := range list {
				if err := f(&list[i]); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// slim reads the rows of a segment block by block.
func (s *segment) slim(ctx context.Context, rows *roaring.Bitmap, fields []string, f func([]event.Slim) error) error {
	place := make([]int, len(s.man.tab.names)) // number of a name -> 1 + its place among the fields
	for i, name := range s.man.tab.names {
		for j, want := range fields {
			if name == want {
				place[i] = j + 1
			}
		}
	}
	var list []event.Slim
	values := make([]string, blockRows*len(fields))
	for it := rows.Iterator(); it.HasNext(); {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := s.man.blockAt(int(it.PeekNext()))
		b, err := s.block(n, false)
		if err != nil {
			return err
		}
		list = list[:0]
		clear(values)
		for it.HasNext() && int(it.PeekNext()) < s.man.starts[n+1] {
			at := len(list) * len(fields)
			x, err := b.slim(int(it.Next())-s.man.starts[n], place, values[at:at+len(fields)])
			if err != nil {
				return err
			}
			list = append(list, x)
		}
		if err := f(list); err != nil {
			return err
		}
	}
	return nil
}

// slim gives one row; values are empty and as many as there are fields. Of two
// fields of one name the first counts, as in event.Get.
func (b *block) slim(i int, place []int, values []string) (event.Slim, error) {
	t, err := b.time()
	if err != nil {
		return event.Slim{}, err
	}
	c, err := b.small()
	if err != nil {
		return event.Slim{}, err
	}
	v, at, err := b.value(i)
	if err != nil {
		return event.Slim{}, err
	}
	tab := b.tab
	x := &tab.exhibits[c.exhibit.at(i)]
	e := event.Slim{Time: t.of(i, c.reasons.at(i)),
		Host: tab.hosts[c.host.at(i)], Source: tab.sources[c.source.at(i)], Action: tab.actions[c.action.at(i)], Parser: tab.parsers[c.parser.at(i)],
		Ordinal: c.ordinal.at(i), Run: x.Run, Exhibit: x.Number, Offset: c.offset[i], Length: c.length[i], Values: values}
	for j, name := range slices.Backward(v.names(at)) {
		if p := place[name]; p > 0 {
			values[p-1] = v.field(at, j)
		}
	}
	return e, nil
}
