package store

import "sync"

// cachedBlocks is how many unpacked blocks a reader keeps: some 50 MB. Blocks
// of more than cachedBytes are not kept.
const (
	cachedBlocks = 384
	cachedBytes  = 4 << 20
)

type blockID struct {
	gen   int
	seg   uint32
	block int
}

// blockCache keeps blocks that were used lately: a screen moves to and fro.
type blockCache struct {
	mu    sync.Mutex
	m     map[blockID]*block
	order []blockID // ring of cachedBlocks
	next  int
}

func newBlockCache() *blockCache { return &blockCache{m: map[blockID]*block{}} }

func (c *blockCache) get(id blockID) *block {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.m[id]
}

func (c *blockCache) put(id blockID, b *block) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.m[id]; ok {
		return
	}
	if len(c.order) < cachedBlocks {
		c.order = append(c.order, id)
	} else {
		delete(c.m, c.order[c.next])
		c.order[c.next] = id
		c.next = (c.next + 1) % cachedBlocks
	}
	c.m[id] = b
}

// block gives a block, from the cache when it is there. Scans pass keep = false
// so that they do not push out what a screen needs.
func (s *segment) block(n int, keep bool) (*block, error) {
	if b := s.cached(n); b != nil {
		return b, nil
	}
	b := &block{}
	if err := s.open(n, b); err != nil {
		return nil, err
	}
	if keep {
		s.keep(n, b)
	}
	return b, nil
}

// cached gives a block that is kept.
func (s *segment) cached(n int) *block { return s.r.cache.get(blockID{s.gen.n, s.no, n}) }

// glance is memory in which one goroutine looks at one block after another: of
// most, a page wants to know where a time lies in them, or which rows may match,
// and nothing else.
type glance struct{ b *block }

// block gives a block: one that is kept, or one that lies in g until the next.
func (g *glance) block(s *segment, n int) (*block, error) {
	if b := s.cached(n); b != nil {
		return b, nil
	}
	if g.b == nil {
		g.b = &block{}
	}
	g.b.again()
	return g.b, s.open(n, g.b)
}

// leave ends looking at a block. If it is wanted later, too, it goes into the cache.
func (g *glance) leave(b *block, wanted bool) {
	if b == g.b && wanted {
		b.place.keep(b.no, b)
		g.b = nil
	}
}

// keep puts a block into the cache.
func (s *segment) keep(n int, b *block) {
	if b.bytes() <= cachedBytes {
		s.r.cache.put(blockID{s.gen.n, s.no, n}, b)
	}
}

// bytes is what the sections of a block unpack to.
func (b *block) bytes() (n int) {
	for i := range b.parts {
		n += b.parts[i].raw
	}
	for i := range b.pieces {
		n += b.pieces[i].bytes()
	}
	return n
}
