package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// daemon reads the messages of daemons that need no decoder of their own: one
// table a family, and what shows by shape besides.
func daemon() *decoder {
	r := daemonReader{make(map[string]*forms)}
	var programs []string
	for _, f := range daemonFamilies() {
		t := mustForms(f.table)
		for _, p := range strings.Fields(f.programs) {
			r.tables[p] = t
			programs = append(programs, p)
		}
	}
	return &decoder{
		about: parse.Description{
			Name: "daemon", Version: 1,
			Doc: "messages of other daemons: rsyslogd and other log daemons (start, end, lost messages), auditd, polkit, dbus, NetworkManager, dhclient, dropbear, " +
				"dovecot, ftpd, ProFTPD, Pure-FTPd, vsftpd, OpenVPN, named, dnsmasq, xinetd, snapd, firewalld, yum, Ansible, cloud-init, AIDE, rkhunter; what no table holds is a note, warning or error with the fields that show by shape",
			References: []string{"rsyslogd(8)", "NetworkManager(8)", "dhclient(8)", "polkit(8)", "auditd(8)", "dropbear(8)", "doc.dovecot.org logging"},
			Sources:    []string{"syslog", "journal", "alternatives"},
			Fields: []string{"reason", "ip", "rhost", "port", "path", "child_pid", "uid", "link", "state", "from", "count", "signal", "version", "unit", "service", "comm", "command", "cwd", "tty", "runas",
				"agent", "auth_action", "method", "key_type", "key", "server", "interval", "xid", "mac", "gateway", "local_ip", "local_port", "session", "package", "module", "name", "result", "args", "member", "interface",
				"destination", "sender", "status", "what", "record", "size", "to", "duration", "value", "level", "when"},
			Actions: []string{"start", "stop", "restart", "reload", "configure", "lost", "suspend", "resume", "rotate", "lease", "link", "connect", "disconnect", "login", "mail-login", "failed-login", "invalid-user",
				"exec", "activate", "refuse", "denied", "authorize", "install", "update", "remove", "session-open", "session-close", "mount", "query", "transfer", "upload", "download", "delete", "rename", "chmod", "mkdir", "file-added", "file-removed", "file-changed", "alert", "check", "fail", "note", "warning", "error"},
			Sample: "Mar  3 02:14:07 web01 rsyslogd: imuxsock lost 231 messages from pid 812 due to rate-limiting",
		},
		programs: programs,
		decode:   r.message,
	}
}

// daemonReader holds the table of each program.
type daemonReader struct{ tables map[string]*forms }

func (r daemonReader) message(m *msg) bool {
	s := daemonText(m)
	t := r.tables[m.program]
	if t == nil {
		program, _ := daemonName(m.program)
		t = r.tables[program]
	}
	mark, told := m.b.Mark(), ""
	if m.program == "pure-ftpd" {
		told = m.e.Actor
	}
	if t != nil && t.read(m, s) {
		m.e.Actor = firstOf(m.e.Actor, told)
		m.level()
		return true
	}
	m.b.Reset(mark)
	m.byShape(s)
	m.e.Object, _ = daemonName(m.program) // it speaks of itself
	return true
}

// daemonName cuts what follows the name of a program in its tag:
// "rsyslogd-2177", "polkitd(authority=local)", "dnsmasq-dhcp" stays.
func daemonName(s string) (string, bool) {
	if strings.HasPrefix(s, "ansible-") {
		return "ansible", true
	}
	if i := strings.IndexAny(s, "([:"); i > 0 {
		return s[:i], true
	}
	if i := strings.LastIndexByte(s, '-'); i > 0 && number(s[i+1:]) {
		return s[:i], true
	}
	return s, false
}

// daemonText cuts what some families put before their words: "<info>
// [1709399642.1234] " of NetworkManager, "[system] " of dbus, "daemon.go:247: "
// of snapd. A level that is told there becomes a field.
func daemonText(m *msg) string {
	s := strings.TrimLeft(m.text, " ")
	if m.program == "aide" { // a line of its report, with the newlines before it as rsyslog escapes them
		for strings.HasPrefix(s, "#012") || strings.HasPrefix(s, "\n") {
			s = strings.TrimPrefix(strings.TrimPrefix(s, "#012"), "\n")
		}
	}
	switch m.program {
	case "proftpd":
		return proftpdText(m, s)
	case "pure-ftpd":
		return pureftpdText(m, s)
	}
	if strings.HasPrefix(s, "<") {
		if level, rest, ok := strings.Cut(s[1:], ">"); ok && len(level) < 9 {
			m.b.Field("level", level)
			s = strings.TrimLeft(rest, " ")
			if e := strings.Index(s, "] "); e > 0 && sinceBoot(s[1:e]) {
				s = strings.TrimLeft(s[e+2:], " ")
			}
		}
	}
	for _, p := range [...]string{"[system] ", "[session "} {
		if r, ok := after(s, p); ok {
			if p == "[session " {
				_, r, _ = strings.Cut(r, "] ")
			}
			s = r
		}
	}
	if word, rest := token(s); strings.HasSuffix(word, ":") && strings.Contains(word, ".go:") {
		s = rest
	}
	return s
}

// level turns a mere note into what the level says that the program gave.
func (m *msg) level() {
	if m.e.Action != "note" {
		return
	}
	switch m.b.Get("level") {
	case "warn", "warning", "WARNING":
		m.e.Action = "warning"
	case "error", "err", "ERROR":
		m.e.Action = "error"
	}
}

// byShape takes a message that no table holds: an error, a warning or a note,
// by the severity it was sent with, or the level or words in it where none is
// known, with the fields that show by shape.
func (m *msg) byShape(s string) bool {
	m.sweep(s)
	m.act(m.weight(s), m.e.Actor, m.e.Object)
	return true
}

func (m *msg) weight(s string) string {
	switch m.b.Get("severity") {
	case "emerg", "alert", "crit", "err":
		return "error"
	case "warning":
		return "warning"
	case "notice", "info", "debug":
		return "note"
	}
	level := strings.ToLower(m.b.Get("level"))
	if level == "" {
		level = strings.ToLower(logfmtLevel(s))
	}
	switch {
	case begins(level, "warn"):
		return "warning"
	case begins(level, "err", "fatal", "crit", "panic"):
		return "error"
	case level != "":
		return "note"
	case begins(s, "warning", "WARNING", "Warning", "WARN"):
		return "warning"
	case troubled(s):
		return "error"
	}
	return "note"
}

// logfmtLevel is the value of level= in a line of key=value words, as programs
// written in Go log, or the level textLevel finds.
func logfmtLevel(s string) string {
	if i := strings.Index(s, "level="); i == 0 || i > 0 && s[i-1] == ' ' {
		v, _ := token(s[i+6:])
		return strings.Trim(v, `"`)
	}
	return ""
}
