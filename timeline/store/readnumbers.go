package store

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"sort"

	"github.com/saksi-dfir/saksi/timeline/query"
)

// numberCols are the fields of a block whose values are kept as numbers.
type numberCols []numberCol

// numberCol is one field name; the values stand in the order of rows.
type numberCol struct {
	name   uint32
	rows   rowSet                   // that have one
	before [blockRows/64 + 1]uint16 // values before each word of rows
	least  uint64
	width  int
	data   []byte
}

func (c *numberCol) has(i int) bool { return c.rows.has(i) }

// count gives how many rows before i have a value.
func (c *numberCol) count(i int) int {
	n := int(c.before[i/64])
	if i%64 > 0 {
		n += bits.OnesCount64(c.rows[i/64] << (64 - i%64))
	}
	return n
}

// at gives the value of a row that has one.
func (c *numberCol) at(i int) uint64 {
	return c.least + c.word(c.count(i)*c.width)&(1<<c.width-1)
}

// word gives the bits from one on, as many as a value has or more.
func (c *numberCol) word(bit int) (word uint64) {
	from := c.data[bit/8:]
	if len(from) >= 8 {
		return binary.LittleEndian.Uint64(from) >> (bit % 8)
	}
	for k, b := range from {
		word |= uint64(b) << (8 * k)
	}
	return word >> (bit % 8)
}

// holding gives the rows of a piece, lowest first, for whose value a comparison
// holds: those whose distance from the least value lies between two bounds.
func (c *numberCol) holding(q *query.Node, piece int) (rows uint64) {
	from, to := c.bounds(q)
	mask, bit := uint64(1)<<c.width-1, int(c.before[piece])*c.width
	for set := c.rows[piece]; set != 0; set &= set - 1 {
		if v := c.word(bit) & mask; v >= from && v < to {
			rows |= set & -set
		}
		bit += c.width
	}
	return rows
}

// bounds gives the distances from the least value, from inclusive, to exclusive,
// for which a comparison holds. It is asked, not computed: numbers are compared
// as floating-point ones, which take great neighbours for equal.
func (c *numberCol) bounds(q *query.Node) (from, to uint64) {
	end := 1 << c.width
	first := func(cmp query.Cmp, holds bool) uint64 {
		return uint64(sort.Search(end, func(d int) bool { return cmp.Holds(float64(c.least+uint64(d)), q.Number) == holds }))
	}
	switch q.Cmp {
	case query.Lt, query.Le:
		return 0, first(q.Cmp, false)
	case query.Ge, query.Gt:
		return first(q.Cmp, true), uint64(end)
	}
	return first(query.Ge, true), first(query.Gt, true)
}

// of gives the column of a name, nil when its values are texts.
func (l numberCols) of(name uint32) *numberCol {
	for i := range l {
		if l[i].name == name {
			return &l[i]
		}
	}
	return nil
}

// numbers gives the fields whose values are kept as numbers.
func (b *block) numbers() (numberCols, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.numbersOf()
}

// numbersOf is numbers with mu held.
func (b *block) numbersOf() (numberCols, error) {
	if b.nums != nil {
		return b.nums, nil
	}
	p, err := b.fetch(&b.parts[partNumbers], nil)
	if err != nil {
		return nil, err
	}
	raw, err := b.u.view(p)
	if err != nil {
		return nil, b.named(err)
	}
	s := scan{b: raw}
	nums := s.numberCols(b.n, len(b.tab.names), b.oldNums[:0])
	b.oldNums = nil
	if err := s.end(); err != nil {
		return nil, b.named(fmt.Errorf("numbers: %w", err))
	}
	b.nums = nums
	return nums, nil
}

// numberCols is the inverse of numberWriter.section for n rows and so many
// names in the table. It keeps what s reads, and gives what it appends to list,
// which is never nil.
func (s *scan) numberCols(n, names int, list numberCols) numberCols {
	if list == nil {
		list = numberCols{}
	}
	if len(s.b) == 0 {
		return list
	}
	for range s.num(numberFields + 1) {
		c := numberCol{name: uint32(s.num(names))}
		if k := len(list); k > 0 && list[k-1].name >= c.name {
			s.fail("fields of numbers out of order")
		}
		s.rowSet(&c.rows, n)
		for i, word := range c.rows {
			c.before[i+1] = c.before[i] + uint16(bits.OnesCount64(word))
		}
		c.least, c.width = s.uv(), s.num(maxNumberBits+1)
		if c.least >= 1<<maxNumberBits {
			s.fail("number out of range")
		}
		c.data = s.bytes((int(c.before[len(c.rows)])*c.width + 7) / 8)
		if s.err != nil {
			return nil
		}
		list = append(list, c)
	}
	return list
}

// rowSet reads which of n rows are meant.
func (s *scan) rowSet(set *rowSet, n int) {
	if n > blockRows {
		s.fail("more rows than a block has")
		return
	}
	if s.same() {
		for i := range n {
			set.add(i)
		}
		return
	}
	b := s.bytes((n + 7) / 8)
	for i, x := range b {
		set[i/8] |= uint64(x) << (i % 8 * 8)
	}
	if n%8 != 0 && len(b) > 0 && b[len(b)-1]>>(n%8) != 0 {
		s.fail("rows beyond the block")
	}
}
