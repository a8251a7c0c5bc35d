package store

import (
	order "container/heap"

	"github.com/RoaringBitmap/roaring/v2"
)

// stretch is what is left of a block that has candidates.
type stretch struct {
	c     *scanner
	block int
	ord   int     // the first candidate, in walking direction
	from  float64 // no candidate lies before, as distance from the start
	to    float64 // nor behind
	rows  float64 // candidates
	next  int     // the first row that was not looked at
	reach float64 // how far it lies
	key   int64   // its key
	whole bool    // none of the block is left
	tried int     // rows of an open filter that were looked at
	hits  []uint32
}

// stretches is a heap: the nearest one comes first.
type stretches []stretch

func (s stretches) Len() int           { return len(s) }
func (s stretches) Less(i, j int) bool { return s[i].from < s[j].from }
func (s stretches) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *stretches) Push(x any)        { *s = append(*s, x.(stretch)) }
func (s *stretches) Pop() any {
	last := len(*s) - 1
	x := (*s)[last]
	*s = (*s)[:last]
	return x
}

// nearest lists the stretches that begin before as many candidates as are
// needed, if those of each lie evenly, and before the next segment. edge is how
// far that is.
func (a *ahead) nearest() (edge float64) {
	need, ceiling := a.need(), -1.0
	if len(a.rest) > 0 {
		ceiling = a.distance(a.rest[0].at.key)
	}
	a.list = a.list[:0]
	var next stretches
	for _, c := range a.live {
		if c.front >= 0 {
			next = append(next, a.stretch(c, c.front))
		}
	}
	order.Init(&next)
	for len(next) > 0 {
		x := &next[0]
		if ceiling >= 0 && x.from > ceiling {
			return ceiling
		}
		rows := 0.0
		for i := range a.list {
			if s := &a.list[i]; s.to <= x.from {
				rows += s.rows
			} else {
				rows += s.rows * (x.from - s.from) / (s.to - s.from)
			}
		}
		if rows > need || len(a.list) == aheadAll {
			return x.from
		}
		a.list = append(a.list, a.measured(*x))
		if ord := x.c.beyondBlock(x.block); ord >= 0 {
			*x = a.stretch(x.c, ord)
			order.Fix(&next, 0)
		} else {
			order.Pop(&next)
		}
	}
	if ceiling >= 0 {
		return ceiling
	}
	return farthest
}

// farthest is beyond any distance.
const farthest = 1 << 65

// stretch gives the one that begins with a candidate.
func (a *ahead) stretch(c *scanner, ord int) stretch {
	m := c.s.man
	b := m.blockAt(ord)
	x := stretch{c: c, block: b, ord: ord, next: ord}
	if x.from = a.distance(m.blocks[b].first); c.back {
		x.from = a.distance(m.lastKey(b))
	}
	if ord == c.ord { // the scanner knows more than the block's keys say
		x.from = max(x.from, a.distance(c.at.key))
	}
	if ord == c.front {
		x.from = max(x.from, c.reach)
	}
	return x
}

// measured adds how far a stretch goes and how many candidates it has.
func (a *ahead) measured(x stretch) stretch {
	c, m := x.c, x.c.s.man
	first, last := x.ord, m.starts[x.block+1]-1
	x.to = a.distance(m.lastKey(x.block))
	if c.back {
		x.to, first, last = a.distance(m.blocks[x.block].first), m.starts[x.block], x.ord
	}
	x.from = min(x.from, x.to)
	x.rows = float64(c.sp.root.may.CardinalityInRange(uint64(first), uint64(last)+1))
	return x
}

// from gives the first candidate at or beyond ord, in walking direction, -1
// when there is none.
func (c *scanner) from(ord int) int {
	switch {
	case ord < 0 || ord >= c.s.man.rows:
		return -1
	case c.back:
		return int(c.sp.root.may.PreviousValue(uint32(ord)))
	}
	return int(c.sp.root.may.NextValue(uint32(ord)))
}

// beyondBlock gives the first candidate beyond a block.
func (c *scanner) beyondBlock(b int) int {
	if c.back {
		return c.from(c.s.man.starts[b] - 1)
	}
	return c.from(c.s.man.starts[b+1])
}

// read brings the block of a stretch in, with what places its rows. Under an
// open filter it judges those up to the edge.
func (x *stretch) read(a *ahead, edge float64, look *glance) error {
	c := x.c
	if c.sp.open() {
		return x.judge(a, edge, look)
	}
	b, err := c.s.block(x.block, true)
	if err != nil {
		return err
	}
	if _, err := b.time(); err != nil {
		return err
	}
	x.next, x.whole = x.end(), true
	_, err = b.small()
	return err
}

// end gives the first ordinal beyond the block, in walking direction.
func (x *stretch) end() int {
	if x.c.back {
		return x.c.s.man.starts[x.block] - 1
	}
	return x.c.s.man.starts[x.block+1]
}

// judge looks at the rows up to the edge.
func (x *stretch) judge(a *ahead, edge float64, look *glance) error {
	c := x.c
	b, err := look.block(c.s, x.block)
	if err != nil {
		return err
	}
	t, err := b.time()
	if err != nil {
		return err
	}
	first, end, step, sieve := c.s.man.starts[x.block], x.end(), 1, sifted{}
	if c.back {
		step = -1
	}
	for !x.whole {
		i := x.next - first
		x.key = t.keys[i]
		if x.reach = a.distance(x.key); x.reach > edge {
			break
		}
		next, err := sieve.sift(c.sp, b, i, c.back)
		if err != nil {
			return err
		}
		if next == i {
			match, err := c.sp.match(c.sp.p.root, b, i, uint32(x.next))
			if err != nil {
				return err
			}
			if x.tried++; match {
				x.hits = append(x.hits, uint32(x.next))
			}
			next += step
		} else {
			x.tried += c.between(first+i, first+next)
		}
		if x.next = c.from(first + next); x.next < 0 || (end-x.next)*step <= 0 {
			x.next, x.whole = end, true
		}
	}
	if look.leave(b, len(x.hits) > 0); len(x.hits) == 0 {
		return nil
	}
	_, err = b.small()
	return err
}

// judged makes the rows of a stretch that match certain, and drops the others.
func (c *scanner) judged(x *stretch) {
	if !c.owned {
		c.sp.root = sets{must: c.sp.root.must.Clone(), may: c.sp.root.may.Clone()}
		c.owned = true
	}
	first, last := x.ord, x.next
	if c.back {
		first, last = x.next+1, x.ord+1
	}
	for _, bm := range []*roaring.Bitmap{c.sp.root.must, c.sp.root.may} {
		bm.RemoveRange(uint64(first), uint64(last))
		bm.AddMany(x.hits)
	}
}
