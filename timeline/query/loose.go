package query

import (
	"fmt"
	"strings"
)

// Loose is a word of a query that looks as if it was meant to join or negate
// terms, but is searched for in messages, since AND, OR and NOT are written in
// capital letters.
type Loose struct {
	Column int    // 1-based, in runes
	Word   string // as written
	Meant  string // AND, OR or NOT
}

// Loosen finds such words in the text of a query that Parse takes: and, or
// between two terms, not before one, bare and in other letters than capitals.
// Quoted, a word is meant as it stands.
func Loosen(text string) (out []Loose) {
	l := lexer{s: text, col: 1}
	var all []token
	for {
		t, err := l.next()
		if err != nil {
			return nil
		}
		all = append(all, t)
		if t.kind == tokEnd {
			break
		}
	}
	for i, t := range all {
		if t.kind != tokTerm || t.op != "" || t.quoted || t.prefix {
			continue
		}
		meant := strings.ToUpper(t.value)
		before := i > 0 && (all[i-1].kind == tokTerm || all[i-1].kind == tokClose)
		switch after := all[i+1].kind; {
		case after == tokEnd || after == tokClose || after == tokAnd || after == tokOr:
		case (meant == "AND" || meant == "OR") && before, meant == "NOT":
			out = append(out, Loose{Column: t.col, Word: t.value, Meant: meant})
		}
	}
	return out
}

// String says what the word does and how to say the other thing.
func (l Loose) String() string {
	verb := "join"
	if l.Meant == "NOT" {
		verb = "negate"
	}
	return fmt.Sprintf(`column %d: %s is searched for in the message; write %s to %s terms, or "%s" in quotes to mean the word`, l.Column, l.Word, l.Meant, verb, l.Word)
}
