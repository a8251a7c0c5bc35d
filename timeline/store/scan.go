package store

import (
	"context"
	"sync/atomic"
)

// Scan tells how far a question has come that the indexes cannot answer alone,
// so that rows are read one by one. It may be read while the question is being
// answered; the zero value is ready. One Scan serves one question.
type Scan struct{ total, done, hits atomic.Int64 }

// State gives the rows that are decided, all rows that have to be, and those
// of the decided ones that match. total is 0 before the question has begun.
func (s *Scan) State() (done, total, hits int64) {
	return min(s.done.Load(), s.total.Load()), s.total.Load(), s.hits.Load()
}

type scanKey struct{}

// WithScan makes Count and Page tell s how far they are.
func WithScan(ctx context.Context, s *Scan) context.Context {
	return context.WithValue(ctx, scanKey{}, s)
}

// scanOf gives the Scan of a context; one that nobody looks at when it has none.
func scanOf(ctx context.Context) *Scan {
	if s, ok := ctx.Value(scanKey{}).(*Scan); ok {
		return s
	}
	return &Scan{}
}

func (s *Scan) begin(segs []*segment) {
	var n int64
	for _, g := range segs {
		n += int64(g.man.rows)
	}
	s.done.Store(0)
	s.hits.Store(0)
	s.total.Store(n)
}

func (s *Scan) add(done, hits int) {
	s.done.Add(int64(done))
	s.hits.Add(int64(hits))
}

// report tells how many rows of the segments the walk has behind it.
func (w *walk) report() {
	var left int64
	for _, c := range w.heap {
		rows, ord := int64(c.s.man.rows), c.ord
		if c.owned && ord >= 0 && c.front < 0 {
			continue // all of it was judged ahead
		}
		if c.owned && ord >= 0 && (c.front > ord) != w.back {
			ord = c.front
		}
		switch {
		case c.sp == nil:
			left += rows
		case ord < 0:
		case w.back:
			left += int64(ord)
		default:
			left += rows - int64(ord)
		}
	}
	w.scan.done.Store(w.scan.total.Load() - left)
}
