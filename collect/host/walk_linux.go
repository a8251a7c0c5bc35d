package host

import (
	"bytes"
	"context"
	"strings"
	"sync"

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
