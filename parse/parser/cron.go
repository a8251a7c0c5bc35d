package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// cron reads the messages of cron daemons, crontab, anacron, atd and run-parts.
func cron() *decoder {
	t := mustForms(cronForms)
	return &decoder{
		about: parse.Description{
			Name: "cron", Version: 1,
			Doc:        "messages of cron, crontab, anacron, atd and run-parts: commands started, tables read and changed",
			References: []string{"cron(8)", "crontab(1)", "anacron(8)", "atd(8)"},
			Sources:    []string{"syslog", "journal"},
			Fields:     []string{"command", "path", "reason", "job", "uid", "version", "ip", "port", "child_pid", "count", "delay", "when"},
			Actions: []string{"exec", "exec-end", "output", "start", "info", "reload", "list", "replace", "edit-begin", "edit-end", "delete", "mail", "error", "refuse",
				"job-start", "job-end", "job-plan", "job-add", "job-remove", "configure", "stop", "note"},
			Sample: "Mar  3 02:17:01 web01 CRON[31051]: (root) CMD (run-parts --report /etc/cron.hourly)",
		},
		programs: []string{"cron", "CRON", "crond", "CROND", "crontab", "anacron", "atd", "run-parts", "fcron", "cronie"},
		decode:   func(m *msg) bool { return cronMessage(m, t) },
	}
}

func cronMessage(m *msg, t *forms) bool {
	s := strings.TrimLeft(m.text, " ")
	if m.program == "run-parts" {
		return runParts(m, s)
	}
	if strings.HasPrefix(s, "(") {
		who, rest, ok := strings.Cut(s[1:], ") ")
		if ok && cronEntry(m, who, rest) {
			return true
		}
	}
	return t.read(m, strings.ReplaceAll(s, "`", "'")) || cronOther(m, s) || m.trouble(s)
}

// cronEntry reads "VERB (detail)" and "VERB (detail): why".
func cronEntry(m *msg, who, s string) bool {
	if who == "CRON" || who == "*system*" { // the daemon itself, no account
		who = ""
	}
	verb, detail, _ := strings.Cut(s, " (")
	if strings.HasPrefix(verb, "CMD") { // the command may hold anything
		detail = strings.TrimLeft(strings.TrimSuffix(detail, ")"), " ")
		m.b.Field("command", detail)
		if p, _ := token(detail); strings.HasPrefix(p, "/") {
			m.b.Field("path", p)
		}
		action, ok := map[string]string{"CMD": "exec", "CMDEND": "exec-end", "CMDOUT": "output"}[verb]
		return ok && m.act(action, who, detail)
	}
	detail, why, _ := cutLastOK(detail, ")")
	m.b.Field("reason", strings.TrimPrefix(why, ": "))
	if strings.HasPrefix(detail, "/") {
		m.b.Field("path", detail)
	}
	switch verb {
	case "STARTUP":
		m.b.Field("version", detail)
		return m.act("start", "", "cron")
	case "INFO", "info":
		m.b.Field("reason", detail)
		return m.act("info", who, detail)
	case "RELOAD", "SYSTEM RELOAD":
		return m.act("reload", who, detail)
	case "LIST", "REPLACE", "BEGIN EDIT", "END EDIT", "DELETE", "MAIL", "SET HOST", "GET HOST":
		return m.act(cronAction(verb), who, detail)
	case "AUTH":
		m.b.Field("reason", detail)
		return m.act("refuse", who, "")
	case "SHUTDOWN", "DEATH":
		m.b.Field("reason", detail)
		m.sweep(detail)
		return m.act("stop", "", "cron")
	case "":
		return false
	}
	if i := strings.LastIndex(detail, "("); i >= 0 && strings.HasPrefix(detail[i+1:], "/") { // Debian: why, then the file
		m.b.Field("path", detail[i+1:])
	}
	m.b.Field("reason", s) // ERROR, ORPHAN, WRONG FILE OWNER, INSECURE MODE, BAD FILE MODE, FAILED ...
	return m.act("error", who, detail)
}

// cronAction names what crontab(1) did.
func cronAction(verb string) string {
	switch verb {
	case "BEGIN EDIT":
		return "edit-begin"
	case "END EDIT":
		return "edit-end"
	case "SET HOST", "GET HOST":
		return "configure"
	}
	return strings.ToLower(verb)
}

func runParts(m *msg, s string) bool {
	if strings.HasPrefix(s, "(") { // Red Hat: "(/etc/cron.hourly) starting 0anacron"
		dir, tail, _ := strings.Cut(s[1:], ") ")
		m.b.Field("path", dir)
		s = tail
	}
	verb, rest := token(s)
	if rest == "" {
		return false
	}
	m.b.Field("job", rest)
	switch verb {
	case "starting":
		return m.act("job-start", "", rest)
	case "finished":
		return m.act("job-end", "", rest)
	}
	return false
}

func cronOther(m *msg, s string) bool {
	if r, ok := after(s, "USER "); ok { // busybox
		who, r := token(r)
		if _, cmd, ok := strings.Cut(r, " cmd "); ok {
			m.b.Field("command", cmd)
			return m.act("exec", who, cmd)
		}
	}
	switch {
	case strings.HasPrefix(s, "bad "), m.trouble(s):
		return m.failure(s)
	case strings.Contains(s, "started"):
		return m.act("start", "", "cron")
	case holds(s, "xiting", "topped", "erminat"):
		return m.act("stop", "", "cron")
	}
	return false
}
