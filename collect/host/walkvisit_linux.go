package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// visitor is one worker with its buffers.
type visitor struct {
	w       *walk
	id      int
	buf     []byte
	path    []byte // path of the directory being read, with its last slash
	sub     frame
	covered bool
	res     WalkResult
	file    record.File
	err     error
}

// directory visits all names of one directory.
func (v *visitor) directory(dir string) error {
	v.path = append(append(v.path[:0], v.w.point...), '/')
	if dir != "" {
		v.path = append(append(v.path, dir...), '/')
	}
	fd, err := v.w.open(dir)
	if err != nil {
		return v.unreadable(err)
	}
	defer unix.Close(fd)
	v.err = nil
	err = eachDirent(fd, v.buf, func(name []byte, typ byte) bool {
		v.err = v.entry(fd, name)
		return v.err == nil
	})
	if v.err != nil {
		return v.err
	}
	if err != nil {
		return v.unreadable(err)
	}
	return context.Cause(v.w.ctx)
}

// unreadable records a directory that could not be listed: one more line for
// its path, with the reason.
func (v *visitor) unreadable(err error) error {
	if errors.Is(err, unix.ENOENT) {
		v.res.Gone++
		return nil
	}
	path := v.path
	if len(path) > 1 {
		path = path[:len(path)-1]
	}
	v.denied(path, err)
	v.file = record.File{Type: "file", Path: path, Errno: ErrnoName(err), Covered: v.covered}
	return v.w.o.Visit(v.id, &v.file)
}

func (v *visitor) denied(path []byte, err error) {
	if v.res.Denied == 0 {
		v.res.First, v.res.Errno = string(path), ErrnoName(err)
	}
	v.res.Denied++
}

// entry visits one name; name ends with a NUL.
func (v *visitor) entry(dirfd int, name []byte) error {
	n := len(v.path)
	v.path = append(v.path, name[:len(name)-1]...)
	defer func() { v.path = v.path[:n] }()
	f := &v.file
	*f = record.File{Path: v.path, Covered: v.covered}
	err := v.w.t.st.at(dirfd, unsafe.Pointer(&name[0]), unix.AT_SYMLINK_NOFOLLOW, f)
	if err == unix.ENOENT {
		v.res.Gone++
		return nil
	}
	if err != nil {
		v.denied(v.path, err)
		v.res.Files++
		f.Type, f.Errno = "file", ErrnoName(err)
		return v.w.o.Visit(v.id, f)
	}
	switch f.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		v.res.Dirs++
		if v.w.same(f) {
			v.enter(name)
		}
	case unix.S_IFLNK:
		v.res.Files++
		v.target(dirfd, name, f)
	default:
		v.res.Files++
		if v.w.o.Xattrs && f.Mode&unix.S_IFMT == unix.S_IFREG && f.Mode&0o111 != 0 {
			f.Xattrs = v.xattrs(dirfd, name)
		}
	}
	f.MntID = v.w.id
	return v.w.o.Visit(v.id, f)
}

// same says whether a directory lies on the walked mount. A non-recursive
// clone holds nothing else; a plain path may lead into another mount.
func (w *walk) same(f *record.File) bool {
	return w.clone || (f.MntID == w.rootID && f.Dev == w.rootDev) || (w.rootID == 0 && f.Dev == w.rootDev)
}

// enter notes a subdirectory for later; too deep ones are recorded as denied.
func (v *visitor) enter(name []byte) {
	if len(v.sub.dir)+len(name) > maxWalk {
		v.denied(v.path, unix.ENAMETOOLONG)
		v.file.Errno = ErrnoName(unix.ENAMETOOLONG)
		return
	}
	v.sub.names = append(v.sub.names, name...)
}

func (v *visitor) target(dirfd int, name []byte, f *record.File) {
	if !v.w.noatime {
		v.w.t.links.Add(1)
	}
	var buf [unix.PathMax]byte
	n, _, e := unix.Syscall6(unix.SYS_READLINKAT, uintptr(dirfd), uintptr(unsafe.Pointer(&name[0])), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), 0, 0)
	if e != 0 {
		f.Errno = ErrnoName(e)
		return
	}
	f.Target = append(record.Bytes(nil), buf[:n]...)
}

func (v *visitor) xattrs(dirfd int, name []byte) map[string]record.Bytes {
	x, err := readLinkXattrs(fmt.Sprintf("/proc/self/fd/%d/%s", dirfd, name[:len(name)-1]))
	if err != nil {
		return nil
	}
	return x
}

// open opens a directory of the mount by its path, in pieces where it is
// longer than the kernel takes at once. No link is followed.
func (w *walk) open(dir string) (int, error) {
	at, opened := w.root, false
	for len(dir) > openPiece {
		i := strings.LastIndexByte(dir[:openPiece], '/')
		if i <= 0 {
			break
		}
		fd, err := unix.Openat(at, dir[:i], unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if opened {
			unix.Close(at)
		}
		if err != nil {
			return -1, err
		}
		at, opened, dir = fd, true, dir[i+1:]
	}
	if opened {
		defer unix.Close(at)
	}
	if dir == "" {
		dir = "."
	}
	return w.openDir(at, dir)
}

// openDir opens for listing; RESOLVE_NO_SYMLINKS guards against a component
// being swapped for a link meanwhile.
func (w *walk) openDir(at int, dir string) (int, error) {
	flags := unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC | unix.O_NONBLOCK
	open := func(flags int) (int, error) {
		if w.t.byHand {
			return unix.Openat(at, dir, flags, 0)
		}
		return unix.Openat2(at, dir, &unix.OpenHow{Flags: uint64(flags), Resolve: unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_BENEATH})
	}
	if w.noatime {
		return open(flags)
	}
	fd, err := open(flags | unix.O_NOATIME)
	if err == unix.EPERM {
		if fd, err = open(flags); err == nil {
			w.t.touched.Add(1)
		}
	}
	return fd, err
}
