package desk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"sync"
	"sync/atomic"
	"syscall"
)

// opener opens files; files of one directory follow each other, so it keeps
// that of the one before, and the input that it lies in.
type opener struct {
	dir, sub  string
	root, own *os.Root // of dir, and of sub below it
}

func (o *opener) close() {
	for _, r := range [...]**os.Root{&o.own, &o.root} {
		if *r != nil {
			_ = (*r).Close() // only read from
			*r = nil
		}
	}
}

// below opens a directory of an input, by way of the input: nothing outside of
// it is reached.
func (o *opener) below(dir, sub string) (*os.Root, error) {
	if o.own != nil && o.dir == dir && o.sub == sub {
		return o.own, nil
	}
	if o.own != nil {
		_ = o.own.Close() // only read from
		o.own = nil
	}
	if o.root == nil || o.dir != dir {
		o.close()
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil, err
		}
		o.dir, o.root = dir, root
	}
	own, err := o.root.OpenRoot(sub)
	if err != nil {
		return nil, err
	}
	o.sub, o.own = sub, own
	return own, nil
}

// open opens a regular file below its directory without following a link
// and without waiting on a pipe that took its place.
func (o *opener) open(f *found) (*os.File, error) {
	root, err := o.below(f.dir, path.Dir(f.rel))
	if err != nil {
		return nil, err
	}
	name := path.Base(f.rel)
	named, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	h, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	// os.Root follows links inside its directory: what was opened must be what has the name
	if st, err := h.Stat(); err != nil || !st.Mode().IsRegular() || !os.SameFile(named, st) {
		_ = h.Close()
		return nil, fmt.Errorf("%q is no longer a regular file", f.rel)
	}
	return h, nil
}

// hashAll reads all files for the first time, as many at once as o.Workers
// says. A file that cannot be read stays in the list with its error.
func (s *Survey) hashAll(ctx context.Context) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(max(s.o.Workers, 1), len(s.files)) {
		wg.Go(func() {
			buf := make([]byte, hashBytes)
			var o opener
			defer o.close()
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(s.files) {
					return
				}
				s.files[i].err = s.hash(ctx, &o, &s.files[i], buf)
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("desk: %w", err)
	}
	for i := range s.files {
		if f := &s.files[i]; f.err == nil {
			s.Files++
			s.Bytes += f.size
		}
	}
	return nil
}

// hashBytes are read and hashed at once: they stay in the processor's cache.
const hashBytes = 256 << 10

// hash reads a file for the first time, and keeps its bytes if there is room.
func (s *Survey) hash(ctx context.Context, o *opener, f *found, buf []byte) error {
	h, err := o.open(f)
	if err != nil {
		return err
	}
	defer h.Close()
	if f.stat, err = statOf(h); err != nil {
		return err
	}
	sum := sha256.New()
	r := &counted{ctx: ctx, r: holed(h, f.stat.Size), s: s}
	data, err := hold(sum, r, s.o.Keep.room(f.stat.Size))
	if err != nil {
		return err
	}
	more, err := io.CopyBuffer(sum, r, buf)
	if err != nil {
		return err
	}
	f.size = int64(len(data)) + more
	if more == 0 && len(data) > 0 {
		now, err := statOf(h)
		f.data, f.grew = data, err == nil && now.Size != f.stat.Size
	}
	sum.Sum(f.sum[:0])
	return nil
}

// hold reads on, until room is full or the file ends, and gives what it read.
// Of a large file the next bytes are read while others are hashed.
func hold(sum hash.Hash, r io.Reader, room []byte) ([]byte, error) {
	n, failed := 0, error(nil)
	take := func(s step) {
		sum.Write(room[n:s.n])
		n, failed = s.n, s.err
	}
	if len(room) <= keptFile {
		fill(r, room, take)
	} else {
		steps := make(chan step, stepsAhead)
		go func() {
			defer close(steps)
			fill(r, room, func(s step) { steps <- s })
		}()
		for s := range steps {
			take(s)
		}
	}
	if failed != nil && !errors.Is(failed, io.EOF) {
		return nil, failed
	}
	return room[:n], nil
}

// step says that the first n bytes of room are read, and what ended that.
type step struct {
	n   int
	err error
}

// stepsAhead are read and not hashed yet, at most.
const stepsAhead = 8

// fill reads until room is full or nothing more comes, and tells of each step.
func fill(r io.Reader, room []byte, tell func(step)) {
	for n := 0; n < len(room); {
		m, err := r.Read(room[n:min(len(room), n+hashBytes)])
		n += m
		tell(step{n, err})
		if err != nil {
			return
		}
	}
}

// counted reports progress and stops when the context does.
type counted struct {
	ctx context.Context
	r   io.Reader
	s   *Survey
}

func (c *counted) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.s.count(n)
	return n, err
}

// count reports progress by so many bytes.
func (s *Survey) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done += int64(n)
	if s.o.Progress != nil {
		s.o.Progress(s.done, max(s.total, s.done))
	}
}
