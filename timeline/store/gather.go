package store

import (
	"slices"
)

// arenaChunk is the unit in which packed rows are kept: no pointers, so the
// garbage collector does not look inside.
const arenaChunk = 4 << 20

// gather collects the rows of one segment to be.
type gather struct {
	drawer int
	refs   []rowRef
	chunks [][]byte
	bytes  int
	used   int // chunk that is being filled
}

// reset makes the gather ready for other rows, with the room it has.
func (g *gather) reset(drawer int) {
	g.drawer, g.bytes, g.refs = drawer, 0, g.refs[:0]
	for i := range g.chunks {
		g.chunks[i] = g.chunks[i][:0]
	}
	g.used = 0
}

// add keeps a packed row. The caller's slice is copied.
func (g *gather) add(packed []byte, key int64, host uint64, id [2]uint64) {
	last := g.used
	for last < len(g.chunks) && cap(g.chunks[last])-len(g.chunks[last]) < len(packed) {
		last++
	}
	g.used = last
	if last == len(g.chunks) {
		g.chunks = append(g.chunks, make([]byte, 0, max(min(arenaChunk, 256<<10<<min(last, 8)), len(packed))))
	}
	off := len(g.chunks[last])
	g.chunks[last] = append(g.chunks[last], packed...)
	g.refs = append(g.refs, rowRef{key: key, host: host, id: id, chunk: uint32(last), off: uint32(off), n: uint32(len(packed))})
	g.bytes += len(packed)
}

// full says whether the segment has to be cut at so many rows.
func (g *gather) full(rows int) bool { return len(g.refs) >= rows || g.bytes >= segmentBytes }

// sort brings the rows into their order and drops rows whose id occurs twice.
func (g *gather) sort() {
	slices.SortFunc(g.refs, func(a, b rowRef) int { return a.less(&b) })
	g.refs = slices.CompactFunc(g.refs, func(a, b rowRef) bool { return a.id == b.id && a.key == b.key && a.host == b.host })
}

func (g *gather) packed(i int) []byte {
	r := &g.refs[i]
	return g.chunks[r.chunk][r.off : r.off+r.n]
}
