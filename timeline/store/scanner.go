package store

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
	sieve  sifted

	in *glance // where blocks are looked at; nil: each in memory of its own

	front int     // the first candidate that was not read ahead, -1 when there is none
	reach float64 // how far it lies at least
	key   int64   // its key, if that is known
	keyed bool
}

func (c *scanner) begins(s *segment, back bool, start *pos, copies bool) {
	*c = scanner{s: s, back: back, start: start, copies: copies, blkNo: -1, ord: -1}
	c.at = pos{undated: s.man.drawer == undated, key: s.man.first}
	if back {
		c.at = upperBound(s.man.drawer == undated, s.man.last)
	}
	if start != nil && (start.cmp(&c.at) > 0) != back {
		c.at = *start
	}
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
		b, err := c.block(n, keep)
		if err != nil {
			return 0, err
		}
		c.blk, c.blkNo = b, n
	}
	return ord - c.s.man.starts[n], nil
}

func (c *scanner) block(n int, keep bool) (*block, error) {
	if c.in != nil {
		return c.in.block(c.s, n)
	}
	return c.s.block(n, keep)
}

// leave ends looking at blocks in memory of others. likely says that the page
// will want the first row of the loaded one.
func (c *scanner) leave(likely bool) {
	if c.blk != nil {
		wanted := likely || c.exact || c.blk.unpacked()
		if c.in.leave(c.blk, wanted); !wanted {
			c.blk, c.blkNo = nil, -1
		}
	}
	c.in = nil
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
	if c.keyed && c.ord == c.front {
		c.bound(c.key, c.key)
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
		if beyond, err := c.sifts(i); err != nil || beyond {
			return err
		}
		i = c.ord - c.s.man.starts[c.blkNo]
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

// sifts moves on to the next candidate of the loaded block that may match, and
// says whether there is none. Row i is the candidate.
func (c *scanner) sifts(i int) (beyond bool, err error) {
	for c.sp.open() {
		next, err := c.sieve.sift(c.sp, c.blk, i, c.back)
		if next == i || err != nil {
			return false, err
		}
		first := c.s.man.starts[c.blkNo]
		c.tried += c.between(first+i, first+next)
		if c.candidate(first + next); c.ord < 0 || c.s.man.blockAt(c.ord) != c.blkNo {
			return true, nil
		}
		i = c.ord - first
	}
	return false, nil
}

// between counts the candidates from one ordinal on to another one, in walking
// direction.
func (c *scanner) between(ord, end int) int {
	if c.back {
		ord, end = end+1, ord+1
	}
	return int(c.sp.root.may.CardinalityInRange(uint64(ord), uint64(end)))
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
