package store

import "slices"

// same says whether a column has one number for all rows.
func (s *scan) same() bool { return s.num(columnSame+1) == columnSame }

// rows reads a column of n numbers below limit.
func (s *scan) rows(n, limit int) []uint32 {
	if !s.same() {
		return s.column(n, limit)
	}
	c := make([]uint32, n)
	if v := uint32(s.num(limit)); v != 0 {
		for i := range c {
			c[i] = v
		}
	}
	return c
}

// numbers is a column as read; one number that all rows have takes no room.
type numbers struct {
	one  uint32
	list []uint32 // nil: all rows have one
}

func (c *numbers) at(i int) uint32 {
	if c.list == nil {
		return c.one
	}
	return c.list[i]
}

// any says whether a number is not 0.
func (c *numbers) any() bool {
	return c.one > 0 || slices.ContainsFunc(c.list, func(n uint32) bool { return n > 0 })
}

// numbers reads a column of n numbers below limit.
func (s *scan) numbers(n, limit int) numbers {
	if s.same() {
		return numbers{one: uint32(s.num(limit))}
	}
	return numbers{list: s.column(n, limit)}
}

// signed reads a column of n numbers with a sign.
func (s *scan) signed(n int) []int64 {
	c := make([]int64, n)
	if !s.same() {
		b, at := s.b, 0
		for i := range c {
			if at+1 < len(b) && b[at]&b[at+1]&0x80 == 0 { // one byte or two
				v := uint64(b[at])
				if at++; v >= 0x80 {
					v = v&0x7f | uint64(b[at])<<7
					at++
				}
				c[i] = int64(v>>1) ^ -int64(v&1)
				continue
			}
			s.b = b[at:]
			if c[i] = s.zv(); s.err != nil {
				return c
			}
			at = len(b) - len(s.b)
		}
		s.b = b[at:]
	} else if v := s.zv(); v != 0 {
		for i := range c {
			c[i] = v
		}
	}
	return c
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
