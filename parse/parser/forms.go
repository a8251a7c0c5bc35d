package parser

import (
	"fmt"
	"strings"
)

// forms is a table of the shapes a program's messages have. A table is text,
// a form a line: the action, a constant object if there is one, and the shape.
//
//	refuse          User {user} from {peer} not allowed because {reason}
//	stop>sshd       Received signal {signal:n}; terminating.
//	login@root      ROOT LOGIN ON {tty:w}
//	disconnect;reason=timeout  Timeout before authentication for {peer}
//
// A word behind an @ is the actor where no part tells it.
// A word behind a semicolon is a field of fixed value.
// {name} takes part of the message: {user} is the actor, {object} the object,
// {peer} an address or a host name, {mail} a peer as Postfix writes it, {_} goes nowhere, any other name is a
// field. What a part may hold follows from its name or from the letter behind
// a colon: n digits, w no space, p a path from the root, t any text up to the first place where the
// rest fits, g any text up to the last such place. Names that the far side
// chooses are of kind g, so that text in them that reads like the rest of the
// message moves nothing. A name with an equals sign is object and field.
type forms struct {
	byWord map[string][]*form // first word of the message
	others []*form            // those that begin with a part
}

type form struct {
	action, object string
	actor          string // where no part tells it
	name, value    string // of the fixed field, if there is one
	parts          []formPart
}

// formPart is a literal, or a named part when kind is not 0.
type formPart struct {
	text string // the literal, or the name
	kind byte
	obj  bool
}

const (
	formMax   = 24   // parts of a form
	formSteps = 2000 // tries for one message: a hostile one may fit in many ways
)

// formMatch is what the parts of a form held, and the tries so far.
type formMatch struct {
	got   [formMax]string
	steps int
}

// mustForms reads a table that is part of the program; newForms says what is
// wrong with one, and a test reads all tables.
func mustForms(table string) *forms {
	f, err := newForms(table)
	if err != nil {
		return &forms{}
	}
	return f
}

func newForms(table string) (*forms, error) {
	t := &forms{byWord: make(map[string][]*form)}
	for line := range strings.Lines(table) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		head, shape, _ := strings.Cut(line, " ")
		f := &form{}
		head, fixed, _ := strings.Cut(head, ";")
		f.name, f.value, _ = strings.Cut(fixed, "=")
		f.action, f.object, _ = strings.Cut(head, ">")
		f.action, f.actor, _ = strings.Cut(f.action, "@")
		if err := f.compile(strings.TrimLeft(shape, " ")); err != nil {
			return nil, fmt.Errorf("form %q: %w", line, err)
		}
		word, _, whole := strings.Cut(f.parts[0].text, " ")
		if f.parts[0].kind != 0 || !whole && len(f.parts) > 1 {
			t.others = append(t.others, f)
			continue
		}
		t.byWord[word] = append(t.byWord[word], f)
	}
	return t, nil
}

func (f *form) compile(s string) error {
	if s == "" {
		return fmt.Errorf("no shape")
	}
	for s != "" {
		i := strings.IndexByte(s, '{')
		if i < 0 {
			f.parts = append(f.parts, formPart{text: s})
			break
		}
		if i > 0 {
			f.parts = append(f.parts, formPart{text: s[:i]})
		} else if n := len(f.parts); n > 0 {
			return fmt.Errorf("nothing between two parts")
		}
		name, rest, ok := strings.Cut(s[i+1:], "}")
		if !ok {
			return fmt.Errorf("a brace is not closed")
		}
		if strings.HasPrefix(rest, "{") {
			return fmt.Errorf("nothing between two parts")
		}
		f.parts = append(f.parts, partOf(name))
		s = rest
	}
	if len(f.parts) > formMax {
		return fmt.Errorf("more than %d parts", formMax)
	}
	return nil
}

// partOf reads "name", "name:kind" or "name=".
func partOf(s string) formPart {
	name, kind, ok := strings.Cut(s, ":")
	p := formPart{kind: 't'}
	p.text, p.obj = strings.CutSuffix(name, "=")
	switch p.text {
	case "user":
		p.kind = 'g'
	case "ip", "peer", "local_ip", "dst":
		p.kind = 'a'
	case "port", "local_port", "dst_port", "child_pid", "uid", "gid", "count", "size":
		p.kind = 'n'
	case "unit", "session", "queue_id", "link":
		p.kind = 'w'
	}
	if ok && kind != "" {
		p.kind = kind[0]
	}
	return p
}

// holds says whether a part may hold v.
func (p *formPart) holds(v string) bool {
	switch p.kind {
	case 'n':
		return number(v)
	case 'p':
		return strings.HasPrefix(v, "/")
	case 'w':
		return v != "" && strings.IndexByte(v, ' ') < 0
	case 'a':
		if p.text == "peer" {
			return v != "" && strings.IndexByte(v, ' ') < 0
		}
		return address(v)
	}
	return true
}

// match reads s by the parts from n on; got gets what each part held.
func (f *form) match(s string, n int, got *formMatch) bool {
	for ; n < len(f.parts); n++ {
		p := &f.parts[n]
		if p.kind != 0 {
			break
		}
		var ok bool
		if s, ok = strings.CutPrefix(s, p.text); !ok {
			return false
		}
	}
	if n == len(f.parts) {
		return s == ""
	}
	p := &f.parts[n]
	if n+1 == len(f.parts) {
		got.got[n] = s
		return p.holds(s)
	}
	return f.search(s, n, got)
}

// search tries the places at which part n may end.
func (f *form) search(s string, n int, got *formMatch) bool {
	p, literal := &f.parts[n], f.parts[n+1].text
	try := func(i int) bool {
		got.got[n], got.steps = s[:i], got.steps+1
		return p.holds(s[:i]) && f.match(s[i+len(literal):], n+2, got)
	}
	if p.kind == 'g' {
		for i := strings.LastIndex(s, literal); i >= 0 && got.steps < formSteps; i = strings.LastIndex(s[:min(len(s), i+len(literal)-1)], literal) {
			if try(i) {
				return true
			}
		}
		return false
	}
	for i, from := strings.Index(s, literal), 0; i >= 0 && got.steps < formSteps; i = strings.Index(s[from:], literal) {
		if try(from + i) {
			return true
		}
		from += i + 1
	}
	return false
}

// read gives the message the meaning of the first form that fits s.
func (t *forms) read(m *msg, s string) bool {
	var got formMatch
	word, _ := token(s)
	for _, list := range [...][]*form{t.byWord[word], t.others} {
		for _, f := range list {
			if f.match(s, 0, &got) {
				return f.put(m, &got)
			}
		}
	}
	return false
}

// put sets actor, object and fields.
func (f *form) put(m *msg, got *formMatch) bool {
	actor, object := f.actor, f.object
	m.b.Field(f.name, f.value)
	for i := range f.parts {
		p := &f.parts[i]
		if p.kind == 0 {
			continue
		}
		v := got.got[i]
		if p.obj {
			object = v
		}
		switch p.text {
		case "_":
		case "user":
			actor = v
		case "object":
			object = v
		case "peer":
			m.peer(v)
		case "tty":
			m.b.Field("tty", strings.TrimPrefix(v, "/dev/"))
		case "mail":
			mailPeer(m, strings.TrimRight(v, ",;:"))
		default:
			m.b.Field(p.text, v)
		}
	}
	return m.act(f.action, actor, object)
}
