package store

import (
	"context"
	"fmt"
	"iter"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// gonePast says whether what generation n says of an exhibit was replaced or
// dropped later.
func (r *Reader) gonePast(n int, run string, exhibit uint32) bool {
	x, ok := r.gone[run]
	if !ok {
		return false
	}
	if n < x.all {
		return true
	}
	at, ok := x.exhibits[exhibit]
	return ok && n < at
}

func notes[T any](ctx context.Context, r *Reader, prefix byte, read func(*scan) T, gone func(n int, x *T) bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		for _, g := range r.gens {
			stop := false
			err := g.each([]byte{prefix}, func(_, value []byte) error {
				if err := ctx.Err(); err != nil {
					return err
				}
				for s := (scan{b: value}); len(s.b) > 0 && !stop; {
					x := read(&s)
					if s.err != nil {
						return fmt.Errorf("store: generation %q: %w", g.name, s.err)
					}
					if !gone(g.n, &x) {
						stop = !yield(x, nil)
					}
				}
				if stop {
					return errStop
				}
				return nil
			})
			if stop {
				return
			}
			if err != nil {
				yield(zero, err)
				return
			}
		}
	}
}

// errStop ends an iteration early.
var errStop = fmt.Errorf("stopped")

// Warnings gives the warnings of all bundles, in the order in which they were
// filed. An error ends the sequence.
func (r *Reader) Warnings(ctx context.Context) iter.Seq2[event.Warning, error] {
	return notes(ctx, r, 'w', (*scan).warning, func(n int, x *event.Warning) bool { return r.gonePast(n, x.Run, x.Exhibit) })
}

// Counters gives the counter readings of all bundles, in the order in which
// they were filed. An error ends the sequence.
func (r *Reader) Counters(ctx context.Context) iter.Seq2[event.Counter, error] {
	return notes(ctx, r, 'n', (*scan).counter, func(n int, x *event.Counter) bool { return r.gonePast(n, x.Run, x.Exhibit) })
}
