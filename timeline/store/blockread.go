package store

import (
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
	tags                                                                     [][]uint32
	spans                                                                    [][]event.Span
}

type valueCols struct {
	actor, object []string
	names         [][]uint32
	fields        [][]string
}

// textCol is the column of messages: all of them in one string.
type textCol struct {
	all    string
	starts []int // n+1
	folded []byte
	ends   []int // end of each folded message; nil until folded
}

func (c *textCol) message(i int) string { return c.all[c.starts[i]:c.starts[i+1]] }

// openBlock reads the frame of a block. data must stay as it is.
func openBlock(data []byte, want int, tab *tables, u *unpacker) (*block, error) {
	s := scan{b: data}
	if v := s.byte(); s.err == nil && v != blockVersion {
		return nil, fmt.Errorf("%w: block of version %d", errCorrupt, v)
	}
	b := &block{n: s.num(1 << 16), tab: tab, u: u}
	for i := range b.parts {
		b.parts[i] = s.packed()
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
	raw, err := b.u.open(b.parts[0])
	if err != nil {
		return nil, err
	}
	s := scan{b: raw}
	c := &timeCols{flags: s.bytes(b.n)}
	cols := make([]int64, 3*b.n)
	c.keys, c.earliest, c.latest = cols[:b.n], cols[b.n:2*b.n], cols[2*b.n:]
	last := int64(0)
	for i := range c.keys {
		last += s.zv()
		c.keys[i] = last
	}
	for i := range c.flags {
		if c.earliest[i] = event.MinTime; c.flags[i]&flagNoEarliest == 0 {
			c.earliest[i] = c.keys[i] - s.zv()
		}
	}
	for i := range c.flags {
		if c.latest[i] = event.MaxTime; c.flags[i]&flagNoLatest == 0 {
			c.latest[i] = c.keys[i] + s.zv()
		}
	}
	if err := s.end(); err != nil {
		return nil, fmt.Errorf("times: %w", err)
	}
	b.times = c
	return c, nil
}

// column reads n numbers below limit. Most take one byte: that path is kept
// short, every page goes through it.
func (s *scan) column(n, limit int) []uint32 {
	c := make([]uint32, n)
	b, at := s.b, 0
	for i := range c {
		if at < len(b) && b[at] < 0x80 && int(b[at]) < limit {
			c[i] = uint32(b[at])
			at++
			continue
		}
		s.b = b[at:]
		c[i] = uint32(s.num(limit))
		if s.err != nil {
			return c
		}
		at = len(b) - len(s.b)
	}
	s.b = b[at:]
	return c
}

func (b *block) small() (*smallCols, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.smalls != nil {
		return b.smalls, nil
	}
	raw, err := b.u.open(b.parts[1])
	if err != nil {
		return nil, err
	}
	s := scan{b: raw}
	t := b.tab
	c := &smallCols{reasons: s.column(b.n, 1<<32), host: s.column(b.n, len(t.hosts)), heldBy: s.column(b.n, len(t.hosts)+1),
		source: s.column(b.n, len(t.sources)), parser: s.column(b.n, len(t.parsers)), meaning: s.column(b.n, len(t.meanings)),
		action: s.column(b.n, len(t.actions)), exhibit: s.column(b.n, len(t.exhibits)),
		offset: make([]int64, b.n), length: make([]int64, b.n)}
	for i := range c.offset {
		c.offset[i] = s.zv()
	}
	for i := range c.length {
		c.length[i] = s.zv()
	}
	c.ordinal = s.column(b.n, 1<<32)
	c.readLists(&s, b.n, len(t.tags))
	if err := s.end(); err != nil {
		return nil, fmt.Errorf("small columns: %w", err)
	}
	ends := map[uint32]int64{}
	for i, x := range c.exhibit {
		c.offset[i] += ends[x]
		ends[x] = c.offset[i] + c.length[i]
	}
	b.smalls = c
	return c, nil
}

func (c *smallCols) readLists(s *scan, n, tags int) {
	c.tags = make([][]uint32, n)
	for i := range c.tags {
		if k := s.count(); k > 0 {
			c.tags[i] = s.column(k, tags)
		}
	}
	c.spans = make([][]event.Span, n)
	for i := range c.spans {
		k := s.count()
		for range k {
			c.spans[i] = append(c.spans[i], event.Span{Offset: s.zv(), Length: s.zv()})
		}
	}
}

// texts reads n lengths and the bytes behind them as one string.
func (s *scan) texts(n int) (all string, starts []int) {
	starts = make([]int, n+1)
	for i := range n {
		v := s.uv()
		if v > uint64(len(s.b)) {
			s.fail("text beyond the end")
			return "", make([]int, n+1)
		}
		starts[i+1] = starts[i] + int(v)
	}
	if starts[n] > len(s.b) {
		s.fail("texts beyond the end")
		return "", make([]int, n+1)
	}
	return string(s.bytes(starts[n])), starts
}

func (s *scan) dictionary(n int) []string {
	k := s.num(n + 1)
	all, starts := s.texts(k)
	out := make([]string, n)
	for i := range out {
		j := i
		if k != n {
			j = s.num(k)
		}
		if s.err != nil {
			return out
		}
		out[i] = all[starts[j]:starts[j+1]]
	}
	return out
}

func (b *block) value() (*valueCols, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.values != nil {
		return b.values, nil
	}
	raw, err := b.u.open(b.parts[2])
	if err != nil {
		return nil, err
	}
	s := scan{b: raw}
	c := &valueCols{actor: s.dictionary(b.n), object: s.dictionary(b.n)}
	c.readFields(&s, b.n, len(b.tab.names))
	if err := s.end(); err != nil {
		return nil, fmt.Errorf("values: %w", err)
	}
	b.values = c
	return c, nil
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
	c.all, c.starts = s.texts(b.n)
	if err := s.end(); err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	b.texts = c
	return c, nil
}
