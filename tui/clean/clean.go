// Package clean is the one sanitiser between evidence and a screen. Every
// text that comes from evidence passes it before a terminal or a listing sees
// it: C0 and C1 controls, escapes, bidi overrides, zero-width characters and
// bytes that are not UTF-8 become visible escapes. It is a leaf and uses the
// standard library only.
package clean

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line makes one line of safe text: nothing below U+0020 is left, not even
// tab or newline (they become \t and \n), a backslash stays as it is.
func Line(s string) string {
	if safe(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7f {
			b.WriteByte(c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		writeRune(&b, r, n, c)
		i += n
	}
	return b.String()
}

func writeRune(b *strings.Builder, r rune, n int, c byte) {
	switch {
	case r == utf8.RuneError && n == 1:
		writeByte(b, c)
	case r == '\t':
		b.WriteString(`\t`)
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r < 0x20 || r == 0x7f:
		writeByte(b, byte(r))
	case hidden(r):
		b.WriteString(`\u{`)
		b.WriteString(strconv.FormatInt(int64(r), 16))
		b.WriteByte('}')
	default:
		b.WriteRune(r)
	}
}

func writeByte(b *strings.Builder, c byte) {
	const hex = "0123456789abcdef"
	b.WriteString(`\x`)
	b.WriteByte(hex[c>>4])
	b.WriteByte(hex[c&15])
}

func safe(s string) bool {
	ascii := true
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] == 0x7f {
			return false
		}
		if s[i] >= 0x80 {
			ascii = false
		}
	}
	if ascii {
		return true
	}
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if hidden(r) {
			return false
		}
	}
	return true
}

// hidden says whether a rune can act on a terminal or hide text: C1 controls,
// bidi marks and overrides, zero-width characters, line separators, tags,
// variation selectors supplement, private use, unassigned.
func hidden(r rune) bool {
	switch {
	case r >= 0x80 && r < 0xa0, r == 0xad, r == 0x34f, r == 0x61c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5,
		r >= 0x180b && r <= 0x180f, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e,
		r >= 0x2060 && r <= 0x206f, r == 0x3164, r >= 0xfe00 && r <= 0xfe0f, r == 0xfeff, r == 0xffa0,
		r >= 0xfff0 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe0fff:
		return true
	case unicode.Is(unicode.Co, r), unicode.Is(unicode.Cs, r):
		return true
	}
	return !unicode.IsGraphic(r)
}

// JSON makes a byte string safe as the text of a JSON value and lossless:
// bytes that are not UTF-8 become \xNN and a backslash is doubled. Control
// characters are left to the JSON encoder, which escapes them.
func JSON(s string) string {
	if !strings.Contains(s, `\`) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		if s[i] == '\\' {
			b.WriteString(`\\`)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			writeByte(&b, s[i])
		} else {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// Visible gives a rune back when it may reach a terminal as it is, and
// U+FFFD when it must be escaped first.
func Visible(r rune) rune {
	if r < 0x20 || r == 0x7f || hidden(r) {
		return utf8.RuneError
	}
	return r
}
