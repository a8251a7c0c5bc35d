package query

import (
	"encoding/binary"
	"slices"
	"unicode"
	"unicode/utf8"
)

// AppendFold appends s with letter case removed: ASCII letters lower, other
// letters through their upper to their lower form, bytes that are no UTF-8 as
// they are. Every engine must search folded text in folded text.
func AppendFold(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		if len(s)-i >= 8 {
			var n int
			if dst, n = appendASCII(dst, s[i:]); n > 0 {
				i += n
				continue
			}
		}
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, c)
		} else {
			dst = utf8.AppendRune(dst, FoldRune(r))
		}
		i += n
	}
	return dst
}

// appendASCII appends the lower case of the first bytes of s that are ASCII,
// eight at once, and gives how many: 0 when there are fewer. s has at least
// eight bytes.
func appendASCII(dst []byte, s string) ([]byte, int) {
	if word(s)&highBits != 0 {
		return dst, 0
	}
	from := len(dst)
	dst = slices.Grow(dst, len(s))
	to := dst[from : from+len(s)]
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := word(s[i : i+8])
		if x&highBits != 0 {
			return dst[:from+i], i
		}
		binary.LittleEndian.PutUint64(to[i:], lowerWord(x))
	}
	if x := word(s[len(s)-8:]); i < len(s) && x&highBits == 0 { // the last eight, some of them again
		binary.LittleEndian.PutUint64(to[len(s)-8:], lowerWord(x))
		i = len(s)
	}
	return dst[:from+i], i
}

const (
	highBits = 0x8080808080808080
	ones     = 0x0101010101010101
)

// word loads eight bytes.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// lowerWord makes the upper-case letters among eight ASCII bytes lower-case:
// the high bit of a byte tells whether it is at least 'A', or beyond 'Z'.
func lowerWord(x uint64) uint64 {
	atLeastA := x + ones*(0x80-'A')
	beyondZ := x + ones*(0x80-'Z'-1)
	return x | (atLeastA&^beyondZ&highBits)>>2
}

// FoldRune removes letter case from one character.
func FoldRune(r rune) rune {
	if r < 0x80 {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}
	if r >= 0x2e80 && r <= 0xd7ff && (r < 0xa640 || r > 0xabff) {
		return r // CJK and Hangul have no case
	}
	return unicode.ToLower(unicode.ToUpper(r))
}

// Fold is AppendFold as a string.
func Fold(s string) string { return string(AppendFold(nil, s)) }
