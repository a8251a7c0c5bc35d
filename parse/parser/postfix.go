package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// postfix reads the messages of the Postfix mail system.
func postfix() *decoder {
	return &decoder{
		about: parse.Description{
			Name: "postfix", Version: 1,
			Doc:        "messages of Postfix: connections, logins by SASL, mail taken in, delivered, bounced and refused",
			References: []string{"postfix(1)", "smtpd(8)", "qmgr(8)"},
			Sources:    []string{"syslog", "journal"},
			Fields: []string{"queue_id", "ip", "rhost", "port", "from", "to", "message_id", "relay", "status", "dsn", "size", "sasl_method", "sasl_username", "uid", "reason", "nrcpt", "orig_to",
				"delay", "helo", "protocol"},
			Actions: []string{"connect", "disconnect", "accept", "pickup", "message-id", "queue", "sent", "bounced", "deferred", "expired", "delivery", "remove", "reject", "failed-login", "login", "tls",
				"start", "stop", "reload", "statistics", "warning", "error", "notify", "note", "hold"},
			Sample: "Mar  3 02:14:07 mx1 postfix/smtpd[77]: 4F1: client=mail.example.org[203.0.113.5], sasl_method=PLAIN, sasl_username=kim",
		},
		programs: []string{"postfix", "postfix-script", "sendmail"},
		decode:   postfixMessage,
	}
}

func postfixMessage(m *msg) bool {
	s := m.text
	for _, c := range [...]struct{ prefix, action string }{{"connect from ", "connect"}, {"disconnect from ", "disconnect"}, {"CONNECT from ", "connect"}, {"DISCONNECT ", "disconnect"}} {
		if r, ok := after(s, c.prefix); ok {
			mailPeer(m, r)
			return m.act(c.action, "", "")
		}
	}
	switch {
	case begins(s, "lost connection", "timeout after", "HANGUP", "too many errors", "improper command", "PREGREET"):
		m.b.Field("reason", s)
		mailPeer(m, lastFrom(s))
		return m.act("disconnect", "", "")
	case begins(s, "warning: ", "fatal: ", "error: ", "panic: "):
		return postfixWarning(m, s)
	}
	if id, rest, ok := strings.Cut(s, ": "); ok && queueID(id) {
		if id != "NOQUEUE" {
			m.b.Field("queue_id", id)
		}
		return postfixQueue(m, id, rest)
	}
	return postfixState(m, s)
}

// queueID says whether s is made like a queue id, short or long.
func queueID(s string) bool {
	if s == "NOQUEUE" {
		return true
	}
	if len(s) < 5 || len(s) > 20 {
		return false
	}
	digits := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c-'0' <= 9:
			digits++
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z':
		default:
			return false
		}
	}
	return digits > 0
}

// mailPeer reads "name[address]:port" at the start of s.
func mailPeer(m *msg, s string) {
	name, rest, ok := strings.Cut(s, "[")
	ip, rest, ok2 := strings.Cut(rest, "]")
	if !ok || !ok2 || !address(ip) {
		return
	}
	m.b.Field("ip", ip)
	if name != "" && name != "unknown" {
		m.b.Field("rhost", name)
	}
	if p, ok := after(rest, ":"); ok {
		p, _ = token(p)
		if p = strings.TrimRight(p, ",:;"); number(p) {
			m.b.Field("port", p)
		}
	}
}

func lastFrom(s string) string {
	_, t := cutLast(s, " from ")
	return t
}

func postfixWarning(m *msg, s string) bool {
	_, r, _ := strings.Cut(s, ": ")
	m.b.Field("reason", r)
	if i := strings.Index(r, "]: SASL "); i > 0 {
		mailPeer(m, r)
		method, _ := token(r[i+len("]: SASL "):])
		m.b.Field("sasl_method", method)
		user := quotedAfter(r, "sasl_username=")
		m.b.Field("sasl_username", user)
		return m.act("failed-login", user, "")
	}
	if s[0] == 'w' {
		mailPeer(m, strings.TrimPrefix(r, "hostname "))
		if m.b.Get("ip") == "" {
			mailPeer(m, lastFrom(r))
		}
		return m.act("warning", "", "")
	}
	return m.act("error", "", "")
}

// postfixQueue reads "key=value, key=value (comment)" of one mail.
func postfixQueue(m *msg, id, s string) bool {
	switch {
	case s == "removed":
		return m.act("remove", "", id)
	case begins(s, "reject", "milter-reject", "discard", "hold"):
		m.b.Field("reason", s)
		if i := strings.Index(s, " from "); i > 0 {
			mailPeer(m, s[i+6:])
		}
		from := quotedAfter(s, "from=")
		m.b.Field("from", from)
		m.b.Field("to", quotedAfter(s, "to="))
		m.b.Field("helo", quotedAfter(s, "helo="))
		if s[0] == 'h' {
			return m.act("hold", from, id)
		}
		return m.act("reject", from, quotedAfter(s, "to="))
	case strings.Contains(s, "notification: "):
		return m.act("notify", "", id)
	}
	return postfixValues(m, id, s)
}

func postfixValues(m *msg, id, s string) bool {
	action, actor, object := "note", "", id
	for part := range strings.SplitSeq(s, ", ") {
		k, v, ok := strings.Cut(part, "=")
		if !ok {
			continue
		}
		v, _, _ = strings.Cut(v, " (")
		v = strings.Trim(v, "<>")
		switch k {
		case "client":
			mailPeer(m, v)
			action = "accept"
		case "sasl_method", "dsn", "size", "delay", "orig_to":
			m.b.Field(k, v)
		case "sasl_username":
			m.b.Field(k, v)
			action, actor = "login", v
		case "uid":
			uid, from, _ := strings.Cut(v, " from=")
			m.b.Field("uid", uid)
			actor = strings.Trim(from, "<>")
			m.b.Field("from", actor)
			action = "pickup"
		case "message-id", "resent-message-id":
			m.b.Field("message_id", v)
			action = "message-id"
		case "from":
			m.b.Field("from", v)
			action, actor = "queue", v
		case "to":
			m.b.Field("to", v)
			action, object = "delivery", v
		case "relay":
			m.b.Field("relay", v)
			mailPeer(m, v)
		case "nrcpt":
			n, _ := token(v)
			m.b.Field("nrcpt", n)
		case "status":
			m.b.Field("status", v)
			if v == "sent" || v == "bounced" || v == "deferred" || v == "expired" {
				action = v
			}
		}
	}
	return m.act(action, actor, object)
}

func postfixState(m *msg, s string) bool {
	m.b.Field("reason", s)
	switch {
	case strings.HasPrefix(s, "statistics: "):
		return m.act("statistics", "", "")
	case holds(s, "TLS connection", "SSL_accept", "SSL_connect", "TLS library"):
		return m.act("tls", "", "")
	case begins(s, "daemon started", "starting the Postfix"), strings.Contains(s, "starting"):
		return m.act("start", "", "postfix")
	case begins(s, "terminating", "stopping"):
		return m.act("stop", "", "postfix")
	case begins(s, "reload", "refreshing"):
		return m.act("reload", "", "postfix")
	case strings.HasPrefix(s, "connect to "):
		mailPeer(m, s[len("connect to "):])
		return m.act("error", "", "")
	}
	return m.act("note", "", "")
}
