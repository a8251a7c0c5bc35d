package store

import "slices"

// manyValues is from how many values on the first and last rows of all are
// read in the order of rows, each block once.
const manyValues = 1024

// keysAt holds sort keys that were read, by row.
type keysAt map[*segment]map[uint32]int64

// of gives the sort key of a row, from what was read or from its block.
func (a keysAt) of(s *segment, ord uint32) (int64, error) {
	if k, ok := a[s][ord]; ok {
		return k, nil
	}
	return s.keyOf(ord)
}

// readKeys reads the keys of the first and last rows of all values.
func (t tally) readKeys(into keysAt) error {
	ords := map[*segment][]uint32{}
	for _, c := range t {
		for _, p := range c.places {
			if p.s.man.drawer != undated {
				ords[p.s] = append(ords[p.s], p.first, p.last)
			}
		}
	}
	for s, list := range ords {
		slices.Sort(list)
		list = slices.Compact(list)
		keys := make(map[uint32]int64, len(list))
		blk, from := -1, 0
		var cols *timeCols
		for _, ord := range list {
			if n := s.man.blockAt(int(ord)); n != blk {
				b, err := s.block(n, false)
				if err != nil {
					return err
				}
				if cols, err = b.time(); err != nil {
					return err
				}
				blk, from = n, s.man.starts[n]
			}
			keys[ord] = cols.keys[int(ord)-from]
		}
		into[s] = keys
	}
	return nil
}
