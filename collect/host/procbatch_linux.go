package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// ReadBatch implements BatchReader: one goroutine reads, the caller waits.
// Once given up, the reader ends behind the file it hangs in.
func (p *procFS) ReadBatch(ctx context.Context, files []ProcRead, got func(i int, data []byte, cut bool, err error)) {
	dir := sameDirectory(files)
	fd := -1
	if dir != "" && checkName(dir) == nil {
		fd, _ = unix.Openat(p.fd, dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0) // it fails: so will the files
	}
	if fd < 0 {
		p.batch(ctx, files, p.slurp, func() {}, got)
		return
	}
	read := func(name string, limit int) (content, error) { return slurpAt(fd, name[len(dir)+1:], limit) }
	p.batch(ctx, files, read, func() { _ = unix.Close(fd) }, got)
}

// sameDirectory gives the first part of the names, when all have it: "42" of
// "42/stat" and "42/attr/current".
func sameDirectory(files []ProcRead) string {
	dir := ""
	for _, f := range files {
		d, rest, ok := strings.Cut(f.Name, "/")
		if !ok || rest == "" || dir != "" && d != dir {
			return ""
		}
		dir = d
	}
	return dir
}

// batch reads on a goroutine of its own, which calls done at its end.
func (p *procFS) batch(ctx context.Context, files []ProcRead, read func(string, int) (content, error), done func(), got func(i int, data []byte, cut bool, err error)) {
	fail := func(from int, err error) {
		for i := from; i < len(files); i++ {
			got(i, nil, false, fmt.Errorf("read %q: %w", files[i].Name, err))
		}
	}
	if p.hanging.Load() >= procHanging {
		done()
		fail(0, fmt.Errorf("%d reads hang already: %w", procHanging, ErrTimeout))
		return
	}
	type result struct {
		content
		err error
	}
	results := make([]result, len(files))
	var ready atomic.Int32 // results that the caller may look at
	var quit atomic.Bool
	ended := make(chan struct{}) // one wake-up for all: each costs more than a read
	p.hanging.Add(1)
	go func() {
		defer p.hanging.Add(-1)
		defer close(ended)
		defer done()
		for i, f := range files {
			if quit.Load() {
				return
			}
			r := &results[i]
			if r.err = checkName(f.Name); r.err == nil {
				r.content, r.err = read(f.Name, f.Limit)
			}
			ready.Store(int32(i + 1))
		}
	}()
	var late error
	select {
	case <-ended:
	case <-ctx.Done():
		quit.Store(true)
		late = context.Cause(ctx)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			late = ErrTimeout
		}
	}
	n := int(ready.Load())
	for i, r := range results[:n] {
		if r.err != nil {
			r.err = fmt.Errorf("read %q: %w", files[i].Name, r.err)
		}
		got(i, r.data, r.cut, r.err)
	}
	fail(n, late)
}
