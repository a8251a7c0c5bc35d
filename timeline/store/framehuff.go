package store

import (
	"encoding/binary"
	"slices"
)

const (
	huffMost    = 11   // bits of a code
	fourStreams = 1024 // literals from which they lie in four streams
	fewLiterals = 32

	weightStates = 6 // logarithm of the states that code widths, at most
)

// huffman codes literals: the more often a byte, the shorter (RFC 8878, 4.2).
type huffman struct {
	count [256]uint32
	order []uint32    // bytes that occur below their counts, rare ones first
	code  [256]uint16 // of each byte
	width [256]uint8  // bits of the code; 0: the byte does not occur
	text  []byte      // the widths as they are written; empty: no table
	coder coder       // of the widths
}

// learn makes the table of the bytes that were counted. There is none when fewer
// than two occur.
func (h *huffman) learn() {
	h.order, h.text = h.order[:0], h.text[:0]
	clear(h.width[:])
	for c, n := range h.count {
		if n > 0 {
			h.order = append(h.order, min(n, 1<<24-1)<<8|uint32(c))
		}
	}
	if len(h.order) < 2 {
		return
	}
	slices.Sort(h.order)
	most := h.assign()
	h.describe(most)
}

// assign gives each byte the width of its code and the code, and returns the
// greatest width.
func (h *huffman) assign() (most int) {
	n := len(h.order)
	var weight [512]uint32 // of leaves and, behind them, of what joins two
	var parent [512]uint16
	for i, x := range h.order {
		weight[i] = x >> 8
	}
	leaf, join := 0, n
	for next := n; next < 2*n-1; next++ {
		for range 2 {
			least := leaf
			if leaf == n || join < next && weight[join] < weight[leaf] {
				least = join
				join++
			} else {
				leaf++
			}
			parent[least] = uint16(next)
			weight[next] += weight[least]
		}
	}
	var depth [512]uint8
	full := 0 // in units of the longest code
	for i := 2*n - 3; i >= 0; i-- {
		if depth[i] = depth[parent[i]] + 1; i < n {
			w := min(depth[i], huffMost)
			h.width[byte(h.order[i])] = w
			full += 1 << (huffMost - w)
			most = max(most, int(w))
		}
	}
	if full != 1<<huffMost && most == huffMost {
		h.cut(full - 1<<huffMost)
		most = int(slices.Max(h.width[:]))
	}
	var next [huffMost + 2]int // codes of the greatest width come first
	for _, x := range h.order {
		next[h.width[byte(x)]]++
	}
	at := 0
	for w := most; w > 0; w-- {
		at, next[w] = (at+next[w])>>1, at
	}
	for c, w := range h.width {
		if w > 0 {
			h.code[c] = uint16(next[w])
			next[w]++
		}
	}
	return most
}

// cut makes codes longer, from the rare ones on, until those that were cut fit in,
// and then shorter what still can be.
func (h *huffman) cut(over int) {
	for w := huffMost - 1; over > 0; w-- {
		for _, x := range h.order {
			if p := &h.width[byte(x)]; int(*p) == w && over > 0 {
				over -= 1 << (huffMost - w - 1)
				*p++
			}
		}
	}
	for over < 0 {
		for _, x := range slices.Backward(h.order) {
			if p := &h.width[byte(x)]; *p > 1 && 1<<(huffMost-*p) <= -over {
				over += 1 << (huffMost - *p)
				*p--
			}
		}
	}
}

// describe writes the widths of all bytes up to the last but one (RFC 8878, 4.2.1).
func (h *huffman) describe(most int) {
	var weights [256]byte
	n := 0
	var count [maxSymbols]uint32
	for c, w := range h.width {
		if w > 0 {
			n, weights[c] = c, byte(most+1)-w
		}
	}
	weights[n] = 0 // that of the last follows from the others
	kinds := 0
	for _, w := range weights[:n] {
		if count[w]++; count[w] == 1 {
			kinds++
		}
	}
	if n > 2 && kinds > 1 {
		h.coder.learn(&count, n, weightStates, nil)
		h.text = append(append(h.text, 0), h.coder.text...)
		h.text = h.coder.pair(h.text, weights[:n])
		h.text[0] = byte(len(h.text) - 1)
	}
	if plain := 1 + (n+1)/2; n <= 128 && (len(h.text) == 0 || len(h.text) > plain) {
		h.text = append(h.text[:0], byte(127+n))
		for i := 0; i < n; i += 2 {
			h.text = append(h.text, weights[i]<<4|weights[i+1])
		}
	}
	if len(h.text) > 128 { // no form holds it
		h.text = h.text[:0]
	}
}

// pair codes numbers in two states in turn.
func (c *coder) pair(dst, list []byte) []byte {
	var acc uint64
	var n uint
	var state [2]uint32
	for i := len(list) - 1; i >= 0; i-- {
		s, x := &state[i&1], &c.symbol[list[i]]
		if i >= len(list)-2 {
			*s = uint32(c.next[x.first])
			continue
		}
		w := uint(*s+x.bits) >> 16
		acc, n = acc|uint64(*s&(1<<w-1))<<n, n+w
		*s = uint32(c.next[int32(*s>>w)+x.find])
		for ; n >= 8; n -= 8 {
			dst = append(dst, byte(acc))
			acc >>= 8
		}
	}
	acc, n = acc|uint64(state[1]&(1<<c.log-1))<<n, n+c.log
	acc, n = acc|uint64(state[0]&(1<<c.log-1))<<n, n+c.log
	acc, n = acc|1<<n, n+1
	for n += 7; n >= 8; n -= 8 {
		dst = append(dst, byte(acc))
		acc >>= 8
	}
	return dst
}

// append appends the literals in one stream, or in four with their lengths in front.
func (h *huffman) append(dst, text []byte) []byte {
	if len(text) < fourStreams {
		return h.stream(dst, text)
	}
	head := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0)
	part := (len(text) + 3) / 4
	for i := range 4 {
		from := len(dst)
		dst = h.stream(dst, text[i*part:min((i+1)*part, len(text))])
		if i < 3 {
			binary.LittleEndian.PutUint16(dst[head+2*i:], uint16(len(dst)-from))
		}
	}
	return dst
}

// stream appends codes, the last byte first, for readers that begin at the end.
func (h *huffman) stream(dst, text []byte) []byte {
	at := len(dst)
	dst = slices.Grow(dst, len(text)*huffMost/8+16)
	b := dst[:cap(dst)]
	var acc uint64
	var n uint
	i := len(text)
	for ; i&3 != 0; i-- {
		c := text[i-1]
		acc |= uint64(h.code[c]) << (n & 63)
		n += uint(h.width[c])
	}
	for ; i > 0; i -= 4 {
		t := text[i-4 : i : i]
		binary.LittleEndian.PutUint64(b[at:], acc)
		at, acc, n = at+int(n>>3), acc>>(n&56), n&7
		acc |= uint64(h.code[t[3]]) << (n & 63)
		n += uint(h.width[t[3]])
		acc |= uint64(h.code[t[2]]) << (n & 63)
		n += uint(h.width[t[2]])
		acc |= uint64(h.code[t[1]]) << (n & 63)
		n += uint(h.width[t[1]])
		acc |= uint64(h.code[t[0]]) << (n & 63)
		n += uint(h.width[t[0]])
	}
	acc |= 1 << (n & 63) // where the stream ends
	n++
	binary.LittleEndian.PutUint64(b[at:], acc)
	return b[:at+int(n+7)>>3]
}
