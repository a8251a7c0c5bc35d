package parse

import (
	"context"
	"fmt"
)

// Sizes of the pieces in which text is read, in bytes. They do not depend on
// the number of workers, so that neither does the result.
const (
	chunkSize = 256 << 10
	lineLimit = 1 << 20  // a longer line is cut: its head is parsed, the rest is a warning
	lineHead  = 64 << 10 // what is kept of such a line
	nulRun    = 64       // so many NUL bytes are never part of a line
)

// Chunk is a run of whole records of a text exhibit.
type Chunk struct {
	Data   string
	Offset int64
	Nul    int64 // > 0: no data, but so many NUL bytes
	Cut    int64 // > 0: Data is the head of one line, and so many bytes of it follow
	First  bool  // the first chunk of the exhibit
}

// TextOptions says how a text exhibit is cut and parsed.
type TextOptions struct {
	// Starts says whether a line starts a record: chunks are cut there, so
	// that a record of several lines stays in one piece. nil: every line does.
	Starts func(line []byte) bool
	// Workers is the number of chunks parsed at once; the result is the same
	// for any number. Below 2: one after the other, in the caller's goroutine.
	Workers int
}

// EachChunk reads a text exhibit and calls f for each chunk with a batch of
// its own; the batches reach the sink in file order, from the caller's
// goroutine. Long runs of NUL and the rest of lines over 1 MiB are warned
// about here; f sees a Cut line like any other.
func EachChunk(ctx context.Context, x *Exhibit, s Sink, o TextOptions, f func(c *Chunk, b *Batch) error) error {
	r, err := x.Open()
	if err != nil {
		return fmt.Errorf("open %q: %w", x.Name, err)
	}
	defer r.Close()
	cut := &cutter{r: r, starts: o.Starts, first: true}
	if n := x.Room(); n >= 0 && n < chunkSize {
		cut.buf, o.Workers = make([]byte, n+1), 1 // one more, to meet the end at once
	}
	work := func(c *Chunk) (*Batch, error) {
		b := x.NewBatch()
		if c.First {
			b.Padding(0, c.Offset)
		}
		if c.Nul > 0 {
			b.Warning(c.Offset, c.Nul, "nul-run", "a run of NUL bytes: lost in a crash, or wiped")
			return b, nil
		}
		if err := f(c, b); err != nil {
			return nil, err
		}
		if c.Cut > 0 {
			b.Warning(c.Offset+int64(len(c.Data)), c.Cut, "too-long", "the rest of a line longer than 1 MiB")
		}
		return b, nil
	}
	return Ordered[*Chunk, *Batch]{
		Next: func() (*Chunk, bool, error) {
			c, err := cut.next()
			return c, c != nil, err
		},
		Work: func(c *Chunk) (b *Batch, err error) {
			defer func() {
				if v := recover(); v != nil {
					err = fmt.Errorf("parser stopped by %v in the bytes from %d", v, c.Offset)
				}
			}()
			return work(c)
		},
		Done: func(b *Batch) error {
			if err := b.Deliver(s); err != nil {
				return err
			}
			x.Done(b)
			return nil
		},
	}.Run(ctx, o.Workers)
}
