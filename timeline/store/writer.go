package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// WriterOptions tune a writer. The zero value is right.
type WriterOptions struct {
	Workers int // segments built at the same time; 0: one per CPU, at most 4
}

// Writer is the one writer of a store. Its methods are safe for concurrent
// use; several batches may be open at the same time.
type Writer struct {
	dir     string
	lock    *writerLock
	workers chan *builder // free builders
	spare   chan *gather  // gathers whose memory can be used again
	limits  limits
	seed    uint64 // of the hashes of classes
	room    room

	numbers sync.Mutex
	next    int // number of the next generation directory
	closed  bool

	mu    sync.Mutex // held while the list of generations changes
	cur   *current
	open  int                   // batches
	busy  map[string]bool       // their run ids
	known map[string]BundleInfo // bundles of the store by run id
}

// limits are sizes that tests make small.
type limits struct {
	segment    int   // rows of a segment
	generation int   // rows of a generation
	copy       int   // rows from which merge copies a segment as it is
	small      int   // rows below which merge takes a generation in
	link       int64 // bytes of a value log from which merge takes it over as it is
}

func usualLimits() limits {
	return limits{segment: segmentRows, generation: generation, copy: copyRows, small: smallGen, link: linkBytes}
}

// OpenWriter takes the write lock of the store in dir, which is made when it
// does not exist, and removes what an interrupted writer left. A lock held by
// another process is a *LockedError.
func OpenWriter(dir string, o WriterOptions) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	lock, err := takeLock(dir)
	if err != nil {
		return nil, err
	}
	w := &Writer{dir: dir, lock: lock, limits: usualLimits(), seed: randomSeed(), busy: map[string]bool{}}
	if err := w.start(o); err != nil {
		return nil, errors.Join(err, lock.release())
	}
	return w, nil
}

func (w *Writer) start(o WriterOptions) error {
	cur, err := readCurrent(w.dir)
	if err != nil {
		return err
	}
	if err := cur.removeOthers(w.dir); err != nil {
		return err
	}
	w.cur, w.next = cur, cur.next
	if w.known, err = w.bundles(); err != nil {
		return err
	}
	if o.Workers <= 0 {
		o.Workers = min(runtime.GOMAXPROCS(0), 4)
	}
	w.workers = make(chan *builder, o.Workers)
	w.spare = make(chan *gather, o.Workers)
	writers := &blockWriters{}
	for range o.Workers {
		b, err := newBuilder(writers)
		if err != nil {
			return err
		}
		w.workers <- b
	}
	return nil
}

// bundles reads what the store holds when the writer starts.
func (w *Writer) bundles() (map[string]BundleInfo, error) {
	r, err := Open(w.dir)
	if err != nil {
		return nil, err
	}
	known := map[string]BundleInfo{}
	for _, b := range r.Bundles() {
		known[b.Run] = b
	}
	return known, r.Close()
}

func (w *Writer) newGather(drawer int) *gather {
	select {
	case g := <-w.spare:
		g.drawer = drawer
		return g
	default:
		return &gather{drawer: drawer, classes: newClassTable(w.seed)}
	}
}

// freeGather keeps the memory of a gather for the next one, unless huge rows
// made it large.
func (w *Writer) freeGather(g *gather) {
	if g.bytes > segmentBytes {
		return
	}
	g.reset() // now: what a segment of many classes holds must not wait for the next
	select {
	case w.spare <- g:
	default:
	}
}

// newGen makes the directory of a generation that no CURRENT names yet.
func (w *Writer) newGen() (*genWriter, error) {
	w.numbers.Lock()
	if w.closed {
		w.numbers.Unlock()
		return nil, ErrClosed
	}
	var dir string
	for {
		dir = filepath.Join(w.dir, genName(w.next))
		w.next++
		if _, err := os.Lstat(dir); errors.Is(err, os.ErrNotExist) {
			break // a reader may still hold an old generation of this name
		}
	}
	w.numbers.Unlock()
	return createGen(dir, &w.room)
}

// publish makes a list of generations the state of the store; mu is held.
func (w *Writer) publish(gens []genRef) error {
	w.numbers.Lock()
	next := &current{next: w.next, gens: gens}
	w.numbers.Unlock()
	done, err := next.write(w.dir)
	if done {
		w.cur = next
	}
	return err
}

// sweep removes generations that are no longer named, unless a batch is open,
// whose finished generations are not named yet; mu is held.
func (w *Writer) sweep() error {
	if w.open > 0 {
		return nil
	}
	return w.cur.removeOthers(w.dir)
}

// Close gives the lock back. Open batches must have been ended.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.numbers.Lock()
	was := w.closed
	w.closed = true
	w.numbers.Unlock()
	if was {
		return nil
	}
	var err error
	if w.open > 0 {
		err = fmt.Errorf("store: closed with %d open batches, which are lost", w.open)
	} else {
		err = w.sweep()
	}
	return errors.Join(err, w.lock.release())
}
