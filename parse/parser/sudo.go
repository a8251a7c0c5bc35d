package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// sudo reads the messages of sudo(8).
func sudo() *decoder {
	return &decoder{
		about: parse.Description{
			Name: "sudo", Version: 1,
			Doc:        "messages of sudo, sudo-rs and doas: which account ran or tried to run which command, as whom, where",
			References: []string{"sudoers(5) LOG FORMAT", "doas(1)"},
			Sources:    []string{"syslog", "journal"},
			Fields:     []string{"command", "runas", "runas_group", "tty", "cwd", "reason", "host", "chroot", "env", "tsid", "status", "signal", "path", "ip", "port", "child_pid"},
			Actions:    []string{"exec", "exec-end", "refuse", "failed-auth", "continued", "error"},
			Sample:     "Mar  3 02:14:07 web01 sudo:   alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/id",
		},
		programs: []string{"sudo", "sudoedit", "sudo-rs", "doas"},
		decode:   sudoMessage,
	}
}

// doasMessage reads the messages of doas of OpenBSD as ported to Linux. The
// last " as " and " from " count: a command may hold such words, and so may a
// directory, of which nothing tells them apart.
func doasMessage(m *msg, s string) bool {
	if user, r, ok := strings.Cut(s, " ran command "); ok {
		from := strings.LastIndex(r, " from /")
		if from < 0 {
			return false
		}
		as := strings.LastIndex(r[:from], " as ")
		if as < 0 {
			return false
		}
		command := r[:as]
		m.b.Field("command", command)
		m.b.Field("runas", r[as+4:from])
		m.b.Field("cwd", r[from+6:])
		if p, _ := token(command); strings.HasPrefix(p, "/") {
			m.b.Field("path", p)
		}
		return m.act("exec", user, command)
	}
	if r, ok := after(s, "command not permitted for "); ok {
		user, command, _ := strings.Cut(r, ": ")
		m.b.Field("command", command)
		m.b.Field("reason", "command not permitted")
		return m.act("refuse", user, command)
	}
	for _, p := range [...]string{"failed auth for ", "failed password for "} {
		if user, ok := after(s, p); ok {
			return m.act("failed-auth", user, "")
		}
	}
	return false
}

func sudoMessage(m *msg) bool {
	s := strings.TrimLeft(m.text, " ")
	if r, ok := after(s, "@cee:"); ok {
		return sudoJSON(m, r)
	}
	if m.program == "doas" && doasMessage(m, s) {
		return true
	}
	user, rest, ok := strings.Cut(s, " : ")
	rest = strings.TrimLeft(rest, " ") // sudo-rs leaves the place of a missing TTY empty
	if !ok || user == "" || strings.ContainsAny(user, "=;") {
		return m.trouble(s)
	}
	if r, ok := after(rest, "(command continued) "); ok {
		m.b.Field("command", r)
		return m.act("continued", user, r)
	}
	action, command := "", ""
	for first := true; rest != ""; first = false {
		var part string
		if strings.HasPrefix(rest, "COMMAND=") {
			part, rest = sudoEnd(m, rest), "" // last, and may hold anything
		} else {
			part, rest, _ = strings.Cut(rest, " ; ")
		}
		key, value, found := strings.Cut(part, "=")
		if !found || !upper(key) {
			if !first {
				continue
			}
			action = sudoReason(part)
			m.b.Field("reason", part)
			continue
		}
		if key == "COMMAND" {
			command = value
		}
		if name := sudoField(key); name != "" {
			m.b.Field(name, value)
		}
	}
	switch {
	case action == "" && command == "":
		return m.trouble(s)
	case action == "" && m.b.Get("status") != "":
		action = "exec-end"
	case action == "":
		action = "exec"
	}
	if p, _ := token(command); strings.HasPrefix(p, "/") {
		m.b.Field("path", p)
	}
	return m.act(action, user, command)
}

// sudoEnd cuts " ; SIGNAL=TERM ; EXIT=143" off the end of a command, as
// log_exit_status has it written when the command is done. Arguments that hold
// such text are in quotes since sudo 1.9.13 and end with one; older ones that
// know the option (1.9.8 on) quote nothing: there the text may be an argument.
func sudoEnd(m *msg, s string) string {
	i := strings.LastIndex(s, " ; EXIT=")
	if i < 0 || !number(s[i+8:]) {
		return s
	}
	m.b.Field("status", s[i+8:])
	s = s[:i]
	if i = strings.LastIndex(s, " ; SIGNAL="); i >= 0 && upper(strings.TrimRight(s[i+10:], "0123456789+-")) {
		m.b.Field("signal", s[i+10:])
		s = s[:i]
	}
	return s
}

func sudoReason(s string) string {
	switch {
	case holds(s, "incorrect password attempt", "a password is required", "Authentication failure", "conversation failed",
		"auth could not identify"):
		return "failed-auth"
	case holds(s, "NOT in sudoers", "not allowed", "NOT authorized", "sorry", "command rejected"):
		return "refuse"
	}
	return "error"
}

func sudoField(key string) string {
	switch key {
	case "TTY":
		return "tty"
	case "PWD":
		return "cwd"
	case "USER":
		return "runas"
	case "GROUP":
		return "runas_group"
	case "COMMAND":
		return "command"
	case "HOST":
		return "host"
	case "CHROOT":
		return "chroot"
	case "ENV":
		return "env"
	case "TSID":
		return "tsid"
	}
	return ""
}

func upper(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return s != ""
}
