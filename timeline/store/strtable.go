package store

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"unsafe"
)

// strTable numbers distinct strings in the order in which they come. Strings
// are kept one after another in one piece of memory without pointers: a table
// of many is nothing to the garbage collector. The numbers do not depend on
// the seed, which is there so that nobody can prepare strings that collide.
type strTable struct {
	seed  uint64
	slots []uint64 // upper half of the hash, and number + 1; 0 is free
	ends  []uint32 // where each string ends in bytes
	bytes []byte
}

const minSlots = 64

func newStrTable() *strTable { return &strTable{seed: rand.Uint64(), slots: make([]uint64, minSlots)} }

// reset forgets all strings. Room that grew large is let go.
func (t *strTable) reset() {
	t.ends, t.bytes = t.ends[:0], t.bytes[:0]
	if len(t.slots) > 1<<17 {
		t.slots = make([]uint64, minSlots)
	} else {
		clear(t.slots)
	}
	if cap(t.bytes) > 16<<20 {
		t.bytes, t.ends = nil, nil
	}
}

func (t *strTable) len() int { return len(t.ends) }

// at gives a string by its number. It is a view that holds only until the
// next id or reset.
func (t *strTable) at(n uint32) string {
	from := uint32(0)
	if n > 0 {
		from = t.ends[n-1]
	}
	return view(t.bytes[from:t.ends[n]])
}

// id gives the number of a string.
func (t *strTable) id(s string) uint32 {
	h := hashText(t.seed, s)
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		v := t.slots[i]
		if v == 0 {
			return t.insert(i, h, s)
		}
		if v>>32 == h>>32 && t.at(uint32(v)-1) == s {
			return uint32(v) - 1
		}
	}
}

func (t *strTable) insert(at, h uint64, s string) uint32 {
	n := uint32(len(t.ends))
	t.bytes = append(t.bytes, s...)
	t.ends = append(t.ends, uint32(len(t.bytes)))
	t.slots[at] = h>>32<<32 | uint64(n+1)
	if len(t.ends)*2 > len(t.slots) {
		t.grow()
	}
	return n
}

func (t *strTable) grow() {
	t.slots = make([]uint64, 4*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for n := range t.ends {
		h := hashText(t.seed, t.at(uint32(n)))
		i := h & mask
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = h>>32<<32 | uint64(n+1)
	}
}

// values gives all strings in order of their numbers, as copies.
func (t *strTable) values() []string {
	out := make([]string, t.len())
	all := string(t.bytes)
	from := uint32(0)
	for i, end := range t.ends {
		out[i] = all[from:end]
		from = end
	}
	return out
}

// numTable numbers distinct numbers in the order in which they come.
type numTable struct {
	seed   uint64
	slots  []uint32 // number + 1
	keys   []uint64
	last   uint64
	lastID uint32
}

func newNumTable() *numTable {
	return &numTable{seed: rand.Uint64() | 1, slots: make([]uint32, minSlots)}
}

func (t *numTable) reset() {
	t.keys = t.keys[:0]
	if len(t.slots) > 1<<17 {
		t.slots, t.keys = make([]uint32, minSlots), nil
	} else {
		clear(t.slots)
	}
}

func (t *numTable) place(k uint64) uint64 { return mix(k^t.seed, mixB) & uint64(len(t.slots)-1) }

func (t *numTable) id(k uint64) uint32 {
	if k == t.last && len(t.keys) > 0 {
		return t.lastID
	}
	mask := uint64(len(t.slots) - 1)
	i := t.place(k)
	for t.slots[i] != 0 && t.keys[t.slots[i]-1] != k {
		i = (i + 1) & mask
	}
	if t.slots[i] == 0 {
		t.keys = append(t.keys, k)
		t.slots[i] = uint32(len(t.keys))
		t.last, t.lastID = k, uint32(len(t.keys)-1)
		if len(t.keys)*2 > len(t.slots) {
			t.grow()
		}
		return t.lastID
	}
	t.last, t.lastID = k, t.slots[i]-1
	return t.lastID
}

func (t *numTable) grow() {
	t.slots = make([]uint32, 4*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for n, k := range t.keys {
		i := t.place(k)
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = uint32(n + 1)
	}
}

const (
	mixA = 0xa0761d6478bd642f
	mixB = 0xe7037ed1a0b428db
)

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// hashText hashes a string under a seed, in the manner of wyhash.
func hashText(seed uint64, s string) uint64 {
	n := len(s)
	h := seed
	if n > 16 {
		b := unsafe.Slice(unsafe.StringData(s), n)
		for len(b) > 16 {
			h = mix(binary.LittleEndian.Uint64(b)^mixA, binary.LittleEndian.Uint64(b[8:])^h)
			b = b[16:]
		}
		s = s[n-16:]
	}
	var x, y uint64
	switch {
	case n >= 8:
		b := unsafe.Slice(unsafe.StringData(s), len(s))
		x, y = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[len(b)-8:])
	case n >= 4:
		b := unsafe.Slice(unsafe.StringData(s), len(s))
		x = uint64(binary.LittleEndian.Uint32(b))<<32 | uint64(binary.LittleEndian.Uint32(b[len(b)-4:]))
	case n > 0:
		x = uint64(s[0])<<16 | uint64(s[n>>1])<<8 | uint64(s[n-1])
	}
	return mix(x^mixA, y^mixB^h^uint64(n)<<1)
}
