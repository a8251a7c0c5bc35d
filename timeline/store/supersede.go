package store

import (
	"errors"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// supersede gives the pairs that hide what the store holds of a bundle: of all
// its exhibits, or of those named. mu is held.
func (w *Writer) supersede(run string, named map[uint32]ExhibitInfo, all bool) (pairs []kv, err error) {
	r, err := Open(w.dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
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
		p, err := maskPair(maskRemoved, s, rows)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
	key := append([]byte{'D'}, run...)
	if all {
		return append(pairs, kv{key, []byte{0}}), nil
	}
	numbers := make([]uint32, 0, len(named))
	for n := range named {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	v := putUv([]byte{1}, uint64(len(numbers)))
	for _, n := range numbers {
		v = putUv(v, uint64(n))
	}
	return append(pairs, kv{key, v}), nil
}

func maskPair(why byte, s *segment, rows *roaring.Bitmap) (kv, error) {
	b, err := packPostings(nil, rows.ToArray())
	return kv{otherKey("x"+string([]byte{why}), s.gen.name, s.no), slices.Clone(b)}, err
}
