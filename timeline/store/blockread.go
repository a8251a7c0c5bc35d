package store

import (
	"encoding/binary"
	"fmt"
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

type timeCols struct {
	flags                  []byte
	keys, earliest, latest []int64
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
	c := &timeCols{flags: make([]byte, b.n)}
	cols := make([]int64, 3*b.n)
	c.keys, c.earliest, c.latest = cols[:b.n], cols[b.n:2*b.n], cols[2*b.n:]
	c.read(&s)
	if err := s.end(); err != nil {
		return nil, fmt.Errorf("times: %w", err)
	}
	b.times = c
	return c, nil
}

// read is the inverse of blockWriter.times.
func (c *timeCols) read(s *scan) {
	with := [2]int{} // rows that have Earliest, Latest
	for i, f := range s.rows(len(c.flags), 256) {
		c.flags[i] = byte(f)
		if f&flagNoEarliest == 0 {
			with[0]++
		}
		if f&flagNoLatest == 0 {
			with[1]++
		}
	}
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
	last := s.zv()
	b := s.b
	for i := range c.keys {
		if i > 0 {
			d, n := binary.Uvarint(b)
			if n <= 0 {
				s.fail("varint")
				return
			}
			last += int64(d)
			b = b[n:]
		}
		c.keys[i] = last * unit
	}
	s.b = b
	before, after := s.signed(with[0]), s.signed(with[1])
	for i, f := range c.flags {
		if c.earliest[i] = event.MinTime; f&flagNoEarliest == 0 {
			c.earliest[i] = c.keys[i] - before[0]
			before = before[1:]
		}
		if c.latest[i] = event.MaxTime; f&flagNoLatest == 0 {
			c.latest[i] = c.keys[i] + after[0]
			after = after[1:]
		}
	}
}
