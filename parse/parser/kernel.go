package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// kernel reads messages of the kernel's ring buffer.
func kernel() *decoder {
	return &decoder{
		about: parse.Description{
			Name: "kernel", Version: 1,
			Doc:        "messages of the kernel: modules, taint, links set promiscuous, firewall logs, crashes of programs, out of memory, devices, file systems; other lines report a subsystem",
			References: []string{"dmesg(1)", "Documentation/admin-guide/tainted-kernels.rst"},
			Sources:    []string{"syslog", "journal", "kernel"},
			Fields: []string{"since_boot", "ip", "dst", "port", "dst_port", "protocol", "link", "out_link", "mac", "comm", "child_pid", "path", "module", "subsystem", "reason", "prefix", "uid",
				"apparmor", "profile", "operation", "version"},
			Actions: []string{"boot", "module-load", "module-verify", "taint", "promiscuous-on", "promiscuous-off", "firewall", "segfault", "oom-kill", "link", "mount", "remount", "io-error",
				"device-add", "device-remove", "deny", "audit", "flood", "hang", "report", "bpf", "seccomp"},
			Sample: "Mar  3 02:14:07 web01 kernel: [ 8812.101010] device eth0 entered promiscuous mode",
		},
		programs: []string{"kernel"},
		decode:   kernelMessage,
	}
}

func kernelMessage(m *msg) bool {
	s := m.text
	if strings.HasPrefix(s, "[") {
		if e := strings.IndexByte(s, ']'); e > 0 && sinceBoot(s[1:e]) {
			m.b.Field("since_boot", strings.TrimLeft(s[1:e], " "))
			s = strings.TrimLeft(s[e+1:], " ")
		}
	}
	return kernelFirewall(m, s) || kernelModule(m, s) || kernelCrash(m, s) || kernelDevice(m, s) || kernelReport(m, s)
}

// sinceBoot says whether s is made like "  997.390602".
func sinceBoot(s string) bool {
	a, b, ok := strings.Cut(strings.TrimLeft(s, " "), ".")
	return ok && number(a) && number(b)
}

// kernelFirewall reads the LOG target of netfilter.
func kernelFirewall(m *msg, s string) bool {
	i := strings.Index(s, "IN=")
	if i < 0 || !strings.Contains(s[i:], " OUT=") || !strings.Contains(s[i:], " SRC=") || !strings.Contains(s[i:], " PROTO=") && !strings.Contains(s[i:], " LEN=") {
		return false
	}
	m.b.Field("prefix", strings.TrimRight(s[:i], " :"))
	dst := ""
	for word := range strings.FieldsSeq(s[i:]) {
		k, v, ok := strings.Cut(word, "=")
		if !ok || v == "" {
			continue
		}
		switch k {
		case "IN":
			m.b.Field("link", v)
		case "OUT":
			m.b.Field("out_link", v)
		case "MAC":
			m.b.Field("mac", v)
		case "SRC":
			m.b.Field("ip", v)
		case "DST":
			m.b.Field("dst", v)
			dst = v
		case "PROTO":
			m.b.Field("protocol", strings.ToLower(v))
		case "SPT":
			m.b.Field("port", v)
		case "DPT":
			m.b.Field("dst_port", v)
		case "UID":
			m.b.Field("uid", v)
		}
	}
	return m.act("firewall", "", dst)
}

func kernelModule(m *msg, s string) bool {
	name, what, ok := strings.Cut(s, ": ")
	switch {
	case strings.HasPrefix(s, "Linux version "):
		w, _ := token(s[len("Linux version "):])
		m.b.Field("version", w)
		return m.act("boot", "", w)
	case strings.HasPrefix(s, "Command line: "):
		m.b.Field("reason", what)
		return m.act("boot", "", what)
	case ok && strings.Contains(what, "module verification failed"):
		m.b.Field("module", name)
		return m.act("module-verify", "", name)
	case ok && strings.Contains(what, "taints kernel"), ok && strings.Contains(what, "tainting kernel"):
		m.b.Field("module", name)
		m.b.Field("reason", what)
		return m.act("taint", "", name)
	case ok && (strings.Contains(what, "loading out-of-tree module") || begins(what, "module loaded", "loading")):
		m.b.Field("module", name)
		return m.act("module-load", "", name)
	case strings.Contains(s, "bpf_probe_write_user"), strings.HasPrefix(s, "BPF:"), strings.Contains(s, "is installing a program with bpf_"):
		m.b.Field("comm", quotedAfter(s, ""))
		return m.act("bpf", "", "")
	}
	return false
}

