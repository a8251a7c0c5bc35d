package store

import "sort"

// scanner walks the matching rows of one segment in one direction.
type scanner struct {
	s      *segment
	back   bool
	sp     *segPlan // nil until the segment is needed
	start  *pos     // rows beyond it, in walking direction, exclusive; nil: all
	at     pos      // place of the row, or a bound that it lies not before
	exact  bool     // at is the place of row ord, which matches
	match  bool     // row ord matches; at has its key, or is its place
	ord    int
	blk    *block
	blkNo  int
	copies bool
	tried  int  // rows of an open filter that were looked at
	hits   int  // and matched
	owned  bool // the sets of the query are of this scanner alone: rows before front were judged

	front int     // the first candidate that was not read ahead, -1 when there is none
	reach float64 // how far it lies at least
}

func newScanner(s *segment, back bool, start *pos, copies bool) *scanner {
	c := &scanner{s: s, back: back, start: start, copies: copies, blkNo: -1, ord: -1}
	c.at = pos{undated: s.man.drawer == undated, key: s.man.first}
	if back {
		c.at = upperBound(s.man.drawer == undated, s.man.last)
	}
	if start != nil && (start.cmp(&c.at) > 0) != back {
		c.at = *start
	}
	return c
}

func upperBound(undated bool, key int64) pos {
	return pos{undated: undated, key: key, host: ^uint64(0), id: [2]uint64{^uint64(0), ^uint64(0)}}
}

// beyond says whether the segment has nothing on the asked side of start.
func (c *scanner) beyond() bool {
	if c.start == nil {
		return false
	}
	if c.back {
		low := pos{undated: c.s.man.drawer == undated, key: c.s.man.first}
		return c.start.cmp(&low) <= 0
	}
	high := upperBound(c.s.man.drawer == undated, c.s.man.last)
	return c.start.cmp(&high) >= 0
}

// load brings the block of an ordinal in.
func (c *scanner) load(ord int, keep bool) (int, error) {
	n := c.s.man.blockAt(ord)
	if n != c.blkNo {
		b, err := c.s.block(n, keep)
		if err != nil {
			return 0, err
		}
		c.blk, c.blkNo = b, n
	}
	return ord - c.s.man.starts[n], nil
}

// undecided gives the ordinals of the blocks that may hold rows on both sides
// of p, by their keys: rows before lie before p, rows after lie after it.
func (c *scanner) undecided(p *pos) (from, to int) {
	m := c.s.man
	if c.s.man.drawer == undated {
		return 0, m.rows
	}
	lo := sort.Search(len(m.blocks), func(i int) bool { return m.lastKey(i) >= p.key })
	hi := sort.Search(len(m.blocks), func(i int) bool { return m.blocks[i].first > p.key })
	return m.starts[lo], m.starts[max(lo, hi)]
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
	m := c.s.man
	lo, hi := 0, m.rows // first ordinal whose row lies after p
	for lo < hi {
		mid := (lo + hi) / 2
		b := m.blockAt(mid)
		switch { // decide by the manifest where keys alone tell
		case c.s.man.drawer != undated && m.blocks[b].first > p.key:
			hi = m.starts[b]
			continue
		case c.s.man.drawer != undated && m.lastKey(b) < p.key:
			lo = m.starts[b+1]
			continue
		}
		i, err := c.load(mid, true)
		if err != nil {
			return 0, err
		}
		d, err := c.compare(i, p)
		if err != nil {
			return 0, err
		}
		if d < 0 || d == 0 && also {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, nil
}

// compare says where row i of the loaded block lies beside p. Most rows differ
// in their key: the rest of their place is read where it does not.
func (c *scanner) compare(i int, p *pos) (int, error) {
	if c.s.man.drawer != undated && !p.undated {
		t, err := c.blk.time()
		if err != nil {
			return 0, err
		}
		if t.keys[i] != p.key {
			return cmp64(t.keys[i], p.key), nil
		}
	}
	x, err := c.s.posOf(c.blk, i)
	return x.cmp(p), err
}

// open plans the query for the segment and finds the first candidate.
func (c *scanner) open(p *plan) error {
	sp, err := p.bind(c.s, c.copies)
	if err != nil {
		return err
	}
	c.sp = sp
	from := 0
	if c.back {
		from = c.s.man.rows
	}
	if c.start != nil && !sp.root.may.IsEmpty() {
		if c.start.undated != (c.s.man.drawer == undated) {
			if c.start.undated != c.back { // everything lies on the wrong side
				c.ord = -1
				return nil
			}
		} else if from, err = c.begin(); err != nil {
			return err
		}
	}
	if c.back {
		from--
	}
	c.candidate(from)
	return nil
}

// candidate moves to the first row of may at or beyond ord.
func (c *scanner) candidate(ord int) {
	c.exact, c.match = false, false
	if ord < 0 || ord >= c.s.man.rows {
		c.ord = -1
		return
	}
	if c.back {
		c.ord = int(c.sp.root.may.PreviousValue(uint32(ord)))
	} else {
		c.ord = int(c.sp.root.may.NextValue(uint32(ord)))
	}
	if c.ord < 0 {
		return
	}
	b := c.s.man.blockAt(c.ord)
	c.bound(c.s.man.blocks[b].first, c.s.man.lastKey(b))
}

// bound takes the first and last key that the candidate may have for its place
// and says whether that moved it on: bounds never go back.
func (c *scanner) bound(first, last int64) bool {
	bound := pos{undated: c.s.man.drawer == undated, key: first}
	if c.back {
		bound = upperBound(c.s.man.drawer == undated, last)
	}
	d := bound.cmp(&c.at)
	if d == 0 || (d > 0) == c.back {
		return false
	}
	c.at = bound
	return true
}

func (c *scanner) step() {
	if c.back {
		c.candidate(c.ord - 1)
	} else {
		c.candidate(c.ord + 1)
	}
}

// settle finds out whether the candidate matches and where it lies. It goes on
// within the block, then gives way to other segments. The key of a row comes
// first: its id is computed when no other segment has a row before that key.
func (c *scanner) settle(keep bool) error {
	for {
		i, err := c.load(c.ord, keep)
		if err != nil {
			return err
		}
		if c.match {
			c.at, err = c.s.posOf(c.blk, i)
			c.exact = true
			return err
		}
		if c.match, err = c.matches(i); err != nil {
			return err
		}
		if c.match {
			t, err := c.blk.time()
			if err != nil {
				return err
			}
			if c.bound(t.keys[i], t.keys[i]) {
				return nil
			}
			continue
		}
		c.step()
		if c.ord < 0 || c.s.man.blockAt(c.ord) != c.blkNo {
			return nil
		}
	}
}

// matches decides the candidate, which is row i of the loaded block.
func (c *scanner) matches(i int) (match bool, err error) {
	if c.sp.root.must.Contains(uint32(c.ord)) {
		return true, nil
	}
	match, err = c.sp.match(c.sp.p.root, c.blk, i, uint32(c.ord))
	if c.tried++; match {
		c.hits++
	}
	return match, err
}

// open says whether rows have to be looked at to know whether they match.
func (sp *segPlan) open() bool { return sp.root.must != sp.root.may }

// judgedAhead says whether the candidate is known to match.
func (c *scanner) judgedAhead() bool {
	return c.owned && c.ord >= 0 && c.sp.root.must.Contains(uint32(c.ord))
}
