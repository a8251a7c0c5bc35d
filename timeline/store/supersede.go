package store

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// hide gives the pairs that hide what the open generations hold of a bundle:
// of all its exhibits, or of those named.
func (r *Reader) hide(run string, named map[uint32]ExhibitInfo, all bool) (pairs []kv, err error) {
	for _, s := range r.segs {
		rows := roaring.New()
		for i := range s.man.tab.exhibits {
			x := &s.man.tab.exhibits[i]
			if _, ok := named[x.Number]; x.Run != run || !ok && !all {
				continue
			}
			have, err := s.exact(kindExhibit, be32(uint32(i)))
			if err != nil {
				return nil, err
			}
			rows.Or(have)
		}
		if rows.IsEmpty() {
			continue
		}
		if s.hidden == nil {
			s.hidden = rows
		} else {
			s.hidden.Or(rows)
		}
		pairs = append(pairs, maskPair(s))
	}
	x := removed{all: all, exhibits: map[uint32]bool{}}
	for n := range named {
		x.exhibits[n] = true
	}
	for _, g := range r.gens {
		pairs = append(pairs, x.pair(goneKey(g.name, run)))
	}
	return pairs, nil
}

// maskPair keeps the rows of a segment that are hidden.
func maskPair(s *segment) kv {
	return kv{otherKey("x", s.gen.name, s.no), packPostings(nil, s.hidden.ToArray())}
}

// pair keeps what was removed of a generation and bundle.
func (x removed) pair(key string) kv {
	k := append([]byte{'D'}, key...)
	if x.all {
		return kv{k, []byte{0}}
	}
	numbers := make([]uint32, 0, len(x.exhibits))
	for n := range x.exhibits {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	v := putUv([]byte{1}, uint64(len(numbers)))
	for _, n := range numbers {
		v = putUv(v, uint64(n))
	}
	return kv{k, v}
}
