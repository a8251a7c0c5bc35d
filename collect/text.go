package collect

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Escape writes raw bytes, such as a path, as one line of text: valid UTF-8 is
// kept, other bytes and control characters become \xNN, a backslash is
// doubled. Unescape undoes it exactly.
func Escape(b []byte) string {
	var s strings.Builder
	s.Grow(len(b))
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == '\\':
			s.WriteString(`\\`)
		case (r == utf8.RuneError && n == 1) || r < 0x20 || r == 0x7f || (r >= 0x80 && r < 0xa0):
			for _, c := range b[:n] {
				s.WriteString(`\x`)
				s.WriteString(hexByte(c))
			}
		default:
			s.Write(b[:n])
		}
		b = b[n:]
	}
	return s.String()
}

func hexByte(c byte) string {
	const hex = "0123456789abcdef"
	return string([]byte{hex[c>>4], hex[c&15]})
}

// Unescape gives the bytes behind a text made by Escape. What is not an
// escape is kept as it stands.
func Unescape(s string) []byte {
	if !strings.Contains(s, `\`) {
		return []byte(s)
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b = append(b, s[i])
			continue
		}
		if s[i+1] == 'x' && i+3 < len(s) {
			if v, err := strconv.ParseUint(s[i+2:i+4], 16, 8); err == nil {
				b = append(b, byte(v))
				i += 3
				continue
			}
		}
		b = append(b, s[i+1])
		i++
	}
	return b
}
