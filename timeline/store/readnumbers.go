package store

import (
	"encoding/binary"
	"fmt"
	"math/bits"
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
	bit := c.count(i) * c.width
	from, word := c.data[bit/8:], uint64(0)
	if len(from) >= 8 {
		word = binary.LittleEndian.Uint64(from)
	} else {
		for k, b := range from {
			word |= uint64(b) << (8 * k)
		}
	}
	return c.least + word>>(bit%8)&(1<<c.width-1)
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
	raw, err := b.u.view(b.parts[partNumbers]) // what is read of it is copied
	if err != nil {
		return nil, b.named(err)
	}
	s := scan{b: raw}
	nums := s.numberCols(b.n, len(b.tab.names))
	if err := s.end(); err != nil {
		return nil, b.named(fmt.Errorf("numbers: %w", err))
	}
	b.nums = nums
	return nums, nil
}

// numberCols is the inverse of numberWriter.section for n rows and so many
// names in the table. It keeps what s reads.
func (s *scan) numberCols(n, names int) numberCols {
	list := numberCols{}
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
