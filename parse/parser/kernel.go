package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// kernel reads messages of the kernel's ring buffer.
func kernel() *decoder {
	r := kernelReader{mustForms(kernelForms), newAuditLines()}
	return &decoder{
		about: parse.Description{
			Name: "kernel", Version: 1,
			Doc:        "messages of the kernel: modules, taint, links set promiscuous, firewall logs, crashes of programs, out of memory, devices, file systems, audit records that no auditd took, or that its plugin handed on (with their own fields); other lines report a subsystem",
			References: []string{"dmesg(1)", "Documentation/admin-guide/tainted-kernels.rst"},
			Sources:    []string{"syslog", "journal", "kernel"},
			Fields: []string{"since_boot", "ip", "dst", "port", "dst_port", "protocol", "link", "out_link", "mac", "ttl", "length", "tcp_flags", "icmp_type", "mark", "comm", "child_pid", "path", "module",
				"modules", "subsystem", "reason", "prefix", "uid", "gid", "version", "command", "driver", "device", "bridge", "bus", "vendor", "product", "serial", "speed", "name", "what", "address",
				"instruction", "sp", "error", "signal", "memory", "score", "seconds", "count", "local_ip", "from", "uuid", "mode", "fs", "sector", "size", "when", "epoch", "value", "apparmor",
				"profile", "operation", "*"},
			Actions: append([]string{"boot", "module-load", "module-verify", "taint", "promiscuous-on", "promiscuous-off", "firewall", "segfault", "oom-kill", "link", "mount", "remount", "io-error",
				"device-add", "device-remove", "audit", "flood", "hang", "report", "bpf", "seccomp", "martian", "time", "sleep", "shutdown", "exec", "warning"}, auditActions()...),
			Sample: "Mar  3 02:14:07 web01 kernel: [ 8812.101010] device eth0 entered promiscuous mode",
		},
		programs: []string{"kernel"},
		decode:   r.message,
	}
}

// kernelReader holds the table of messages and the reader of audit records.
type kernelReader struct {
	forms *forms
	audit *auditLines
}

func (r kernelReader) message(m *msg) bool {
	s := m.text
	for strings.HasPrefix(s, "[") { // time, then caller where CONFIG_PRINTK_CALLER is set
		e := strings.IndexByte(s, ']')
		if e < 0 {
			break
		}
		if word := strings.TrimLeft(s[1:e], " "); sinceBoot(word) {
			m.b.Field("since_boot", word)
		} else if len(word) < 2 || word[0] != 'T' && word[0] != 'C' || !number(word[1:]) {
			break
		}
		s = strings.TrimLeft(s[e+1:], " ")
	}
	return kernelFirewall(m, s) || r.audit.decode(m, s) || r.forms.read(m, s) || kernelDenied(m, s) || kernelReport(m, s)
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
	var flags []string
	for word := range strings.FieldsSeq(s[i:]) {
		k, v, ok := strings.Cut(word, "=")
		if !ok && tcpFlag(word) {
			flags = append(flags, word)
		}
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
		case "UID", "GID", "TTL", "MARK":
			m.b.Field(strings.ToLower(k), v)
		case "LEN":
			if m.b.Get("length") == "" {
				m.b.Field("length", v)
			}
		case "TYPE":
			m.b.Field("icmp_type", v)
		}
	}
	m.b.Field("tcp_flags", strings.Join(flags, ","))
	return m.act("firewall", "", dst)
}

func tcpFlag(s string) bool {
	switch s {
	case "SYN", "ACK", "FIN", "RST", "PSH", "URG", "ECE", "CWR":
		return true
	}
	return false
}

// kernelDenied reads refusals by AppArmor and SELinux without a record's head.
func kernelDenied(m *msg, s string) bool {
	if !holds(s, "apparmor=\"", "avc:  denied") {
		return false
	}
	m.b.Field("apparmor", quotedAfter(s, "apparmor="))
	m.b.Field("profile", quotedAfter(s, "profile="))
	m.b.Field("operation", quotedAfter(s, "operation="))
	name := quotedAfter(s, "name=")
	m.b.Field("path", name)
	m.b.Field("comm", quotedAfter(s, "comm="))
	if strings.Contains(s, "apparmor=\"STATUS\"") {
		return m.act("audit", "", name)
	}
	return m.act("denied", "", name)
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
