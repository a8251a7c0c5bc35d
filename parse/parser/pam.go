package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// pam reads what PAM modules log under the name of the program that uses them.
func pam() *decoder {
	t := mustForms(pamForms)
	return &decoder{
		about: parse.Description{
			Name: "pam", Version: 1,
			Doc:        "messages of PAM modules: sessions, authentication results, password changes, refusals",
			References: []string{"pam_unix(8)", "pam_faillock(8)", "pam_access(8)"},
			Sources:    []string{"syslog", "journal"},
			Fields:     []string{"module", "service", "phase", "uid", "by_uid", "euid", "tty", "ruser", "ip", "rhost", "port", "reason", "count", "limit", "status", "days", "what", "path", "command", "child_pid"},
			Actions:    []string{"session-open", "session-close", "auth", "failed-auth", "unknown-user", "password-change", "refuse", "lock", "unlock", "permit", "exec", "make-home", "error", "note"},
			Sample:     "Mar  3 02:14:07 web01 sshd[812]: pam_unix(sshd:session): session opened for user deploy(uid=1000) by (uid=0)",
		},
		programs: []string{"unix_chkpwd", "unix_update"}, // what pam_unix has its passwords checked by
		decode:   func(m *msg) bool { return pamMessage(m, t) },
	}
}

// pamBare says whether a message without a module name is one of PAM's, as
// written under tags like "sshd(pam_unix)".
func pamBare(s string) bool {
	return begins(s, "session opened for user ", "session closed for user ", "authentication failure; ",
		"check pass; user unknown")
}

// pamModule says whether a message begins with the name of a PAM module, as
// "pam_unix(sshd:auth): "; "pam_setcred: " is a call of the program itself.
func pamModule(s string) bool {
	if !strings.HasPrefix(s, "pam_") {
		return false
	}
	i := strings.IndexAny(s, "(:[ ")
	return i > 0 && (s[i] == '(' || s[i] == '[' || s[i] == ':' && !begins(s, "pam_a", "pam_ch", "pam_open_s", "pam_close_s", "pam_setcred", "pam_start", "pam_set_i", "pam_get_i", "pam_putenv", "pam_end"))
}

func pamMessage(m *msg, t *forms) bool {
	s := m.text
	if r, ok := after(s, "PAM "); ok {
		return pamCore(m, r)
	}
	if strings.HasPrefix(s, "pam_") {
		head, rest, ok := strings.Cut(s, ": ")
		if !ok {
			return false
		}
		module, where, _ := strings.Cut(head, "(")
		service, phase, _ := strings.Cut(strings.TrimSuffix(where, ")"), ":")
		m.b.Field("module", module)
		m.b.Field("service", service)
		m.b.Field("phase", phase)
		s = rest
	}
	if pamSession(m, s) || pamResult(m, s) || t.read(m, strings.ReplaceAll(s, "`", "'")) {
		return true
	}
	return pamOther(m, s)
}

// pamCore reads what libpam itself says: "PAM 2 more authentication failures; ...".
func pamCore(m *msg, s string) bool {
	n, rest := token(s)
	if r, ok := after(rest, "more authentication failure"); ok && number(n) {
		m.b.Field("count", n)
		_, values, _ := strings.Cut(r, "; ")
		return m.act("failed-auth", pamValues(m, values), "")
	}
	m.b.Field("reason", s)
	return m.act("error", "", "")
}

// pamSession reads "session opened for user root(uid=0) by alice(uid=1000)".
func pamSession(m *msg, s string) bool {
	action := "session-open"
	r, ok := after(s, "session opened for user ")
	if !ok {
		if r, ok = after(s, "session closed for user "); !ok {
			return false
		}
		action = "session-close"
	}
	who, by, _ := strings.Cut(r, " by ")
	user, uid := pamUID(who)
	m.b.Field("uid", uid)
	actor, byUID := pamUID(by)
	m.b.Field("by_uid", byUID)
	switch service := m.b.Get("service"); {
	case actor == "" && byUID != "" && (byUID != "0" || begins(service, "su", "runuser")):
		actor = m.account(byUID) // sudo tells the number only; "by (uid=0)" of a daemon is the daemon
	case actor == "":
		actor = user
	}
	return m.act(action, actor, user)
}

