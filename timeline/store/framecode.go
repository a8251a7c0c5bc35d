package store

import (
	"encoding/binary"
	"math/bits"
)

// The numbers of a sequence, each with a code of its own.
const (
	symbolLiterals = iota
	symbolOffset
	symbolBytes
	symbolKinds
)

const (
	maxSymbols = 53 // codes of match lengths; of literal lengths 36, of offsets 32
	copiedMost = 16 // bytes of one in codes
)

// lengthCodes gives the codes of lengths (RFC 8878, 3.1.1.3.2.1.1).
type lengthCodes struct {
	literals [64]byte  // of literal lengths below 64
	bytes    [128]byte // of match lengths, less leastCopy, below 128
	extra    [symbolKinds][maxSymbols]byte
}

func (c *lengthCodes) fill() {
	fill := func(of []byte, extra *[maxSymbols]byte, ones int, list ...byte) {
		at := 0
		for code := range extra {
			if code >= ones {
				if code-ones == len(list) {
					break
				}
				extra[code] = list[code-ones]
			}
			for end := at + 1<<extra[code]; at < end && at < len(of); at++ {
				of[at] = byte(code)
			}
		}
	}
	fill(c.literals[:], &c.extra[symbolLiterals], 16, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
	fill(c.bytes[:], &c.extra[symbolBytes], 32, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
	for code := range c.extra[symbolOffset] {
		c.extra[symbolOffset][code] = byte(code)
	}
}

// name gives each its codes, and counts them.
func (c *lengthCodes) name(list []copied, count *[symbolKinds][maxSymbols]uint32) {
	for i := range list {
		s := &list[i]
		l, o, m := byte(0), byte(bits.Len32(s.offset)-1), byte(0)
		if s.literals < uint32(len(c.literals)) {
			l = c.literals[s.literals]
		} else {
			l = byte(bits.Len32(s.literals)) + 18
		}
		if s.bytes < uint32(len(c.bytes)) {
			m = c.bytes[s.bytes]
		} else {
			m = byte(bits.Len32(s.bytes)) + 35
		}
		s.code = [symbolKinds]byte{l, o, m}
		count[symbolLiterals][l]++
		count[symbolOffset][o]++
		count[symbolBytes][m]++
	}
}

// sequences appends the section of sequences (RFC 8878, 3.1.1.3.2).
func (k *frameKind) sequences(dst []byte, list []copied) []byte {
	switch n := len(list); {
	case n == 0:
		return append(dst, 0)
	case n < 128:
		dst = append(dst, byte(n))
	default: // below 0x7f00: each is of four bytes at least
		dst = append(dst, byte(n>>8)+128, byte(n))
	}
	const described = 2<<6 | 2<<4 | 2<<2 // all three have tables of their own
	dst = append(dst, described)
	for i := range k.coder {
		dst = append(dst, k.coder[i].text...)
	}
	return k.stream(dst, list)
}

// stream appends the sequences, the last one first, in one stream of bits that
// readers begin at its end.
func (k *frameKind) stream(dst []byte, list []copied) []byte {
	at := len(dst)
	if need := at + (len(list)+1)*copiedMost; cap(dst) < need {
		dst = append(make([]byte, 0, need+need/4), dst...)
	}
	b := dst[:cap(dst)]
	lc, oc, mc := &k.coder[symbolLiterals], &k.coder[symbolOffset], &k.coder[symbolBytes]
	var acc uint64
	var n uint
	var ls, os, ms uint32
	for i := len(list) - 1; i >= 0; i-- {
		s := &list[i]
		l, o, m := &lc.symbol[s.code[symbolLiterals]&63], &oc.symbol[s.code[symbolOffset]&63], &mc.symbol[s.code[symbolBytes]&63]
		if i == len(list)-1 {
			ls, os, ms = uint32(lc.next[l.first]), uint32(oc.next[o.first]), uint32(mc.next[m.first])
		} else {
			w := uint(os+o.bits) >> 16 & 15
			acc |= uint64(os&(1<<w-1)) << (n & 63)
			os = uint32(oc.next[(int32(os>>w)+o.find)&statesMask])
			n += w
			w = uint(ms+m.bits) >> 16 & 15
			acc |= uint64(ms&(1<<w-1)) << (n & 63)
			ms = uint32(mc.next[(int32(ms>>w)+m.find)&statesMask])
			n += w
			w = uint(ls+l.bits) >> 16 & 15
			acc |= uint64(ls&(1<<w-1)) << (n & 63)
			ls = uint32(lc.next[(int32(ls>>w)+l.find)&statesMask])
			n += w
		}
		le, me, oe := uint(l.extra&31), uint(m.extra&31), uint(o.extra&31)
		extra := uint64(s.literals&(1<<le-1)) | uint64(s.bytes&(1<<me-1))<<le | uint64(s.offset&(1<<oe-1))<<((le+me)&63)
		if le += me + oe; n+le > 63 {
			binary.LittleEndian.PutUint64(b[at:], acc)
			at, acc, n = at+int(n>>3), acc>>(n&56), n&7
		}
		acc |= extra << (n & 63)
		n += le
		binary.LittleEndian.PutUint64(b[at:], acc)
		at, acc, n = at+int(n>>3), acc>>(n&56), n&7
	}
	for _, x := range [...]struct {
		c     *coder
		state uint32
	}{{mc, ms}, {oc, os}, {lc, ls}} {
		acc, n = acc|uint64(x.state&(1<<x.c.log-1))<<n, n+x.c.log
	}
	acc, n = acc|1<<n, n+1 // where the stream ends
	binary.LittleEndian.PutUint64(b[at:], acc)
	return b[:at+int(n+7)>>3]
}
