package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// useradd reads the messages of the shadow tools: useradd, usermod, userdel,
// groupadd, groupmod, groupdel, gpasswd, passwd, chage, chsh, chfn, newusers.
func useradd() *decoder {
	t := mustForms(accountForms)
	return &decoder{
		about: parse.Description{
			Name: "useradd", Version: 1,
			Doc:        "messages of the account tools: accounts and groups made, changed, locked and removed",
			References: []string{"useradd(8)", "usermod(8)", "gpasswd(1)"},
			Sources:    []string{"syslog", "journal"},
			Fields:     []string{"uid", "gid", "home", "shell", "group", "tty", "from", "to", "reason", "what", "owner", "path", "status", "line", "ip", "port", "child_pid"},
			Actions: []string{"user-add", "user-delete", "user-change", "user-lock", "user-unlock", "user-rename", "group-add", "group-delete", "group-change",
				"member-add", "member-remove", "password-change", "edit", "refuse", "error", "note"},
			Sample: "Mar  3 02:14:07 web01 useradd[900]: new user: name=ops, UID=0, GID=0, home=/home/ops, shell=/bin/bash, from=/dev/pts/0",
		},
		programs: []string{"useradd", "usermod", "userdel", "groupadd", "groupmod", "groupdel", "gpasswd", "passwd", "chage", "chsh", "chfn", "newusers", "chpasswd", "adduser", "vipw", "vigr", "groupmems", "deluser", "addgroup", "delgroup", "pwck", "grpck", "pwconv", "grpconv", "usermod.shadow", "luseradd", "lusermod", "system-config-users"},
		decode:   func(m *msg) bool { return accountMessage(m, t) },
	}
}

func accountMessage(m *msg, t *forms) bool {
	s := strings.TrimLeft(m.text, " ")
	switch {
	case strings.HasPrefix(s, "new user: "):
		return m.act("user-add", "", accountValues(m, s[10:]))
	case strings.HasPrefix(s, "new group: "):
		return m.act("group-add", "", accountValues(m, s[11:]))
	case strings.Contains(s, " - account="), strings.Contains(s, " - group="):
		return accountBy(m, s)
	case strings.HasPrefix(s, "group added to "):
		_, values, _ := strings.Cut(s, ": ")
		return m.act("group-add", "", accountValues(m, values))
	}
	mark := m.b.Mark()
	if t.read(m, strings.ReplaceAll(s, "`", "'")) || membership(m, s) || userChange(m, s) || groupChange(m, s) {
		return true
	}
	m.b.Reset(mark)
	return m.trouble(s) || m.noted(s)
}

// accountValues reads "name=x, UID=1, ..." and gives the name.
func accountValues(m *msg, s string) string {
	name := ""
	for part := range strings.SplitSeq(s, ", ") {
		k, v, ok := strings.Cut(part, "=")
		if !ok {
			continue
		}
		switch k {
		case "name":
			name = v
		case "UID", "uid":
			m.b.Field("uid", v)
		case "GID", "gid":
			m.b.Field("gid", v)
		case "home", "shell":
			m.b.Field(k, v)
		case "from":
			m.b.Field("tty", strings.TrimPrefix(v, "/dev/"))
		}
	}
	return name
}

// accountBy reads the form of pwdutils, as SUSE had it before shadow: "new
// account added - account=x, uid=1, gid=2, home=/h, shell=/s, by=0".
func accountBy(m *msg, s string) bool {
	what, values, _ := strings.Cut(s, " - ")
	var account, group, by string
	for part := range strings.SplitSeq(values, ", ") {
		k, v, _ := strings.Cut(part, "=")
		switch k {
		case "account":
			account = v
		case "group":
			group = v
		case "by":
			by = m.account(v)
		}
	}
	accountValues(m, values)
	m.b.Field("group", group)
	action := "user-change"
	switch {
	case strings.HasPrefix(what, "account added to group"):
		action = "member-add"
	case strings.HasPrefix(what, "account removed from group"):
		action = "member-remove"
	case strings.Contains(what, "password"):
		action = "password-change"
	case account != "" && (strings.HasPrefix(what, "new ") || strings.Contains(what, "added")):
		action = "user-add"
	case account != "" && strings.Contains(what, "deleted"):
		action = "user-delete"
	case account == "" && (strings.HasPrefix(what, "new ") || strings.Contains(what, "added")):
		action = "group-add"
	case account == "" && strings.Contains(what, "deleted"):
		action = "group-delete"
	case account == "":
		action = "group-change"
	}
	m.b.Field("what", what)
	return m.act(action, by, firstOf(account, group))
}

// membership reads "add 'x' to [shadow ]group 'y'" and gpasswd's form.
func membership(m *msg, s string) bool {
	verb, rest := token(s)
	if verb == "add" || verb == "delete" {
		user, r := quoted(rest)
		if user == "" || !strings.Contains(r, "group ") {
			return false
		}
		m.b.Field("group", quotedAfter(r, "group "))
		if verb == "add" {
			return m.act("member-add", "", user)
		}
		return m.act("member-remove", "", user)
	}
	if verb != "user" {
		return false
	}
	user, r := token(rest)
	for _, p := range [...]string{"added by ", "removed by "} {
		t, ok := after(r, p)
		if !ok {
			continue
		}
		by, t := token(t)
		m.b.Field("group", quotedAfter(t, "group "))
		if p[0] == 'a' {
			return m.act("member-add", by, user)
		}
		return m.act("member-remove", by, user)
	}
	return false
}

// quoted cuts a quoted word off.
func quoted(s string) (word, rest string) {
	if s == "" || (s[0] != '\'' && s[0] != '`' && s[0] != '"') {
		return "", s
	}
	e := strings.IndexAny(s[1:], "'\"")
	if e < 0 {
		return "", s
	}
	return s[1 : 1+e], s[e+2:]
}

func userChange(m *msg, s string) bool {
	for _, c := range [...]struct{ prefix, action string }{
		{"change user name ", "user-rename"}, {"change user ", "user-change"}, {"changed user ", "user-change"}, {"lock user ", "user-lock"}, {"unlock user ", "user-unlock"},
		{"delete user ", "user-delete"}, {"password for ", "password-change"}, {"changed password expiry for ", "user-change"},
	} {
		r, ok := after(s, c.prefix)
		if !ok {
			continue
		}
		user, r := quoted(r)
		if user == "" {
			user, r = token(r)
		}
		what, _ := token(strings.TrimLeft(r, " "))
		if c.action == "user-change" && what == "password" {
			c.action = "password-change"
		}
		m.b.Field("what", what)
		m.b.Field("from", quotedAfter(r, " from "))
		m.b.Field("to", quotedAfter(r, " to "))
		return m.act(c.action, quotedAfter(r, " changed by "), user)
	}
	return false
}

func groupChange(m *msg, s string) bool {
	switch {
	case begins(s, "removed group ", "removed shadow group "):
		return m.act("group-delete", "", quotedAfter(s, "group "))
	case strings.HasPrefix(s, "group ") && strings.Contains(s, " removed"):
		return m.act("group-delete", "", quotedAfter(s, "group "))
	case begins(s, "group changed in ", "change GID for ", "members of group ", "administrators of group "):
		name := quotedAfter(s, "group ")
		if strings.HasPrefix(s, "change GID") {
			name = quotedAfter(s, "for ")
		} else if strings.HasPrefix(s, "group changed in ") {
			name, _, _ = strings.Cut(quotedAfter(s, "(group "), "/")
		}
		return m.act("group-change", quotedAfter(s, " by "), name)
	}
	return false
}
