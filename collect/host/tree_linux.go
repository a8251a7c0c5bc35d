package host

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// tree reads files below one directory descriptor. Links are resolved inside
// it: openat2(2) with RESOLVE_IN_ROOT (Linux 5.6), or by hand on older
// kernels. Nothing is opened for writing.
type tree struct {
	root    int // O_PATH descriptor of the root, a detached clone where possible
	st      stater
	clone   bool         // root is a read-only noatime clone
	byHand  bool         // no openat2
	touched atomic.Int64 // opens that may have changed an access time
	links   atomic.Int64 // symbolic links read where that may have changed theirs
}

// newTree takes over a root descriptor.
func newTree(root int, clone bool) *tree {
	t := &tree{root: root, clone: clone}
	fd, err := unix.Openat2(root, ".", &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT})
	if err != nil {
		t.byHand = true
		return t
	}
	unix.Close(fd)
	return t
}

// openFD opens a path inside the tree. EAGAIN, which openat2 gives when a
// rename or mount raced with it, is tried again.
func (t *tree) openFD(path string, flags int) (int, error) {
	if strings.IndexByte(path, 0) >= 0 {
		return -1, unix.EINVAL
	}
	flags |= unix.O_CLOEXEC
	if t.byHand {
		return t.resolve(path, flags)
	}
	rel := strings.TrimLeft(path, "/")
	if rel == "" {
		rel = "."
	}
	how := unix.OpenHow{Flags: uint64(flags), Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	for i := 0; ; i++ {
		fd, err := unix.Openat2(t.root, rel, &how)
		if (err != unix.EAGAIN && err != unix.EINTR) || i >= 20 {
			return fd, err
		}
	}
}

// resolve is openFD for kernels without openat2: one component at a time.
func (t *tree) resolve(path string, flags int) (int, error) {
	stack := []int{t.root}
	pop := func(n int) {
		for len(stack) > n {
			unix.Close(stack[len(stack)-1])
			stack = stack[:len(stack)-1]
		}
	}
	defer func() { pop(1) }()
	rest, links := splitPath(path), 0
	leaf := "" // name of what is on top of the stack, when it is no directory
	for len(rest) > 0 {
		name, last := rest[0], len(rest) == 1
		rest = rest[1:]
		if leaf != "" {
			return -1, unix.ENOTDIR
		}
		if name == ".." {
			pop(max(1, len(stack)-1))
			continue
		}
		fd, err := unix.Openat(stack[len(stack)-1], name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return -1, err
		}
		f, err := t.st.fd(fd)
		if err != nil {
			unix.Close(fd)
			return -1, err
		}
		if f.Mode&unix.S_IFMT == unix.S_IFLNK && (!last || flags&unix.O_NOFOLLOW == 0) {
			target, err := t.readlinkFD(fd)
			unix.Close(fd)
			if links++; err != nil || links > 40 {
				return -1, errors.Join(err, ErrTooManyLinks)
			}
			if strings.HasPrefix(target, "/") {
				pop(1)
			}
			rest = append(splitPath(target), rest...)
			continue
		}
		stack = append(stack, fd)
		if f.Mode&unix.S_IFMT != unix.S_IFDIR {
			leaf = name
		}
	}
	return finish(stack, leaf, flags)
}

// finish opens what the walk of resolve arrived at.
func finish(stack []int, leaf string, flags int) (int, error) {
	top := stack[len(stack)-1]
	switch {
	case flags&unix.O_PATH != 0:
		return unix.FcntlInt(uintptr(top), unix.F_DUPFD_CLOEXEC, 0)
	case leaf == "":
		return unix.Openat(top, ".", flags&^unix.O_NOFOLLOW, 0)
	}
	return unix.Openat(stack[len(stack)-2], leaf, flags|unix.O_NOFOLLOW, 0)
}

func splitPath(p string) []string {
	var out []string
	for c := range strings.SplitSeq(p, "/") {
		if c != "" && c != "." {
			out = append(out, c)
		}
	}
	return out
}

// readlinkFD reads a link; there is no O_NOATIME for that.
func (t *tree) readlinkFD(fd int) (string, error) {
	if !t.clone {
		t.links.Add(1)
	}
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buf)
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}

