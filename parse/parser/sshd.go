package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// sshd reads the messages of the OpenSSH server, 3.x to 10.x.
func sshd() *decoder {
	r := sshdReader{mustForms(sshdForms), mustForms(sftpForms), mustForms(sshdDebugForms)}
	return &decoder{
		about: parse.Description{
			Name: "sshd", Version: 1,
			Doc:        "messages of the OpenSSH server: logins, failures, connections, refusals, keys",
			References: []string{"sshd(8)", "openssh-portable auth.c, packet.c, session.c"},
			Sources:    []string{"syslog", "journal"},
			Fields: []string{"method", "ip", "rhost", "port", "key_type", "key", "ca_key", "user_state", "reason", "path", "line", "tty", "command", "local_ip", "local_port", "cert_id", "serial", "principal", "client_user",
				"child_pid", "signal", "status", "severity_word", "function", "forward_host", "forward_port", "channel", "version", "sent", "what", "option", "value", "network", "penalty", "duration", "count",
				"bytes_sent", "bytes_received", "bytes_read", "bytes_written", "flags", "mode", "modtime", "uid", "gid", "size", "from", "target", "service"},
			Actions: []string{"login", "failed-login", "partial-login", "postponed-login", "invalid-user", "connect", "disconnect", "refuse", "listen", "stop", "restart",
				"session-open", "session-close", "key-match", "probe", "forward", "error", "subsystem", "configure", "throttle", "child",
				"auth-request", "negotiate", "file-open", "file-close", "file-list", "file-create", "file-delete", "file-rename", "file-change", "note"},
			Sample: "Mar  3 02:14:07 web01 sshd[812]: Accepted publickey for deploy from 203.0.113.9 port 50122 ssh2: RSA SHA256:abc",
		},
		programs: []string{"sshd", "sshd-session", "sshd-auth", "in.sshd", "dropbear-sshd", "sftp-server", "internal-sftp"},
		decode:   r.message,
	}
}

// sshdReader holds the tables of messages.
type sshdReader struct{ forms, sftp, debug *forms }

func (r sshdReader) message(m *msg) bool {
	s := strings.TrimSuffix(strings.TrimLeft(m.text, " "), " [preauth]")
	word, rest := token(s)
	switch word {
	case "debug1:", "debug2:", "debug3:":
		m.b.Field("severity_word", word[:6])
		if r.debug.read(m, rest) {
			return true
		}
		m.sweep(rest)
		m.b.Field("reason", rest)
		return m.act("note", "", "") // words of failure in it are of trying one way after the other
	case "error:", "fatal:":
		m.b.Field("severity_word", word[:5])
		s = strings.TrimPrefix(rest, "error: ")
		word, rest = token(s)
		return sshdError(m, s) || sshdPeer(m, s, word, rest) || r.rare(m, s) || m.failure(s)
	case "Accepted":
		if sshdAccepted(m, rest) {
			return true
		}
	case "Failed":
		if sshdAuth(m, rest, "failed-login") {
			return true
		}
	case "Partial":
		return sshdAuth(m, rest, "partial-login")
	case "Postponed":
		return sshdAuth(m, rest, "postponed-login")
	case "Invalid", "Illegal":
		return sshdInvalid(m, rest)
	case "Server":
		return sshdListen(m, rest)
	}
	return sshdPeer(m, s, word, rest) || r.rare(m, s) || m.trouble(s) || m.noted(s)
}

func sshdAccepted(m *msg, rest string) bool {
	if r, ok := after(rest, "key "); ok {
		return sshdKey(m, r, " found at ")
	}
	if r, ok := after(rest, "certificate ID "); ok {
		m.b.Field("cert_id", quotedAfter(r, ""))
		m.b.Field("serial", quotedAfter(r, "(serial "))
		return m.act("key-match", "", quotedAfter(r, " via "))
	}
	return sshdAuth(m, rest, "login")
}

