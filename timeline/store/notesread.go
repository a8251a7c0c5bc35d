package store

import (
	"context"
	"fmt"
	"iter"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// wasRemoved says whether what a generation says of an exhibit was replaced or
// dropped later.
func (r *Reader) wasRemoved(g *genReader, run string, exhibit uint32) bool {
	x, ok := r.gone[goneKey(g.name, run)]
	return ok && (x.all || x.exhibits[exhibit])
}

func notes[T any](ctx context.Context, r *Reader, gens []*genReader, prefix byte, read func(*scan) T, of func(*T) (run string, exhibit uint32)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		for _, g := range gens {
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
					if run, exhibit := of(&x); !r.wasRemoved(g, run, exhibit) {
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
	return notes(ctx, r, r.gens, 'w', (*scan).warning, func(x *event.Warning) (string, uint32) { return x.Run, x.Exhibit })
}

// Counters gives the counter readings of all bundles, in the order in which
// they were filed. An error ends the sequence.
func (r *Reader) Counters(ctx context.Context) iter.Seq2[event.Counter, error] {
	return notes(ctx, r, r.gens, 'n', (*scan).counter, func(x *event.Counter) (string, uint32) { return x.Run, x.Exhibit })
}