// read opens for reading with the least traces: O_NOATIME where the clone does
// not already keep access times, without it where the kernel refuses.
func (t *tree) read(path string, flags int) (int, error) {
	flags |= unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOCTTY
	if t.clone {
		return t.openFD(path, flags)
	}
	fd, err := t.openFD(path, flags|unix.O_NOATIME)
	if errors.Is(err, unix.EPERM) {
		if fd, err = t.openFD(path, flags); err == nil {
			t.touched.Add(1)
		}
	}
	return fd, err
}

// Open opens a regular file. The path is looked at before it is opened, and
// again afterwards in case it was swapped in between.
func (t *tree) Open(path string) (File, error) {
	f, err := t.Stat(path)
	if err != nil {
		return nil, err
	}
	if f.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, fmt.Errorf("open %q: %w", path, ErrNotRegular)
	}
	fd, err := t.read(path, 0)
	if err != nil {
		return nil, &PathError{Op: "open", Path: path, Err: err}
	}
	f, err = t.st.fd(fd)
	if err == nil && f.Mode&unix.S_IFMT != unix.S_IFREG {
		err = ErrNotRegular
	}
	if err != nil {
		unix.Close(fd)
		return nil, &PathError{Op: "open", Path: path, Err: err}
	}
	return &file{fd: fd, t: t, path: path}, nil
}

// Lstat does not follow the last link.
func (t *tree) Lstat(path string) (record.File, error) { return t.stat(path, unix.O_NOFOLLOW) }

// Stat follows links inside the tree.
func (t *tree) Stat(path string) (record.File, error) { return t.stat(path, 0) }

func (t *tree) stat(path string, flags int) (record.File, error) {
	fd, err := t.openFD(path, unix.O_PATH|flags)
	if err != nil {
		return record.File{}, &PathError{Op: "stat", Path: path, Err: err}
	}
	defer unix.Close(fd)
	f, err := t.st.fd(fd)
	if err != nil {
		return f, &PathError{Op: "stat", Path: path, Err: err}
	}
	f.Path = record.Bytes(path)
	return f, nil
}

// Readlink gives the target of a symbolic link.
func (t *tree) Readlink(path string) (string, error) {
	fd, err := t.openFD(path, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		return "", &PathError{Op: "readlink", Path: path, Err: err}
	}
	defer unix.Close(fd)
	target, err := t.readlinkFD(fd)
	if err != nil {
		return "", &PathError{Op: "readlink", Path: path, Err: err}
	}
	return target, nil
}

// ReadDir calls fn for each name, in the order of the directory.
func (t *tree) ReadDir(path string, fn func(name string, typ byte) bool) error {
	fd, err := t.read(path, unix.O_DIRECTORY)
	if err != nil {
		return &PathError{Op: "readdir", Path: path, Err: err}
	}
	defer unix.Close(fd)
	buf := make([]byte, 32<<10)
	err = eachDirent(fd, buf, func(name []byte, typ byte) bool { return fn(string(name[:len(name)-1]), typ) })
	if err != nil {
		return &PathError{Op: "readdir", Path: path, Err: err}
	}
	return nil
}

// eachDirent calls fn with each name of an open directory, its NUL included;
// the name is valid during the call only.
func eachDirent(fd int, buf []byte, fn func(name []byte, typ byte) bool) error {
	const head = 19 // ino 8, off 8, reclen 2, type 1: struct linux_dirent64
	for {
		n, err := unix.Getdents(fd, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return err
		}
		for p := buf[:n]; len(p) > head; {
			l := int(*(*uint16)(unsafe.Pointer(&p[16])))
			if l <= head || l > len(p) {
				return unix.EIO
			}
			name := p[head:l]
			end := bytes.IndexByte(name, 0)
			if end < 0 {
				return unix.EIO
			}
			name = name[:end+1]
			dots := string(name) == ".\x00" || string(name) == "..\x00"
			if !dots && end > 0 && bytes.IndexByte(name, '/') < 0 && !fn(name, p[18]) {
				return nil
			}
			p = p[l:]
		}
	}
}

// ReadFile reads at most limit bytes of a regular file.
func (t *tree) ReadFile(path string, limit int64) (data []byte, cut bool, err error) {
	f, err := t.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	data, err = io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return data, false, fmt.Errorf("read %q: %w", path, err)
	}
	if int64(len(data)) > limit {
		return data[:limit], true, nil
	}
	return data, false, nil
}

func (t *tree) close() error { return unix.Close(t.root) }
