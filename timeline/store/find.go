package store

import (
	"context"
	"slices"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// find looks an event up in a segment.
func (s *segment) find(id event.ID) (ord int, ok bool, err error) {
	n := idNumbers(id)
	bucket, _ := idPlace(n[0], idShift(s.man.rows))
	chunk, err := s.gen.get(chunk16('d', s.no, bucket/idBuckets))
	if err != nil {
		return 0, false, err
	}
	places, err := findID(chunk, n[0], s.man.rows)
	if err != nil {
		return 0, false, err
	}
	for _, low := range places {
		for blk := low; blk < len(s.man.blocks); blk += 1 << idBlockBits {
			b, err := s.block(blk, true)
			if err != nil {
				return 0, false, err
			}
			c, err := b.small()
			if err != nil {
				return 0, false, err
			}
			for i := range b.n {
				if c.id(b.tab, i) == id {
					return s.man.starts[blk] + i, true, nil
				}
			}
		}
	}
	return 0, false, nil
}

// row reads one row with what later generations say about it.
func (s *segment) row(ord int, keep bool) (Row, error) {
	blk := s.man.blockAt(ord)
	b, err := s.block(blk, keep)
	if err != nil {
		return Row{}, err
	}
	return s.rowIn(b, ord, ord-s.man.starts[blk])
}

func (s *segment) rowIn(b *block, ord, i int) (Row, error) {
	e, err := b.event(i)
	if err != nil {
		return Row{}, err
	}
	r := Row{ID: e.ID(), Event: e, Tags: slices.Clone(e.Tags)}
	for l, rows := range s.levels {
		if rows.Contains(uint32(ord)) && l.Rank() > r.Level.Rank() {
			r.Level = l
		}
	}
	for t, rows := range s.tags {
		if rows.Contains(uint32(ord)) && !slices.Contains(r.Tags, t) {
			r.Tags = append(r.Tags, t)
		}
	}
	slices.Sort(r.Tags)
	r.Witnesses = s.more[uint32(ord)]
	return r, nil
}

// Get finds an event by its id; rows of dropped bundles and superseded parsers
// are not there. ok is false when the store has no such event.
func (r *Reader) Get(ctx context.Context, id event.ID) (row Row, ok bool, err error) {
	for _, s := range r.segs {
		if err := ctx.Err(); err != nil {
			return Row{}, false, err
		}
		ord, ok, err := s.find(id)
		if err != nil {
			return Row{}, false, err
		}
		if !ok || s.hidden != nil && s.hidden.Contains(uint32(ord)) {
			continue
		}
		row, err := s.row(ord, true)
		return row, err == nil, err
	}
	return Row{}, false, nil
}

// Span gives the first and last sort key of dated rows and how many rows are
// dated and undated, without hidden ones. With no dated row first > last.
func (r *Reader) Span() (first, last, dated, rest int64) {
	first, last = event.MaxTime, event.MinTime
	for _, s := range r.segs {
		n := int64(s.man.rows)
		for _, m := range s.masks(false) {
			n -= int64(m.GetCardinality())
		}
		if s.man.drawer == undated {
			rest += n
			continue
		}
		if dated += n; n > 0 {
			first, last = min(first, s.man.first), max(last, s.man.last)
		}
	}
	return first, last, dated, rest
}

// levelOf gives the overlay bitmap of a level, nil when there is none.
func (s *segment) levelNames() []claim.Level {
	out := make([]claim.Level, 0, len(s.levels))
	for l := range s.levels {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b claim.Level) int { return a.Rank() - b.Rank() })
	return out
}
