package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// su reads the messages of su(1), runuser(1), login(1), newgrp(1) and
// agetty(8), of util-linux and of shadow.
func su() *decoder {
	t := mustForms(suForms)
	return &decoder{
		about: parse.Description{
			Name: "su", Version: 1,
			Doc:        "messages of su, runuser, login, newgrp and agetty: which account became or tried to become which, and logins on terminals",
			References: []string{"su(1)", "login(1)", "newgrp(1)", "agetty(8)"},
			Sources:    []string{"syslog", "journal"},
			Fields:     []string{"tty", "runas", "reason", "ip", "rhost", "port", "count", "path", "uid", "gid", "group", "login", "what", "child_pid"},
			Actions:    []string{"su", "failed-su", "login", "failed-login", "group-login", "refuse", "error", "note"},
			Sample:     "Mar  3 02:14:07 web01 su[900]: (to root) alice on pts/0",
		},
		programs: []string{"su", "su-l", "runuser", "runuser-l", "login", "newgrp", "sg", "agetty", "getty", "sulogin"},
		decode:   func(m *msg) bool { return suMessage(m, t) },
	}
}

func suMessage(m *msg, t *forms) bool {
	s := strings.TrimLeft(m.text, " ")
	if begins(m.program, "su", "runuser") && suBecome(m, s) {
		return true
	}
	return t.read(m, strings.ReplaceAll(s, "`", "'")) || m.trouble(s) || m.noted(s)
}

// suBecome reads the forms in which su tells who became whom.
func suBecome(m *msg, s string) bool {
	become := func(action, actor, target, tty string) bool {
		m.b.Field("runas", target)
		m.b.Field("tty", strings.TrimPrefix(tty, "/dev/"))
		return m.act(action, actor, target)
	}
	action := "su"
	if r, ok := after(s, "FAILED SU "); ok {
		action, s = "failed-su", r
	}
	if r, ok := after(s, "(to "); ok {
		if target, who, ok := strings.Cut(r, ") "); ok {
			actor, tty := cutLast(who, " on ")
			return become(action, actor, target, tty)
		}
	}
	for _, p := range [...]string{"Successful su for ", "FAILED su for ", "BAD SU ", "bad su "} {
		r, ok := after(s, p)
		if !ok {
			continue
		}
		if p[0] != 'S' {
			action = "failed-su"
		}
		if target, actor, ok := strings.Cut(r, " by "); ok {
			return become(action, actor, target, "")
		}
		s = r
	}
	if len(s) > 2 && (s[0] == '+' || s[0] == '-') && s[1] == ' ' {
		tty, who := token(s[2:])
		if actor, target, ok := cutLastOK(who, ":"); ok {
			if s[0] == '-' {
				action = "failed-su"
			}
			return become(action, actor, target, tty)
		}
	}
	if who, tty, ok := cutLastOK(s, " on "); ok {
		if actor, target, ok := strings.Cut(who, " to "); ok {
			return become(action, actor, target, tty)
		}
	}
	return false
}

// cutLast cuts at the last sep.
func cutLast(s, sep string) (before, behind string) {
	before, behind, _ = cutLastOK(s, sep)
	return before, behind
}

func cutLastOK(s, sep string) (before, behind string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
