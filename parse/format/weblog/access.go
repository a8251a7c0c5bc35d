package weblog

import "strings"

// ParseAccess reads a line of the common or combined form, with or without
// "vhost[:port] " in front and with further fields behind. The name of a user
// is what the client sent and may hold another stamp: the one that a request
// follows counts.
func ParseAccess(s string, r *Record) bool {
	*r = Record{}
	open := strings.IndexByte(s, '[')
	for open > 0 {
		if n := CLF(s[open+1:], &r.Time); n > 0 && open+1+n < len(s) && s[open+1+n] == ']' && s[open-1] == ' ' && strings.HasPrefix(s[open+n+2:], ` "`) {
			return r.front(s[:open-1]) && r.back(s[open+n+2:])
		}
		next := strings.IndexByte(s[open+1:], '[')
		if next < 0 || open > 4096 {
			return false
		}
		open += 1 + next
	}
	return false
}

// front reads "[vhost[:port] ]address ident user": a user may hold spaces.
func (r *Record) front(s string) bool {
	s = r.forwarded(s)
	a, rest, ok := strings.Cut(s, " ")
	if !ok {
		return false
	}
	b, rest2, ok := strings.Cut(rest, " ")
	if !ok {
		return false
	}
	c, rest3, four := strings.Cut(rest2, " ")
	if four && b != "-" { // vhost first
		r.VHost = a
		if i := strings.LastIndexByte(a, ':'); i > 0 && number(a[i+1:]) {
			r.VHost, r.LocalPort = a[:i], a[i+1:]
		}
		a, b, rest2 = b, c, rest3
	}
	if a == "" || rest2 == "" {
		return false
	}
	r.Addr, r.Ident, r.User = a, dash(b), dash(rest2)
	return true
}

// forwarded cuts all but the last of several addresses, "192.0.2.1, 10.0.0.1 - kim",
// as X-Forwarded-For gives them where a format has it first: the last is the
// one that the nearest proxy saw.
func (r *Record) forwarded(s string) string {
	at := 0
	for {
		end := strings.IndexByte(s[at:], ' ')
		if end < 1 {
			return s[at:]
		}
		if s[at+end-1] != ',' {
			if at > 0 {
				r.Forwarded = s[:at+end]
			}
			return s[at:]
		}
		at += end + 1
	}
}

// back reads ` "request" status bytes[ "referer" "agent"][ extra]`.
func (r *Record) back(s string) bool {
	if len(s) < 3 || s[0] != ' ' || s[1] != '"' {
		return false
	}
	s = s[2:]
	end := requestEnd(s)
	if end < 0 {
		return false
	}
	r.request(s[:end])
	s = s[end+2:]
	r.Status = s[:3]
	s = s[3:]
	if s == "" {
		return true
	}
	if s[0] != ' ' {
		return false
	}
	size := s[1:]
	if i := strings.IndexByte(size, ' '); i >= 0 {
		size, s = size[:i], size[i:]
	} else {
		s = ""
	}
	if size != "-" && !number(size) {
		return false
	}
	r.Bytes = dash(size)
	return r.tail(s)
}

// requestEnd finds the quote that ends the request: the first without a
// backslash that a space and a status of three digits follow. Servers escape
// quotes; old ones did not, and then any quote may be the one.
func requestEnd(s string) int {
	if i := requestQuote(s, true); i >= 0 {
		return i
	}
	return requestQuote(s, false)
}

func requestQuote(s string, escaped bool) int {
	for at := 0; ; {
		i := strings.IndexByte(s[at:], '"')
		if i < 0 {
			return -1
		}
		i += at
		if !(escaped && i > 0 && s[i-1] == '\\' && !backslashes(s[:i])) && i+5 <= len(s) && s[i+1] == ' ' && digit(s[i+2]) && digit(s[i+3]) && digit(s[i+4]) && (i+5 == len(s) || s[i+5] == ' ') {
			return i
		}
		at = i + 1
	}
}

// tail reads ` "referer" "agent"[ extra]`; an open quote makes it fail.
func (r *Record) tail(s string) bool {
	if s == "" {
		return true
	}
	if !strings.HasPrefix(s, ` "`) {
		r.Extra = strings.TrimLeft(s, " ")
		return strings.Count(s, `"`)%2 == 0
	}
	ref, rest, ok := quotedField(s[1:])
	if !ok {
		return false
	}
	r.Referer = dash(ref)
	if strings.HasPrefix(rest, ` "`) {
		agent, more, ok := quotedField(rest[1:])
		if !ok {
			return false
		}
		r.Agent, rest = dash(agent), more
	}
	r.extra(strings.TrimLeft(rest, " "))
	return true
}

// quotedField cuts `"text"` off; a quote counts as the end when a space or the
// end of the line follows it.
func quotedField(s string) (text, rest string, ok bool) {
	for at := 1; ; {
		i := strings.IndexByte(s[at:], '"')
		if i < 0 {
			return "", "", false
		}
		i += at
		if i > 1 && s[i-1] == '\\' && !backslashes(s[1:i]) || i+1 < len(s) && s[i+1] != ' ' {
			at = i + 1
			continue
		}
		return s[1:i], s[i+1:], true
	}
}

// extra keeps what follows the agent: an address list alone in quotes is what
// nginx's own format adds, X-Forwarded-For.
func (r *Record) extra(s string) {
	if s == "" {
		return
	}
	r.Extra = s
	if s[0] != '"' {
		return
	}
	text, rest, ok := quotedField(s)
	if !ok || rest != "" && !strings.HasPrefix(rest, " ") {
		return
	}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if strings.Count(part, ".") != 3 && strings.Count(part, ":") < 2 {
			return
		}
	}
	r.Forwarded = text
}
