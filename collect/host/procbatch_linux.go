package host

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// ReadBatch implements BatchReader: one goroutine reads, the caller waits.
// Once given up, the reader ends behind the file it hangs in.
func (p *procFS) ReadBatch(ctx context.Context, files []ProcRead, got func(i int, data []byte, cut bool, err error)) {
	p.batch(ctx, files, p.slurp, got)
}

func (p *procFS) batch(ctx context.Context, files []ProcRead, read func(string, int) (content, error), got func(i int, data []byte, cut bool, err error)) {
	fail := func(from int, err error) {
		for i := from; i < len(files); i++ {
			got(i, nil, false, fmt.Errorf("read %q: %w", files[i].Name, err))
		}
	}
	if p.hanging.Load() >= procHanging {
		fail(0, fmt.Errorf("%d reads hang already: %w", procHanging, ErrTimeout))
		return
	}
	type result struct {
		content
		err error
	}
	results := make(chan result, len(files)) // never blocks the reader
	var quit atomic.Bool
	p.hanging.Add(1)
	go func() {
		defer p.hanging.Add(-1)
		for _, f := range files {
			if quit.Load() {
				return
			}
			var r result
			if r.err = checkName(f.Name); r.err == nil {
				r.content, r.err = read(f.Name, f.Limit)
			}
			results <- r
		}
	}()
	for i := range files {
		select {
		case r := <-results:
			if r.err != nil {
				r.err = fmt.Errorf("read %q: %w", files[i].Name, r.err)
			}
			got(i, r.data, r.cut, r.err)
		case <-ctx.Done():
			quit.Store(true)
			err := context.Cause(ctx)
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				err = ErrTimeout
			}
			fail(i, err)
			return
		}
	}
}
