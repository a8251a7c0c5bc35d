package host

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// file is an open regular file of a tree.
type file struct {
	fd   int
	t    *tree
	path string
}

// Read reads on; at the end io.EOF.
func (f *file) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, err := unix.Read(f.fd, p)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, &PathError{Op: "read", Path: f.path, Err: err}
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// ReadAt reads at an offset, as io.ReaderAt asks.
func (f *file) ReadAt(p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) {
		n, err := unix.Pread(f.fd, p[done:], off+int64(done))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return done, &PathError{Op: "read", Path: f.path, Err: err}
		case n == 0:
			return done, io.EOF
		default:
			done += n
		}
	}
	return done, nil
}

// NextData finds the next stretch at or after off that is not a hole
// (lseek(2) SEEK_DATA, SEEK_HOLE). At the end of the data it gives the size
// of the file twice; file systems that know no holes answer one stretch.
func (f *file) NextData(off, size int64) (from, to int64) {
	from, err := unix.Seek(f.fd, off, unix.SEEK_DATA)
	if err == unix.ENXIO {
		return size, size
	}
	if err != nil || from < off {
		return off, size
	}
	to, err = unix.Seek(f.fd, from, unix.SEEK_HOLE)
	if err != nil || to <= from {
		to = size
	}
	return min(from, size), min(to, size)
}

// Xattrs reads all extended attributes of the open file.
func (f *file) Xattrs() (map[string]record.Bytes, error) {
	list := func(_ string, dest []byte) (int, error) { return unix.Flistxattr(f.fd, dest) }
	get := func(_, name string, dest []byte) (int, error) { return unix.Fgetxattr(f.fd, name, dest) }
	x, err := readXattrs("", list, get)
	if err != nil {
		return nil, &PathError{Op: "xattrs", Path: f.path, Err: err}
	}
	return x, nil
}

// Stat asks the open file itself.
func (f *file) Stat() (record.File, error) {
	s, err := f.t.st.fd(f.fd)
	if err != nil {
		return s, &PathError{Op: "stat", Path: f.path, Err: err}
	}
	s.Path = record.Bytes(f.path)
	return s, nil
}

// Close closes the descriptor.
func (f *file) Close() error { return unix.Close(f.fd) }

// maxXattr bounds one extended attribute list or value (xattr(7): 64 KiB).
const maxXattr = 64 << 10

// Xattrs reads all extended attributes of a path without opening it.
func (t *tree) Xattrs(path string) (map[string]record.Bytes, error) {
	fd, err := t.openFD(path, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		return nil, &PathError{Op: "xattrs", Path: path, Err: err}
	}
	defer unix.Close(fd)
	x, err := readXattrs(fmt.Sprintf("/proc/self/fd/%d", fd), unix.Listxattr, unix.Getxattr)
	if err != nil {
		return nil, &PathError{Op: "xattrs", Path: path, Err: err}
	}
	return x, nil
}

// readLinkXattrs reads the attributes of a path without following a last link.
func readLinkXattrs(path string) (map[string]record.Bytes, error) {
	return readXattrs(path, unix.Llistxattr, unix.Lgetxattr)
}

// readXattrs lists and reads the attributes of a path or /proc/self/fd link.
func readXattrs(link string, list func(string, []byte) (int, error), get func(string, string, []byte) (int, error)) (map[string]record.Bytes, error) {
	n, err := list(link, nil)
	if err == unix.EOPNOTSUPP || (err == nil && n == 0) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names := make([]byte, min(n+256, maxXattr))
	if n, err = list(link, names); err != nil {
		return nil, err
	}
	out := map[string]record.Bytes{}
	for name := range strings.SplitSeq(string(names[:n]), "\x00") {
		if name == "" {
			continue
		}
		size, err := get(link, name, nil)
		if err != nil || size > maxXattr {
			continue
		}
		value := make([]byte, size)
		if size > 0 {
			if size, err = get(link, name, value); err != nil {
				continue
			}
		}
		out[name] = value[:size]
	}
	return out, nil
}
