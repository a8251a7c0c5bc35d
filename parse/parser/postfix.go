package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// postfix reads the messages of the Postfix mail system.
func postfix() *decoder {
	r := postfixReader{mustForms(queueForms), mustForms(postfixForms)}
	return &decoder{
		about: parse.Description{
			Name: "postfix", Version: 1,
			Doc:        "messages of Postfix: connections, logins by SASL, mail taken in, delivered, bounced and refused",
			References: []string{"postfix(1)", "smtpd(8)", "qmgr(8)"},
			Sources:    []string{"syslog", "journal"},
			Fields: []string{"queue_id", "ip", "rhost", "port", "from", "to", "message_id", "relay", "status", "dsn", "size", "sasl_method", "sasl_username", "uid", "reason", "nrcpt", "orig_to",
				"delay", "helo", "protocol", "orig_queue_id", "orig_client", "stage", "commands", "what", "trust", "cipher", "local_ip", "local_port", "count", "duration", "result",
				"value", "service", "when", "version", "path", "line", "signal", "child_pid", "owner"},
			Actions: []string{"connect", "disconnect", "accept", "pickup", "message-id", "queue", "sent", "bounced", "deferred", "expired", "delivery", "remove", "reject", "failed-login", "login", "tls",
				"start", "stop", "reload", "statistics", "warning", "error", "notify", "note", "hold", "filter", "permit"},
			Sample: "Mar  3 02:14:07 mx1 postfix/smtpd[77]: 4F1: client=mail.example.org[203.0.113.5], sasl_method=PLAIN, sasl_username=kim",
		},
		programs: []string{"postfix", "postfix-script"},
		decode:   r.message,
	}
}

// postfixReader holds the tables of messages.
type postfixReader struct{ queue, other *forms }

func (r postfixReader) message(m *msg) bool {
	s := m.text
	id, rest, ok := strings.Cut(s, ": ")
	if !ok || !queueID(id) {
		if !r.other.read(m, s) {
			return false
		}
		if holds(m.e.Action, "warning", "error", "note") {
			m.sweep(s)
			if id, _, ok := strings.Cut(rest, ": "); ok && queueID(id) && id != "NOQUEUE" { // "warning: 4F1A2B3: text"
				m.b.Field("queue_id", id)
				m.e.Object = firstOf(m.e.Object, id)
			}
		}
		return true
	}
	if id != "NOQUEUE" {
		m.b.Field("queue_id", id)
	}
	if !r.queue.read(m, rest) {
		m.b.Field("reason", rest)
		return m.act("note", "", id)
	}
	if relay := m.b.Get("relay"); relay != "" {
		mailPeer(m, relay)
	}
	switch e := m.e; e.Action {
	case "delivery":
		switch status := m.b.Get("status"); status {
		case "sent", "bounced", "deferred", "expired":
			e.Action = status
		}
	case "login":
		m.b.Field("sasl_username", e.Actor)
	case "queue", "pickup", "expired":
		m.b.Field("from", e.Actor)
	default:
		e.Actor = m.b.Get("from")
	}
	if m.e.Object == "" {
		m.e.Object = id
	}
	return true
}

// queueID says whether s is made like a queue id, short or long. A short one
// is hexadecimal in capitals and may have no digit.
func queueID(s string) bool {
	if s == "NOQUEUE" {
		return true
	}
	if len(s) < 5 || len(s) > 20 {
		return false
	}
	digits, hex := 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c-'0' <= 9:
			digits++
		case c >= 'A' && c <= 'F':
			hex++
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z':
		default:
			return false
		}
	}
	return digits > 0 || hex == len(s)
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
