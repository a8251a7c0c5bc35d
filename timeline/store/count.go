package store

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/saksi-dfir/saksi/timeline/query"
)

// Count counts the matching rows. When the deadline of ctx passes, the rows
// counted so far are given as a lower bound (Exact is false) without error; a
// cancelled context is an error.
func (r *Reader) Count(ctx context.Context, q *query.Node, res query.Resolver) (Count, error) {
	p, err := r.newPlan(ctx, q, res)
	if errors.Is(err, context.DeadlineExceeded) {
		return Count{}, nil
	}
	if err != nil {
		return Count{}, err
	}
	var n atomic.Int64
	sc := scanOf(ctx)
	sc.begin(r.segs)
	err = r.each(ctx, func(s *segment) error {
		sp, err := p.bind(s, false)
		if err != nil {
			return err
		}
		sure := int(sp.root.must.GetCardinality())
		n.Add(int64(sure))
		sc.add(sp.s.man.rows-int(sp.root.may.GetCardinality())+sure, sure)
		return sp.residue(ctx, func(ord uint32) { n.Add(1) })
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return Count{N: n.Load()}, nil
	}
	return Count{N: n.Load(), Exact: err == nil}, err
}

// each calls f for every segment, several at a time.
func (r *Reader) each(ctx context.Context, f func(*segment) error) error {
	workers := min(runtime.GOMAXPROCS(0), 4, max(len(r.segs), 1))
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, workers)
	var failed atomic.Bool
	for i := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for !failed.Load() {
				n := int(next.Add(1)) - 1
				if n >= len(r.segs) {
					return
				}
				err := ctx.Err()
				if err == nil {
					err = f(r.segs[n])
				}
				if err != nil {
					errs[i] = err
					failed.Store(true)
					return
				}
			}
		}()
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// residue calls f for every row that the indexes left open and that matches.
func (sp *segPlan) residue(ctx context.Context, f func(ord uint32)) error {
	if sp.root.must == sp.root.may {
		return nil
	}
	open := roaring.AndNot(sp.root.may, sp.root.must)
	var b *block
	blk := -1
	sc, looked, hits := scanOf(ctx), 0, 0
	defer func() { sc.add(looked, hits) }()
	for it := open.Iterator(); it.HasNext(); {
		ord := it.Next()
		n := sp.s.man.blockAt(int(ord))
		if n != blk {
			if err := ctx.Err(); err != nil {
				return err
			}
			sc.add(looked, hits)
			looked, hits = 0, 0
			var err error
			if b, err = sp.s.block(n, false); err != nil {
				return err
			}
			blk = n
		}
		ok, err := sp.match(sp.p.root, b, int(ord)-sp.s.man.starts[n], ord)
		if err != nil {
			return err
		}
		if looked++; ok {
			hits++
			f(ord)
		}
	}
	return nil
}

// exactRows gives the rows of a segment that match, all looked at.
func (sp *segPlan) exactRows(ctx context.Context) (*roaring.Bitmap, error) {
	if sp.root.must == sp.root.may {
		return sp.root.must, nil
	}
	rows := sp.root.must.Clone()
	var add []uint32
	if err := sp.residue(ctx, func(ord uint32) { add = append(add, ord) }); err != nil {
		return nil, err
	}
	rows.AddMany(add)
	return rows, nil
}
