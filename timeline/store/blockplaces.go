package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// blockPlaces are the value logs of an open generation, and where the blocks of
// its segments lie in them. The tables are read whole when a generation is
// opened: asking Badger again for each block, and having it add up all bytes of
// a block of which two sections are wanted, took as long as reading these. Bytes
// are read, not mapped: a page looks at hundreds of blocks in gigabytes of files,
// and each would cost a page fault, which takes longer, and 128 KiB from a cold
// disk. It is safe for concurrent use once the generation is open.
type blockPlaces struct {
	dir    string
	blocks map[uint32][]logPointer // by segment; no bytes: ask Badger
	logs   map[uint32]*logFile     // by number
	last   uint32                  // segment that was met last
	list   []logPointer            // of it
}

func newBlockPlaces(dir string) *blockPlaces {
	return &blockPlaces{dir: dir, blocks: map[uint32][]logPointer{}, logs: map[uint32]*logFile{}}
}

// note takes an entry of a table down. Blocks that do not come in order, or
// twice, are left to Badger.
func (p *blockPlaces) note(e tableEntry) error {
	const size = 1 + 4 + 4 + badgerStamp
	if p == nil || len(e.key) != size || e.key[0] != 'b' {
		return nil
	}
	seg, n := be(e.key[1:5]), uint64(be(e.key[5:9]))
	if p.list == nil || seg != p.last {
		p.keep()
		p.last, p.list = seg, p.blocks[seg]
	}
	switch {
	case n < uint64(len(p.list)):
		p.list[n] = logPointer{}
	case n == uint64(len(p.list)) && e.pointer:
		p.list = append(p.list, readPointer(e.value))
	case n == uint64(len(p.list)):
		p.list = append(p.list, logPointer{})
	}
	return nil
}

// keep files the blocks of the segment that was met last.
func (p *blockPlaces) keep() {
	if p.list != nil {
		p.blocks[p.last] = p.list
	}
	p.list = nil
}

// file takes a value log down.
func (p *blockPlaces) file(f *fileInfo) {
	number, ok := strings.CutSuffix(f.name, ".vlog")
	if n, err := strconv.ParseUint(number, 10, 32); ok && err == nil {
		p.logs[uint32(n)] = &logFile{path: filepath.Join(p.dir, f.name), size: f.size}
	}
}

// logFile is a value log that is opened when it is first read.
type logFile struct {
	path string
	size int64
	once sync.Once
	f    *os.File
	err  error
	met  []atomic.Uint64 // bit by bit: a stretch that was read from
}

// stretchBytes lie around what is read from a value log first: the next pages
// will want them. It is a dozen blocks.
const stretchBytes = 256 << 10

// open opens the file, once.
func (l *logFile) open() error {
	l.once.Do(func() {
		l.met = make([]atomic.Uint64, l.size/stretchBytes/64+1)
		l.f, l.err = openSized(l.path, l.size)
	})
	return l.err
}

// meet has the kernel read the stretch around a place, when it is met first, and
// does not wait for it.
func (l *logFile) meet(at int64) {
	n := at / stretchBytes
	if w, bit := &l.met[n/64], uint64(1)<<(n%64); w.Load()&bit == 0 && w.Or(bit)&bit == 0 {
		willRead(l.f, n*stretchBytes, stretchBytes)
	}
}

// openSized opens a file that must have so many bytes.
func openSized(path string, size int64) (*os.File, error) {
	f, err := openRegular(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: %w", err), f.Close())
	}
	if st.Size() != size {
		return nil, errors.Join(&DamagedError{File: path, What: fmt.Sprintf("has %d bytes, not %d", st.Size(), size)}, f.Close())
	}
	return f, nil
}

// read fills b with the bytes from a place on.
func (l *logFile) read(b []byte, at int64) error {
	n, err := l.f.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return &DamagedError{File: l.path, What: fmt.Sprintf("ends at %d, in the middle of a value", at+int64(n))}
	}
	return fmt.Errorf("store: read %q: %w", l.path, err)
}

// close lets the files go.
func (p *blockPlaces) close() error {
	if p == nil {
		return nil
	}
	var errs []error
	for _, l := range p.logs {
		if l.f != nil {
			errs = append(errs, l.f.Close())
			l.f = nil
		}
	}
	return errors.Join(errs...)
}