func kernelCrash(m *msg, s string) bool {
	switch {
	case strings.Contains(s, "segfault at "), strings.HasPrefix(s, "traps: "), holds(s, "general protection", "trap invalid opcode", "trap divide error"):
		w := strings.TrimPrefix(s, "traps: ")
		comm, r, ok := strings.Cut(w, "[")
		if ok && !strings.ContainsAny(comm, ":(") {
			pid, _, _ := strings.Cut(r, "]")
			m.b.Field("comm", comm)
			m.b.Field("child_pid", pid)
		}
		if i := strings.LastIndex(s, " in "); i > 0 {
			p, _, _ := strings.Cut(s[i+4:], "[")
			m.b.Field("path", p)
		}
		return m.act("segfault", "", comm)
	case begins(s, "Out of memory", "Memory cgroup out of memory", "oom-kill:", "oom_reaper:", "Killed process "),
		strings.Contains(s, "invoked oom-killer"):
		pid := quotedAfter(s, "rocess ")
		if number(pid) {
			m.b.Field("child_pid", pid)
		}
		comm := quotedAfter(s, "(")
		m.b.Field("comm", comm)
		return m.act("oom-kill", "", comm)
	case holds(s, "blocked for more than", "soft lockup", "stall"), begins(s, "Call Trace", "BUG:", "Kernel panic", "Oops", "WARNING: CPU"):
		m.b.Field("reason", s)
		return m.act("hang", "", "")
	case holds(s, "apparmor=\"", "avc:  denied"):
		m.b.Field("apparmor", quotedAfter(s, "apparmor="))
		m.b.Field("profile", quotedAfter(s, "profile="))
		m.b.Field("operation", quotedAfter(s, "operation="))
		name := quotedAfter(s, "name=")
		m.b.Field("path", name)
		m.b.Field("comm", quotedAfter(s, "comm="))
		if strings.Contains(s, "apparmor=\"STATUS\"") {
			return m.act("audit", "", name)
		}
		return m.act("deny", "", name)
	case begins(s, "audit:", "audit_", "kauditd", "type="):
		m.b.Field("reason", s)
		return m.act("audit", "", "")
	case holds(s, "SYN flooding", "table full, dropping packet", "net_ratelimit"):
		return m.act("flood", "", "")
	}
	return false
}

func kernelDevice(m *msg, s string) bool {
	if r, ok := after(s, "device "); ok && strings.Contains(r, " promiscuous mode") {
		return kernelPromiscuous(m, strings.Contains(r, "entered"), quotedAfter(s, "device "))
	}
	name, what, ok := strings.Cut(s, ": ")
	if i := strings.LastIndexByte(name, ' '); i >= 0 {
		name = name[i+1:]
	}
	switch {
	case ok && (begins(what, "entered promiscuous mode", "left promiscuous mode")):
		return kernelPromiscuous(m, what[0] == 'e', name)
	case ok && (begins(what, "link ", "Link ") || holds(what, "NIC Link is", "renamed from", "link becomes ready")):
		m.b.Field("link", name)
		return m.act("link", "", name)
	case holds(s, "re-mounted", "remounting filesystem"):
		return m.act("remount", "", quotedAfter(s, "("))
	case holds(s, "mounted filesystem", "Mounting V", "Ending clean mount", "nmounting"):
		return m.act("mount", "", quotedAfter(s, "("))
	case holds(s, "I/O error", "EXT4-fs error", "rejecting I/O", "corruption"):
		m.b.Field("reason", s)
		return m.act("io-error", "", "")
	case strings.HasPrefix(s, "usb ") && strings.Contains(what, "disconnect"), strings.Contains(s, "Attached SCSI") && strings.Contains(s, "removed"):
		return m.act("device-remove", "", name)
	case strings.HasPrefix(s, "usb ") || holds(what, "Attached SCSI", "New USB device"):
		return m.act("device-add", "", name)
	}
	return false
}

func kernelPromiscuous(m *msg, on bool, link string) bool {
	m.b.Field("link", link)
	if on {
		return m.act("promiscuous-on", "", link)
	}
	return m.act("promiscuous-off", "", link)
}

// kernelReport takes any other line: what stands before the first colon names
// the part of the kernel that speaks.
func kernelReport(m *msg, s string) bool {
	name, _, ok := strings.Cut(s, ": ")
	if !ok || len(name) > 48 {
		name = ""
	}
	m.b.Field("subsystem", name)
	return m.act("report", "", name)
}
