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

// Reading ahead: what a page will ask of segments can mostly be told without
// reading any. Those that come first in time are opened on all processors, and
// the blocks from which its rows are likely to come are read before the walk
// asks for them. Where indexes leave open which rows match, they are judged
// there, too, so that the walk meets those that do. A wrong guess costs time only.

const (
	aheadRows  = 512 // rows of a page up to which blocks are read ahead
	aheadAll   = cachedBlocks / 2
	aheadBatch = 16 // segments that are opened at once, at most, unless the walk begins in more
)

// ahead is the reading ahead of one walk.
type ahead struct {
	w       *walk
	limit   int
	origin  int64   // the key from which distances are taken
	density float64 // dated rows of the store to a nanosecond
	rest    []*scanner
	live    []*scanner // that were opened
	open    bool       // some have a filter that indexes leave open
	tried   int        // rows that were looked at
	hits    int        // and matched
	found   int        // rows of the page that are known
	list    []stretch
}

// ahead reads what the first so many rows are likely to need.
func (w *walk) ahead(ctx context.Context, limit int) error {
	if w.procs < 2 || limit > aheadRows || w.start != nil && w.start.undated {
		return nil
	}
	a := &ahead{w: w, limit: limit}
	for _, c := range w.heap {
		if c.s.man.drawer != undated {
			a.rest = append(a.rest, c)
		} else if w.back && w.start == nil {
			return nil // the undated come first
		}
	}
	if len(a.rest) < 2 {
		return nil
	}
	w.looks = make([]glance, w.procs)
	a.order()
	if a.origin = a.rest[0].at.key; w.start != nil {
		a.origin = w.start.key
	}
	a.measure()
	err := a.run(ctx)
	w.heap = slices.DeleteFunc(w.heap, func(c *scanner) bool { return c.sp != nil && c.ord < 0 })
	w.sort()
	w.ready = true
	return err
}

// order sorts the scanners by where they begin, which of most is often the
// start of the walk.
func (a *ahead) order() {
	here := slices.DeleteFunc(slices.Clone(a.rest), func(c *scanner) bool { return !a.here(c) })
	rest := slices.DeleteFunc(a.rest, a.here)
	slices.SortStableFunc(rest, func(x, y *scanner) int {
		if a.w.back {
			x, y = y, x
		}
		return cmp.Compare(x.at.key, y.at.key)
	})
	a.rest = append(here, rest...)
}

// measure takes the density of rows that lie ahead.
func (a *ahead) measure() {
	first, last, rows := a.rest[0].s.man.first, a.rest[0].s.man.last, 0
	for _, c := range a.rest {
		first, last, rows = min(first, c.s.man.first), max(last, c.s.man.last), rows+c.s.man.rows
	}
	a.density = float64(rows) / (float64(last) - float64(first) + 1)
}

// run opens more and more segments until there are rows enough.
func (a *ahead) run(ctx context.Context) error {
	for batch := a.w.procs; len(a.rest) > 0; batch = min(2*batch, aheadBatch) {
		if err := a.openNext(ctx, batch); err != nil {
			return err
		}
		for more := true; more; {
			enough, edge := false, a.nearest()
			err := a.w.each(ctx, len(a.list), func(p, i int) error { return a.list[i].read(a, edge, &a.w.looks[p]) })
			if err != nil {
				return err
			}
			enough, more = a.apply()
			if enough || a.late() || !a.open && len(a.list) >= aheadAll {
				return nil
			}
			a.w.report()
		}
	}
	return nil
}

func (a *ahead) late() bool { return !a.w.until.IsZero() && time.Now().After(a.w.until) }

// openNext opens the segments in which the walk begins, then those that begin
// next. What has to be moved on before the first row can go out is.
func (a *ahead) openNext(ctx context.Context, batch int) error {
	w, n := a.w, 0
	for n < len(a.rest) && a.here(a.rest[n]) {
		n++
	}
	var tried, hits atomic.Int64
	n = min(max(n, batch), len(a.rest))
	part := a.rest[:n]
	a.rest = a.rest[n:]
	err := w.each(ctx, n, func(p, i int) error {
		c := part[i]
		c.in = &w.looks[p]
		err := c.open(w.p)
		if err == nil && c.ord >= 0 && a.here(c) {
			err = c.settle(w.keep)
		}
		c.leave(a.likely(c, &tried, &hits))
		return err
	})
	for _, c := range part {
		if c.sp == nil || c.ord < 0 {
			continue
		}
		c.front = c.ord
		a.live = append(a.live, c)
		a.open = a.open || c.sp.open()
		a.tried, a.hits = a.tried+c.tried, a.hits+c.hits
	}
	return err
}

// likely guesses whether the first match of a scanner will be on the page: that
// it lies before as many rows as the page has, or half as many more, if those of
// the store lie evenly. tried and hits are those of all scanners so far.
func (a *ahead) likely(c *scanner, tried, hits *atomic.Int64) bool {
	if c.sp == nil || c.ord < 0 || !c.match {
		return false
	}
	rows, matches := float64(c.s.man.rows), float64(c.sp.root.may.GetCardinality())
	if c.sp.open() {
		matches *= float64(hits.Add(int64(c.hits))+1) / float64(tried.Add(int64(c.tried))+1)
	}
	return a.distance(c.at.key)*matches*a.density < 1.5*float64(a.limit)*rows
}

// here says whether a scanner stands where the walk begins.
func (a *ahead) here(c *scanner) bool { return a.w.start != nil && c.at.cmp(a.w.start) == 0 }

// distance is how far a key lies beyond the start of the walk.
func (a *ahead) distance(key int64) float64 {
	if key < a.origin == a.w.back {
		return float64(uint64(max(key, a.origin)) - uint64(min(key, a.origin)))
	}
	return 0
}

// need is how many candidates are to be expected before there are so many rows:
// under an open filter as many more as the rows that were looked at so far say.
func (a *ahead) need() float64 {
	left := float64(max(a.limit-a.found, 1))
	if !a.open || a.tried == 0 {
		return left
	}
	return max(left, 1.05*left*float64(a.tried+1)/float64(a.hits+1))
}

// apply notes what was found: rows that were looked at and do not match are no
// candidates any more. more says that there are others before the next segment.
func (a *ahead) apply() (enough, more bool) {
	for i := range a.list {
		x := &a.list[i]
		c := x.c
		if x.ord != c.front {
			continue // the one before was not read to its end
		}
		if a.tried += x.tried; c.sp.open() {
			c.judged(x)
			a.found, a.hits = a.found+len(x.hits), a.hits+len(x.hits)
		} else {
			a.found += int(x.rows)
		}
		if c.front, c.reach, c.key, c.keyed = x.next, x.reach, x.key, c.sp.open(); x.whole {
			c.front, c.reach, c.keyed = c.from(x.next), 0, false
		}
		more = true
	}
	for _, c := range a.live {
		if c.ord >= 0 && !c.match && !c.sp.root.may.Contains(uint32(c.ord)) {
			c.candidate(c.ord)
		}
	}
	return a.found >= a.limit, more && a.open
}

// each calls f with 0 to n-1, on all processors, until the time is over; p is
// that of the call.
func (w *walk) each(ctx context.Context, n int, f func(p, i int) error) error {
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
				errs[p] = f(p, i)
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
