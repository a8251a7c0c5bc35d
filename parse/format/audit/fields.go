package audit

import (
	"strings"
)

// Quote says how a value was written.
type Quote uint8

// The forms of a value.
const (
	Bare   Quote = iota // a word, a number, or hexadecimal digits
	Double              // "text"
	Single              // '...': a nested row of fields, or text
	Braces              // { ... }
)

// Field is one key=value. Word holds the free word that stood before the key,
// such as "old" in "old auid=0".
type Field struct {
	Word  string
	Key   string
	Value string
	Quote Quote
}

// Next reads the next field of a row. ok is false at the end. Nested rows
// (msg='...') are returned as one Single field: call Next on its value.
func Next(s string) (f Field, rest string, ok bool) {
	for {
		for s != "" && (s[0] == ' ' || s[0] == '\t' || s[0] == ',' || s[0] == ':' || s[0] == '(') {
			s = s[1:]
		}
		if s == "" {
			return f, "", false
		}
		if s[0] == '{' { // the permission list of an AVC record
			i := strings.IndexByte(s, '}')
			if i < 0 {
				return f, "", false
			}
			return Field{Word: f.Word, Value: strings.TrimSpace(s[1:i]), Quote: Braces}, s[i+1:], true
		}
		i := wordEnd(s)
		if i < len(s) && s[i] == '=' {
			f.Key = s[:i]
			f.Value, f.Quote, rest = value(s[i+1:])
			return f, rest, true
		}
		if i == 0 {
			i = 1
		}
		f.Word, s = s[:i], s[i:]
	}
}

// wordEnd finds the end of a key or free word.
func wordEnd(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '=', ' ', '\t', '{':
			return i
		}
	}
	return len(s)
}

func value(s string) (v string, q Quote, rest string) {
	if s == "" {
		return "", Bare, ""
	}
	switch s[0] {
	case '"':
		if i := strings.IndexByte(s[1:], '"'); i >= 0 {
			return s[1 : 1+i], Double, s[i+2:]
		}
		return s[1:], Double, "" // cut
	case '\'':
		if i := strings.LastIndexByte(s, '\''); i > 0 {
			return s[1:i], Single, s[i+1:]
		}
		return s[1:], Single, ""
	case '{':
		if i := strings.IndexByte(s, '}'); i >= 0 {
			return strings.TrimSpace(s[1:i]), Braces, s[i+1:]
		}
		return s[1:], Braces, ""
	}
	i := 0
	for i < len(s) && s[i] != ' ' && s[i] != '\t' {
		i++
	}
	v, rest = s[:i], s[i:]
	v = strings.TrimSuffix(v, ",")
	if strings.HasSuffix(v, ")") && !strings.ContainsRune(v, '(') {
		v = v[:len(v)-1]
	}
	return v, Bare, rest
}

// Encoded says whether the kernel or libaudit writes the value of a key in
// hexadecimal when it holds bytes that do not fit between quotes.
func Encoded(key string) bool {
	switch key {
	case "acct", "cmd", "comm", "cwd", "data", "dir", "exe", "grp", "invalid_context", "key", "name", "new_group", "ocomm",
		"path", "proctitle", "vm", "watch":
		return true
	}
	return false
}

// Text is the value of an encoded field as the host had it: hexadecimal digits
// are decoded, quoted text and anything else is returned as it is. "(null)"
// and "?" give "".
func Text(f Field) string {
	if f.Quote != Bare {
		return f.Value
	}
	if f.Value == "(null)" || f.Value == "?" || f.Value == "(none)" {
		return ""
	}
	if b, ok := Hex(f.Value); ok {
		return b
	}
	return f.Value
}

// Hex decodes pairs of hexadecimal digits; ok is false when s is no row of them.
func Hex(s string) (text string, ok bool) {
	if s == "" || len(s)%2 != 0 {
		return "", false
	}
	b := make([]byte, len(s)/2)
	for i := range b {
		h, l := nibble(s[2*i]), nibble(s[2*i+1])
		if h|l > 15 {
			return "", false
		}
		b[i] = h<<4 | l
	}
	return string(b), true
}

func nibble(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 0xff
}
