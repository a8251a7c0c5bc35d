// Package charset reads text that is not UTF-8 but EUC-KR or code page 949, as
// old Korean systems write it. It is a leaf.
package charset

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"
)

// The names of the encodings that Korean reports. Code page 949 (UHC) is EUC-KR
// and 8,822 syllables more, with a first byte from 0x81 and a second from 0x41.
// A mixed text holds UTF-8 in other places.
const (
	EUCKR = "euc-kr"
	CP949 = "cp949"
	Mixed = "+utf-8"
)

const limit = 64 << 10

// Korean decodes s when it is not valid UTF-8, what is not ASCII in it decodes
// as EUC-KR or code page 949, and most of that comes out as Hangul. Runs that
// are UTF-8 by themselves are kept: a log may hold both. name is "" when it
// is none of this. The bytes themselves are evidence; what this gives is a
// reading aid.
func Korean(s string) (text, name string) {
	if len(s) > limit || utf8.ValidString(s) {
		return "", ""
	}
	if text, ok := decode(s); ok {
		return text, named(s)
	}
	return piecewise(s)
}

func decode(s string) (string, bool) {
	text, err := korean.EUCKR.NewDecoder().String(s)
	if err != nil || strings.ContainsRune(text, utf8.RuneError) {
		return "", false
	}
	hangul, other := 0, 0
	for _, r := range text {
		switch {
		case r >= 0xac00 && r <= 0xd7a3:
			hangul++
		case r >= 0x80:
			other++
		}
	}
	return text, hangul > 0 && hangul >= 2*other
}

// named tells the two encodings apart: in EUC-KR both bytes are from 0xa1.
func named(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x80 {
			continue
		}
		if s[i] < 0xa1 || i+1 < len(s) && s[i+1] < 0xa1 {
			return CP949
		}
		i++
	}
	return EUCKR
}

// piecewise decodes the words of a text one by one.
func piecewise(s string) (string, string) {
	var b strings.Builder
	name, kept := "", false
	for len(s) > 0 {
		n := strings.IndexAny(s, " \t\"'=/:,;()[]<>")
		word := s
		if n == 0 {
			word = s[:1]
		} else if n > 0 {
			word = s[:n]
		}
		s = s[len(word):]
		if utf8.ValidString(word) {
			kept = kept || !ascii(word)
			b.WriteString(word)
			continue
		}
		text, ok := decode(word)
		if !ok {
			return "", ""
		}
		if name != CP949 {
			name = named(word)
		}
		b.WriteString(text)
	}
	if kept {
		name += Mixed
	}
	return b.String(), name
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
