package store

import (
	"context"
	"errors"
)

// copySegments takes segments over as they are, as many at a time as there
// are builders.
func (b *Batch) copySegments(ctx context.Context, list []*segment) error {
	for _, s := range list {
		builder := <-b.w.workers // held as a permit
		b.mu.Lock()
		gen, seg, err := b.place(s.man.rows, 1)
		if err == nil {
			b.inFlight.Add(1) // under mu: place waits for all that were placed before
		}
		b.mu.Unlock()
		if err == nil {
			err = b.failed()
			if err != nil {
				b.inFlight.Done()
			}
		}
		if err != nil {
			b.w.workers <- builder
			return err
		}
		go func() {
			defer b.inFlight.Done()
			defer func() { b.w.workers <- builder }()
			if err := copySegment(ctx, s, gen, seg); err != nil {
				b.fail(err)
			}
		}()
	}
	b.inFlight.Wait()
	return b.failed()
}

// copySegment writes the pairs of a segment under a new number.
func copySegment(ctx context.Context, s *segment, gen *genWriter, seg uint32) error {
	var pairs []kv
	size := 0
	for _, prefix := range []byte(segmentPrefixes) {
		err := s.gen.each(segKey(prefix, s.no), func(key, value []byte) error {
			copy(key[1:5], segKey(prefix, seg)[1:])
			pairs = append(pairs, kv{key, value})
			if size += len(value); size < 16<<20 {
				return nil
			}
			err := gen.write(pairs)
			pairs, size = pairs[:0], 0
			return errors.Join(err, ctx.Err())
		})
		if err != nil {
			return err
		}
	}
	return gen.write(pairs) // what ends the generation waits for the disk
}

func (b *Batch) copyNotes(ctx context.Context, part *Reader) error {
	for x, err := range part.Warnings(ctx) {
		if err != nil {
			return err
		}
		if err := b.Warning(x); err != nil {
			return err
		}
	}
	for x, err := range part.Counters(ctx) {
		if err != nil {
			return err
		}
		if err := b.Counter(x); err != nil {
			return err
		}
	}
	return nil
}
