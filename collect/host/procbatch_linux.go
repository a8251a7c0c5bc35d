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
	results := make(chan result, len(files)) // never blocks the reader
	var quit atomic.Bool
	p.hanging.Add(1)
	go func() {
		defer p.hanging.Add(-1)
		defer done()
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