// pamUID cuts "alice(uid=1000)".
func pamUID(s string) (name, uid string) {
	i := strings.LastIndex(s, "(uid=")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimSuffix(s[i+5:], ")")
}

// pamResult reads results of authentication.
func pamResult(m *msg, s string) bool {
	verb, values, _ := strings.Cut(s, "; ")
	switch verb {
	case "authentication failure":
		return m.act("failed-auth", pamValues(m, values), "")
	case "authentication success":
		return m.act("auth", pamValues(m, values), "")
	case "check pass":
		return m.act("unknown-user", "", "")
	case "Authentication error":
		return m.act("failed-auth", pamValues(m, values), "")
	}
	if r, ok := after(s, "password changed for "); ok {
		return m.act("password-change", "", r)
	}
	if r, ok := after(s, "bad username ["); ok {
		return m.act("unknown-user", strings.TrimSuffix(r, "]"), "")
	}
	if r, ok := after(s, "Access granted to '"); ok {
		who, _, _ := strings.Cut(r, "'")
		return m.act("permit", who, "")
	}
	if i := strings.Index(s, "authenticated as "); i > 0 {
		if u, ok := after(s[:i], "user "); ok {
			return m.act("auth", strings.TrimSpace(u), s[i+len("authenticated as "):])
		}
	}
	return false
}

// pamValues reads "logname= uid=0 euid=0 tty=ssh ruser= rhost=h  user=u" and
// gives the user, who may have any name: it stands last, and only where the
// module knows it not at all is something else behind.
func pamValues(m *msg, s string) string {
	user := ""
	if i := strings.Index(s, " user="); i >= 0 && strings.Contains(s[:i], "rhost=") {
		s, user = s[:i], strings.TrimRight(s[i+len(" user="):], " ")
	}
	for s != "" {
		var word string
		word, s = token(s)
		k, v, ok := strings.Cut(word, "=")
		if !ok || v == "" {
			continue
		}
		switch k {
		case "uid", "euid", "tty", "ruser":
			m.b.Field(k, v)
		case "rhost":
			m.peer(v)
		case "user":
			if user != "" {
				continue
			}
			user = v
			if s != "" && !strings.Contains(s, "=") {
				user, s = v+" "+s, ""
			}
		}
	}
	return user
}

// pamUser finds the account a free message speaks of.
func pamUser(s string) string {
	for _, mark := range [...]string{"for user ", "by user ", "to user ", "Refused user ", "password for ", "user="} {
		if u := quotedAfter(s, mark); u != "" {
			return u
		}
	}
	for _, mark := range [...]string{"user \"", "user '", "user `", "user ["} {
		if i := strings.Index(s, mark); i >= 0 {
			return quotedAfter(s[i:], "user ")
		}
	}
	if r, ok := after(s, "user "); ok {
		if u, _ := token(r); u != "unknown" {
			return u
		}
	}
	return ""
}

func pamOther(m *msg, s string) bool {
	user := pamUser(s)
	m.sweep(s)
	m.b.Field("reason", s)
	low := strings.ToLower(s)
	switch {
	case holds(low, "locked"):
		return m.act("lock", user, "")
	case holds(low, "denied", "not met by", "refused", "expired", "not allowed"):
		return m.act("refuse", user, "")
	case holds(low, "could not identify password", "conversation failed", "authentication error"):
		return m.act("failed-auth", user, "")
	case holds(low, "unknown user", "user unknown", "unknown to the underlying"):
		return m.act("unknown-user", user, "")
	case holds(low, "fail", "error", "unable", "cannot", "couldn't"):
		return m.act("error", user, "")
	}
	return m.act("note", user, "")
}

// quotedAfter gives the word after a mark, with quotes around it taken off.
func quotedAfter(s, mark string) string {
	i := strings.Index(s, mark)
	if i < 0 {
		return ""
	}
	s = s[i+len(mark):]
	if s != "" {
		if q := strings.IndexByte("\"'`[<", s[0]); q >= 0 {
			if e := strings.IndexByte(s[1:], "\"''>]"[q]); q < 3 && e >= 0 {
				return s[1 : 1+e]
			}
			s = s[1:]
		}
	}
	w, _ := token(s)
	return strings.Trim(w, "\"'`,.:;[]<>()")
}
