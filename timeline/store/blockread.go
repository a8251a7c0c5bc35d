package store

import (
	"fmt"
	"slices"
	"sync"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// block is a block as read; sections are unpacked when first asked for. Safe
// for concurrent use.
type block struct {
	n     int
	tab   *tables
	u     *unpacker
	parts [2]packed // times, small columns

	mu     sync.Mutex
	times  *timeCols
	smalls *smallCols
	pieces []piece
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
	b.parts = [2]packed{s.packed(blockSection), s.packed(blockSection)}
	b.pieces = make([]piece, 0, (want+pieceRows-1)/pieceRows)
	for left := b.n; left > 0 && s.err == nil; left -= pieceRows {
		b.pieces = append(b.pieces, piece{parts: [2]packed{s.packed(blockSection), s.packed(blockSection)}, n: min(left, pieceRows)})
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
	raw, free, err := b.u.borrow(b.parts[0])
	if err != nil {
		return nil, err
	}
	defer free()
	s := scan{b: raw}
	c := &timeCols{}
	c.read(&s, b.n)
	if err := s.end(); err != nil {
		return nil, fmt.Errorf("times: %w", err)
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
