package store

import "sort"

// undecided gives the ordinals of the blocks that may hold rows on both sides
// of p, by their keys: rows before lie before p, rows after lie after it.
func (c *scanner) undecided(p *pos) (from, to int) {
	m := c.s.man
	if c.s.man.drawer == undated {
		return 0, m.rows
	}
	lo := sort.Search(len(m.blocks), func(i int) bool { return m.lastKey(i) >= p.key })
	hi := lo
	if hi+1 < len(m.blocks) && m.blocks[hi+1].first <= p.key { // equal keys in many blocks
		hi += sort.Search(len(m.blocks)-lo, func(i int) bool { return m.blocks[lo+i].first > p.key })
	} else if hi < len(m.blocks) && m.blocks[hi].first <= p.key {
		hi++
	}
	return m.starts[lo], m.starts[hi]
}

// begin gives the ordinal from which on, or before which, the rows beyond start
// are looked for. Blocks are read only when a candidate lies where keys of
// blocks do not tell.
func (c *scanner) begin() (int, error) {
	from, to := c.undecided(c.start)
	may := c.sp.root.may
	if c.back {
		if to == 0 || int(may.PreviousValue(uint32(to-1))) < from {
			return from, nil
		}
	} else if n := may.NextValue(uint32(from)); n < 0 || int(n) >= to {
		return to, nil
	}
	return c.seek(c.start, !c.back)
}

// seek gives the number of rows that lie before p, or at p when also is set.
func (c *scanner) seek(p *pos, also bool) (int, error) {
	lo, hi := c.undecided(p) // the first row behind p is one of these, or hi
	for lo < hi {
		mid := (lo + hi) / 2
		i, err := c.load(mid, true)
		if err != nil {
			return 0, err
		}
		first := mid - i
		from, to := max(lo-first, 0), min(hi-first, c.blk.n)
		n, err := c.seekIn(p, also, from, to)
		switch {
		case err != nil:
			return 0, err
		case n == from && first+from > lo:
			hi = first + from
		case n == to && first+to < hi:
			lo = first + to
		default:
			return first + n, nil
		}
	}
	return lo, nil
}

// seekIn is seek among some rows of the loaded block. Most rows differ from p in
// their key: the rest of their place is read where it does not.
func (c *scanner) seekIn(p *pos, also bool, from, to int) (int, error) {
	t, err := c.blk.time()
	if err != nil {
		return 0, err
	}
	keys := t.keys[:to]
	from += sort.Search(to-from, func(i int) bool { return keys[from+i] >= p.key })
	if from == to || keys[from] != p.key {
		return from, nil
	}
	to = from + sort.Search(to-from, func(i int) bool { return keys[from+i] > p.key })
	n := sort.Search(to-from, func(i int) bool {
		x, perr := c.s.posOf(c.blk, from+i)
		if perr != nil {
			err = perr
			return true
		}
		d := x.cmp(p)
		return d > 0 || d == 0 && !also
	})
	return from + n, err
}
