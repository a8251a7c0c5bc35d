package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

const (
	walkBuffer = 64 << 10 // bytes of names per getdents64 call
	maxWalk    = 64 << 10 // bytes of a path below the mount; deeper directories are recorded, not entered
	openPiece  = 3800     // bytes of a path given to one openat, below PATH_MAX
)

// frame holds the subdirectories of one directory that still have to be
// walked: NUL-terminated names, taken from the end.
type frame struct {
	dir     string // path below the mount, "" is its root
	names   []byte
	covered bool
}

// walk is one pass over one mount.
type walk struct {
	ctx     context.Context
	t       *tree
	root    int
	point   string // path prefix of the mount, "" for /
	id      uint64 // its number in the mount table
	o       WalkOptions
	clone   bool   // root is a non-recursive clone: no other mount is below it
	noatime bool   // and keeps access times
	rootID  uint64 // mount id or device of the root, where there is no clone
	rootDev uint64
	covered map[string]bool

	mu     sync.Mutex
	cond   *sync.Cond
	frames []frame
	busy   int
	err    error
	res    WalkResult
}

func newWalk(ctx context.Context, t *tree, root int, m Mount, o WalkOptions) *walk {
	point := m.Point
	w := &walk{ctx: ctx, t: t, root: root, point: strings.TrimSuffix(point, "/"), id: uint64(m.ID), o: o, covered: map[string]bool{}}
	w.cond = sync.NewCond(&w.mu)
	for _, p := range o.Covered {
		if rel, ok := under(point, p); ok {
			w.covered[strings.TrimPrefix(rel, "/")] = true
		}
	}
	return w
}

// run visits the root and lets the workers take directories until none is left.
func (w *walk) run(method string) (WalkResult, error) {
	w.res.Method = method
	f, err := w.t.st.fd(w.root)
	if err != nil {
		return w.res, &PathError{Op: "stat", Path: w.point, Err: err}
	}
	w.rootID, w.rootDev = f.MntID, f.Dev
	f.Path = record.Bytes(w.point)
	if w.point == "" {
		f.Path = record.Bytes("/")
	}
	f.MntID = w.id // a clone has a number of its own that says nothing
	if err := w.o.Visit(0, &f); err != nil {
		return w.res, err
	}
	if f.Mode&unix.S_IFMT != unix.S_IFDIR { // a file mounted over a file
		w.res.Files++
		return w.res, nil
	}
	w.res.Dirs++
	w.frames = []frame{{dir: "", names: []byte{0}}}
	var wg sync.WaitGroup
	for i := range max(1, w.o.Workers) {
		wg.Go(func() { w.worker(i) })
	}
	wg.Wait()
	return w.res, w.err
}

// next takes one directory off the pile, newest first, so that the pile stays
// as small as the tree is deep.
func (w *walk) next() (dir string, covered, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		if w.err == nil && w.ctx.Err() != nil {
			w.err = context.Cause(w.ctx)
		}
		if w.err != nil {
			w.cond.Broadcast()
			return "", false, false
		}
		if n := len(w.frames); n > 0 {
			f := &w.frames[n-1]
			i := bytes.LastIndexByte(f.names[:len(f.names)-1], 0) + 1
			name := string(f.names[i : len(f.names)-1])
			dir, covered = join(f.dir, name), f.covered
			if f.names = f.names[:i]; i == 0 {
				w.frames[n-1] = frame{}
				w.frames = w.frames[:n-1]
			}
			w.busy++
			return dir, covered || w.covered[dir], true
		}
		if w.busy == 0 {
			w.cond.Broadcast()
			return "", false, false
		}
		w.cond.Wait()
	}
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// done hands in what a worker found in one directory.
func (w *walk) done(f frame, r WalkResult, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy--
	w.res.Dirs += r.Dirs
	w.res.Files += r.Files
	w.res.Gone += r.Gone
	if w.res.Denied == 0 && r.Denied > 0 {
		w.res.First, w.res.Errno = r.First, r.Errno
	}
	w.res.Denied += r.Denied
	if err != nil && w.err == nil {
		w.err = err
	}
	if len(f.names) > 0 {
		w.frames = append(w.frames, f)
	}
	w.cond.Broadcast()
}

func (w *walk) worker(id int) {
	v := &visitor{w: w, id: id, buf: make([]byte, walkBuffer)}
	for {
		dir, covered, ok := w.next()
		if !ok {
			return
		}
		v.sub, v.covered, v.res = frame{dir: dir, covered: covered}, covered, WalkResult{}
		err := v.directory(dir)
		w.done(v.sub, v.res, err)
	}
}

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
