package parser

import "strings"

// commandLimit is how many lines one command of a history may have.
const commandLimit = 200

// commandEnd gives the end of the command that begins at at: further lines
// belong to it while a quote, a backslash at the end of a line or a here
// document is open, as a shell would read on. It stops before a stamp line.
func commandEnd(s string, at int) int {
	var q lexer
	end := at
	for n := 0; n < commandLimit && end < len(s); n++ {
		next := lineEnd(s, end)
		line := trimEOL(s[end:next])
		if n > 0 {
			if _, ok := bashStamp(line); ok {
				return end
			}
		}
		end = next
		if !q.line(line) {
			return end
		}
	}
	if q.open() { // never closed: one line is all that can be said
		return lineEnd(s, at)
	}
	return end
}

// lexer follows quotes through the lines of a command.
type lexer struct {
	quote   byte // ' or " when inside
	joined  bool // the last line ended with a backslash
	heredoc string
}

func (q *lexer) open() bool { return q.quote != 0 || q.joined || q.heredoc != "" }

// line reads one line and says whether the command goes on.
func (q *lexer) line(s string) bool {
	if q.heredoc != "" {
		if strings.TrimLeft(s, "\t") == q.heredoc {
			q.heredoc = ""
		}
		return q.open()
	}
	q.joined = false
	word := byte(' ')
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case q.quote == '\'':
			if c == '\'' {
				q.quote = 0
			}
		case c == '\\':
			if i+1 == len(s) {
				q.joined = true
			}
			i++
		case q.quote == '"':
			if c == '"' {
				q.quote = 0
			}
		case c == '"' || c == '\'':
			q.quote = c
		case c == '#' && (word == ' ' || word == '\t' || word == ';'):
			return q.open() // a comment
		case c == '<' && strings.HasPrefix(s[i:], "<<") && !strings.HasPrefix(s[i:], "<<<"):
			q.heredoc = heredocWord(s[i+2:])
			i++
		}
		word = c
	}
	return q.open()
}

func heredocWord(s string) string {
	s = strings.TrimLeft(strings.TrimPrefix(s, "-"), " ")
	s = strings.TrimLeft(s, "'\"\\")
	i := 0
	for i < len(s) && (s[i] == '_' || s[i] >= '0' && s[i] <= '9' || s[i] >= 'A' && s[i] <= 'Z' || s[i] >= 'a' && s[i] <= 'z') {
		i++
	}
	if i > 0 && s[0] >= '0' && s[0] <= '9' {
		return "" // a shift, not a here document
	}
	return s[:i]
}
