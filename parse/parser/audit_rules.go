package parser

import "strings"

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
