package store

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
	"sync"

	"github.com/dgraph-io/badger/v4/y"
	"github.com/klauspost/compress/zstd"
)

// blockVersion is the first byte of a block.
const blockVersion = 4

// bodyKept is the room for the sections of a block that stays for the next one.
const bodyKept = 4 << 20

// blockWriter packs the rows of one block; it is reused.
type blockWriter struct {
	p         *packer
	head      []byte
	body      []byte // the sections, one behind another
	raw, raw2 []byte
	numbers   numberWriter
	lastEnd   []int64 // by number of the exhibit, as are seen and the like by theirs
	people    places
	shapes    places
	names     places
	lists     [][]string // values of the names of the block, in the order in which they came
	objects   *strTable
	order     []uint32
	ends      places
	span      []int64
}

func newBlockWriter(p *packer) *blockWriter { return &blockWriter{p: p, objects: newStrTable()} }

// blockWriters are the block writers of all builders. The one that was given
// back last is taken first: a compressor has tables of 256 KiB, and no more of
// them are in use than fit near the processors.
type blockWriters struct {
	mu   sync.Mutex
	free []*blockWriter
}

// take gives one of as many as can be at work.
func (l *blockWriters) take() *blockWriter {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	return w
}

func (l *blockWriters) give(w *blockWriter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, w)
}

// places numbers numbers of a segment within one block.
type places struct {
	block uint32   // counts the blocks, so that nothing has to be cleared
	seen  []uint32 // the block in which a number was met last
	place []uint32
	list  []uint32 // the numbers in the order in which they came
}

func (p *places) begin() {
	if p.block++; p.block == 0 {
		clear(p.seen)
		p.block = 1
	}
	p.list = p.list[:0]
}

// of gives the place of a number in the block; first says that it is new.
func (p *places) of(n uint32) (place uint32, first bool) {
	for int(n) >= len(p.seen) {
		p.seen = append(p.seen, make([]uint32, max(64, int(n)+1-len(p.seen), len(p.seen)))...)
		p.place = append(p.place, make([]uint32, len(p.seen)-len(p.place))...)
	}
	if p.seen[n] == p.block {
		return p.place[n], false
	}
	p.seen[n], p.place[n] = p.block, uint32(len(p.list))
	p.list = append(p.list, n)
	return p.place[n], true
}

// put appends a number that is small as a rule.
func put(b []byte, v uint32) []byte {
	if v < 0x80 {
		return append(b, byte(v))
	}
	return putUv(b, uint64(v))
}

// pack appends the block of rows to dst.
func (w *blockWriter) pack(dst []byte, rows []row) []byte {
	w.head, w.body = putUv(append(w.head[:0], blockVersion), uint64(len(rows))), w.body[:0]
	if times, noise := w.times(rows); noise {
		w.add(nil, times)
	} else {
		w.add(w.p.enc, times)
	}
	w.add(w.p.quick, w.small(rows))
	w.raw = w.numbers.section(w.raw[:0], rows)
	w.add(nil, w.raw)
	for part := range slices.Chunk(rows, pieceRows) {
		w.add(w.p.enc, w.valueSection(part))
		w.add(w.p.enc, w.messages(part))
	}
	dst = append(dst, w.head...)
	dst = binary.LittleEndian.AppendUint32(dst, crc32.Checksum(w.head, y.CastagnoliCrcTable))
	dst = append(dst, w.body...)
	if cap(w.body) > bodyKept {
		w.body = nil
	}
	return dst
}

// add appends a section, compressed unless enc is nil or that does not help.
func (w *blockWriter) add(enc *zstd.Encoder, raw []byte) {
	from, stored := len(w.body), 0
	if enc != nil && len(raw) > leastFrame {
		w.body = enc.EncodeAll(raw, w.body)
		stored = len(w.body) - from
	}
	if stored == 0 || stored >= len(raw) {
		w.body, stored = append(w.body[:from], raw...), 0
	}
	w.head = putLen(putLen(w.head, len(raw)), stored)
	w.head = binary.LittleEndian.AppendUint32(w.head, crc32.Checksum(w.body[from:], y.CastagnoliCrcTable))
}

func (w *blockWriter) messages(rows []row) []byte {
	b := w.raw[:0]
	for i := range rows {
		b = putLen(b, len(rows[i].message))
	}
	for i := range rows {
		b = append(b, rows[i].message...)
	}
	w.raw = b
	return b
}
