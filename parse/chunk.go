package parse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
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
	cut := &cutter{r: r, starts: o.Starts, buf: make([]byte, chunkSize), first: true}
	work := func(c *Chunk) (*Batch, error) {
		b := new(Batch)
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
	if o.Workers < 2 {
		return sequential(ctx, cut, s, work)
	}
	return parallel(ctx, cut, s, o.Workers, work)
}

func sequential(ctx context.Context, cut *cutter, s Sink, work func(*Chunk) (*Batch, error)) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := cut.next()
		if err != nil || c == nil {
			return err
		}
		b, err := work(c)
		if err != nil {
			return err
		}
		if err := b.Deliver(s); err != nil {
			return err
		}
	}
}

type job struct {
	c    *Chunk
	done chan result
}

type result struct {
	b   *Batch
	err error
}

// parallel keeps at most 2*workers chunks in flight.
func parallel(ctx context.Context, cut *cutter, s Sink, workers int, work func(*Chunk) (*Batch, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	jobs := make(chan job)
	queue := make(chan job, 2*workers)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for range workers {
		wg.Go(func() {
			for j := range jobs {
				j.done <- safely(j.c, work)
			}
		})
	}
	var readErr error
	wg.Go(func() {
		defer close(queue)
		defer close(jobs)
		for {
			c, err := cut.next()
			if err != nil || c == nil {
				readErr = err
				return
			}
			j := job{c, make(chan result, 1)}
			select {
			case queue <- j:
			case <-ctx.Done():
				return
			}
			select {
			case jobs <- j:
			case <-ctx.Done():
				return
			}
		}
	})
	for j := range queue {
		select {
		case r := <-j.done:
			if r.err != nil {
				return r.err
			}
			if err := r.b.Deliver(s); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return readErr
}

// safely turns a panic of a worker into an error: a goroutine's panic could
// not be caught by the runner.
func safely(c *Chunk, work func(*Chunk) (*Batch, error)) (r result) {
	defer func() {
		if p := recover(); p != nil {
			r = result{err: fmt.Errorf("parser stopped by %v in the bytes from %d", p, c.Offset)}
		}
	}()
	b, err := work(c)
	return result{b, err}
}

// cutter cuts a stream into chunks.
type cutter struct {
	r      io.Reader
	starts func([]byte) bool
	buf    []byte
	n      int   // bytes in buf
	off    int64 // of buf[0]
	eof    bool
	first  bool
}

// fill reads until buf is full or the stream ends.
func (c *cutter) fill() error {
	for c.n < len(c.buf) && !c.eof {
		m, err := c.r.Read(c.buf[c.n:])
		c.n += m
		if errors.Is(err, io.EOF) {
			c.eof = true
		} else if err != nil {
			return err
		}
	}
	return nil
}

// take makes a chunk of the first n bytes of buf.
func (c *cutter) take(n int) *Chunk {
	k := &Chunk{Data: string(c.buf[:n]), Offset: c.off, First: c.first}
	c.drop(n)
	return k
}

func (c *cutter) drop(n int) {
	copy(c.buf, c.buf[n:c.n])
	c.n -= n
	c.off += int64(n)
	c.first = false
}

// next gives the next chunk, nil at the end.
func (c *cutter) next() (*Chunk, error) {
	if err := c.fill(); err != nil {
		return nil, err
	}
	if c.n == 0 {
		return nil, nil
	}
	if n := nuls(c.buf[:c.n]); n >= nulRun {
		return c.skipNuls()
	}
	if i := bytes.Index(c.buf[:c.n], zeros()); i > 0 {
		return c.take(i), nil
	}
	if c.eof && c.n < len(c.buf) {
		return c.take(c.n), nil
	}
	if at := c.boundary(); at > 0 {
		return c.take(at), nil
	}
	if len(c.buf) < lineLimit {
		c.buf = append(c.buf, make([]byte, lineLimit-len(c.buf))...)
		return c.next()
	}
	return c.longLine()
}

func zeros() []byte { return make([]byte, nulRun) }

func nuls(b []byte) int {
	for i, v := range b {
		if v != 0 {
			return i
		}
	}
	return len(b)
}

func (c *cutter) skipNuls() (*Chunk, error) {
	k := &Chunk{Offset: c.off, First: c.first}
	for {
		n := nuls(c.buf[:c.n])
		k.Nul += int64(n)
		full := n == c.n
		c.drop(n)
		if !full {
			return k, nil
		}
		if err := c.fill(); err != nil {
			return k, err
		}
		if c.n == 0 {
			return k, nil
		}
	}
}

// boundary finds the last place at which a record starts, else the last line.
func (c *cutter) boundary() int {
	last := bytes.LastIndexByte(c.buf[:c.n], '\n') + 1
	if last <= 0 {
		return 0
	}
	if c.starts == nil || last == c.n && c.eof {
		return last
	}
	for at := last; at > 0; at = bytes.LastIndexByte(c.buf[:at-1], '\n') + 1 {
		line := c.buf[at:c.n]
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i]
		} else if len(line) < 64 {
			continue // too short to tell
		}
		if c.starts(line) {
			return at
		}
	}
	return last
}

// longLine gives the head of a line without an end in buf, and reads over the rest.
func (c *cutter) longLine() (*Chunk, error) {
	k := &Chunk{Data: string(c.buf[:lineHead]), Offset: c.off, First: c.first}
	c.drop(lineHead)
	for {
		i := bytes.IndexByte(c.buf[:c.n], '\n')
		if i >= 0 {
			k.Cut += int64(i + 1)
			c.drop(i + 1)
			break
		}
		k.Cut += int64(c.n)
		c.drop(c.n)
		if c.eof {
			break
		}
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
	c.buf = c.buf[:max(chunkSize, c.n)]
	return k, nil
}
