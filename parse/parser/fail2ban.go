package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// fail2ban reads the messages of fail2ban, from syslog or its own log.
func fail2ban() *decoder {
	t := mustForms(fail2banForms)
	return &decoder{
		about: parse.Description{
			Name: "fail2ban", Version: 1,
			Doc:        "messages of fail2ban: addresses found, banned and let go, jails started and stopped",
			References: []string{"fail2ban(1)"},
			Sources:    []string{"syslog", "journal", "fail2ban"},
			Fields:     []string{"jail", "ip", "rhost", "port", "level", "reason", "found", "version", "path", "hash", "position", "what", "value", "command", "status", "signal", "count", "act", "child_pid"},
			Actions:    []string{"found", "ban", "unban", "restore-ban", "already-banned", "ignore", "jail-start", "jail-stop", "start", "stop", "configure", "error", "note", "flush"},
			Sample:     "2024-03-03 02:14:07,123 fail2ban.actions [812]: NOTICE [sshd] Ban 198.51.100.7",
		},
		programs: []string{"fail2ban", "fail2ban-server", "fail2ban-client"},
		decode:   func(m *msg) bool { return fail2banMessage(m, t) },
	}
}

func fail2banMessage(m *msg, t *forms) bool {
	s := strings.TrimLeft(m.text, " ")
	for _, l := range [...]string{"DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "HEAVYDEBUG", "TRACEDEBUG"} {
		if r, ok := after(s, l); ok && r != "" && (r[0] == ' ' || r[0] == ':') {
			m.b.Field("level", l)
			s = strings.TrimLeft(r, " :")
			break
		}
	}
	jail := ""
	if strings.HasPrefix(s, "[") {
		if e := strings.Index(s, "] "); e > 0 {
			jail, s = s[1:e], s[e+2:]
			m.b.Field("jail", jail)
		}
	}
	for _, c := range [...]struct{ prefix, action string }{
		{"Found ", "found"}, {"Ban ", "ban"}, {"Unban ", "unban"}, {"Restore Ban ", "restore-ban"}, {"Ignore ", "ignore"}, {"Increase Ban ", "ban"}, {"Flush ticket", "flush"},
	} {
		r, ok := after(s, c.prefix)
		if !ok {
			continue
		}
		w, r := token(r)
		m.peer(w)
		if t, ok := after(r, "- "); ok {
			m.b.Field("found", t)
		}
		return m.act(c.action, "", w)
	}
	if w, r := token(s); address(w) && strings.HasPrefix(r, "already banned") {
		m.peer(w)
		return m.act("already-banned", "", w)
	}
	if strings.HasPrefix(s, "IP ") && strings.Contains(s, " is bad: ") {
		ip, r, _ := strings.Cut(s[3:], " is bad: ")
		m.peer(ip)
		m.b.Field("reason", r)
		return m.act("found", "", ip)
	}
	if t.read(m, strings.ReplaceAll(s, `"`, "'")) {
		if m.e.Object == "" {
			m.e.Object = jail
		}
		return true
	}
	return fail2banState(m, s)
}

func fail2banState(m *msg, s string) bool {
	m.b.Field("reason", s)
	m.sweep(s)
	level := m.b.Get("level")
	switch {
	case level == "ERROR" || level == "CRITICAL" || strings.Contains(s, "rror"):
		return m.act("error", "", "")
	case level == "INFO" || holds(s, "Set ", "Added "):
		return m.act("configure", "", "")
	}
	return m.act("note", "", "")
}
