package store

import "math/bits"

const (
	coderMost  = 7 // logarithm of the states of a coder
	coderLeast = 5
	statesMask = 1<<coderMost - 1
)

// coder codes one kind of numbers by the method of finite states: a table of
// states of which each code has as many as it is likely (RFC 8878, 4.1).
type coder struct {
	log    uint
	share  [maxSymbols]int16 // states of each code
	symbol [64]coderSymbol
	next   [1 << coderMost]uint16 // the states of each code, one code behind the other
	text   []byte                 // share as it is written
}

// coderSymbol says what a code makes of a state: it gives (state + bits) >> 16
// bits away, and what is left, + find, is the place of the next.
type coderSymbol struct {
	bits  uint32
	find  int32
	first uint16
	extra uint8 // bits behind the code
}

// learn makes the coder of codes that occur so often, n together, with 2^most
// states at most. extra gives the bits behind each code.
func (c *coder) learn(count *[maxSymbols]uint32, n int, most uint, extra *[maxSymbols]byte) {
	kinds := 0
	for _, x := range count {
		if x > 0 {
			kinds++
		}
	}
	c.log = min(uint(max(bits.Len(uint(n))-2, bits.Len(uint(kinds)), coderLeast)), most)
	c.divide(count, n)
	c.describe()
	c.fill(extra)
}

// divide shares the states out.
func (c *coder) divide(count *[maxSymbols]uint32, n int) {
	size := 1 << c.log
	left, most := size, 0
	for s, x := range count {
		c.share[s] = 0
		if x == 0 {
			continue
		}
		c.share[s] = int16(max(1, (int(x)*size+n/2)/n))
		left -= int(c.share[s])
		if c.share[s] > c.share[most] || c.share[most] == 0 {
			most = s
		}
	}
	if left == 0 && int(c.share[most]) == size { // one code alone is no table
		c.share[most]--
		c.share[(most+1)%8]++
		return
	}
	for left < 0 { // many rare ones: the likely ones give way
		for s := range c.share {
			if c.share[s] > c.share[most] {
				most = s
			}
		}
		give := min(-left, max(1, int(c.share[most])/4))
		c.share[most] -= int16(give)
		left += give
	}
	c.share[most] += int16(left)
}

// describe writes the shares (RFC 8878, 4.1.1).
func (c *coder) describe() {
	size := 1 << c.log
	left, limit, width := size+1, size, c.log+1
	acc, n := uint64(c.log-5), uint(4)
	c.text = c.text[:0]
	out := func() {
		for n >= 8 {
			c.text = append(c.text, byte(acc))
			acc, n = acc>>8, n-8
		}
	}
	for s := 0; left > 1; s++ {
		v := int(c.share[s]) + 1
		short := 2*limit - 1 - left // values that take one bit less
		left -= int(c.share[s])
		w := width
		if v >= limit {
			v += short
		}
		if v < short {
			w--
		}
		acc, n = acc|uint64(v)<<n, n+w
		out()
		for left < limit {
			limit, width = limit>>1, width-1
		}
		if c.share[s] == 0 { // how many more have none follows in twos
			more := 0
			for c.share[s+1] == 0 {
				s++
				more++
			}
			for ; more >= 3; more -= 3 {
				acc, n = acc|3<<n, n+2
				out()
			}
			acc, n = acc|uint64(more)<<n, n+2
			out()
		}
	}
	for n += 7; n >= 8; n -= 8 {
		c.text = append(c.text, byte(acc))
		acc >>= 8
	}
}

// fill spreads the states as readers do.
func (c *coder) fill(extra *[maxSymbols]byte) {
	size := 1 << c.log
	var of [1 << coderMost]byte
	step, at := size>>1+size>>3+3, 0
	var place [maxSymbols]uint16
	first := uint16(0)
	for s, share := range c.share {
		if share == 0 {
			continue
		}
		for range share {
			of[at] = byte(s)
			at = (at + step) & (size - 1)
		}
		most := c.log
		if share > 1 {
			most -= uint(bits.Len16(uint16(share-1))) - 1
		}
		c.symbol[s] = coderSymbol{bits: uint32(most)<<16 - uint32(share)<<most, find: int32(first) - int32(share), first: first}
		if extra != nil {
			c.symbol[s].extra = extra[s]
		}
		place[s] = first
		first += uint16(share)
	}
	for i, s := range of[:size] {
		c.next[place[s]] = uint16(size + i)
		place[s]++
	}
}
