package parser

import "strings"

// commandLimit is how many lines one command of a history may have.
const commandLimit = 200

// commandEnd gives the end of the command that begins at at: further lines
// belong to it while a quote, a backslash at the end of a line, a here
// document or a compound command (for ... done, if ... fi) is open, as a shell
// would read on. It stops before a stamp line.
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
	depth   int // compound commands that are open
}

func (q *lexer) open() bool {
	return q.quote != 0 || q.joined || q.heredoc != "" || q.depth > 0
}

// reserved follows compound commands: words are reserved only where a command
// may begin. It says whether one may begin behind the word.
func (q *lexer) reserved(word string) bool {
	switch word {
	case "for", "while", "until", "select", "if", "case", "{":
		q.depth++
		return word == "while" || word == "until" || word == "if" || word == "{"
	case "done", "fi", "esac", "}":
		q.depth = max(0, q.depth-1)
		return false
	}
	return word == "do" || word == "then" || word == "else" || word == "elif" || word == "!" || word == "time"
}

// line reads one line and says whether the command goes on.
func (q *lexer) line(s string) bool {
	if q.heredoc != "" {
		if strings.TrimLeft(s, "\t") == q.heredoc {
			q.heredoc = ""
		}
		return q.open()
	}
	begins, start := q.quote == 0 && !q.joined, -1 // may a command begin here; where the word at hand does
	q.joined = false
	word := byte(' ')
	for i := 0; i <= len(s); i++ {
		if q.quote == 0 && (i == len(s) || strings.IndexByte(" \t;&|(", s[i]) >= 0) {
			if start >= 0 {
				begins, start = begins && q.reserved(s[start:i]), -1
			}
			begins = begins || i < len(s) && strings.IndexByte(";&|(", s[i]) >= 0
		} else if q.quote == 0 && s[i] == ')' && i > 0 && s[i-1] == '(' { // a function's body follows
			begins, start = true, -1
		} else if q.quote == 0 && start < 0 {
			start = i
		}
		if i == len(s) {
			break
		}
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
