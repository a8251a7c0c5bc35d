package store

const (
	chunkBytes = 2 << 20
	chunksKept = 16       // of the segment before; one of huge rows takes more
	blockRoom  = 64 << 10 // what a packed block needs, as a rule
)

// chunks is memory for values of a length that shows only when they are there:
// each lies where it was written, none is moved when another needs room.
type chunks struct {
	list [][]byte
	used int // chunk that is being filled
}

func (c *chunks) reset() {
	c.list = c.list[:min(len(c.list), chunksKept)]
	for i := range c.list {
		c.list[i] = c.list[i][:0]
	}
	c.used = 0
}

// free gives room for a value, which may grow beyond it.
func (c *chunks) free(most int) []byte {
	for c.used < len(c.list) && cap(c.list[c.used])-len(c.list[c.used]) < most {
		c.used++
	}
	if c.used == len(c.list) {
		c.list = append(c.list, make([]byte, 0, max(chunkBytes, most)))
	}
	b := c.list[c.used]
	return b[len(b):]
}

// take keeps a value that began as free, unless it has moved to memory of its own.
func (c *chunks) take(value []byte) {
	if b := &c.list[c.used]; len(value) <= cap(*b)-len(*b) {
		*b = (*b)[:len(*b)+len(value)]
	}
}
