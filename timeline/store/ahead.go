package store

import (
	"cmp"
	"context"
	"errors"
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
	s        *segment
	block    int
	from, to float64 // between what keys they may lie, as distance from the start
	rows     float64 // candidates
}

// ahead moves the scanners on that have to be moved before the first row can go
// out, and reads the blocks that the first so many rows are likely to come from.
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
	var list []stretch
	for _, c := range here {
		if c.sp != nil && c.ord >= 0 && c.sp.root.must == c.sp.root.may {
			list = c.stretches(list, min(aheadEach, 2+4*limit/len(here)))
		}
	}
	list = nearest(list, limit)
	return w.each(ctx, len(list), func(i int) error { return list[i].read() })
}

// read brings a block into the cache with what places its rows.
func (x *stretch) read() error {
	b, err := x.s.block(x.block, true)
	if err != nil {
		return err
	}
	if _, err = b.time(); err != nil {
		return err
	}
	_, err = b.small()
	return err
}

// stretches adds the next blocks that have candidates, at most so many.
func (c *scanner) stretches(list []stretch, most int) []stretch {
	m, may := c.s.man, c.sp.root.may
	distance := func(key int64) float64 {
		if key < c.start.key == c.back {
			return float64(uint64(max(key, c.start.key)) - uint64(min(key, c.start.key)))
		}
		return 0
	}
	for ord := c.ord; ord >= 0 && most > 0; most-- {
		b := m.blockAt(ord)
		x := stretch{s: c.s, block: b, from: distance(m.blocks[b].first), to: distance(m.lastKey(b))}
		first, last, next := ord, m.starts[b+1]-1, int64(-1)
		if c.back {
			x.from, x.to, first, last = x.to, x.from, m.starts[b], ord
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

// nearest gives the stretches that begin before so many rows are to be
// expected, if the rows of each lie evenly.
func nearest(list []stretch, limit int) []stretch {
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
		if rows > float64(limit) || i == aheadAll {
			return list[:i]
		}
	}
	return list
}
