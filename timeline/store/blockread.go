package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"sync"

	"github.com/dgraph-io/badger/v4/y"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// block is a block as read; sections are unpacked when first asked for. Safe
// for concurrent use.
type block struct {
	n     int
	tab   *tables
	u     *unpacker
	parts [blockParts]packed
	place *segment // nil: nobody knows
	no    int      // in its segment

	mu     sync.Mutex
	times  *timeCols
	smalls *smallCols
	nums   numberCols // nil: not read yet
	pieces []piece
}

// The sections of a block that are not those of a piece.
const (
	partTimes = iota
	partSmalls
	partNumbers
	blockParts
)

// named says where a fault lies.
func (b *block) named(err error) error {
	if b.place == nil {
		return err
	}
	return b.place.inBlock(b.no, err)
}

func (s *segment) inBlock(n int, err error) error {
	return fmt.Errorf("store: generation %q segment %d block %d: %w", s.gen.name, s.no, n, err)
}

// timeCols are the times of a block.
type timeCols struct {
	flags         numbers
	keys          []int64
	before, after signs // key - Earliest, Latest - key, of rows that have them
}

func (c *timeCols) earliest(i int) int64 {
	if c.flags.at(i)&flagNoEarliest != 0 {
		return event.MinTime
	}
	return c.keys[i] - c.before.at(i)
}

func (c *timeCols) latest(i int) int64 {
	if c.flags.at(i)&flagNoLatest != 0 {
		return event.MaxTime
	}
	return c.keys[i] + c.after.at(i)
}

// of gives the time of a row.
func (c *timeCols) of(i int, reasons uint32) event.Time {
	f := c.flags.at(i)
	t := event.Time{Instant: c.keys[i], Earliest: c.earliest(i), Latest: c.latest(i), Precision: event.Precision(f >> 4), Reasons: event.Reasons(reasons)}
	if f&flagNoInstant != 0 {
		t.Instant = event.NoInstant
	}
	return t
}

// openBlock reads the frame of a block. data must stay as it is.
func openBlock(data []byte, want int, tab *tables, u *unpacker) (*block, error) {
	s := scan{b: data}
	if v := s.byte(); s.err == nil && v != blockVersion {
		return nil, fmt.Errorf("%w: block of version %d", errCorrupt, v)
	}
	b := &block{n: s.num(1 << 16), tab: tab, u: u}
	if s.err == nil && b.n != want {
		return nil, fmt.Errorf("%w: block of %d rows, manifest says %d", errCorrupt, b.n, want)
	}
	b.pieces = make([]piece, (want+pieceRows-1)/pieceRows)
	sections := make([]*packed, 0, 16)
	for i := range b.parts {
		sections = append(sections, &b.parts[i])
	}
	for i := range b.pieces {
		p := &b.pieces[i]
		p.n = min(b.n-i*pieceRows, pieceRows)
		sections = append(sections, &p.parts[partValues], &p.parts[partMessages])
	}
	sizes := make([]int, 0, 16)
	for _, p := range sections {
		size := 0
		*p, size = s.sealed(blockSection)
		sizes = append(sizes, size)
	}
	head := data[:len(data)-len(s.b)]
	if sum := s.bytes(crc32.Size); s.err == nil && crc32.Checksum(head, y.CastagnoliCrcTable) != binary.LittleEndian.Uint32(sum) {
		s.fail("checksum of the head of a block")
	}
	for i, p := range sections {
		p.stored = s.bytes(sizes[i])
	}
	if err := s.end(); err != nil {
		return nil, fmt.Errorf("block: %w", err)
	}
	return b, nil
}

func (b *block) time() (*timeCols, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.times != nil {
		return b.times, nil
	}
	raw, free, err := b.u.borrow(b.parts[partTimes])
	if err != nil {
		return nil, b.named(err)
	}
	defer free()
	s := scan{b: raw}
	c := &timeCols{}
	c.read(&s, b.n)
	if err := s.end(); err != nil {
		return nil, b.named(fmt.Errorf("times: %w", err))
	}
	b.times = c
	return c, nil
}

// read is the inverse of blockWriter.times. It keeps nothing that s reads.
func (c *timeCols) read(s *scan, n int) {
	c.flags = s.numbers(n, 256)
	c.flags.bytes = slices.Clone(c.flags.bytes)
	unit := int64(1)
	switch s.byte() {
	case 0:
	case 3:
		unit = 1e3
	case 6:
		unit = 1e6
	case 9:
		unit = 1e9
	default:
		s.fail("unit of time")
	}
	if c.keys = make([]int64, n); n == 0 {
		s.fail("no rows")
		return
	}
	if c.keys[0] = s.zv(); s.err == nil {
		s.varints(c.keys[1:])
	}
	last := int64(0)
	for i, d := range c.keys {
		last += d
		c.keys[i] = last * unit
	}
	c.before, c.after = c.ends(s, flagNoEarliest), c.ends(s, flagNoLatest)
}

// ends reads the distances of the rows that are not flagged as having none.
func (c *timeCols) ends(s *scan, none uint32) signs {
	with := 0
	for i := range c.keys {
		if c.flags.at(i)&none == 0 {
			with++
		}
	}
	d := s.signs(with)
	if d.list == nil || with == len(c.keys) || s.err != nil {
		return d
	}
	all := make([]int64, len(c.keys)) // so that each stands in its row's place
	for i, from := 0, d.list; i < len(all); i++ {
		if c.flags.at(i)&none == 0 {
			all[i], from = from[0], from[1:]
		}
	}
	return signs{list: all}
}
