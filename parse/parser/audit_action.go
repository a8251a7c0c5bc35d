package parser

import (
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// describe sets action, actor, object and message.
func (v *auditView) describe(e *event.Event) {
	name := v.get("syscall")
	rule, byType := auditTypeRule(v.main)
	if !byType && v.syscall {
		rule = auditSyscallRule(name)
	} else if !byType && v.argc >= 0 {
		rule = auditSyscallRule("execve") // its SYSCALL record is lost
	} else if !byType {
		rule = auditRule{"record", strings.ToLower(auditFirst(v.main, v.types))}
	}
	failed := v.get("success") == "no"
	switch {
	case v.main == "USER_LOGIN" && failed, v.main == "USER_AUTH" && failed:
		rule.verb = "failed-" + rule.verb
	case rule.verb == "denied" && (v.verb == "granted" || v.get("apparmor") == "ALLOWED" || v.get("apparmor") == "AUDIT"):
		rule = auditRule{"granted", "access granted"}
	case v.get("apparmor") == "STATUS":
		rule = auditRule{"record", "apparmor " + auditFirst(v.get("operation"), v.get("info"))}
	}
	e.Action = rule.verb
	e.Actor = v.actor()
	e.Object = v.object(rule.verb)
	e.Message = v.message(rule, name, e.Object, failed)
	if rule.verb == "exec" {
		e.Meaning = "started"
	}
}

// object is what the event acted on.
func (v *auditView) object(verb string) string {
	switch verb {
	case "exec":
		if v.main == "USER_CMD" {
			word, _, _ := strings.Cut(v.get("cmdline"), " ")
			return word
		}
		return auditFirst(v.get("path"), v.get("exe"), v.firstArg())
	case "boot", "shutdown", "session-id", "audit-start", "audit-stop":
		return ""
	case "socket":
		return auditFirst(v.get("family"), v.get("exe"))
	case "sockopt":
		return auditFirst(v.get("sockopt"), v.get("exe"))
	case "promiscuous":
		return v.get("dev")
	case "login", "failed-login", "logout":
		return auditFirst(v.get("acct"), v.get("tty"))
	case "account-add", "account-change", "account-delete":
		return auditFirst(v.get("acct"), v.get("grp"), v.accounts[v.get("id")], v.get("id"))
	case "connect", "accept", "bind", "send":
		if ip := v.get("ip"); ip != "" {
			if strings.IndexByte(ip, ':') >= 0 {
				ip = "[" + ip + "]"
			}
			return ip + ":" + v.get("port")
		}
	case "audit-config":
		for _, f := range v.fields {
			if strings.HasPrefix(f.Name, "audit_") {
				return f.Name + "=" + f.Value
			}
		}
		return auditFirst(v.get("key"), v.get("op"))
	}
	return auditFirst(v.get("path"), v.get("acct"), v.get("unit"), v.get("name"), v.get("profile"), v.get("op"), v.get("exe"))
}

func auditFirst(s ...string) string {
	for _, x := range s {
		if x != "" {
			return x
		}
	}
	return ""
}

func (v *auditView) message(rule auditRule, syscall, object string, failed bool) string {
	end := ""
	if failed {
		end = ": failed"
		if n := v.names.Errno(v.get("exit")); n != "" {
			end += " (" + n + ")"
		}
	}
	switch rule.verb {
	case "exec":
		return rule.words + " " + auditFirst(v.get("cmdline"), v.get("proctitle"), object) + end
	case "syscall":
		return rule.words + " " + auditFirst(syscall, "system call") + " by " + auditFirst(v.get("exe"), v.get("comm")) + end
	case "tty-input":
		return rule.words + ": " + v.get("data")
	case "audit-config":
		end = auditBracket(v.get("op")) + auditBracket(v.get("old"), "was ") + end
	case "audit-start", "audit-stop":
		return rule.words + auditBracket(v.get("op")) + end
	}
	s := rule.words
	if rule.verb == "socket" {
		s += " of family"
	}
	if object != "" {
		s += " " + object
	}
	if to := v.get("path_new"); to != "" {
		s += " to " + to
	}
	if exe := v.get("exe"); exe != "" && exe != object {
		s += " by " + exe
	}
	if from := auditFirst(v.get("rhost"), v.get("ip")); from != "" && (v.get("acct") != "" || v.get("op") != "") {
		s += " from " + from
	}
	return s + end
}

func auditBracket(s string, prefix ...string) string {
	if s == "" {
		return ""
	}
	return " (" + strings.Join(prefix, "") + s + ")"
}

// auditUnset says whether a login id or session is not set.
func auditUnset(s string) bool { return s == "" || s == "4294967295" || s == "-1" || s == "unset" }

// actor is the account that logged in (auid), else the account named or the uid.
func (v *auditView) actor() string {
	if id := v.get("auid"); !auditUnset(id) {
		return auditFirst(v.enr("AUID"), v.accounts[id], id)
	}
	switch v.main {
	case "USER_LOGIN", "USER_AUTH", "USER_ACCT", "USER_START", "USER_END", "USER_LOGOUT", "USER_ERR", "CRED_ACQ", "CRED_DISP", "CRED_REFR":
		if id := v.get("id"); id != "" && !auditUnset(id) {
			return auditFirst(v.enr("ID"), v.accounts[id], id)
		}
		if a := v.get("acct"); a != "" {
			return a
		}
	}
	if id := v.get("uid"); !auditUnset(id) {
		return auditFirst(v.enr("UID"), v.accounts[id], id)
	}
	return ""
}

// resolve names the system call and what its numbers mean.
func (v *auditView) resolve() {
	if v.get("syscall") == "" {
		return
	}
	name := auditFirst(v.enr("SYSCALL"), v.names.Syscall(v.get("arch"), v.get("syscall")), v.get("syscall"))
	v.put("syscall", name)
	arg := func(n string) int64 {
		x, err := strconv.ParseInt(v.get(n), 16, 64)
		if err != nil {
			return -1
		}
		return x
	}
	switch name {
	case "socket":
		v.set("family", auditFamily(arg("a0")))
	case "setsockopt":
		v.set("sockopt", auditSockopt(arg("a1"), arg("a2")))
	case "execve", "execveat":
		v.drop("a0", "a1", "a2", "a3")
	}
}

func (v *auditView) drop(names ...string) {
	keep := v.fields[:0]
	for _, f := range v.fields {
		gone := false
		for _, n := range names {
			gone = gone || f.Name == n
		}
		if !gone {
			keep = append(keep, f)
		}
	}
	v.fields = keep
}
