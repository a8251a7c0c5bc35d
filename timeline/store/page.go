package store

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// maxPage and pageBytes bound one page: huge records make it shorter.
const (
	maxPage   = 100000
	pageBytes = 128 << 20
)

// Page gives up to Limit rows after (or before) the cursor, in ascending
// order: dated rows by (time, host key, event id), then the undated by (host
// key, event id). A cursor need not name a row. An unset cursor is the start
// when paging forward and the end when paging backward. More says whether rows
// lie beyond in the asked direction: a page of huge records ends before Limit.
func (r *Reader) Page(ctx context.Context, q *query.Node, req PageRequest, res query.Resolver) (Page, error) {
	back := req.Direction == Backward
	if req.Limit <= 0 || req.After.End && !back {
		return Page{}, nil
	}
	limit := min(req.Limit, maxPage)
	var start *pos
	if req.After.Set && !req.After.End {
		p := req.After.pos()
		start = &p
	}
	p, err := r.newPlan(ctx, q, res)
	if err != nil {
		return Page{}, err
	}
	w := r.newWalk(p, back, start, req.AllCopies, req.Undated)
	w.keep, w.scan = true, scanOf(ctx)
	w.scan.begin(r.segs)
	if req.Budget > 0 {
		w.until = time.Now().Add(req.Budget)
	}
	if err := w.ahead(ctx, limit); err != nil {
		return Page{}, err
	}
	var page Page
	var found []rowPlace
	bytes, gaveUp := 0, false
	var reached pos
	for {
		c, err := w.next(ctx)
		if gaveUp = errors.Is(err, errBudget); gaveUp {
			page.More, reached = true, w.reached()
			break
		}
		if err != nil {
			return Page{}, err
		}
		if c == nil {
			break
		}
		if bytes += c.blk.bytes() / c.blk.n; len(found) == limit || len(found) > 0 && bytes > pageBytes {
			page.More = true
			break
		}
		found = append(found, rowPlace{c.s, c.blk, c.ord, c.ord - c.s.man.starts[c.blkNo]})
		if len(found) == 1 {
			page.First = c.at.cursor()
		}
		page.Last = c.at.cursor()
	}
	if page.Rows, err = readRows(found); err != nil {
		return Page{}, err
	}
	if back {
		slices.Reverse(page.Rows)
		page.First, page.Last = page.Last, page.First
	}
	if len(page.Rows) == 0 {
		page.First, page.Last = req.After, req.After
	}
	if gaveUp && back {
		page.First = reached.cursor()
	} else if gaveUp {
		page.Last = reached.cursor()
	}
	return page, nil
}

// rowPlace is a row that was found and not read.
type rowPlace struct {
	s   *segment
	b   *block
	ord int
	i   int // in its block
}

func (f *rowPlace) piece() *piece { return &f.b.pieces[f.i/pieceRows] }

// readRows reads rows on all processors: each may lie in another block. Pieces
// of which one row is wanted are not kept.
func readRows(found []rowPlace) ([]Row, error) {
	if len(found) == 0 {
		return nil, nil
	}
	wanted := make(map[*piece]int, len(found))
	for i := range found {
		wanted[found[i].piece()]++
	}
	rows := make([]Row, len(found))
	workers := min(runtime.GOMAXPROCS(0), 4, len(found)/16+1)
	errs := make([]error, workers)
	var next atomic.Int64
	var wg sync.WaitGroup
	for n := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var lone loneReader
			for errs[n] == nil {
				k := int(next.Add(1)) - 1
				if k >= len(found) {
					return
				}
				f := &found[k]
				if wanted[f.piece()] > 1 {
					rows[k], errs[n] = f.s.rowIn(f.b, f.ord, f.i)
					continue
				}
				var e event.Event
				if e, errs[n] = lone.event(f.b, f.i); errs[n] == nil {
					rows[k] = f.s.rowWith(e, f.ord)
				}
			}
		}()
	}
	wg.Wait()
	return rows, errors.Join(errs...)
}

// Iterate gives the matching rows in the order of Page, the undated last. The
// row is the caller's to keep. An error ends the sequence.
func (r *Reader) Iterate(ctx context.Context, q *query.Node, res query.Resolver) iter.Seq2[*Row, error] {
	return r.iterate(ctx, q, res, false)
}

func (r *Reader) iterate(ctx context.Context, q *query.Node, res query.Resolver, copies bool) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		p, err := r.newPlan(ctx, q, res)
		if err != nil {
			yield(nil, err)
			return
		}
		w := r.newWalk(p, false, nil, copies, false)
		for {
			c, err := w.next(ctx)
			if err != nil {
				yield(nil, err)
				return
			}
			if c == nil {
				return
			}
			row, err := c.s.rowIn(c.blk, c.ord, c.ord-c.s.man.starts[c.blkNo])
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(&row, nil) {
				return
			}
		}
	}
}
