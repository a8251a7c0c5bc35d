package query

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SyntaxError is a mistake in a query, with the place and what to write instead.
type SyntaxError struct {
	Column  int // 1-based, in runes
	Msg     string
	Suggest string // what to write instead; "" when nothing can be guessed
}

// Error gives the message with its column and suggestion.
func (e *SyntaxError) Error() string {
	s := fmt.Sprintf("query, column %d: %s", e.Column, e.Msg)
	if e.Suggest != "" {
		s += "; " + e.Suggest
	}
	return s
}

type kind uint8

const (
	tokEnd kind = iota
	tokOpen
	tokClose
	tokMinus
	tokAnd
	tokOr
	tokNot
	tokTerm
)

// token is one lexical unit. A term keeps its parts: field, operator (":" or
// a comparison; "" for a bare word) and value.
type token struct {
	kind   kind
	col    int
	valCol int
	field  string
	op     string
	value  string
	prefix bool // an unquoted * ended the value
	quoted bool
}

// maxText bounds a query; maxDepth its nesting.
const (
	maxText  = 64 << 10
	maxDepth = 200
)

type lexer struct {
	s   string
	pos int
	col int
}

func (l *lexer) errorf(col int, suggest, format string, args ...any) error {
	return &SyntaxError{Column: col, Msg: fmt.Sprintf(format, args...), Suggest: suggest}
}

func (l *lexer) peek() (rune, int) {
	if l.pos >= len(l.s) {
		return 0, 0
	}
	return utf8.DecodeRuneInString(l.s[l.pos:])
}

func (l *lexer) skip(n int) {
	l.pos += n
	l.col++
}

func (l *lexer) space() {
	for {
		r, n := l.peek()
		if n == 0 || !unicode.IsSpace(r) {
			return
		}
		l.skip(n)
	}
}

// next gives the next token.
func (l *lexer) next() (token, error) {
	l.space()
	col := l.col
	r, n := l.peek()
	switch {
	case n == 0:
		return token{kind: tokEnd, col: col}, nil
	case r == '(':
		l.skip(n)
		return token{kind: tokOpen, col: col}, nil
	case r == ')':
		l.skip(n)
		return token{kind: tokClose, col: col}, nil
	case r == '-' && l.pos+n < len(l.s) && !isSpaceAt(l.s, l.pos+n):
		l.skip(n)
		return token{kind: tokMinus, col: col}, nil
	case r == '!' && l.negates():
		l.skip(n)
		return token{kind: tokNot, col: col}, nil
	}
	return l.term(col)
}

// negates says whether the ! at the cursor stands before a term or a group, as
// in !host:lab. Before anything else it is part of a word.
func (l *lexer) negates() bool {
	after := lexer{s: l.s, pos: l.pos + 1}
	if r, _ := after.peek(); r == '(' || r == '"' {
		return true
	}
	_, op := after.head()
	return op != ""
}

func isSpaceAt(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return unicode.IsSpace(r)
}

func (l *lexer) term(col int) (token, error) {
	t := token{kind: tokTerm, col: col, valCol: col}
	if name, op := l.head(); op != "" {
		t.field, t.op = name, op
		for range name + op {
			l.skip(1)
		}
		t.valCol = l.col
		if r, _ := l.peek(); r == '(' {
			return t, l.errorf(l.col, fmt.Sprintf("write (%s%sA OR %s%sB)", name, op, name, op), "a value cannot begin with a parenthesis")
		}
		if err := l.value(&t); err != nil {
			return t, err
		}
		if t.value == "" && !t.quoted && !t.prefix {
			return t, l.errorf(t.valCol, fmt.Sprintf("write %s%sVALUE, or quote the whole word", name, op), "no value after %q", name+op)
		}
		return t, nil
	}
	if err := l.value(&t); err != nil {
		return t, err
	}
	if !t.quoted && !t.prefix {
		switch t.value {
		case "AND", "&&":
			t.kind = tokAnd
		case "OR", "||":
			t.kind = tokOr
		case "NOT", "!":
			t.kind = tokNot
		}
	}
	return t, nil
}

// head looks for NAME followed by ':' or a comparison at the cursor.
func (l *lexer) head() (name, op string) {
	i := l.pos
	for i < len(l.s) && nameByte(l.s[i], i == l.pos) {
		i++
	}
	if i == l.pos || i == len(l.s) {
		return "", ""
	}
	name, rest := l.s[l.pos:i], l.s[i:]
	switch {
	case strings.HasPrefix(rest, "::") && name != "ip", strings.HasPrefix(rest, "://"):
		return "", "" // ns::name and scheme://host are words
	case rest[0] == ':':
		return name, ":"
	}
	for _, c := range []string{"<=", ">=", "!=", "<", ">", "="} {
		if strings.HasPrefix(rest, c) {
			return name, c
		}
	}
	return "", ""
}

func nameByte(c byte, first bool) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		return true
	case c >= '0' && c <= '9', c == '.', c == '-':
		return !first
	}
	return false
}

// value reads a quoted or bare value into t.
func (l *lexer) value(t *token) error {
	if r, _ := l.peek(); r == '"' {
		return l.quoted(t)
	}
	var b strings.Builder
	depth := 0
	for {
		r, n := l.peek()
		if n == 0 || unicode.IsSpace(r) || r == '"' || (r == ')' && depth == 0) {
			break
		}
		if t.prefix {
			return l.errorf(l.col-1, `put the value in quotes to mean the character *`, "* is allowed at the end of a value only")
		}
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case '\\':
			if l.pos+n < len(l.s) && strings.ContainsRune(`*\"()`, rune(l.s[l.pos+n])) {
				l.skip(n)
				b.WriteByte(l.s[l.pos])
				l.skip(1)
				continue
			}
		case '*':
			t.prefix = true
			l.skip(n)
			continue
		}
		b.WriteString(l.s[l.pos : l.pos+n])
		l.skip(n)
	}
	t.value = b.String()
	return nil
}

func (l *lexer) quoted(t *token) error {
	t.quoted = true
	open := l.col
	l.skip(1)
	var b strings.Builder
	for {
		r, n := l.peek()
		switch {
		case n == 0:
			return l.errorf(open, `close it with "`, "the quoted text has no end")
		case r == '"':
			l.skip(1)
			t.value = b.String()
			if r, _ := l.peek(); r == '*' {
				t.prefix = true
				l.skip(1)
			}
			return nil
		case r == '\\' && l.pos+1 < len(l.s):
			if err := l.escape(&b); err != nil {
				return err
			}
		default:
			b.WriteString(l.s[l.pos : l.pos+n])
			l.skip(n)
		}
	}
}

// escape reads a backslash sequence inside quotes: \" \\ \n \t \xNN; any other
// backslash stands for itself.
func (l *lexer) escape(b *strings.Builder) error {
	c := l.s[l.pos+1]
	switch c {
	case '"', '\\':
		b.WriteByte(c)
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'x':
		if l.pos+4 > len(l.s) {
			return l.errorf(l.col, `write two hex digits: \x1b`, `\x needs two hex digits`)
		}
		hi, lo := unhex(l.s[l.pos+2]), unhex(l.s[l.pos+3])
		if hi < 0 || lo < 0 {
			return l.errorf(l.col, `write two hex digits: \x1b`, `\x needs two hex digits`)
		}
		b.WriteByte(byte(hi<<4 | lo))
		l.skip(1)
		l.skip(1)
	default:
		b.WriteByte('\\')
		l.skip(1)
		return nil
	}
	l.skip(1)
	l.skip(1)
	return nil
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
