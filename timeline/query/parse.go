package query

import (
	"fmt"
	"time"
)

// ParseOptions say in which zone dates without an offset are read and what
// "now" is. The zero value reads UTC and refuses relative dates.
type ParseOptions struct {
	Zone *time.Location
	Now  time.Time
}

// Parse reads a query. An empty text matches everything. A mistake is a
// *SyntaxError that names the column.
func Parse(text string, o ParseOptions) (*Node, error) {
	if len(text) > maxText {
		return nil, &SyntaxError{Column: 1, Msg: fmt.Sprintf("the query has %d bytes; at most %d are read", len(text), maxText)}
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	p := &parser{lex: lexer{s: text, col: 1}, o: o}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.tok.kind == tokEnd {
		return &Node{Op: All, Column: 1}, nil
	}
	n, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokEnd {
		return nil, p.lex.errorf(p.tok.col, "remove it, or quote it to search for it", "unexpected closing parenthesis")
	}
	return n, nil
}

type parser struct {
	lex lexer
	tok token
	o   ParseOptions
}

func (p *parser) advance() (err error) {
	p.tok, err = p.lex.next()
	return err
}

func (p *parser) or(depth int) (*Node, error) {
	first, err := p.and(depth)
	if err != nil {
		return nil, err
	}
	kids := []*Node{first}
	for p.tok.kind == tokOr {
		if err := p.advance(); err != nil {
			return nil, err
		}
		k, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		kids = append(kids, k)
	}
	if len(kids) == 1 {
		return first, nil
	}
	return &Node{Op: Or, Kids: flatten(Or, kids), Column: first.Column}, nil
}

func (p *parser) and(depth int) (*Node, error) {
	first, err := p.unary(depth)
	if err != nil {
		return nil, err
	}
	kids := []*Node{first}
	for {
		switch p.tok.kind {
		case tokAnd:
			if err := p.advance(); err != nil {
				return nil, err
			}
		case tokEnd, tokClose, tokOr:
			if len(kids) == 1 {
				return first, nil
			}
			return &Node{Op: And, Kids: flatten(And, kids), Column: first.Column}, nil
		}
		k, err := p.unary(depth)
		if err != nil {
			return nil, err
		}
		kids = append(kids, k)
	}
}

func flatten(op Op, kids []*Node) []*Node {
	var out []*Node
	for _, k := range kids {
		if k.Op == op {
			out = append(out, k.Kids...)
		} else {
			out = append(out, k)
		}
	}
	return out
}

func (p *parser) unary(depth int) (*Node, error) {
	t := p.tok
	if depth > maxDepth {
		return nil, p.lex.errorf(t.col, "", "more than %d levels of parentheses and negations", maxDepth)
	}
	switch t.kind {
	case tokMinus, tokNot:
		if err := p.advance(); err != nil {
			return nil, err
		}
		k, err := p.unary(depth + 1)
		if err != nil {
			return nil, err
		}
		return &Node{Op: Not, Kids: []*Node{k}, Column: t.col}, nil
	case tokOpen:
		return p.group(t, depth)
	case tokTerm:
		n, err := p.term(t)
		if err != nil {
			return nil, err
		}
		return n, p.advance()
	case tokAnd, tokOr:
		word := map[kind]string{tokAnd: "AND", tokOr: "OR"}[t.kind]
		return nil, p.lex.errorf(t.col, fmt.Sprintf("write \"%s\" in quotes to search for the word", word), "%s needs something on its left", word)
	case tokClose:
		return nil, p.lex.errorf(t.col, "put a term before it", "nothing stands before the closing parenthesis")
	}
	return nil, p.lex.errorf(t.col, "add a term", "the query ends where a term is needed")
}

func (p *parser) group(open token, depth int) (*Node, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	n, err := p.or(depth + 1)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokClose {
		return nil, p.lex.errorf(open.col, "add ) where the group ends", "the parenthesis is not closed")
	}
	return n, p.advance()
}
