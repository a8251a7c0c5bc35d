package parser

import (
	"net/netip"
	"strings"
)

// ipAddress says whether s is an address; times of day, which address takes
// for one, are not.
func ipAddress(s string) bool {
	if !address(s) {
		return false
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}

// begins says whether s begins with one of the prefixes.
func begins(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// holds says whether one of the words is part of s.
func holds(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// after cuts a prefix; ok is false when s does not begin with it.
func after(s, prefix string) (string, bool) { return strings.CutPrefix(s, prefix) }

// token gives the text up to the next space and the rest after it.
func token(s string) (tok, rest string) {
	i := strings.IndexByte(s, ' ')
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}

// number says whether s is all digits.
func number(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return s != ""
}

// address says whether s is made like an IPv4 or IPv6 address, with a zone or not.
func address(s string) bool {
	dots, colons := 0, 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '.':
			dots++
		case c == ':':
			colons++
		case c-'0' <= 9 || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F':
		case c == '%' && colons > 1:
			return true
		default:
			return false
		}
	}
	return dots == 3 && colons == 0 || colons > 1
}

// peer adds an address or a host name as field ip or rhost.
func (m *msg) peer(s string) {
	s = strings.Trim(s, "[](),;")
	switch {
	case s == "" || s == "UNKNOWN" || s == "?":
	case address(s):
		m.b.Field("ip", s)
	default:
		m.b.Field("rhost", s)
	}
}

// endpoint reads "IP port N" at the start of s, adds both and gives the rest.
func (m *msg) endpoint(s string) string {
	ip, rest := token(s)
	m.peer(strings.TrimRight(ip, ":,;"))
	if r, ok := after(rest, "port "); ok {
		port, r2 := token(r)
		p := port
		if i := strings.IndexAny(p, ":,;"); i >= 0 {
			r2 = r[i:]
			p = p[:i]
		}
		if number(p) {
			m.b.Field("port", p)
			return r2
		}
	}
	return rest
}
