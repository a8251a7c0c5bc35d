package store

import (
	"encoding/binary"
	"math/bits"
)

// The serial form of a roaring bitmap ("RoaringFormatSpec", version of
// roaring 0.5 and later), written without making the bitmap.
const (
	roaringPlain  = 12346
	roaringRuns   = 12347
	noOffsets     = 4    // with runs, bitmaps of fewer containers have no offsets
	arrayMost     = 4096 // values of an array container
	bitmapBytes   = 8192
	differenceMin = 64 // shorter lists are always differences
)

// roaringChunk is what one container of 65,536 values will hold.
type roaringChunk struct {
	key, first, n, runs int // first is the place of its first value in the list
}

// size gives the bytes of the container in its smallest form.
func (c roaringChunk) size() (bytes int, asRuns bool) {
	bytes = bitmapBytes
	if c.n <= arrayMost {
		bytes = 2 * c.n
	}
	if r := 2 + 4*c.runs; r < bytes {
		return r, true
	}
	return bytes, false
}

// packPostings writes an ascending list in the shorter of its two forms.
func packPostings(b []byte, ords []uint32) []byte {
	if len(ords) >= differenceMin {
		var list [8]roaringChunk // a segment has four
		chunks, differences := survey(list[:0], ords)
		size := headerBytes(chunks)
		for _, c := range chunks {
			n, _ := c.size()
			size += n
		}
		if size < differences {
			return appendRoaring(append(b, 1), chunks, ords)
		}
	}
	b = append(b, 0)
	last := uint32(0)
	for _, o := range ords {
		b = putUv(b, uint64(o-last))
		last = o
	}
	return b
}

// survey counts values and runs of each container, and the bytes that the
// list takes as differences.
func survey(chunks []roaringChunk, ords []uint32) (_ []roaringChunk, differences int) {
	last := uint32(0)
	for i := 0; i < len(ords); {
		c := roaringChunk{key: int(ords[i] >> 16), first: i}
		end := uint32(c.key+1)<<16 - 1
		next := ords[i] + 1 // that continues a run; any other begins one
		c.runs = 1
		for ; i < len(ords) && ords[i] <= end; i++ {
			o := ords[i]
			d := o - last
			last = o
			differences++
			if d >= 0x80 {
				differences += (bits.Len32(d) - 1) / 7
			}
			if o > next {
				c.runs++
			}
			next = o + 1
		}
		c.n = i - c.first
		chunks = append(chunks, c)
	}
	return chunks, differences
}

func anyRuns(chunks []roaringChunk) bool {
	for _, c := range chunks {
		if _, r := c.size(); r {
			return true
		}
	}
	return false
}

func headerBytes(chunks []roaringChunk) int {
	if !anyRuns(chunks) {
		return 8 + 8*len(chunks)
	}
	n := 4 + (len(chunks)+7)/8 + 4*len(chunks)
	if len(chunks) >= noOffsets {
		n += 4 * len(chunks)
	}
	return n
}

func appendRoaring(b []byte, chunks []roaringChunk, ords []uint32) []byte {
	start := len(b)
	runs := anyRuns(chunks)
	if runs {
		b = binary.LittleEndian.AppendUint32(b, roaringRuns|uint32(len(chunks)-1)<<16)
		flags := make([]byte, (len(chunks)+7)/8)
		for i, c := range chunks {
			if _, r := c.size(); r {
				flags[i/8] |= 1 << (i % 8)
			}
		}
		b = append(b, flags...)
	} else {
		b = binary.LittleEndian.AppendUint32(b, roaringPlain)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(chunks)))
	}
	for _, c := range chunks {
		b = binary.LittleEndian.AppendUint16(b, uint16(c.key))
		b = binary.LittleEndian.AppendUint16(b, uint16(c.n-1))
	}
	if !runs || len(chunks) >= noOffsets {
		at := len(b) - start + 4*len(chunks)
		for _, c := range chunks {
			b = binary.LittleEndian.AppendUint32(b, uint32(at))
			n, _ := c.size()
			at += n
		}
	}
	for _, c := range chunks {
		b = appendContainer(b, c, ords[c.first:c.first+c.n])
	}
	return b
}

func appendContainer(b []byte, c roaringChunk, ords []uint32) []byte {
	if _, asRuns := c.size(); asRuns {
		b = binary.LittleEndian.AppendUint16(b, uint16(c.runs))
		for i := 0; i < len(ords); {
			j := i + 1
			for j < len(ords) && ords[j] == ords[j-1]+1 {
				j++
			}
			b = binary.LittleEndian.AppendUint16(b, uint16(ords[i]))
			b = binary.LittleEndian.AppendUint16(b, uint16(j-i-1))
			i = j
		}
		return b
	}
	if c.n <= arrayMost {
		for _, o := range ords {
			b = append(b, byte(o), byte(o>>8))
		}
		return b
	}
	from := len(b)
	b = append(b, make([]byte, bitmapBytes)...)
	for _, o := range ords {
		b[from+int(o&0xffff)>>3] |= 1 << (o & 7)
	}
	return b
}
