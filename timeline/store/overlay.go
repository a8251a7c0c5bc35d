package store

import (
	"context"
	"errors"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// overlay is what findings say about the rows of one segment.
type overlay struct {
	levels map[uint32]claim.Level
	tags   map[string]*roaring.Bitmap
}

// overlays finds the cited events and packs their levels and tags by segment.
func (r *Reader) overlays(findings []claim.Finding) ([]kv, error) {
	bySeg := map[*segment]*overlay{}
	cited := map[event.ID][]int{}
	for i := range findings {
		for _, id := range findings[i].Events {
			cited[id] = append(cited[id], i)
		}
	}
	ids := make([]event.ID, 0, len(cited))
	for id := range cited {
		ids = append(ids, id)
	}
	found, err := r.locate(context.Background(), ids)
	if err != nil {
		return nil, err
	}
	for id, p := range found {
		o := bySeg[p.s]
		if o == nil {
			o = &overlay{levels: map[uint32]claim.Level{}, tags: map[string]*roaring.Bitmap{}}
			bySeg[p.s] = o
		}
		for _, i := range cited[id] {
			o.cite(p.ord, &findings[i])
		}
	}
	var out []kv
	for _, s := range r.segs {
		if o := bySeg[s]; o != nil {
			out = append(out, kv{otherKey("o", s.gen.name, s.no), o.pack()})
		}
	}
	return out, nil
}

func (o *overlay) cite(ord uint32, f *claim.Finding) {
	if l, ok := o.levels[ord]; !ok || f.Level.Rank() > l.Rank() {
		o.levels[ord] = f.Level
	}
	for _, t := range []string{"finding", f.Rule} {
		if t == "" {
			continue
		}
		if o.tags[t] == nil {
			o.tags[t] = roaring.New()
		}
		o.tags[t].Add(ord)
	}
}

// pack writes uv levels (str, uv length, postings), uv tags (the same).
func (o *overlay) pack() []byte {
	levels := map[string]*roaring.Bitmap{}
	for ord, l := range o.levels {
		if levels[string(l)] == nil {
			levels[string(l)] = roaring.New()
		}
		levels[string(l)].Add(ord)
	}
	var b []byte
	for _, m := range []map[string]*roaring.Bitmap{levels, o.tags} {
		b = putUv(b, uint64(len(m)))
		names := make([]string, 0, len(m))
		for n := range m {
			names = append(names, n)
		}
		slices.Sort(names)
		for _, n := range names {
			b = putStr(putStr(b, n), packPostings(nil, m[n].ToArray()))
		}
	}
	return b
}

func (s *segment) readOverlay(value []byte) error {
	f := scan{b: value}
	for part := range 2 {
		for range f.count() {
			name := f.str()
			rows, err := unpackPostings(f.bytes(f.count()), s.man.rows)
			if f.err != nil || err != nil {
				return errors.Join(f.err, err)
			}
			if part == 0 {
				s.levels[claim.Level(name)] = rows
			} else {
				s.tags[name] = rows
			}
		}
	}
	return f.end()
}
