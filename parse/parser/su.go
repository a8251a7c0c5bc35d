package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// su reads the messages of su(1) and runuser(1), of util-linux and of shadow.
func su() *decoder {
	return &decoder{
		about: parse.Description{
			Name: "su", Version: 1,
			Doc:        "messages of su and runuser: which account became or tried to become which",
			References: []string{"su(1)"},
			Sources:    []string{"syslog", "journal"},
			Fields:     []string{"tty", "runas", "reason"},
			Actions:    []string{"su", "failed-su", "error"},
			Sample:     "Mar  3 02:14:07 web01 su[900]: (to root) alice on pts/0",
		},
		programs: []string{"su", "su-l", "runuser", "runuser-l"},
		decode:   suMessage,
	}
}

func suMessage(m *msg) bool {
	s := strings.TrimLeft(m.text, " ")
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
	if begins(s, "pam_authenticate: ", "pam_acct_mgmt: ") {
		m.b.Field("reason", s)
		return m.act("failed-su", "", "")
	}
	if strings.HasPrefix(s, "No passwd entry for user") || holds(s, "ailed", "rror", "annot") {
		m.b.Field("reason", s)
		return m.act("error", "", quotedAfter(s, "user "))
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
