package store

import (
	"context"
	"iter"
	"slices"

	"github.com/saksi-dfir/saksi/timeline/query"
)

// maxPage bounds one page.
const maxPage = 100000

// Page gives up to Limit rows after (or before) the cursor, in ascending
// order: dated rows by (time, host key, event id), then the undated by (host
// key, event id). A cursor need not name a row. An unset cursor is the start
// when paging forward and the end when paging backward. More says whether rows
// lie beyond in the asked direction.
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
	w := r.newWalk(newPlan(q, res), back, start, req.AllCopies, req.Undated)
	w.keep = true
	var page Page
	for {
		c, err := w.next(ctx)
		if err != nil {
			return Page{}, err
		}
		if c == nil {
			break
		}
		if len(page.Rows) == limit {
			page.More = true
			break
		}
		row, err := c.s.rowIn(c.blk, c.ord, c.ord-c.s.man.starts[c.blkNo])
		if err != nil {
			return Page{}, err
		}
		page.Rows = append(page.Rows, row)
		if len(page.Rows) == 1 {
			page.First = c.at.cursor()
		}
		page.Last = c.at.cursor()
	}
	if back {
		slices.Reverse(page.Rows)
		page.First, page.Last = page.Last, page.First
	}
	if len(page.Rows) == 0 {
		page.First, page.Last = req.After, req.After
	}
	return page, nil
}

// Iterate gives the matching rows in the order of Page, the undated last. The
// row is the caller's to keep. An error ends the sequence.
func (r *Reader) Iterate(ctx context.Context, q *query.Node, res query.Resolver) iter.Seq2[*Row, error] {
	return r.iterate(ctx, q, res, false)
}

func (r *Reader) iterate(ctx context.Context, q *query.Node, res query.Resolver, copies bool) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		w := r.newWalk(newPlan(q, res), false, nil, copies, false)
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
