package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
)

// Batch takes one bundle into the store. Its methods are safe for concurrent
// use, the order of events does not matter, and nothing of it can be seen
// before Commit.
type Batch struct {
	w       *Writer
	run     string
	replace bool // the bundle is in the store with another seal: all its rows go
	scratch sync.Pool

	exMu     sync.RWMutex
	exhibits []exhibitRef
	byNumber map[uint32][]int

	mu       sync.Mutex
	gathers  [drawers]*gather // nil: no row waits
	infos    map[uint32]ExhibitInfo
	events   map[uint32]int64
	gen      *genWriter
	segs     uint32
	genRows  int
	closed   []genRef
	written  []*genWriter
	notes    [2]noteWriter
	ended    bool
	inFlight sync.WaitGroup

	errMu sync.Mutex
	err   error
}

// Ingest opens a batch for a bundle. ErrKnown says that the bundle is in the
// store already and that no parser is newer. When one is, the exhibits named
// with Exhibit replace what the store holds of them.
func (w *Writer) Ingest(info BundleInfo) (*Batch, error) {
	if info.Run == "" {
		return nil, errors.New("store: a bundle needs a run id")
	}
	w.mu.Lock()
	old, known := w.known[info.Run]
	w.mu.Unlock()
	if known && old.Seal == info.Seal && !newer(old.Parsers, info.Parsers) {
		return nil, ErrKnown
	}
	b, err := w.newBatch()
	if err != nil {
		return nil, err
	}
	b.run, b.replace = info.Run, known && old.Seal != info.Seal
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[info.Run] {
		return nil, errors.Join(fmt.Errorf("store: bundle %q is being ingested already", info.Run), b.remove())
	}
	w.busy[info.Run] = true
	w.open++
	return b, nil
}

// done says that the batch is over; mu of the writer is held.
func (b *Batch) done() {
	b.w.open--
	delete(b.w.busy, b.run)
}

// newBatch makes a batch with its first generation.
func (w *Writer) newBatch() (*Batch, error) {
	g, err := w.newGen()
	if err != nil {
		return nil, err
	}
	b := &Batch{w: w, gen: g, byNumber: map[uint32][]int{}, infos: map[uint32]ExhibitInfo{}, events: map[uint32]int64{}}
	b.written = append(b.written, g)
	b.scratch.New = func() any { return &scratch{} }
	b.notes[0].prefix, b.notes[1].prefix = 'w', 'n'
	return b, nil
}

// newer says whether now names a parser that old does not have in that version.
func newer(old, now map[string]int) bool {
	for name, v := range now {
		if o, ok := old[name]; !ok || v > o {
			return true
		}
	}
	return false
}

// Exhibit announces an exhibit whose events, warnings and counters follow (or
// the want of them). Naming it again replaces what was said.
func (b *Batch) Exhibit(x ExhibitInfo) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.infos[x.Number] = x
}

func (b *Batch) fail(err error) {
	b.errMu.Lock()
	defer b.errMu.Unlock()
	if b.err == nil {
		b.err = err
	}
}

func (b *Batch) failed() error {
	b.errMu.Lock()
	defer b.errMu.Unlock()
	return b.err
}

// submit hands a full segment to a free builder; it waits while all are busy.
func (b *Batch) submit(g *gather) error {
	if err := b.failed(); err != nil {
		return err
	}
	builder := <-b.w.workers
	b.mu.Lock()
	gen, seg, err := b.place(len(g.refs), 1)
	if err == nil {
		b.inFlight.Add(1) // under mu: place waits for all that were placed before
	}
	b.mu.Unlock()
	if err != nil {
		b.w.workers <- builder
		b.fail(err)
		return err
	}
	go func() {
		defer b.inFlight.Done()
		defer func() { b.w.workers <- builder }()
		g.sort(&builder.sorter)
		b.exMu.RLock()
		exhibits := b.exhibits[:len(b.exhibits):len(b.exhibits)]
		b.exMu.RUnlock()
		pairs, err := builder.build(seg, g, exhibits, gen.write)
		b.w.freeGather(g)
		if err == nil {
			err = gen.put(pairs)
		}
		if err != nil {
			b.fail(err)
		}
	}()
	return b.failed()
}

// place chooses the generation of segments that have so many rows together, and
// the number of the first; mu is held.
func (b *Batch) place(rows, segments int) (*genWriter, uint32, error) {
	if b.genRows > 0 && b.genRows+rows > b.w.limits.generation {
		b.inFlight.Wait()
		if err := b.closeGen(); err != nil {
			return nil, 0, err
		}
		g, err := b.w.newGen()
		if err != nil {
			return nil, 0, err
		}
		b.gen, b.genRows, b.segs = g, 0, 0
		b.written = append(b.written, g)
	}
	b.genRows += rows
	b.segs += uint32(segments)
	return b.gen, b.segs - uint32(segments), nil
}

func (b *Batch) closeGen() error {
	sum, err := b.gen.close()
	if err != nil {
		return err
	}
	b.closed = append(b.closed, genRef{name: filepath.Base(b.gen.dir), sum: sum})
	return nil
}

// end marks the batch as ended; only the first call gets true.
func (b *Batch) end() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	was := b.ended
	b.ended = true
	return !was
}

// Abort throws the batch away. After Commit it does nothing.
func (b *Batch) Abort() error {
	if !b.end() {
		return nil
	}
	b.inFlight.Wait()
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	b.done()
	return b.remove()
}

// remove throws away what was written, unless CURRENT names it by now; mu of
// the writer is held.
func (b *Batch) remove() error {
	var err error
	named := b.w.cur.names()
	for _, g := range b.written {
		if !named[filepath.Base(g.dir)] {
			err = errors.Join(err, g.drop())
		}
	}
	return err
}
