package store

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// checkBitmap says whether b is the portable form of a roaring bitmap in which
// everything is in order: containers, values and runs rise, and runs do not
// touch. It asks what roaring's own check asks, in one pass; that one compares
// every run of a container with every other, which costs milliseconds where
// the rows of many hosts alternate.
func checkBitmap(b []byte) error {
	le := binary.LittleEndian
	take := func(n int) []byte {
		if n > len(b) {
			return nil
		}
		p := b[:n:n]
		b = b[n:]
		return p
	}
	head := take(4)
	if head == nil {
		return fmt.Errorf("%w: bitmap without a head", errCorrupt)
	}
	cookie, size := le.Uint32(head), 0
	var runs []byte
	switch {
	case cookie&0xffff == roaringRuns:
		size = int(cookie>>16) + 1
		if runs = take((size + 7) / 8); runs == nil {
			return fmt.Errorf("%w: bitmap cut in its flags", errCorrupt)
		}
	case cookie == roaringPlain:
		n := take(4)
		if n == nil || le.Uint32(n) > 1<<16 {
			return fmt.Errorf("%w: bitmap with a false number of containers", errCorrupt)
		}
		size = int(le.Uint32(n))
	default:
		return fmt.Errorf("%w: bitmap of an unknown form", errCorrupt)
	}
	keys := take(4 * size)
	if keys == nil || (runs == nil || size >= noOffsets) && take(4*size) == nil {
		return fmt.Errorf("%w: bitmap cut in its list of containers", errCorrupt)
	}
	for i := range size {
		if i > 0 && le.Uint16(keys[4*i:]) <= le.Uint16(keys[4*i-4:]) {
			return fmt.Errorf("%w: bitmap whose containers do not rise", errCorrupt)
		}
		card, ok := int(le.Uint16(keys[4*i+2:]))+1, false
		switch {
		case runs != nil && runs[i/8]>>(i%8)&1 == 1:
			if n := take(2); n != nil {
				ok = runsRise(take(4 * int(le.Uint16(n))))
			}
		case card > arrayMost:
			ok = holds(take(bitmapBytes), card)
		default:
			ok = valuesRise(take(2 * card))
		}
		if !ok {
			return fmt.Errorf("%w: container %d of a bitmap", errCorrupt, i)
		}
	}
	if len(b) > 0 {
		return fmt.Errorf("%w: %d bytes behind a bitmap", errCorrupt, len(b))
	}
	return nil
}

// runsRise checks the runs of a container: start and length less one each.
func runsRise(p []byte) bool {
	last := -2 // a run must begin two behind the end of the one before, or they were one
	for i := 0; i < len(p); i += 4 {
		start, length := int(binary.LittleEndian.Uint16(p[i:])), int(binary.LittleEndian.Uint16(p[i+2:]))
		if start <= last+1 || start+length > 0xffff {
			return false
		}
		last = start + length
	}
	return len(p) > 0
}

// valuesRise checks the values of an array container.
func valuesRise(p []byte) bool {
	for i := 2; i < len(p); i += 2 {
		if binary.LittleEndian.Uint16(p[i:]) <= binary.LittleEndian.Uint16(p[i-2:]) {
			return false
		}
	}
	return len(p) > 0
}

// holds says whether a container of bits has so many set.
func holds(p []byte, card int) bool {
	n := 0
	for i := 0; i+8 <= len(p); i += 8 {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(p[i:]))
	}
	return n == card
}
