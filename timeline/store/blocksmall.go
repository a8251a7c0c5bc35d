package store

import (
	"fmt"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// smallCols are the columns of numbers of a block.
type smallCols struct {
	reasons, host, heldBy, source, parser, meaning, action, exhibit, ordinal numbers
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

// small gives the columns of numbers.
func (b *block) small() (*smallCols, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.smalls != nil {
		return b.smalls, nil
	}
	raw, err := b.unpack(&b.parts[partSmalls]) // columns of one byte a row stay in it
	if err != nil {
		return nil, err
	}
	s := scan{b: raw}
	t := b.tab
	c := &smallCols{reasons: s.numbers(b.n, 1<<32), host: s.numbers(b.n, len(t.hosts)), heldBy: s.numbers(b.n, len(t.hosts)+1),
		source: s.numbers(b.n, len(t.sources)), parser: s.numbers(b.n, len(t.parsers)), meaning: s.numbers(b.n, len(t.meanings)),
		action: s.numbers(b.n, len(t.actions)), exhibit: s.numbers(b.n, len(t.exhibits)),
		offset: s.signed(b.n), length: s.signed(b.n), ordinal: s.numbers(b.n, 1<<32)}
	c.readLists(&s, b.n, len(t.tags))
	if err := s.end(); err != nil {
		return nil, b.named(fmt.Errorf("small columns: %w", err))
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
		for i := range c.offset {
			x := c.exhibit.at(i)
			c.offset[i] += ends[x]
			ends[x] = c.offset[i] + c.length[i]
		}
		return
	}
	ends := map[uint32]int64{}
	for i := range c.offset {
		x := c.exhibit.at(i)
		c.offset[i] += ends[x]
		ends[x] = c.offset[i] + c.length[i]
	}
}

func (c *smallCols) readLists(s *scan, n, tags int) {
	tagged, spanned := s.numbers(n, len(s.b)+1), s.numbers(n, len(s.b)+1)
	if tagged.any() {
		c.tags = make([][]uint32, n)
		for i := range n {
			k := int(tagged.at(i))
			if k > len(s.b) {
				s.fail("more tags than bytes")
				return
			}
			c.tags[i] = s.column(k, tags)
		}
	}
	if !spanned.any() {
		return
	}
	c.spans = make([][]event.Span, n)
	for i := range n {
		k := int(spanned.at(i))
		if k > len(s.b) {
			s.fail("more spans than bytes")
			return
		}
		for range k {
			c.spans[i] = append(c.spans[i], event.Span{Offset: s.zv(), Length: s.zv()})
		}
	}
}
