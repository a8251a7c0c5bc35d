package parser

import (
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// auditRule maps a record type or system call to a verb and the words of its message.
type auditRule struct {
	verb, words string
}

// auditActions lists every verb the parser may give.
func auditActions() []string {
	return []string{"accept", "account-add", "account-change", "account-delete", "account-check", "anomaly", "attribute", "audit-config", "audit-start",
		"audit-stop", "audit-daemon", "auth", "bind", "boot", "bpf", "clock-set", "connect", "crash", "create", "credential", "crypto", "delete", "denied",
		"exec", "failed-auth", "failed-login", "firewall", "granted", "identity", "integrity", "kernel", "kill", "link", "listen", "login", "logout",
		"memfd", "mkdir", "module-load", "module-unload", "mount", "namespace", "open", "owner", "password", "permission", "process", "promiscuous", "ptrace",
		"record", "rename", "role", "runlevel", "seccomp", "send", "service-start", "service-stop", "session-end", "session-start",
		"session-id", "shutdown", "socket", "sockopt", "syscall", "truncate", "tty-input", "umount", "virt"}
}

// auditSyscallRule maps system calls.
func auditSyscallRule(name string) auditRule {
	switch name {
	case "execve", "execveat":
		return auditRule{"exec", "executed"}
	case "open", "openat", "openat2", "open_by_handle_at", "name_to_handle_at":
		return auditRule{"open", "opened"}
	case "creat", "mknod", "mknodat":
		return auditRule{"create", "created"}
	case "unlink", "unlinkat", "rmdir":
		return auditRule{"delete", "deleted"}
	case "rename", "renameat", "renameat2":
		return auditRule{"rename", "renamed"}
	case "mkdir", "mkdirat":
		return auditRule{"mkdir", "made directory"}
	case "link", "linkat", "symlink", "symlinkat":
		return auditRule{"link", "linked"}
	case "truncate", "ftruncate":
		return auditRule{"truncate", "truncated"}
	case "chmod", "fchmod", "fchmodat", "fchmodat2":
		return auditRule{"permission", "changed permissions of"}
	case "chown", "fchown", "lchown", "fchownat", "chown32", "fchown32", "lchown32":
		return auditRule{"owner", "changed owner of"}
	case "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr", "utimensat", "utimes", "utime", "futimesat":
		return auditRule{"attribute", "changed attributes of"}
	case "connect":
		return auditRule{"connect", "connected to"}
	case "accept", "accept4":
		return auditRule{"accept", "accepted connection from"}
	case "bind":
		return auditRule{"bind", "bound to"}
	case "listen":
		return auditRule{"listen", "listened"}
	case "sendto", "sendmsg", "sendmmsg":
		return auditRule{"send", "sent to"}
	case "socket", "socketpair":
		return auditRule{"socket", "opened a socket"}
	case "setsockopt":
		return auditRule{"sockopt", "set a socket option"}
	}
	return auditSyscallRule2(name)
}

func auditSyscallRule2(name string) auditRule {
	switch name {
	case "ptrace", "process_vm_readv", "process_vm_writev":
		return auditRule{"ptrace", "traced or read another process"}
	case "kill", "tkill", "tgkill", "pidfd_send_signal":
		return auditRule{"kill", "sent a signal"}
	case "init_module", "finit_module":
		return auditRule{"module-load", "loaded a kernel module"}
	case "delete_module":
		return auditRule{"module-unload", "unloaded a kernel module"}
	case "bpf":
		return auditRule{"bpf", "used bpf"}
	case "memfd_create":
		return auditRule{"memfd", "made a memory file"}
	case "mount", "move_mount", "fsmount":
		return auditRule{"mount", "mounted"}
	case "umount2", "umount":
		return auditRule{"umount", "unmounted"}
	case "settimeofday", "clock_settime", "clock_settime64", "adjtimex", "clock_adjtime", "clock_adjtime64", "stime":
		return auditRule{"clock-set", "set the clock"}
	case "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid", "capset",
		"setuid32", "setgid32", "setreuid32", "setregid32", "setresuid32", "setresgid32":
		return auditRule{"identity", "changed its identity"}
	case "clone", "clone3", "fork", "vfork", "exit", "exit_group":
		return auditRule{"process", "process call"}
	case "unshare", "setns", "chroot", "pivot_root":
		return auditRule{"namespace", "changed its view of the system"}
	}
	return auditRule{"syscall", "called"}
}

// auditTypeRule maps record types other than SYSCALL.
func auditTypeRule(t string) (r auditRule, ok bool) {
	switch t {
	case "USER_LOGIN":
		return auditRule{"login", "login"}, true
	case "USER_AUTH":
		return auditRule{"auth", "authentication"}, true
	case "USER_ERR":
		return auditRule{"failed-auth", "authentication error"}, true
	case "USER_ACCT", "USER_AVC", "USER_SELINUX_ERR":
		return auditRule{"account-check", "account check"}, true
	case "USER_LOGOUT":
		return auditRule{"logout", "logout"}, true
	case "USER_START":
		return auditRule{"session-start", "session opened"}, true
	case "USER_END":
		return auditRule{"session-end", "session closed"}, true
	case "LOGIN":
		return auditRule{"session-id", "login id set"}, true
	case "USER_CMD":
		return auditRule{"exec", "command"}, true
	case "USER_TTY", "TTY":
		return auditRule{"tty-input", "terminal input"}, true
	case "CRED_ACQ", "CRED_DISP", "CRED_REFR":
		return auditRule{"credential", "credentials"}, true
	case "USER_CHAUTHTOK", "ACCT_LOCK", "ACCT_UNLOCK":
		return auditRule{"password", "password or lock changed"}, true
	case "ADD_USER", "ADD_GROUP":
		return auditRule{"account-add", "account or group added"}, true
	case "DEL_USER", "DEL_GROUP":
		return auditRule{"account-delete", "account or group deleted"}, true
	case "USER_MGMT", "GRP_MGMT", "GRP_CHAUTHTOK", "CHUSER_ID", "CHGRP_ID":
		return auditRule{"account-change", "account or group changed"}, true
	case "ROLE_ASSIGN", "ROLE_REMOVE", "ROLE_MODIFY", "USER_ROLE_CHANGE":
		return auditRule{"role", "role changed"}, true
	case "SERVICE_START":
		return auditRule{"service-start", "service started"}, true
	case "SERVICE_STOP":
		return auditRule{"service-stop", "service stopped"}, true
	case "SYSTEM_BOOT":
		return auditRule{"boot", "system boot"}, true
	case "SYSTEM_SHUTDOWN":
		return auditRule{"shutdown", "system shutdown"}, true
	case "SYSTEM_RUNLEVEL":
		return auditRule{"runlevel", "run level changed"}, true
	}
	return auditTypeRule2(t)
}

func auditTypeRule2(t string) (auditRule, bool) {
	switch t {
	case "DAEMON_START":
		return auditRule{"audit-start", "auditd started"}, true
	case "DAEMON_END", "DAEMON_ABORT":
		return auditRule{"audit-stop", "auditd stopped"}, true
	case "CONFIG_CHANGE", "FEATURE_CHANGE", "DAEMON_CONFIG", "DAEMON_RECONFIG":
		return auditRule{"audit-config", "audit configuration changed"}, true
	case "AVC", "SELINUX_ERR", "USER_MAC_POLICY_LOAD":
		return auditRule{"denied", "access denied"}, true
	case "SECCOMP":
		return auditRule{"seccomp", "seccomp"}, true
	case "ANOM_ABEND":
		return auditRule{"crash", "process ended by a signal"}, true
	case "ANOM_PROMISCUOUS":
		return auditRule{"promiscuous", "promiscuous mode changed"}, true
	case "NETFILTER_CFG":
		return auditRule{"firewall", "netfilter configuration changed"}, true
	case "BPF":
		return auditRule{"bpf", "eBPF program"}, true
	case "KERN_MODULE":
		return auditRule{"module-load", "loaded a kernel module"}, true
	case "TIME_INJOFFSET", "TIME_ADJNTPVAL":
		return auditRule{"clock-set", "clock adjusted"}, true
	case "KERNEL":
		return auditRule{"kernel", "audit system initialised"}, true
	}
	switch {
	case strings.HasPrefix(t, "DAEMON_"):
		return auditRule{"audit-daemon", "auditd"}, true
	case strings.HasPrefix(t, "ANOM_"):
		return auditRule{"anomaly", "anomaly"}, true
	case strings.HasPrefix(t, "CRYPTO_"):
		return auditRule{"crypto", "key exchange or session"}, true
	case strings.HasPrefix(t, "INTEGRITY_"):
		return auditRule{"integrity", "integrity measurement"}, true
	case strings.HasPrefix(t, "VIRT_"):
		return auditRule{"virt", "virtual machine"}, true
	case t == "APPARMOR_DENIED":
		return auditRule{"denied", "access denied"}, true
	}
	return auditRule{}, false
}

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
		rule = auditRule{"record", "apparmor " + v.get("operation")}
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
	if object != "" {
		s += " " + object
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
