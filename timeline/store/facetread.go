package store

import (
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

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
				out = append(out, a.String())
			}
		} else if f.Name == field {
			out = append(out, f.Value)
		}
	}
	return out, nil
}
