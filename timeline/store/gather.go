package store

import (
	"encoding/binary"
	"slices"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// arenaChunk is the unit in which packed rows are kept: no pointers, so the
// garbage collector does not look inside.
const arenaChunk = 4 << 20

// fewRefs is the room that a small segment starts with: a few rows of a small
// bundle must not cost the memory of a full segment.
const fewRefs = 4096

// gather collects the rows of one segment to be.
type gather struct {
	drawer  int
	refs    []rowRef
	chunks  [][]byte
	bytes   int
	used    int // chunk that is being filled
	classes *classTable
}

// reset makes the gather ready for other rows, with the room it has.
func (g *gather) reset() {
	g.bytes, g.refs = 0, g.refs[:0]
	for i := range g.chunks {
		g.chunks[i] = g.chunks[i][:0]
	}
	g.used = 0
	g.classes.reset()
}

// add keeps a packed row of an event whose class has the hash h. The slice is
// copied. At most so many rows will come.
func (g *gather) add(packed []byte, e *event.Event, h uint64, ref rowRef, limit int) {
	known := len(g.classes.list)
	binary.LittleEndian.PutUint32(packed[rowClass:], g.classes.id(h, e))
	if len(g.classes.list) > known {
		g.bytes += classBytes(e)
	}
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
	if len(g.refs) == cap(g.refs) {
		g.growRefs(limit)
	}
	ref.chunk, ref.off, ref.n = uint32(last), uint32(off), uint32(len(packed))
	g.refs = append(g.refs, ref)
	g.bytes += len(packed)
}

// growRefs makes room once for a whole segment when a bundle is no small one:
// pages that stay untouched cost nothing.
func (g *gather) growRefs(limit int) {
	n := fewRefs
	if cap(g.refs) >= n {
		n = max(limit, 2*cap(g.refs))
	}
	g.refs = append(make([]rowRef, 0, n), g.refs...)
}

// classBytes is what a class of an event costs, about.
func classBytes(e *event.Event) int {
	n := 256 + len(e.Source) + len(e.Parser) + len(e.Meaning) + len(e.Action)
	for i := range e.Fields {
		n += 64 + len(e.Fields[i].Name)
	}
	for _, t := range e.Tags {
		n += 64 + len(t)
	}
	return n
}

// full says whether the segment has to be cut at so many rows.
func (g *gather) full(rows int) bool { return len(g.refs) >= rows || g.bytes >= segmentBytes }

// sort brings the rows into their order and drops rows whose id occurs twice.
func (g *gather) sort(s *sorter) {
	g.refs = s.sort(g.refs)
	g.refs = slices.CompactFunc(g.refs, func(a, b rowRef) bool { return a.id == b.id && a.key == b.key && a.host == b.host })
}

func (g *gather) packed(i int) []byte {
	r := &g.refs[i]
	return g.chunks[r.chunk][r.off : r.off+r.n]
}

// touch reads a byte of every line of memory that the packed rows hold. Rows lie
// in order of arrival and are read in order of time: what the processor fetches
// for many of them at once it does not wait for in each.
func (g *gather) touch(first, n int) (sum byte) {
	const line, most = 64, 512
	for i := range g.refs[first : first+n] {
		p := g.packed(first + i)
		for at := 0; at < min(len(p), most); at += line {
			sum += p[at]
		}
	}
	return sum
}
