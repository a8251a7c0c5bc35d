package store

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// same says whether a column has one number for all rows.
func (s *scan) same() bool { return s.num(columnSame+1) == columnSame }

// numbers is a column as read; one number that all rows have takes no room,
// numbers of one byte stay where they lie.
type numbers struct {
	one   uint32
	bytes []byte   // all rows, each below 0x80
	list  []uint32 // all rows; nil beside bytes, and when all rows have one
}

func (c *numbers) at(i int) uint32 {
	if c.bytes != nil {
		return uint32(c.bytes[i])
	}
	if c.list == nil {
		return c.one
	}
	return c.list[i]
}

// any says whether a number is not 0.
func (c *numbers) any() bool {
	return c.one > 0 || slices.ContainsFunc(c.bytes, func(n byte) bool { return n > 0 }) || slices.ContainsFunc(c.list, func(n uint32) bool { return n > 0 })
}

// numbers reads a column of n numbers below limit, which may keep the bytes
// that s reads.
func (s *scan) numbers(n, limit int) numbers {
	if s.same() {
		return numbers{one: uint32(s.num(limit))}
	}
	if n <= len(s.b) && eachBelow(s.b[:n], limit) {
		return numbers{bytes: s.bytes(n)}
	}
	return numbers{list: s.column(n, limit)}
}

// eachBelow says whether each byte is below 0x80 and below limit.
func eachBelow(b []byte, limit int) bool {
	const ones = 0x0101010101010101
	limit = min(limit, 0x80)
	add, over := uint64(0x80-limit)*ones, uint64(0) // a byte that is not below gets its highest bit
	for ; len(b) >= 8; b = b[8:] {
		x := binary.LittleEndian.Uint64(b)
		over |= x | (x + add)
	}
	for _, c := range b {
		if int(c) >= limit {
			return false
		}
	}
	return over&(0x80*ones) == 0
}

// signs is a column of numbers with a sign as read.
type signs struct {
	one  int64
	list []int64 // nil: all rows have one
}

func (c *signs) at(i int) int64 {
	if c.list == nil {
		return c.one
	}
	return c.list[i]
}

// signs reads a column of n numbers with a sign.
func (s *scan) signs(n int) signs {
	if s.same() {
		return signs{one: s.zv()}
	}
	c := make([]int64, n)
	s.varints(c)
	for i, v := range c {
		c[i] = int64(uint64(v)>>1) ^ -(v & 1)
	}
	return signs{list: c}
}

// signed reads a column of n numbers with a sign, each of its own.
func (s *scan) signed(n int) []int64 {
	c := s.signs(n)
	if c.list == nil {
		c.list = slices.Repeat([]int64{c.one}, n)
	}
	return c.list
}

// varints reads a number into each place of list: two at once where they lie in
// eight bytes, since each has to wait for where the one before ends.
func (s *scan) varints(list []int64) {
	b, at := s.b, 0
	for i := 0; i < len(list); i++ {
		if at+8 <= len(b) {
			x := binary.LittleEndian.Uint64(b[at:])
			ends := ^x & 0x8080808080808080
			if second := ends & (ends - 1); second != 0 && i+1 < len(list) {
				n, m := bits.TrailingZeros64(ends)+1, bits.TrailingZeros64(second)+1
				list[i] = int64(sevens(x << (64 - n) >> (64 - n)))
				list[i+1] = int64(sevens(x << (64 - m) >> (64 - m + n)))
				at += m / 8
				i++
				continue
			}
			if v, n := varint(x); n > 0 {
				list[i] = int64(v)
				at += n
				continue
			}
		}
		s.b = b[at:]
		list[i] = int64(s.uv())
		if s.err != nil {
			return
		}
		at = len(b) - len(s.b)
	}
	s.b = b[at:]
}

// varint gives the number at the start of eight bytes, the first of which is
// the lowest of x, and how many bytes it has; 0 when it has more than eight.
func varint(x uint64) (v uint64, n int) {
	if x&0x80 == 0 {
		return x & 0x7f, 1
	}
	ends := ^x & 0x8080808080808080
	if ends == 0 {
		return 0, 0
	}
	n = bits.TrailingZeros64(ends)/8 + 1
	return sevens(x & (1<<(8*n) - 1)), n // 1<<64 is 0
}

// sevens joins the lower seven bits of each byte.
func sevens(x uint64) uint64 {
	x &= 0x7f7f7f7f7f7f7f7f
	x = x&0x007f007f007f007f | x&0x7f007f007f007f00>>1
	x = x&0x00003fff00003fff | x&0x3fff00003fff0000>>2
	return x&0x0fffffff | x&0x0fffffff00000000>>4
}

// column reads n numbers below limit. Most take one byte: that path is kept
// short, every page goes through it.
func (s *scan) column(n, limit int) []uint32 {
	c := s.ints(n)
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
