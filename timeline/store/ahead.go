package store

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Reading ahead: where a page begins, most segments have a block or more of
// their own to give, one after another. Which ones can mostly be told without
// reading any: they are read on all processors before the walk asks for them.
// A wrong guess costs time only.

const (
	aheadRows = 512 // rows of a page up to which blocks are read ahead
	aheadEach = 16  // blocks of one segment, at most
	aheadAll  = cachedBlocks / 2
)

// stretch is a block that has candidates beyond the start of a walk.
type stretch struct {
	c        *scanner
	block    int
	ord      int     // the first candidate, in walking direction
	from, to float64 // between what keys they may lie, as distance from the start
	rows     float64 // candidates
	found    decided // of an open filter
}

// decided is what is known of the rows of a block under a filter that indexes
// leave open: which ones were looked at, and which of them match.
type decided struct{ seen, match [blockRows / 64]uint64 }

func (d *decided) set(i int, match bool) {
	d.seen[i/64] |= 1 << (i % 64)
	if match {
		d.match[i/64] |= 1 << (i % 64)
	}
}

// of gives what is known of a row; nothing is known by nil.
func (d *decided) of(i int) (match, known bool) {
	if d == nil {
		return false, false
	}
	return d.match[i/64]>>(i%64)&1 != 0, d.seen[i/64]>>(i%64)&1 != 0
}

// open says whether rows have to be looked at to know whether they match.
func (sp *segPlan) open() bool { return sp.root.must != sp.root.may }

// ahead moves the scanners on that have to be moved before the first row can go
// out, and reads the blocks that the first so many rows are likely to come
// from. Rows of an open filter are judged there, too.
func (w *walk) ahead(ctx context.Context, limit int) error {
	if w.procs < 2 || limit > aheadRows || w.start == nil || w.start.undated {
		return nil
	}
	var here []*scanner
	for _, c := range w.heap {
		if c.at.cmp(w.start) == 0 {
			here = append(here, c)
		}
	}
	if len(here) < 2 {
		return nil
	}
	err := w.each(ctx, len(here), func(i int) error {
		c := here[i]
		if err := c.open(w.p); err != nil || c.ord < 0 || c.at.cmp(w.start) != 0 {
			return err
		}
		return c.settle(w.keep)
	})
	w.heap = slices.DeleteFunc(w.heap, func(c *scanner) bool { return c.sp != nil && c.ord < 0 })
	w.sort()
	w.ready = true
	if err != nil {
		return err
	}
	list, edge := nearest(candidates(here, limit))
	if err := w.each(ctx, len(list), func(i int) error { return list[i].read(edge) }); err != nil {
		return err
	}
	for i := range list {
		if x := &list[i]; x.c.sp.open() {
			x.c.known[x.block] = &x.found
		}
	}
	return nil
}

// candidates lists the next blocks of all scanners, and how many candidates
// are to be expected before there are so many rows: under an open filter as
// many more as the rows that were looked at so far say.
func candidates(here []*scanner, limit int) (list []stretch, need float64) {
	tried, hits := 0, 0
	for _, c := range here {
		tried, hits = tried+c.tried, hits+c.hits
	}
	if need = float64(limit); tried > 0 { // those lie behind the scanners
		need = max(need/8, 1.05*need*float64(tried+1)/float64(hits+1)-float64(tried))
	}
	for _, c := range here {
		if c.sp == nil || c.ord < 0 {
			continue
		}
		dense := max(1, float64(c.sp.root.may.GetCardinality())/float64(len(c.s.man.blocks)))
		list = c.stretches(list, int(min(aheadEach, 2+3*need/float64(len(here))/dense)))
		if c.sp.open() && c.known == nil {
			c.known = map[int]*decided{}
		}
	}
	return list, need
}

// distance is how far a key lies beyond the start of the walk.
func (c *scanner) distance(key int64) float64 {
	if key < c.start.key == c.back {
		return float64(uint64(max(key, c.start.key)) - uint64(min(key, c.start.key)))
	}
	return 0
}

// read brings a block into the cache with what places its rows. Under an open
// filter it judges those up to the edge.
func (x *stretch) read(edge float64) error {
	c := x.c
	b, err := c.s.block(x.block, true)
	if err != nil {
		return err
	}
	t, err := b.time()
	if err != nil {
		return err
	}
	if !c.sp.open() {
		_, err = b.small()
		return err
	}
	from, may := c.s.man.starts[x.block], c.sp.root.may
	for i := x.ord - from; i >= 0 && i < b.n && c.distance(t.keys[i]) <= edge; {
		ord := uint32(from + i)
		match := c.sp.root.must.Contains(ord)
		if !match && may.Contains(ord) {
			if match, err = c.sp.match(c.sp.p.root, b, i, ord); err != nil {
				return err
			}
		}
		if x.found.set(i, match); match {
			if _, err = b.small(); err != nil {
				return err
			}
		}
		if i++; c.back {
			i -= 2
		}
	}
	return nil
}

// stretches adds the next blocks that have candidates, at most so many.
func (c *scanner) stretches(list []stretch, most int) []stretch {
	m, may := c.s.man, c.sp.root.may
	for ord := c.ord; ord >= 0 && most > 0; most-- {
		b := m.blockAt(ord)
		x := stretch{c: c, block: b, ord: ord, from: c.distance(m.blocks[b].first), to: c.distance(m.lastKey(b))}
		first, last, next := ord, m.starts[b+1]-1, int64(-1)
		if c.back {
			x.from, x.to, first, last = x.to, x.from, m.starts[b], ord
		}
		if ord == c.ord { // the scanner knows more than the block's keys say
			x.from = min(max(x.from, c.distance(c.at.key)), x.to)
		}
		x.rows = float64(may.CardinalityInRange(uint64(first), uint64(last)+1))
		list = append(list, x)
		switch {
		case !c.back && last+1 < m.rows:
			next = may.NextValue(uint32(last + 1))
		case c.back && first > 0:
			next = may.PreviousValue(uint32(first - 1))
		}
		ord = int(next)
	}
	return list
}

// each calls f with 0 to n-1, on all processors, until the time is over.
func (w *walk) each(ctx context.Context, n int, f func(i int) error) error {
	if n == 0 {
		return nil
	}
	errs := make([]error, w.procs)
	var next atomic.Int64
	var wg sync.WaitGroup
	work := func(p int) {
		for errs[p] == nil {
			i := int(next.Add(1)) - 1
			if i >= n || !w.until.IsZero() && time.Now().After(w.until) {
				return
			}
			if errs[p] = ctx.Err(); errs[p] == nil {
				errs[p] = f(i)
			}
		}
	}
	for p := 1; p < w.procs; p++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			work(p)
		}()
	}
	work(0)
	wg.Wait()
	return errors.Join(errs...)
}

// nearest gives the stretches that begin before so many candidates are to be
// expected, if those of each lie evenly, and how far from the start that is.
func nearest(list []stretch, need float64) (near []stretch, edge float64) {
	slices.SortFunc(list, func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	for i := range list {
		rows := 0.0
		for _, x := range list[:i] {
			if x.to <= list[i].from {
				rows += x.rows
			} else {
				rows += x.rows * (list[i].from - x.from) / (x.to - x.from)
			}
		}
		if rows > need || i == aheadAll {
			return list[:i], list[i].from
		}
	}
	return list, math.Inf(1)
}
