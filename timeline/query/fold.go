package query

import (
	"unicode"
	"unicode/utf8"
)

// AppendFold appends s with letter case removed: ASCII letters lower, other
// letters through their upper to their lower form, bytes that are no UTF-8 as
// they are. Every engine must search folded text in folded text.
func AppendFold(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
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
