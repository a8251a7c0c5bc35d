package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// walk calls f with the rows of a query in order until f says stop.
type walk struct {
	p       *plan
	heap    []*scanner
	back    bool
	keep    bool // blocks go into the cache
	visited int
	procs   int
	scan    *Scan
	start   *pos
	until   time.Time // when to give up; zero: never
	given   pos       // of the row that was given out last, when gave is set
	gave    bool
	ready   bool // the first scanner may stand on a row that was not given out
	looks   []glance
}

func (r *Reader) newWalk(p *plan, back bool, start *pos, copies, onlyUndated bool) *walk {
	w := &walk{p: p, back: back, start: start, procs: min(runtime.GOMAXPROCS(0), lookAhead)}
	scanners := make([]scanner, len(r.segs))
	w.heap = make([]*scanner, 0, len(r.segs))
	for i, s := range r.segs {
		if onlyUndated && s.man.drawer != undated {
			continue
		}
		c := &scanners[i]
		if c.begins(s, back, start, copies); !c.beyond() {
			w.heap = append(w.heap, c)
		}
	}
	w.sort()
	return w
}

// sort makes a heap of the scanners.
func (w *walk) sort() {
	for i := len(w.heap)/2 - 1; i >= 0; i-- {
		w.down(i)
	}
}

func (w *walk) less(a, b *scanner) bool {
	d := a.at.cmp(&b.at)
	if d == 0 {
		return !a.exact && b.exact // settle bounds before rows at the same place go out
	}
	return (d < 0) != w.back
}

func (w *walk) down(i int) {
	for {
		k := 2*i + 1
		if k >= len(w.heap) {
			return
		}
		if k+1 < len(w.heap) && w.less(w.heap[k+1], w.heap[k]) {
			k++
		}
		if !w.less(w.heap[k], w.heap[i]) {
			return
		}
		w.heap[i], w.heap[k] = w.heap[k], w.heap[i]
		i = k
	}
}

// next gives the scanner that stands on the next row; nil at the end. The
// caller reads the row and calls next again.
func (w *walk) next(ctx context.Context) (*scanner, error) {
	for len(w.heap) > 0 {
		c := w.heap[0]
		if !w.until.IsZero() && w.visited%16 == 15 && !c.judgedAhead() && time.Now().After(w.until) && w.advanced() {
			return nil, errBudget
		}
		if w.ready && c.exact {
			w.ready = false
			return c, w.onward(c)
		}
		w.ready = false
		if c.exact {
			c.step() // the row that was given out last
		} else if err := w.advance(); err != nil {
			return nil, err
		}
		if w.visited++; w.visited%64 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if w.scan != nil {
				w.report()
			}
		}
		if c.ord < 0 {
			w.heap[0] = w.heap[len(w.heap)-1]
			w.heap = w.heap[:len(w.heap)-1]
		}
		w.down(0)
		if len(w.heap) > 0 && w.heap[0].exact {
			return w.heap[0], w.onward(w.heap[0])
		}
	}
	return nil, nil
}

// onward wants each row behind the one before, and the first behind the start: a
// walk over rows out of order, or a listing that goes on from its last row,
// might never end.
func (w *walk) onward(c *scanner) error {
	last := w.start
	if w.gave {
		last = &w.given
	}
	if last != nil {
		if d := c.at.cmp(last); d == 0 || (d < 0) != w.back {
			return fmt.Errorf("%w: generation %s segment %d row %d is out of order", errCorrupt, c.s.gen.name, c.s.no, c.ord)
		}
	}
	w.given, w.gave = c.at, true
	return nil
}

// errBudget says that the time for looking is over; more may lie beyond.
var errBudget = errors.New("time for looking is over")

// reached is the place that everything asked for lies on this side of, except
// what was given out already.
func (w *walk) reached() pos {
	p := w.heap[0].at
	if !w.heap[0].exact {
		p = p.beside(!w.back)
		if w.gave && p.cmp(&w.given) > 0 == w.back {
			p = w.given
		}
	}
	return p
}

// advanced says whether the walk has left the place where it started, so that
// another one that goes on from here gets further, too.
func (w *walk) advanced() bool {
	p := w.reached()
	return w.start == nil || p.cmp(w.start) != 0 && p.cmp(w.start) > 0 != w.back
}

// lookAhead is how many scanners are moved on at the same time, at most.
const lookAhead = 4

// advance moves the first scanner on, and with it, on the other processors,
// those behind it whose segments overlap its own: they will be asked next.
func (w *walk) advance() error {
	first := w.heap[0]
	others := make([]*scanner, 0, lookAhead)
	if w.procs > 1 && first.heavy() {
		for _, o := range w.heap[1:min(len(w.heap), 2*lookAhead)] {
			if len(others)+1 < w.procs && !o.exact && o.heavy() && w.overlaps(first, o) {
				others = append(others, o)
			}
		}
	}
	if len(others) == 0 {
		return first.move(w.p, w.keep)
	}
	errs := make([]error, len(others)+1)
	var wg sync.WaitGroup
	for i, o := range others {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = o.move(w.p, w.keep)
		}()
	}
	errs[len(others)] = first.move(w.p, w.keep)
	wg.Wait()
	if first.ord >= 0 {
		w.heap = slices.DeleteFunc(w.heap, func(c *scanner) bool { return c.sp != nil && c.ord < 0 })
	} else { // next takes the first one off
		rest := slices.DeleteFunc(w.heap[1:], func(c *scanner) bool { return c.sp != nil && c.ord < 0 })
		w.heap = w.heap[:1+len(rest)]
	}
	for i := len(w.heap)/2 - 1; i > 0; i-- {
		w.down(i)
	}
	return errors.Join(errs...)
}

// overlaps says whether o may have a row before the end of c's segment.
func (w *walk) overlaps(c, o *scanner) bool {
	if w.back {
		low := pos{undated: c.s.man.drawer == undated, key: c.s.man.first}
		return o.at.cmp(&low) >= 0
	}
	high := upperBound(c.s.man.drawer == undated, c.s.man.last)
	return o.at.cmp(&high) <= 0
}

// heavy says whether moving on means to open a segment or to read a block.
// Those that were read ahead are not worth another goroutine.
func (c *scanner) heavy() bool {
	if c.sp == nil {
		return true
	}
	n := c.s.man.blockAt(c.ord)
	return n != c.blkNo && c.s.r.cache.get(blockID{c.s.gen.n, c.s.no, n}) == nil
}

// move opens a scanner, or finds out what its candidate is.
func (c *scanner) move(p *plan, keep bool) error {
	if c.sp == nil {
		return c.open(p)
	}
	return c.settle(keep)
}
