package store

import (
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// blockPlaces are the value logs of an open generation, and where the blocks of
// its segments lie in them. The tables are read whole when a generation is
// opened: asking Badger again for each block, and having it add up all bytes of
// a block of which two sections are wanted, took as long as reading these. It is
// safe for concurrent use once the generation is open.
type blockPlaces struct {
	dir    string
	blocks map[uint32][]logPointer // by segment; no bytes: ask Badger
	logs   map[uint32]*mappedLog   // by number
	last   uint32                  // segment that was met last
	list   []logPointer            // of it
}

func newBlockPlaces(dir string) *blockPlaces {
	return &blockPlaces{dir: dir, blocks: map[uint32][]logPointer{}, logs: map[uint32]*mappedLog{}}
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
		p.logs[uint32(n)] = &mappedLog{path: filepath.Join(p.dir, f.name), size: f.size}
	}
}

// mappedLog is a value log that is mapped when it is first read.
type mappedLog struct {
	path string
	size int64
	once sync.Once
	data []byte
	err  error
}

// bytes gives the whole file.
func (l *mappedLog) bytes() ([]byte, error) {
	l.once.Do(func() { l.data, l.err = mapFile(l.path, l.size) })
	return l.data, l.err
}

func mapFile(path string, size int64) (data []byte, err error) {
	f, err := openRegular(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }() // the mapping stays
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if st.Size() != size {
		return nil, &DamagedError{File: path, What: fmt.Sprintf("has %d bytes, not %d", st.Size(), size)}
	}
	if data, err = unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED); err != nil {
		return nil, fmt.Errorf("store: map %q: %w", path, err)
	}
	return data, nil
}

// close lets the mappings go.
func (p *blockPlaces) close() error {
	if p == nil {
		return nil
	}
	var errs []error
	for _, l := range p.logs {
		if l.data != nil {
			errs = append(errs, unix.Munmap(l.data))
			l.data = nil
		}
	}
	return errors.Join(errs...)
}

// value gives the value of an entry of a value log, whose own checksum is not
// compared: a block has those of its parts.
func (p *blockPlaces) value(at logPointer) ([]byte, error) {
	l := p.logs[at.file]
	if l == nil {
		return nil, fmt.Errorf("%w: value log %d is not there", errCorrupt, at.file)
	}
	data, err := l.bytes()
	if err != nil {
		return nil, err
	}
	if int64(at.at)+int64(at.n) > int64(len(data)) {
		return nil, fmt.Errorf("%w: a value beyond the end of %q", errCorrupt, l.path)
	}
	s := scan{b: data[at.at : int64(at.at)+int64(at.n)]}
	s.bytes(2) // meta, user meta
	key, value := s.uv(), s.uv()
	s.uv() // expiry
	if s.err != nil || key > keyLimit || value > valueLimit || uint64(len(s.b)) != key+value+crc32.Size {
		return nil, fmt.Errorf("%w: an entry of %q at %d that is none", errCorrupt, l.path, at.at)
	}
	return s.b[key : key+value : key+value], nil
}

// blockBytes gives a block as it is stored, until the generation is closed.
func (s *segment) blockBytes(n int) ([]byte, error) {
	if n >= len(s.at) || s.at[n].n == 0 { // a short block lies in the table
		return s.gen.view(blockKey(s.no, n))
	}
	data, err := s.gen.places.value(s.at[n])
	if err != nil {
		return nil, s.inBlock(n, err)
	}
	return data, nil
}
