package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// fail2ban reads the messages of fail2ban, from syslog or its own log.
func fail2ban() *decoder {
	return &decoder{
		about: parse.Description{
			Name: "fail2ban", Version: 1,
			Doc:        "messages of fail2ban: addresses found, banned and let go, jails started and stopped",
			References: []string{"fail2ban(1)"},
			Sources:    []string{"syslog", "journal", "fail2ban"},
			Fields:     []string{"jail", "ip", "rhost", "level", "reason", "found"},
			Actions:    []string{"found", "ban", "unban", "restore-ban", "already-banned", "ignore", "jail-start", "jail-stop", "start", "stop", "configure", "error", "note", "flush"},
			Sample:     "2024-03-03 02:14:07,123 fail2ban.actions [812]: NOTICE [sshd] Ban 198.51.100.7",
		},
		programs: []string{"fail2ban", "fail2ban-server", "fail2ban-client"},
		decode:   fail2banMessage,
	}
}

func fail2banMessage(m *msg) bool {
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
	return fail2banState(m, s)
}

func fail2banState(m *msg, s string) bool {
	m.b.Field("reason", s)
	name := quotedAfter(s, "ail ")
	level := m.b.Get("level")
	switch {
	case strings.HasPrefix(s, "Jail ") && strings.Contains(s, "started"):
		return m.act("jail-start", "", name)
	case strings.HasPrefix(s, "Jail ") && strings.Contains(s, "stopped"), strings.HasPrefix(s, "Stopping jail"):
		return m.act("jail-stop", "", name)
	case begins(s, "Starting Fail2ban", "Start Fail2ban"), strings.Contains(s, "Server ready"):
		return m.act("start", "", "fail2ban")
	case begins(s, "Exiting Fail2ban", "Shutdown"):
		return m.act("stop", "", "fail2ban")
	case level == "ERROR" || level == "CRITICAL" || strings.Contains(s, "rror"):
		return m.act("error", "", "")
	case level == "INFO" || holds(s, "Set ", "Added "):
		return m.act("configure", "", "")
	}
	return m.act("note", "", "")
}
