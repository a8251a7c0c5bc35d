package weblog

import (
	"net/netip"
	"strings"
)

// looseTokens bounds the words of a line that are looked at.
const looseTokens = 64

// ParseLoose reads a line of an access log whose format is not known: one that
// states a time, a request with its method, and an address or a status, in any
// order. The time is in the form of the common log, or of RFC 3339; the status
// is the first number behind the request that servers give as one, or else before it.
// What stands in quotes besides the request is not looked at: clients choose it.
func ParseLoose(s string, r *Record) bool {
	*r = Record{}
	dated, before := false, ""
	for n, at := 0, 0; at < len(s) && n < looseTokens; n++ {
		if s[at] == ' ' || s[at] == '\t' {
			at++
			n--
			continue
		}
		if !dated {
			if end := looseStamp(s[at:], &r.Time); end > 0 {
				dated = true
				at += end
				continue
			}
		}
		if r.Method == "" {
			if end := r.looseRequest(s[at:]); end > 0 {
				at += end
				continue
			}
		}
		end := at + looseEnd(s[at:])
		word := s[at:end]
		at = end
		if word[0] == '"' {
			if len(word) < 2 || word[len(word)-1] != '"' { // cut off
				return false
			}
			continue
		}
		bare := strings.Trim(word, "[](),:")
		switch {
		case r.Addr == "" && r.Method == "" && r.looseAddr(bare):
		case httpStatus(bare):
			if r.Method != "" && r.Status == "" {
				r.Status = bare
			} else if before == "" {
				before = bare
			}
		}
	}
	if r.Status == "" {
		r.Status = before
	}
	return dated && r.Method != "" && (r.Addr != "" || r.Status != "")
}

// looseStamp reads a time at the start of s, in brackets or quotes or not.
func looseStamp(s string, t *Stamp) int {
	open := 0
	if s[0] == '[' || s[0] == '"' {
		open = 1
	}
	n := CLF(s[open:], t)
	if n < 0 {
		n = ISO(s[open:], t)
	}
	if n < 0 || open > 0 && (open+n >= len(s) || s[open+n] != ']' && s[open+n] != '"') {
		return -1
	}
	return n + 2*open
}

// looseRequest reads `"GET /x HTTP/1.1"`, or the same without quotes or with
// the path alone in them.
func (r *Record) looseRequest(s string) int {
	open := 0
	if s[0] == '"' {
		open = 1
	}
	m := strings.IndexByte(s, ' ')
	if m < 0 || !httpMethod(strings.Trim(s[open:m], `"`)) {
		return -1
	}
	if open == 1 && s[m-1] != '"' { // the whole request in quotes
		text, rest, ok := quotedField(s)
		if !ok {
			return -1
		}
		r.request(text)
		return len(s) - len(rest)
	}
	r.Method = strings.Trim(s[:m], `"`)
	at := m + 1
	end := looseEnd(s[at:])
	r.URI = strings.Trim(s[at:at+end], `"`)
	if !strings.HasPrefix(r.URI, "/") && !strings.HasPrefix(r.URI, "http") && r.URI != "*" {
		r.Method, r.URI = "", ""
		return -1
	}
	at += end
	if rest := s[at:]; strings.HasPrefix(rest, " HTTP/") {
		r.Protocol = rest[1 : 1+looseEnd(rest[1:])]
		at += 1 + len(r.Protocol)
	} else if open == 0 && s[m+1] != '"' { // columns, as of W3C extended: whose address stands where is not told
		r.Method, r.URI = "", ""
		return -1
	}
	r.Request = s[:at]
	return at
}

// httpStatus says whether s is a status that servers give.
func httpStatus(s string) bool {
	if len(s) != 3 || !number(s) {
		return false
	}
	n := int(s[0]-'0')*100 + int(s[1]-'0')*10 + int(s[2]-'0')
	switch {
	case n >= 100 && n < 104, n >= 200 && n < 209, n == 226, n >= 300 && n < 309, n >= 400 && n < 432, n == 444, n == 451, n >= 460 && n < 500, n >= 500 && n < 512, n >= 520 && n < 531:
		return true
	}
	return false
}

func httpMethod(s string) bool {
	switch s {
	case "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PROPFIND":
		return true
	}
	return false
}

// looseEnd is the length of the word at the start of s: one in quotes goes to
// the closing one.
func looseEnd(s string) int {
	if s == "" {
		return 0
	}
	if s[0] == '"' {
		if _, rest, ok := quotedField(s); ok {
			return len(s) - len(rest)
		}
	}
	if i := strings.IndexAny(s, " \t"); i > 0 {
		return i
	}
	return len(s)
}

func (r *Record) looseAddr(s string) bool {
	if a, err := netip.ParseAddr(s); err == nil {
		r.Addr = a.String()
		return true
	}
	if a, err := netip.ParseAddrPort(s); err == nil {
		r.Addr = a.Addr().String()
		_, port, _ := strings.Cut(s[strings.LastIndexByte(s, ':'):], ":")
		r.Port = port
		return true
	}
	return false
}
