package host

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

const (
	procPatience = 2 * time.Second // for calls that carry no context
	procHanging  = 64              // abandoned readers before no new one is started
)

// procFS is a procfs seen through one directory descriptor.
type procFS struct {
	fd       int
	detached bool
	hanging  atomic.Int32
	stat     stater
}

// openProc makes a procfs instance of its own that is mounted nowhere
// (fsopen, fsconfig, fsmount: Linux 5.2), so that nothing mounted over /proc or
// below it can stand in the way. Where that fails it opens /proc. The remarks
// say which it was; the Proc has a Close method.
func openProc() (Proc, []string, error) {
	fd, why := detachedProc()
	if why == nil {
		return &procFS{fd: fd, detached: true}, []string{"procfs: own detached instance"}, nil
	}
	fd, err := unix.Open("/proc", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("open /proc: %w", err)
	}
	return &procFS{fd: fd}, []string{"procfs: /proc as mounted (" + ErrnoName(why) + ")"}, nil
}

func detachedProc() (int, error) {
	fs, err := unix.Fsopen("proc", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("fsopen proc: %w", err)
	}
	defer unix.Close(fs)
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, fmt.Errorf("fsconfig proc: %w", err)
	}
	fd, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC,
		unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV|unix.MOUNT_ATTR_NOEXEC)
	if err != nil {
		return -1, fmt.Errorf("fsmount proc: %w", err)
	}
	return fd, nil
}

// Detached says whether the instance is mounted nowhere.
func (p *procFS) Detached() bool { return p.detached }

// Close gives the instance up.
func (p *procFS) Close() error {
	if err := unix.Close(p.fd); err != nil {
		return fmt.Errorf("close procfs: %w", err)
	}
	return nil
}

func checkName(name string) error {
	if name == "" || name[0] == '/' || strings.IndexByte(name, 0) >= 0 {
		return fmt.Errorf("procfs name %q: %w", name, unix.EINVAL)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return fmt.Errorf("procfs name %q: %w", name, unix.EINVAL)
		}
	}
	return nil
}

// patient runs fn in a goroutine of its own and waits for it until the
// deadline of the context. A late result goes to drop.
func patient[T any](ctx context.Context, p *procFS, fn func() (T, error), drop func(T)) (T, error) {
	var zero T
	if p.hanging.Load() >= procHanging {
		return zero, fmt.Errorf("%d reads hang already: %w", procHanging, ErrTimeout)
	}
	if err := ctx.Err(); err != nil {
		return zero, context.Cause(ctx)
	}
	type result struct {
		v   T
		err error
	}
	done := make(chan result, 1)
	p.hanging.Add(1)
	go func() {
		v, err := fn()
		p.hanging.Add(-1)
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.v, r.err
	case <-ctx.Done():
	}
	go func() {
		if r := <-done; r.err == nil && drop != nil {
			drop(r.v)
		}
	}()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return zero, ErrTimeout
	}
	return zero, context.Cause(ctx)
}

type content struct {
	data []byte
	cut  bool
}

// Read implements Proc.
func (p *procFS) Read(ctx context.Context, name string, limit int) ([]byte, bool, error) {
	if err := checkName(name); err != nil {
		return nil, false, err
	}
	c, err := patient(ctx, p, func() (content, error) { return p.slurp(name, limit) }, nil)
	if err != nil {
		return c.data, c.cut, fmt.Errorf("read %q: %w", name, err)
	}
	return c.data, c.cut, nil
}

// slurp reads at most limit bytes. Data read before an error is kept.
func (p *procFS) slurp(name string, limit int) (content, error) {
	return slurpAt(p.fd, name, limit)
}

func slurpAt(dir int, name string, limit int) (content, error) {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return content{}, err
	}
	defer unix.Close(fd)
	buf := make([]byte, 0, min(limit+1, 4096))
	for len(buf) <= limit {
		if len(buf) == cap(buf) {
			grown := make([]byte, len(buf), min(limit+1, 4*cap(buf)))
			copy(grown, buf)
			buf = grown
		}
		n, err := unix.Read(fd, buf[len(buf):cap(buf)])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return content{data: buf}, err
		}
		if n == 0 {
			return content{data: buf}, nil
		}
		buf = buf[:len(buf)+n]
	}
	return content{data: buf[:limit], cut: true}, nil
}

// Readlink implements Proc.
func (p *procFS) Readlink(name string) (string, error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	target, err := readlinkAt(p.fd, name)
	if err != nil {
		return "", fmt.Errorf("readlink %q: %w", name, err)
	}
	return target, nil
}

// Stat implements Proc. It does not make a network file system ask its server.
func (p *procFS) Stat(name string) (record.File, error) {
	if err := checkName(name); err != nil {
		return record.File{}, err
	}
	ctx, cancel := Patience(context.Background(), procPatience)
	defer cancel()
	f, err := patient(ctx, p, func() (record.File, error) { return p.stat.name(p.fd, name, 0) }, nil)
	if err != nil {
		return record.File{}, fmt.Errorf("stat %q: %w", name, err)
	}
	return f, nil
}

// Open implements Proc. Only regular files are opened for reading: what a
// link names is looked at with O_PATH first.
func (p *procFS) Open(name string) (File, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	ctx, cancel := Patience(context.Background(), procPatience)
	defer cancel()
	f, err := patient(ctx, p, func() (*procFile, error) { return p.open(name) }, func(f *procFile) { _ = f.Close() })
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", name, err)
	}
	return f, nil
}

func (p *procFS) open(name string) (*procFile, error) {
	st, err := p.stat.name(p.fd, name, 0)
	if err != nil {
		return nil, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, ErrNotRegular
	}
	flags := unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY
	fd, err := unix.Openat(p.fd, name, flags|unix.O_NOATIME, 0)
	if errors.Is(err, unix.EPERM) {
		fd, err = unix.Openat(p.fd, name, flags, 0)
	}
	if err != nil {
		return nil, err
	}
	return &procFile{fd: fd, stat: &p.stat}, nil
}

// ReadDir implements Proc.
func (p *procFS) ReadDir(name string) ([]string, error) {
	if name != "." {
		if err := checkName(name); err != nil {
			return nil, err
		}
	}
	fd, err := unix.Openat(p.fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open directory %q: %w", name, err)
	}
	defer unix.Close(fd)
	return namesIn(fd, name)
}

// namesIn reads the names of an open directory.
func namesIn(fd int, name string) ([]string, error) {
	var names []string
	buf := make([]byte, 16<<10)
	for {
		n, err := unix.ReadDirent(fd, buf)
		if err != nil {
			return names, fmt.Errorf("read directory %q: %w", name, err)
		}
		if n <= 0 {
			return names, nil
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names)
	}
}

// PIDs implements Proc.
func (p *procFS) PIDs() ([]int, error) {
	names, err := p.ReadDir(".")
	if err != nil {
		return nil, err
	}
	return numbers(names), nil
}

func numbers(names []string) []int {
	out := make([]int, 0, len(names))
	for _, n := range names {
		if v, err := strconv.Atoi(n); err == nil && v > 0 {
			out = append(out, v)
		}
	}
	return out
}
