package store

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/saksi-dfir/saksi/timeline/query"
)

const (
	sigBits      = 32768
	sigWords     = sigBits / 64
	sigChunkRows = 128
	sigMinBlocks = 8
)

// signature is the set of grams of one block.
type signature [sigWords]uint64

func (g *signature) set(bit uint32) { g[bit>>6&(sigWords-1)] |= 1 << (bit & 63) }

const gramFactor = 0x9E3779B1

func gramBit(x uint32) uint32 { return x * gramFactor >> 17 }

// gram is set(gramBit(x)); the place of the word needs no bound.
func (g *signature) gram(x uint32) {
	x *= gramFactor
	g[x>>23] |= 1 << (x >> 17 & 63)
}

// addText notes every run of four bytes of folded text.
func (g *signature) addText(folded []byte) {
	if len(folded) < 4 {
		return
	}
	for len(folded) >= 8 { // four grams lie in eight bytes, with one byte to spare
		x := binary.LittleEndian.Uint64(folded)
		g.gram(uint32(x))
		g.gram(uint32(x >> 8))
		g.gram(uint32(x >> 16))
		g.gram(uint32(x >> 24))
		folded = folded[4:]
	}
	for ; len(folded) >= 4; folded = folded[1:] {
		g.gram(binary.LittleEndian.Uint32(folded))
	}
}

// nameHash is the part of a field's hash that its name makes.
func nameHash(name string) uint64 { return hashText(0, name) }

// fieldBits gives the two bits of a field's value.
func fieldBits(name, value string) (a, b uint32) { return valueBits(nameHash(name), value) }

func valueBits(name uint64, value string) (a, b uint32) {
	h := hashText(name, value)
	return uint32(h) & (sigBits - 1), uint32(h>>15) & (sigBits - 1)
}

func (g *signature) addField(name, value string) { g.addValue(nameHash(name), value) }

// addValue is addField for a name whose hash is known.
func (g *signature) addValue(name uint64, value string) {
	a, b := valueBits(name, value)
	g.set(a)
	g.set(b)
}

// textBits gives the bits that a needle needs: nil when it is too short. Grams
// that share no byte come first, since they say most.
func textBits(needle string) []uint32 {
	f := query.AppendFold(nil, needle)
	if len(f) < 4 {
		return nil
	}
	var out []uint32
	step := 1
	if len(f) > 64 {
		step = len(f) / 32
	}
	for from := range min(4, (len(f)-4)/step+1) {
		for i := from * step; i+4 <= len(f); i += 4 * step {
			out = append(out, gramBit(binary.LittleEndian.Uint32(f[i:])))
		}
	}
	return out
}

// sigRowBytes is the width of one row of the sliced form.
func sigRowBytes(blocks int) int { return (blocks + 63) / 64 * 8 }

// packSignature turns the sets of all blocks into chunks of rows, one row per bit.
func packSignature(seg uint32, sigs []signature, pk *packer, out *[]kv) (chunks int) {
	if len(sigs) < sigMinBlocks {
		return 0
	}
	width := sigRowBytes(len(sigs))
	raw := make([]byte, sigChunkRows*width)
	var m [64]uint64
	for chunk := range sigBits / sigChunkRows {
		for w := range sigChunkRows / 64 {
			word := chunk*sigChunkRows/64 + w
			for group := range width / 8 {
				for i := range m {
					if m[i] = 0; group*64+i < len(sigs) {
						m[i] = sigs[group*64+i][word]
					}
				}
				transpose64(&m)
				for i := range m {
					binary.LittleEndian.PutUint64(raw[(w*64+i)*width+group*8:], m[i])
				}
			}
		}
		*out = append(*out, kv{chunk16('s', seg, chunk), packSigChunk(raw, pk)})
	}
	return sigBits / sigChunkRows
}

// packSigChunk keeps the zstd form only where it halves the bytes: a search
// reads one row of a chunk and would unpack all of it. Where the bytes alone say
// that it will not, as sets of long and varied texts do, it is not tried.
func packSigChunk(raw []byte, pk *packer) []byte {
	if !flat(raw) {
		pk.tmp = pk.enc.EncodeAll(raw, append(pk.tmp[:0], 1))
		if len(pk.tmp) < len(raw)*5/8 {
			return append([]byte(nil), pk.tmp...)
		}
	}
	return append(append(make([]byte, 0, len(raw)+1), 0), raw...)
}

// flat says whether bytes, taken one by one, hold more than half of the
// information that as many bytes can hold.
func flat(raw []byte) bool {
	var even, odd [256]uint32 // two, so that equal neighbours do not wait for each other
	for len(raw) >= 2 {
		even[raw[0]]++
		odd[raw[1]]++
		raw = raw[2:]
	}
	n, bits := 0.0, 0.0
	for i := range even {
		if c := float64(even[i] + odd[i]); c > 0 {
			n += c
			bits -= c * math.Log2(c)
		}
	}
	return bits+n*math.Log2(n) > n*4
}

// transpose64 turns bit j of word i into bit i of word j.
func transpose64(m *[64]uint64) {
	mask := uint64(0x00000000FFFFFFFF)
	for j := 32; j != 0; j >>= 1 {
		for k := 0; k < 64; k = (k + j + 1) &^ j {
			t := (m[k]>>j ^ m[k+j]) & mask
			m[k] ^= t << j
			m[k+j] ^= t
		}
		mask ^= mask << (j >> 1)
	}
}

// blockSet is a set of block numbers.
type blockSet []uint64

func allBlocks(n int) blockSet {
	s := make(blockSet, (n+63)/64)
	for i := range s {
		s[i] = ^uint64(0)
	}
	if n%64 != 0 {
		s[len(s)-1] = 1<<(n%64) - 1
	}
	return s
}

func (s blockSet) size() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

func (s blockSet) each(f func(block int)) {
	for i, w := range s {
		for w != 0 {
			f(i*64 + bits.TrailingZeros64(w))
			w &= w - 1
		}
	}
}

func (s blockSet) andRow(row []byte) {
	for i := range s {
		s[i] &= binary.LittleEndian.Uint64(row[i*8:])
	}
}

func (s blockSet) or(o blockSet) {
	for i := range s {
		s[i] |= o[i]
	}
}
