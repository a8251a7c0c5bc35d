package journal

import (
	"math/bits"
	"math/rand/v2"
	"strings"
)

// dataCache keeps decoded data objects in two generations of bounded size:
// most entries name the same few.
type dataCache struct {
	young, old dataTable
	bytes      int
}

const cacheBytes = 8 << 20 // of one generation

func (c *dataCache) get(off int64) *Data {
	if d := c.young.get(off); d != nil {
		return d
	}
	d := c.old.get(off)
	if d != nil {
		c.put(d)
	}
	return d
}

func (c *dataCache) put(d *Data) {
	if c.bytes > cacheBytes {
		c.old, c.young, c.bytes = c.young, c.old, 0
		c.young.reset()
	}
	c.young.put(d)
	c.bytes += len(d.Value) + 160
}

// dataTable finds data objects by their offset: open addressing, at most two
// of three slots taken. The seed keeps a file from choosing what collides.
type dataTable struct {
	slots []dataSlot // a power of two of them
	n     int
	seed  uint64
}

type dataSlot struct {
	off int64
	d   *Data // nil: free
}

const dataSlots = 1 << 10 // at first

// place is the slot of an offset, or the free one where it belongs.
func (t *dataTable) place(off int64) *dataSlot {
	hi, lo := bits.Mul64(uint64(off)^t.seed, 0x9e3779b97f4a7c15)
	mask := uint64(len(t.slots) - 1)
	for i := (hi ^ lo) & mask; ; i = (i + 1) & mask {
		if s := &t.slots[i]; s.d == nil || s.off == off {
			return s
		}
	}
}

func (t *dataTable) get(off int64) *Data {
	if t.n == 0 {
		return nil
	}
	return t.place(off).d
}

func (t *dataTable) put(d *Data) {
	if 3*t.n >= 2*len(t.slots) {
		t.grow()
	}
	s := t.place(d.Offset)
	if s.d == nil {
		t.n++
	}
	*s = dataSlot{d.Offset, d}
}

func (t *dataTable) grow() {
	old := t.slots
	if t.seed == 0 {
		t.seed = rand.Uint64()
	}
	t.slots = make([]dataSlot, max(dataSlots, 2*len(old)))
	for _, s := range old {
		if s.d != nil {
			*t.place(s.off) = s
		}
	}
}

// reset forgets all, and keeps the slots.
func (t *dataTable) reset() {
	clear(t.slots)
	t.n = 0
}

// forget forgets all, and keeps the memory.
func (c *dataCache) forget() {
	c.young.reset()
	c.old.reset()
	c.bytes = 0
}

// room is the memory of small values: many share one allocation, which stays
// as long as one of them is used.
type room struct {
	slabs [][]Data
	datas int // that were given
	chunk strings.Builder
	held  int64 // bytes of what was decoded so far
}

const (
	roomDatas = 64
	roomChunk = 32 << 10
	roomText  = 512 // bytes of a text that shares
	dataBytes = 128 // that a data object takes, about
)

// data gives an empty data object.
func (r *room) data() *Data {
	slab, at := r.datas/roomDatas, r.datas%roomDatas
	if at == 0 && slab == len(r.slabs) {
		r.slabs = append(r.slabs, make([]Data, roomDatas))
	}
	r.datas++
	return &r.slabs[slab][at]
}

// forget takes all data objects back, for others; texts stay as they are.
func (r *room) forget() {
	for _, s := range r.slabs[:(r.datas+roomDatas-1)/roomDatas] {
		clear(s)
	}
	*r = room{slabs: r.slabs}
}

// hold counts a data object and its value.
func (r *room) hold(value string) { r.held += dataBytes + int64(min(len(value), roomText)) }

// text is a copy of p.
func (r *room) text(p []byte) string {
	if len(p) > roomText {
		return string(p)
	}
	n := r.make(len(p))
	r.chunk.Write(p)
	return r.chunk.String()[n:]
}

// copy is text for a text.
func (r *room) copy(s string) string {
	if len(s) > roomText {
		return strings.Clone(s)
	}
	n := r.make(len(s))
	r.chunk.WriteString(s)
	return r.chunk.String()[n:]
}

// make makes room for so many bytes of a text and says where they begin.
func (r *room) make(n int) int {
	if r.chunk.Cap()-r.chunk.Len() < n {
		r.chunk.Reset()
		r.chunk.Grow(roomChunk)
	}
	return r.chunk.Len()
}

// memory is what a view needs while it reads; the next one takes it over.
type memory struct {
	cache   dataCache
	room    room
	stems   stems
	past    past
	plain   []byte
	items   []item
	scratch []byte
	data    []*Data // of an entry
	before  []*Data // by the place that an entry named them at
}

// roomKept is how many data objects, at most, a view leaves to the next.
const roomKept = 1 << 15

// memory gives what a view has left, or nothing.
func (p *pool) memory() *memory {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.rooms)
	if n == 0 {
		return &memory{}
	}
	m := p.rooms[n-1]
	p.rooms = p.rooms[:n-1]
	m.past.begin()
	return m
}

// leave keeps the memory of a view that is closed, unless it grew large.
func (p *pool) leave(m *memory) {
	if m.room.datas > roomKept || len(m.cache.young.slots)+len(m.cache.old.slots) > 4*roomKept {
		return
	}
	m.cache.forget()
	m.room.forget()
	m.stems.forget()
	if cap(m.scratch) > smallValue {
		m.scratch = nil
	}
	clear(m.data[:cap(m.data)])
	m.before = m.before[:0]
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rooms = append(p.rooms, m)
}
