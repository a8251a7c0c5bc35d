package store

import "context"

// walk calls f with the rows of a query in order until f says stop.
type walk struct {
	p       *plan
	heap    []*scanner
	back    bool
	keep    bool // blocks go into the cache
	visited int
}

func (r *Reader) newWalk(p *plan, back bool, start *pos, copies, onlyUndated bool) *walk {
	w := &walk{p: p, back: back}
	for _, s := range r.segs {
		if onlyUndated && s.man.drawer != undated {
			continue
		}
		if c := newScanner(s, back, start, copies); !c.beyond() {
			w.heap = append(w.heap, c)
		}
	}
	for i := len(w.heap)/2 - 1; i >= 0; i-- {
		w.down(i)
	}
	return w
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
		switch {
		case c.exact:
			c.step() // the row that was given out last
		case c.sp == nil:
			if err := c.open(w.p); err != nil {
				return nil, err
			}
		default:
			if err := c.settle(w.keep); err != nil {
				return nil, err
			}
		}
		if w.visited++; w.visited%64 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		if c.ord < 0 {
			w.heap[0] = w.heap[len(w.heap)-1]
			w.heap = w.heap[:len(w.heap)-1]
		}
		w.down(0)
		if len(w.heap) > 0 && w.heap[0].exact {
			return w.heap[0], nil
		}
	}
	return nil, nil
}
