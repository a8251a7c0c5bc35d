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
	parts [4]packed

	mu     sync.Mutex
	times  *timeCols
	smalls *smallCols
	values *valueCols
	texts  *textCol
}

type timeCols struct {
	flags                  []byte
	keys, earliest, latest []int64
}

type smallCols struct {
	reasons, host, heldBy, source, parser, meaning, action, exhibit, ordinal []uint32
	offset, length                                                           []int64
	tags                                                                     [][]uint32     // nil when no row has any
	spans                                                                    [][]event.Span // nil when no row has any
}

func (c *smallCols) tagsOf(i int) []uint32 {
	if c.tags == nil {
		return nil
	}
	return c.tags[i]
}

func (c *smallCols) spansOf(i int) []event.Span {
	if c.spans == nil {
		return nil
	}
	return c.spans[i]
}

// textCol is the column of messages.
type textCol struct {
	texts
	folded []byte
	ends   []int // end of each folded message; nil until folded
}

func (c *textCol) message(i int) string { return c.at(i) }

// openBlock reads the frame of a block. data must stay as it is.
func openBlock(data []byte, want int, tab *tables, u *unpacker) (*block, error) {
	s := scan{b: data}
	if v := s.byte(); s.err == nil && v != blockVersion {
		return nil, fmt.Errorf("%w: block of version %d", errCorrupt, v)
	}
	b := &block{n: s.num(1 << 16), tab: tab, u: u}
	for i := range b.parts {
		b.parts[i] = s.packed(blockSection)
	}
	if err := s.end(); err != nil {
		return nil, fmt.Errorf("block: %w", err)
	}
	if b.n != want {
		return nil, fmt.Errorf("%w: block of %d rows, manifest says %d", errCorrupt, b.n, want)
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
	for i := range c.keys {
		if i > 0 {
			last += int64(s.uv())
		}
		c.keys[i] = last * unit
	}
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

func (b *block) small() (*smallCols, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.smalls != nil {
		return b.smalls, nil
	}
	raw, free, err := b.u.borrow(b.parts[1])
	if err != nil {
		return nil, err
	}
	defer free()
	s := scan{b: raw}
	t := b.tab
	c := &smallCols{reasons: s.rows(b.n, 1<<32), host: s.rows(b.n, len(t.hosts)), heldBy: s.rows(b.n, len(t.hosts)+1),
		source: s.rows(b.n, len(t.sources)), parser: s.rows(b.n, len(t.parsers)), meaning: s.rows(b.n, len(t.meanings)),
		action: s.rows(b.n, len(t.actions)), exhibit: s.rows(b.n, len(t.exhibits)),
		offset: s.signed(b.n), length: s.signed(b.n), ordinal: s.rows(b.n, 1<<32)}
	c.readLists(&s, b.n, len(t.tags))
	if err := s.end(); err != nil {
		return nil, fmt.Errorf("small columns: %w", err)
	}
	c.sumOffsets(len(t.exhibits))
	b.smalls = c
	return c, nil
}

// sumOffsets makes offsets of what the block keeps: the distance from the end
// of the row before of the same exhibit.
func (c *smallCols) sumOffsets(exhibits int) {
	if exhibits <= 1024 {
		ends := make([]int64, exhibits)
		for i, x := range c.exhibit {
			c.offset[i] += ends[x]
			ends[x] = c.offset[i] + c.length[i]
		}
		return
	}
	ends := map[uint32]int64{}
	for i, x := range c.exhibit {
		c.offset[i] += ends[x]
		ends[x] = c.offset[i] + c.length[i]
	}
}

func isAny(n uint32) bool { return n > 0 }

func (c *smallCols) readLists(s *scan, n, tags int) {
	tagged, spanned := s.rows(n, len(s.b)+1), s.rows(n, len(s.b)+1)
	if slices.ContainsFunc(tagged, isAny) {
		c.tags = make([][]uint32, n)
	}
	if slices.ContainsFunc(spanned, isAny) {
		c.spans = make([][]event.Span, n)
	}
	for i, k := range tagged {
		if k > 0 && int(k) <= len(s.b) {
			c.tags[i] = s.column(int(k), tags)
		} else if k > 0 {
			s.fail("more tags than bytes")
		}
	}
	for i, k := range spanned {
		if int(k) > len(s.b) {
			s.fail("more spans than bytes")
			return
		}
		for range k {
			c.spans[i] = append(c.spans[i], event.Span{Offset: s.zv(), Length: s.zv()})
		}
	}
}

func (b *block) text() (*textCol, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.texts != nil {
		return b.texts, nil
	}
	raw, err := b.u.open(b.parts[3])
	if err != nil {
		return nil, err
	}
	s := scan{b: raw}
	c := &textCol{}
	c.texts = s.texts(b.n)
	if err := s.end(); err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	b.texts = c
	return c, nil
}
