package store

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

const (
	headBits    = 12
	splitMargin = 16 // bytes at the end in which no copy begins
)

// splitter finds what of a text stands further in front already.
type splitter struct {
	heads    [1 << headBits]uint16 // where bytes with that hash were met last
	copies   []copied
	literals []byte // what is no copy, one behind the other
	n        int    // bytes of literals while they are gathered
}

// copied is some literals, and the copy of earlier bytes that follows them.
type copied struct {
	literals uint32
	bytes    uint32 // of the copy, less leastCopy
	offset   uint32 // distance + 3, or 1 for a distance used before (RFC 8878, 3.1.1.5)
	code     [symbolKinds]byte
}

const leastCopy = 3

func load32(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[i:]) }
func load64(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }

// headOf hashes the first six bytes.
func headOf(x uint64) uint64 { return x << 16 * 0xcf1bbcdcbf9b0000 >> (64 - headBits) }

// begin forgets what was split.
func (t *splitter) begin() { t.copies, t.literals = t.copies[:0], t.literals[:0] }

// add splits src, and appends to copies and literals what it consists of. It
// looks at two places in turn, and goes on faster the longer it finds nothing.
func (t *splitter) add(src []byte) {
	t.n = len(t.literals)
	t.literals = slices.Grow(t.literals, len(src)+splitMargin)
	t.literals = t.literals[:cap(t.literals)]
	clear(t.heads[:])
	last, before := 1, 4 // distances, as readers begin
	at, from := 1, 0     // from: what was not written yet
	end := len(src) - splitMargin
	for at < end {
		x := load64(src, at)
		h, h1 := headOf(x), headOf(x>>8)
		to, to1 := int(t.heads[h]), int(t.heads[h1])
		t.heads[h], t.heads[h1] = uint16(at), uint16(at+1)
		switch {
		case load32(src, at+2-last) == uint32(x>>16):
			at += 2
			to = at - last
			n := 4 + same(src, at+4, to+4)
			for at > from+1 && to > 0 && src[at-1] == src[to-1] { // with no literal 1 would mean another distance
				at, to, n = at-1, to-1, n+1
			}
			t.put(src, from, at, n, 1)
			at += n
			from = at
			continue
		case load32(src, to) == uint32(x):
		case load32(src, to1) == uint32(x>>8):
			at, to = at+1, to1
		default:
			at += 2 + (at-from)>>5
			continue
		}
		n := 4 + same(src, at+4, to+4)
		for at > from && to > 0 && src[at-1] == src[to-1] {
			at, to, n = at-1, to-1, n+1
		}
		last, before = at-to, last
		t.put(src, from, at, n, uint32(last)+3)
		at += n
		for at < end && load32(src, at-before) == load32(src, at) {
			n := 4 + same(src, at+4, at+4-before)
			last, before = before, last
			t.put(src, at, at, n, 1) // without literals 1 is the distance before the last
			at += n
		}
		from = at
	}
	t.literals = append(t.literals[:t.n], src[from:]...)
}

// put notes the literals from one place to another, and a copy of n bytes.
func (t *splitter) put(src []byte, from, to, n int, offset uint32) {
	const few = 16
	if to-from <= few && from+few <= len(src) { // more than needed, but of known length
		b := t.literals[t.n : t.n+few]
		binary.LittleEndian.PutUint64(b, load64(src, from))
		binary.LittleEndian.PutUint64(b[8:], load64(src, from+8))
	} else {
		copy(t.literals[t.n:], src[from:to])
	}
	t.n += to - from
	t.copies = append(t.copies, copied{literals: uint32(to - from), bytes: uint32(n - leastCopy), offset: offset})
}

// same counts the bytes that are equal from a and from b on, b being less.
func same(src []byte, a, b int) int {
	from := a
	for a+8 <= len(src) {
		if d := load64(src, a) ^ load64(src, b); d != 0 {
			return a - from + bits.TrailingZeros64(d)>>3
		}
		a, b = a+8, b+8
	}
	for a < len(src) && src[a] == src[b] {
		a, b = a+1, b+1
	}
	return a - from
}
