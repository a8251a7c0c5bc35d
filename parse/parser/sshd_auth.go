package parser

import "strings"

// sshdAuth reads "METHOD for [invalid user ]USER from IP port N ssh2: KEY".
// The user comes from the peer and may hold anything, also " from ": the last
// " from " before a port counts.
func sshdAuth(m *msg, s, action string) bool {
	method, rest := token(s)
	rest, ok := after(rest, "for ")
	if !ok {
		return false
	}
	user, tail, ok := sshdUserFrom(rest)
	if !begins(rest, "invalid user ", "illegal user ") { // an account of the host: what follows the address may be the far side's words, as the ID of a certificate
		if u, t, first := sshdKnownFrom(rest); first {
			user, tail, ok = u, t, true
		}
	}
	if !ok {
		return false
	}
	m.b.Field("method", method)
	user = m.userState(user)
	tail = m.endpoint(tail)
	if i := strings.Index(tail, ": "); i >= 0 {
		sshdAuthInfo(m, method, tail[i+2:])
	}
	return m.act(action, user, "")
}

// sshdKnownFrom cuts "USER from ADDRESS port N ssh2: INFO" behind the first word.
func sshdKnownFrom(s string) (user, tail string, ok bool) {
	user, rest := token(s)
	tail, ok = after(rest, "from ")
	if !ok {
		return "", "", false
	}
	addr, rest := token(tail)
	return user, tail, address(addr) && strings.HasPrefix(rest, "port ")
}

// sshdAuthInfo reads what stands behind "ssh2: ": the key, with hostbased also
// who the client says to be, with GSSAPI the principal.
func sshdAuthInfo(m *msg, method, s string) {
	if strings.HasPrefix(method, "gssapi") {
		m.b.Field("principal", s)
		return
	}
	if method == "hostbased" {
		key, client, ok := strings.Cut(s, ", client user \"")
		if who, host, found := strings.Cut(client, "\", client host \""); ok && found {
			s = key
			m.b.Field("client_user", who)
			m.b.Field("rhost", strings.TrimSuffix(host, "\""))
		}
	}
	sshdKeyFields(m, s)
}

// sshdUserFrom cuts "USER from ADDRESS ..." at the last " from " that is
// followed by an address or a name and a port or the end.
func sshdUserFrom(s string) (user, tail string, ok bool) {
	for end := len(s); ; {
		i := strings.LastIndex(s[:end], " from ")
		if i < 0 {
			break
		}
		t := s[i+6:]
		addr, rest := token(t)
		if address(addr) || strings.HasPrefix(rest, "port ") || rest == "" {
			return s[:i], t, true
		}
		end = i
	}
	if t, ok := after(s, "from "); ok {
		return "", t, true
	}
	return "", "", false
}

// userState cuts "invalid user " and the like off a user name and keeps it.
func (m *msg) userState(user string) string {
	for _, p := range [...]string{"invalid user ", "illegal user ", "authenticating user ", "user "} {
		if u, ok := after(user, p); ok {
			if p != "user " {
				m.b.Field("user_state", p[:strings.IndexByte(p, ' ')])
			}
			return u
		}
	}
	return user
}

// sshdKeyFields reads "RSA SHA256:..." and the parts of a certificate.
func sshdKeyFields(m *msg, s string) {
	kind, rest := token(s)
	m.b.Field("key_type", kind)
	if !strings.HasPrefix(rest, "ID ") { // before 7.4 a certificate's own fingerprint is not told
		var fp string
		fp, rest = token(rest)
		m.b.Field("key", fp)
	}
	if id, ok := after(rest, "ID "); ok {
		if i := strings.Index(id, " (serial "); i >= 0 {
			n, _, _ := strings.Cut(id[i+9:], ")")
			m.b.Field("cert_id", id[:i])
			m.b.Field("serial", n)
		}
	}
}