// sshdPeer reads what happens to connections and sessions.
func sshdPeer(m *msg, s, word, rest string) bool {
	mark := m.b.Mark()
	done := false
	switch word {
	case "Connection":
		done = sshdConnection(m, rest)
	case "Disconnected", "Disconnecting", "Disconnecting:":
		done = sshdDisconnect(m, s, rest)
	case "Received":
		done = sshdReceived(m, rest)
	case "Starting", "Close", "Closing", "session", "User", "subsystem", "Set", "Changed":
		done = sshdSession(m, s)
	}
	if !done {
		m.b.Reset(mark)
	}
	return done
}

// rare reads what is rarer.
func (r sshdReader) rare(m *msg, s string) bool {
	return r.forms.read(m, s) || r.sftp.read(m, s) || sshdRefused(m, s) || sshdOther(m, s) || sshdFunction(m, s)
}

func sshdKey(m *msg, s, sep string) bool {
	key, where, ok := strings.Cut(s, sep)
	if !ok {
		return false
	}
	sshdKeyFields(m, key)
	if i := strings.LastIndexByte(where, ':'); i > 0 && number(where[i+1:]) {
		where = where[:i]
	}
	m.b.Field("path", where)
	return m.act("key-match", "", where)
}

func sshdInvalid(m *msg, s string) bool {
	rest, ok := after(s, "user ")
	if !ok {
		return false
	}
	user, tail, ok := sshdUserFrom(rest)
	if !ok {
		return false
	}
	m.endpoint(tail)
	m.b.Field("user_state", "invalid")
	return m.act("invalid-user", user, "")
}

func sshdConnection(m *msg, s string) bool {
	if r, ok := after(s, "from "); ok {
		user := ""
		if u, ok := after(r, "user "); ok {
			user, r = token(u)
		}
		r = m.endpoint(r)
		if l, ok := after(r, "on "); ok {
			ip, l := token(l)
			m.b.Field("local_ip", ip)
			if p, ok := after(l, "port "); ok {
				p, _ = token(p)
				m.b.Field("local_port", strings.TrimRight(p, ":"))
			}
		}
		return m.act("connect", user, "")
	}
	for _, p := range [...]string{"closed by ", "reset by ", "timed out: "} {
		if r, ok := after(s, p); ok {
			m.b.Field("reason", strings.TrimRight(p[:len(p)-1], ": by"))
			return m.act("disconnect", m.userPeer(r), "")
		}
	}
	return false
}

// userPeer reads "[invalid user |authenticating user |user NAME ]IP port N".
func (m *msg) userPeer(s string) string {
	user := ""
	for _, p := range [...]string{"invalid user ", "illegal user ", "authenticating user ", "user "} {
		r, ok := after(s, p)
		if !ok {
			continue
		}
		if p != "user " {
			m.b.Field("user_state", p[:strings.IndexByte(p, ' ')])
		}
		end := strings.LastIndex(r, " port ")
		if end < 0 {
			end = len(r)
		}
		i := strings.LastIndexByte(r[:end], ' ')
		if i < 0 {
			return r[:end]
		}
		user, s = r[:i], r[i+1:]
		break
	}
	m.endpoint(s)
	return user
}

func sshdDisconnect(m *msg, s, rest string) bool {
	if r, ok := after(rest, "from "); ok {
		return m.act("disconnect", m.userPeer(r), "")
	}
	if s[len("Disconnect")] == 'i' { // "Disconnecting [user] IP port N: reason" or "Disconnecting: reason"
		if r, ok := after(s, "Disconnecting: "); ok {
			m.b.Field("reason", r)
			_, user, _ := strings.Cut(r, "authentication failures for ")
			return m.act("disconnect", user, "")
		}
		who, why, _ := strings.Cut(rest, ": ")
		m.b.Field("reason", why)
		return m.act("disconnect", m.userPeer(who), "")
	}
	return false
}

func sshdReceived(m *msg, s string) bool {
	if r, ok := after(s, "disconnect from "); ok {
		tail := m.endpoint(r)
		m.b.Field("reason", strings.TrimLeft(tail, ":0123456789 "))
		return m.act("disconnect", "", "")
	}
	if strings.HasPrefix(s, "signal ") {
		return m.act("stop", "", "sshd")
	}
	if strings.HasPrefix(s, "SIGHUP") {
		return m.act("restart", "", "sshd")
	}
	return false
}
