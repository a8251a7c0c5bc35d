package store

import (
	"bytes"
	"context"
	"slices"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// located is where an event lies; s is nil when the store does not have it.
type located struct {
	s   *segment
	ord uint32
}

// maxLocated bounds how many places a reader remembers.
const maxLocated = 1 << 20

// locate finds events by id, all at once: each chunk of an id index and each
// candidate block is read at most once. Ids that are not there have no entry.
// Rows that are hidden are found, too.
func (r *Reader) locate(ctx context.Context, ids []event.ID) (map[event.ID]located, error) {
	out := make(map[event.ID]located, len(ids))
	var open []event.ID
	r.placesMu.Lock()
	for _, id := range ids {
		if p, ok := r.places[id]; !ok {
			open = append(open, id)
		} else if p.s != nil {
			out[id] = p
		}
	}
	r.placesMu.Unlock()
	slices.SortFunc(open, func(a, b event.ID) int { return bytes.Compare(a[:], b[:]) })
	open = slices.Compact(open)
	for _, s := range r.segs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := s.findMany(open, out); err != nil {
			return nil, err
		}
	}
	r.placesMu.Lock()
	defer r.placesMu.Unlock()
	if r.places == nil || len(r.places)+len(open) > maxLocated {
		r.places = map[event.ID]located{}
	}
	for _, id := range open[:min(len(open), maxLocated)] {
		r.places[id] = out[id]
	}
	return out, nil
}

// findMany adds the places of ids, which are sorted, as far as they lie in the
// segment. An id that is there already with hidden rows is replaced by a
// visible one.
func (s *segment) findMany(ids []event.ID, out map[event.ID]located) error {
	shift := idShift(s.man.rows)
	byBlock := map[int][]event.ID{}
	last, chunk := -1, []byte(nil)
	for _, id := range ids {
		n := idNumbers(id)
		bucket, _ := idPlace(n[0], shift)
		if c := bucket / idBuckets; c != last {
			var err error
			if chunk, err = s.gen.get(chunk16('d', s.no, c)); err != nil {
				return err
			}
			last = c
		}
		places, err := findID(chunk, n[0], s.man.rows)
		if err != nil {
			return err
		}
		for _, low := range places {
			for blk := low; blk < len(s.man.blocks); blk += 1 << idBlockBits {
				byBlock[blk] = append(byBlock[blk], id)
			}
		}
	}
	for blk, want := range byBlock {
		b, err := s.block(blk, len(byBlock) < 16)
		if err != nil {
			return err
		}
		c, err := b.small()
		if err != nil {
			return err
		}
		for i := range b.n {
			id := c.id(b.tab, i)
			if !slices.Contains(want, id) {
				continue
			}
			old, ok := out[id]
			p := located{s, uint32(s.man.starts[blk] + i)}
			if !ok || old.s.hidden != nil && old.s.hidden.Contains(old.ord) {
				out[id] = p
			}
		}
	}
	return nil
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
	return s.rowWith(e, ord), nil
}

// rowWith adds what lies over a row.
func (s *segment) rowWith(e event.Event, ord int) Row {
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
	return r
}

// Get finds an event by its id; rows of dropped bundles and superseded parsers
// are not there. ok is false when the store has no such event.
func (r *Reader) Get(ctx context.Context, id event.ID) (row Row, ok bool, err error) {
	found, err := r.locate(ctx, []event.ID{id})
	if err != nil {
		return Row{}, false, err
	}
	p, ok := found[id]
	if !ok || p.s.hidden != nil && p.s.hidden.Contains(p.ord) {
		return Row{}, false, nil
	}
	row, err = p.s.row(int(p.ord), true)
	return row, err == nil, err
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
