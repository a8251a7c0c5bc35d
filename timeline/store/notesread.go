package store

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// wasRemoved says whether what a generation says of an exhibit was replaced or
// dropped later.
func (r *Reader) wasRemoved(g *genReader, run string, exhibit uint32) bool {
	x, ok := r.gone[goneKey(g.name, run)]
	return ok && (x.all || x.exhibits[exhibit])
}

// readNotes reads the warnings or counters of all generations that still
// count.
func readNotes[T any](ctx context.Context, r *Reader, prefix byte, read func(*scan) T, of func(*T) (run string, exhibit uint32)) ([]T, error) {
	var out []T
	for _, g := range r.gens {
		err := g.each([]byte{prefix}, func(_, value []byte) error {
			for s := (scan{b: value}); len(s.b) > 0; {
				x := read(&s)
				if s.err != nil {
					return fmt.Errorf("store: generation %q: %w", g.name, s.err)
				}
				if run, exhibit := of(&x); !r.wasRemoved(g, run, exhibit) {
					out = append(out, x)
				}
			}
			return ctx.Err()
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sequence gives a sorted list, or the error that prevented it.
func sequence[T any](list []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err != nil {
			var zero T
			yield(zero, err)
			return
		}
		for _, x := range list {
			if !yield(x, nil) {
				return
			}
		}
	}
}

// Warnings gives the warnings of all bundles by run id, exhibit, offset,
// parser and text: the same order however they were filed. An error ends the
// sequence.
func (r *Reader) Warnings(ctx context.Context) iter.Seq2[event.Warning, error] {
	list, err := readNotes(ctx, r, 'w', (*scan).warning, func(x *event.Warning) (string, uint32) { return x.Run, x.Exhibit })
	slices.SortFunc(list, func(a, b event.Warning) int {
		return cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.Exhibit, b.Exhibit), cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Length, b.Length),
			cmp.Compare(a.Parser, b.Parser), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message), cmp.Compare(a.Layer, b.Layer),
			cmp.Compare(a.Path, b.Path), slices.Compare(a.Host[:], b.Host[:]))
	})
	return sequence(list, err)
}

// Counters gives the counter readings of all bundles by run id, exhibit,
// source, name, scope and first number: the same order however they were
// filed. An error ends the sequence.
func (r *Reader) Counters(ctx context.Context) iter.Seq2[event.Counter, error] {
	list, err := readNotes(ctx, r, 'n', (*scan).counter, func(x *event.Counter) (string, uint32) { return x.Run, x.Exhibit })
	slices.SortFunc(list, func(a, b event.Counter) int {
		return cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.Exhibit, b.Exhibit), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To),
			slices.Compare(a.Host[:], b.Host[:]))
	})
	return sequence(list, err)
}
