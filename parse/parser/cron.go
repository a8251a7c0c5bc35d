package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// cron reads the messages of cron daemons, crontab, anacron, atd and run-parts.
func cron() *decoder {
	return &decoder{
		about: parse.Description{
			Name: "cron", Version: 1,
			Doc:        "messages of cron, crontab, anacron, atd and run-parts: commands started, tables read and changed",
			References: []string{"cron(8)", "crontab(1)", "anacron(8)", "atd(8)"},
			Sources:    []string{"syslog", "journal"},
			Fields:     []string{"command", "path", "reason", "job", "uid"},
			Actions: []string{"exec", "exec-end", "output", "start", "info", "reload", "list", "replace", "edit-begin", "edit-end", "delete", "mail", "error", "refuse",
				"job-start", "job-end", "job-plan", "stop"},
			Sample: "Mar  3 02:17:01 web01 CRON[31051]: (root) CMD (run-parts --report /etc/cron.hourly)",
		},
		programs: []string{"cron", "CRON", "crond", "CROND", "crontab", "anacron", "atd", "run-parts", "fcron", "cronie"},
		decode:   cronMessage,
	}
}

func cronMessage(m *msg) bool {
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
	return anacron(m, s) || cronOther(m, s)
}

// cronEntry reads "VERB (detail)".
func cronEntry(m *msg, who, s string) bool {
	if who == "CRON" || who == "*system*" { // the daemon itself, no account
		who = ""
	}
	verb, detail, _ := strings.Cut(s, " (")
	detail = strings.TrimSuffix(detail, ")")
	switch verb {
	case "CMD", "CMDEND":
		m.b.Field("command", detail)
		if p, _ := token(detail); strings.HasPrefix(p, "/") {
			m.b.Field("path", p)
		}
		if verb == "CMD" {
			return m.act("exec", who, detail)
		}
		return m.act("exec-end", who, detail)
	case "CMDOUT":
		return m.act("output", who, detail)
	case "STARTUP":
		return m.act("start", "", "cron")
	case "INFO":
		m.b.Field("reason", detail)
		return m.act("info", "", detail)
	case "RELOAD", "SYSTEM RELOAD":
		return m.act("reload", who, detail)
	case "LIST":
		return m.act("list", who, detail)
	case "REPLACE":
		return m.act("replace", who, detail)
	case "BEGIN EDIT":
		return m.act("edit-begin", who, detail)
	case "END EDIT":
		return m.act("edit-end", who, detail)
	case "DELETE":
		return m.act("delete", who, detail)
	case "MAIL":
		return m.act("mail", who, detail)
	case "AUTH":
		m.b.Field("reason", detail)
		return m.act("refuse", who, "")
	case "SHUTDOWN", "DEATH":
		m.b.Field("reason", detail)
		return m.act("stop", "", "cron")
	}
	if verb == "" {
		return false
	}
	m.b.Field("reason", s) // ERROR, ORPHAN, WRONG FILE OWNER, INSECURE MODE, BAD FILE MODE, FAILED ...
	return m.act("error", who, detail)
}

// anacron reads what anacron and atd say of jobs.
func anacron(m *msg, s string) bool {
	job := func(action string) bool {
		name := quotedAfter(s, "ob ")
		m.b.Field("job", name)
		return m.act(action, "", name)
	}
	switch {
	case strings.HasPrefix(s, "Job `") && strings.Contains(s, "' started"):
		return job("job-start")
	case strings.HasPrefix(s, "Job `"):
		return job("job-end")
	case begins(s, "Will run job `", "Jobs will be executed"):
		return job("job-plan")
	case strings.HasPrefix(s, "Updated timestamp for job `"):
		return job("job-end")
	case strings.HasPrefix(s, "Anacron ") && strings.Contains(s, " started on "):
		return m.act("start", "", "anacron")
	case begins(s, "Normal exit", "No true exit"):
		return m.act("stop", "", "anacron")
	case strings.HasPrefix(s, "Starting job "):
		m.b.Field("job", quotedAfter(s, "Starting job "))
		return m.act("job-start", quotedAfter(s, "for user "), quotedAfter(s, "Starting job "))
	}
	return false
}

func runParts(m *msg, s string) bool {
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
	case holds(s, "rror", "ailed") || strings.HasPrefix(s, "bad ") || holds(s, "annot", "an't"):
		m.b.Field("reason", s)
		return m.act("error", "", "")
	case strings.Contains(s, "started"):
		return m.act("start", "", "cron")
	case holds(s, "xiting", "topped", "erminat"):
		return m.act("stop", "", "cron")
	}
	return false
}
