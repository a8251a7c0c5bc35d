// Package jsonflat reads one JSON object of a log line into flat key and value
// pairs without building a tree: nested keys are joined with dots, array
// elements by their index. It is a leaf, bounded in depth and in pairs.
package jsonflat

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxDepth = 16
	maxPairs = 512
)

// Pair is one key and its value as text: strings without quotes and escapes,
// numbers and words as they stand.
type Pair struct {
	Key    string
	Value  string
	String bool // the value was a string
}

// Parse appends the pairs of the object that s begins with to out and gives
// what follows the object. ok is false when s is no well-formed object within
// the bounds; out then holds what was read before the fault.
func Parse(s string, out []Pair) (pairs []Pair, rest string, ok bool) {
	p := parser{s: s, out: out}
	p.space()
	if p.i >= len(s) || s[p.i] != '{' {
		return out, s, false
	}
	ok = p.value("", 0)
	return p.out, s[p.i:], ok
}

type parser struct {
	s   string
	i   int
	out []Pair
}

func (p *parser) space() {
	for p.i < len(p.s) && (p.s[p.i] == ' ' || p.s[p.i] == '\t' || p.s[p.i] == '\n' || p.s[p.i] == '\r') {
		p.i++
	}
}

// next skips space and says whether the next byte is c, which it takes.
func (p *parser) next(c byte) bool {
	p.space()
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *parser) add(key, value string, str bool) bool {
	if len(p.out) >= maxPairs {
		return false
	}
	p.out = append(p.out, Pair{key, value, str})
	return true
}

func (p *parser) value(key string, depth int) bool {
	p.space()
	if p.i >= len(p.s) || depth > maxDepth {
		return false
	}
	switch c := p.s[p.i]; c {
	case '{':
		p.i++
		return p.object(key, depth)
	case '[':
		p.i++
		return p.array(key, depth)
	case '"':
		v, ok := p.text()
		return ok && p.add(key, v, true)
	}
	start := p.i
	for p.i < len(p.s) && !strings.ContainsRune(",]} \t\r\n\"{[:", rune(p.s[p.i])) {
		p.i++
	}
	return p.i > start && p.add(key, p.s[start:p.i], false)
}

func join(key, sub string) string {
	if key == "" {
		return sub
	}
	return key + "." + sub
}

func (p *parser) object(key string, depth int) bool {
	if p.next('}') {
		return true
	}
	for {
		p.space()
		if p.i >= len(p.s) || p.s[p.i] != '"' {
			return false
		}
		k, ok := p.text()
		if !ok || !p.next(':') || !p.value(join(key, k), depth+1) {
			return false
		}
		if p.next('}') {
			return true
		}
		if !p.next(',') {
			return false
		}
	}
}

func (p *parser) array(key string, depth int) bool {
	if p.next(']') {
		return true
	}
	for n := 0; ; n++ {
		if !p.value(join(key, strconv.Itoa(n)), depth+1) {
			return false
		}
		if p.next(']') {
			return true
		}
		if !p.next(',') {
			return false
		}
	}
}

// text reads a string; without escapes it is a part of the input.
func (p *parser) text() (string, bool) {
	p.i++
	start := p.i
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case '"':
			p.i++
			return p.s[start : p.i-1], true
		case '\\':
			return p.escaped(start)
		}
		p.i++
	}
	return "", false
}

func (p *parser) escaped(start int) (string, bool) {
	b := []byte(p.s[start:p.i])
	for p.i < len(p.s) {
		c := p.s[p.i]
		p.i++
		switch {
		case c == '"':
			return string(b), true
		case c != '\\':
			b = append(b, c)
		case p.i >= len(p.s):
			return "", false
		default:
			c = p.s[p.i]
			p.i++
			b = p.escape(b, c)
		}
	}
	return "", false
}

func (p *parser) escape(b []byte, c byte) []byte {
	switch c {
	case 'n':
		return append(b, '\n')
	case 't':
		return append(b, '\t')
	case 'r':
		return append(b, '\r')
	case 'b':
		return append(b, '\b')
	case 'f':
		return append(b, '\f')
	case 'u':
		r, ok := p.hex()
		if !ok {
			return append(b, '\\', 'u')
		}
		if r >= 0xd800 && r < 0xdc00 && strings.HasPrefix(p.s[p.i:], `\u`) {
			save := p.i
			p.i += 2
			if low, ok := p.hex(); ok && low >= 0xdc00 && low < 0xe000 {
				return utf8.AppendRune(b, 0x10000+(r-0xd800)<<10+(low-0xdc00))
			}
			p.i = save
		}
		return utf8.AppendRune(b, r)
	case 'x': // nginx writes \xNN where JSON has no such escape
		if p.i+2 <= len(p.s) {
			if v, err := strconv.ParseUint(p.s[p.i:p.i+2], 16, 8); err == nil {
				p.i += 2
				return append(b, byte(v))
			}
		}
	}
	return append(b, c)
}

func (p *parser) hex() (rune, bool) {
	if p.i+4 > len(p.s) {
		return 0, false
	}
	v, err := strconv.ParseUint(p.s[p.i:p.i+4], 16, 32)
	if err != nil {
		return 0, false
	}
	p.i += 4
	return rune(v), true
}
