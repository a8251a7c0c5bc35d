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
	mem   []byte   // memory for lead
	lead  []byte   // the bytes it begins with
	log   *logFile // where the others lie; nil: there are none
	at    int64    // where it begins there

	mu     sync.Mutex
	times  *timeCols
	smalls *smallCols
	nums   numberCols // nil: not read yet
	pieces []piece

	oldTimes *timeCols // memory of a block that lay here before
	oldNums  numberCols
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
	b := &block{tab: tab, u: u, lead: data}
	if err := b.open(len(data), want); err != nil {
		return nil, err
	}
	return b, nil
}

// open reads the frame of a block of so many bytes from those it begins with.
func (b *block) open(size, want int) error {
	s := scan{b: b.lead}
	if v := s.byte(); s.err == nil && v != blockVersion {
		return fmt.Errorf("%w: block of version %d", errCorrupt, v)
	}
	if b.n = s.num(1 << 16); s.err == nil && b.n != want {
		return fmt.Errorf("%w: block of %d rows, manifest says %d", errCorrupt, b.n, want)
	}
	pieces := (want + pieceRows - 1) / pieceRows
	b.pieces = slices.Grow(b.pieces[:0], pieces)[:pieces]
	clear(b.pieces)
	sections := make([]*packed, 0, 16)
	for i := range b.parts {
		sections = append(sections, &b.parts[i])
	}
	for i := range b.pieces {
		p := &b.pieces[i]
		p.n = min(b.n-i*pieceRows, pieceRows)
		sections = append(sections, &p.parts[partValues], &p.parts[partMessages])
	}
	for _, p := range sections {
		*p = s.sealed(blockSection)
	}
	head := b.lead[:len(b.lead)-len(s.b)]
	if sum := s.bytes(crc32.Size); s.err == nil && crc32.Checksum(head, y.CastagnoliCrcTable) != binary.LittleEndian.Uint32(sum) {
		s.fail("checksum of the head of a block")
	}
	off := len(b.lead) - len(s.b)
	for _, p := range sections {
		if p.off = off; p.size <= len(s.b) {
			p.stored = s.bytes(p.size)
		} else {
			s.b = nil // the rest lies in the file
		}
		off += p.size
	}
	if s.err == nil && off != size {
		s.fail("sections that are not as long as their block")
	}
	if s.err != nil {
		return fmt.Errorf("block: %w", s.err)
	}
	return nil
}

// again makes a block ready for another one, with the memory that it has:
// nobody may hold anything of it.
func (b *block) again() {
	if b.times != nil {
		b.oldTimes = b.times
	}
	if b.nums != nil {
		b.oldNums = b.nums
	}
	b.times, b.smalls, b.nums = nil, nil, nil
}

// unpacked says whether values or messages were unpacked.
func (b *block) unpacked() bool {
	return slices.ContainsFunc(b.pieces, func(p piece) bool { return p.values != nil || p.texts != nil })
}

func (b *block) time() (*timeCols, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.times != nil {
		return b.times, nil
	}
	p, err := b.fetch(&b.parts[partTimes], nil)
	if err != nil {
		return nil, err
	}
	raw, free, err := b.u.borrow(p)
	if err != nil {
		return nil, b.named(err)
	}
	defer free()
	s := scan{b: raw}
	c := b.oldTimes
	if b.oldTimes = nil; c == nil {
		c = &timeCols{}
	}
	c.read(&s, b.n)
	if err := s.end(); err != nil {
		return nil, b.named(fmt.Errorf("times: %w", err))
	}
	b.times = c
	return c, nil
}

// read is the inverse of blockWriter.times. It keeps nothing that s reads. What
// c held is overwritten.
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
	if c.keys = slices.Grow(c.keys[:0], n)[:n]; n == 0 {
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
	d := s.signs(c.without(none))
	if d.list == nil || len(d.list) == len(c.keys) || s.err != nil {
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

// without counts the rows that are not flagged.
func (c *timeCols) without(flag uint32) (n int) {
	if c.flags.bytes == nil && c.flags.list == nil {
		if c.flags.one&flag != 0 {
			return 0
		}
		return len(c.keys)
	}
	for i := range c.keys {
		if c.flags.at(i)&flag == 0 {
			n++
		}
	}
	return n
}
