package parser

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

func auditFixture(t testing.TB) []byte {
	t.Helper()
	return auditFile(t, "audit.log")
}

func auditFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/audit", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAuditContract(t *testing.T) {
	for name, events := range map[string]int{"audit.log": 20, "kernel-raw.log": 44, "kernel-enriched.log": 44} {
		t.Run(name, func(t *testing.T) {
			src := parsetest.Source{Files: []parsetest.File{{Path: "/var/log/audit/audit.log", Data: auditFile(t, name)}}}
			contract(t, parsetest.Case{Parser: "audit", Source: src, Events: events})
		})
	}
}

// TestAuditKernel: what a real kernel and auditd wrote, raw and enriched.
func TestAuditKernel(t *testing.T) {
	f := &parse.Facts{Accounts: []parse.Account{{UID: 0, Name: "root"}, {UID: 33, Name: "www-data"}, {UID: 1000, Name: "deploy"}}}
	var tell [2][]string
	for i, name := range []string{"kernel-raw.log", "kernel-enriched.log"} {
		facts := f
		if i == 1 {
			facts = nil // the host resolved the names
		}
		s := binParse(t, newAudit(), facts, "/x.bin", auditFile(t, name))
		if len(s.events) != 44 || len(s.warnings) != 0 || len(s.counters) != 1 || s.counters[0].First != 2 || s.counters[0].Last != 43 {
			t.Errorf("%s: %d events, warnings %+v, counters %+v", name, len(s.events), s.warnings, s.counters)
		}
		for _, e := range s.events {
			if strings.HasPrefix(e.Object, "audit_pid=") {
				continue // differs from run to run
			}
			tell[i] = append(tell[i], strings.Join([]string{e.Action, e.Actor, e.Object, e.Message[:min(len(e.Message), 80)]}, "|"))
		}
	}
	if d := cmp.Diff(tell[0], tell[1]); d != "" {
		t.Errorf("raw and enriched differ:\n%s", d)
	}
	want := []string{
		"exec|root|/bin/act|executed /bin/act hello two words 한글 tab\tand \"quote\" ",
		"open|root|/etc/shadow|opened /etc/shadow by /bin/act",
		"rename|root|/tmp/some file|renamed /tmp/some file to /tmp/other by /bin/act",
		"delete|root|/tmp/other|deleted /tmp/other by /bin/act",
		"connect|root|127.0.0.1:9|connected to 127.0.0.1:9 by /bin/act: failed (ENETUNREACH)",
		"connect|root|/run/no.sock|connected to /run/no.sock by /bin/act: failed (ENOENT)",
		"socket|root|packet|opened a socket of family packet by /bin/act",
		"sockopt|root|SO_ATTACH_FILTER|set a socket option SO_ATTACH_FILTER by /bin/act",
		"exec|deploy|/bin/act|executed /bin/act hello as deploy",
		"audit-config|root|audit_enabled=0|audit configuration changed audit_enabled=0 by /sbin/auditctl (set) (was 1)",
	}
	for _, w := range want {
		if !slices.ContainsFunc(tell[0], func(s string) bool { return strings.HasPrefix(w, s) }) {
			t.Errorf("missing: %s", w)
		}
	}
}

func TestAuditEvents(t *testing.T) {
	f := &parse.Facts{Accounts: []parse.Account{{UID: 0, Name: "root"}, {UID: 33, Name: "www-data"}, {UID: 1000, Name: "deploy"}}}
	s := binParse(t, newAudit(), f, "/x.bin", auditFixture(t))
	var got []string
	for _, e := range s.events {
		got = append(got, strings.Join([]string{e.Action, e.Actor, e.Object, e.Message}, "|"))
	}
	want := []string{
		"audit-start|root||auditd started (start)",
		"audit-config||audit_backlog_limit=8192|audit configuration changed audit_backlog_limit=8192 (set) (was 64)",
		"boot|root||system boot by /usr/lib/systemd/systemd-update-utmp",
		"service-start|root|ssh|service started ssh by /usr/lib/systemd/systemd",
		"failed-auth|deploy|deploy|authentication deploy by /usr/sbin/sshd from 203.0.113.9: failed",
		"auth|deploy|deploy|authentication deploy by /usr/sbin/sshd from 203.0.113.9",
		"session-id|deploy||login id set",
		"login|deploy|/dev/pts/0|login /dev/pts/0 by /usr/sbin/sshd from 203.0.113.9",
		"exec|deploy|ls|command ls -la /dev/shm",
		"exec|deploy|/usr/bin/ls|executed ls -la /dev/shm",
		"open|www-data|/etc/shadow|opened /etc/shadow by /usr/sbin/php-fpm8.2: failed (EACCES)",
		"connect|deploy|198.51.100.23:8080|connected to 198.51.100.23:8080 by /usr/bin/nc.openbsd",
		"socket|root|packet|opened a socket of family packet by /dev/shm/agetty",
		"sockopt|root|SO_ATTACH_FILTER|set a socket option SO_ATTACH_FILTER by /dev/shm/agetty",
		"delete|deploy|/dev/shm/agetty|deleted /dev/shm/agetty by /usr/bin/rm",
		"audit-config|deploy|audit_enabled=0|audit configuration changed audit_enabled=0 (set) (was 1)",
		"exec||sh|executed sh -c --all é 1 ",
		"failed-login|(invalid user)|(invalid user)|login (invalid user) by /usr/sbin/sshd from 198.51.100.23: failed",
		"session-end|1001|admin|session closed admin by /usr/sbin/sshd from 192.0.2.7",
		"audit-stop|deploy||auditd stopped (terminate)",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestAuditFields(t *testing.T) {
	s := binParse(t, newAudit(), nil, "/x.bin", auditFixture(t))
	tests := []struct {
		serial string
		want   map[string]string
	}{
		{"1206", map[string]string{"cmdline": "ls -la /dev/shm", "cwd": "/home/deploy", "path": "/usr/bin/ls", "key": "exec", "auid": "1000", "uid": "0",
			"types": "SYSCALL,EXECVE,CWD,PATH,PATH,PROCTITLE", "proctitle": "ls -la /dev/shm", "success": "yes", "a0": ""}},
		{"1207", map[string]string{"path": "/etc/shadow", "key": "access,files", "exit": "-13", "success": "no", "syscall": "openat"}},
		{"1208", map[string]string{"ip": "198.51.100.23", "port": "8080", "family": "inet"}},
		{"1209", map[string]string{"family": "packet", "exe": "/dev/shm/agetty"}},
		{"1210", map[string]string{"sockopt": "SO_ATTACH_FILTER"}},
		{"1205", map[string]string{"cmdline": "ls -la /dev/shm", "cwd": "/home/deploy", "tty": "pts/0"}},
		{"1216", map[string]string{"audit_enabled": "0", "old": "1", "op": "set", "success": "yes"}},
		{"17", map[string]string{"node": "web02"}},
	}
	for _, tt := range tests {
		found := false
		for _, e := range s.events {
			if n, _ := e.Get("serial"); n != tt.serial {
				continue
			}
			found = true
			for k, v := range tt.want {
				if got, _ := e.Get(k); got != v {
					t.Errorf("serial %s: %s is %q, want %q", tt.serial, k, got, v)
				}
			}
		}
		if !found {
			t.Errorf("serial %s is lost", tt.serial)
		}
	}
}

// TestAuditOthers: forms that other kernels and systems write.
func TestAuditOthers(t *testing.T) {
	tests := []struct{ body, want string }{
		{`type=AVC msg=audit(1.5:1): apparmor="DENIED" operation="open" profile="/usr/sbin/x" name="/etc/shadow" pid=7 comm="x" fsuid=0 ouid=0`,
			"denied||/etc/shadow|"},
		{`type=AVC msg=audit(1.5:1): apparmor="STATUS" operation="profile_load" profile="unconfined" name="/usr/sbin/x" pid=7`, "record||/usr/sbin/x|"},
		{`type=AVC msg=audit(1.5:1): avc:  granted  { read } for  pid=7 comm="x" path="/a b" dev=hda7 ino=1`, "granted||/a b|"},
		{`type=SECCOMP msg=audit(1.5:1): auid=1000 uid=1000 gid=1000 ses=2 pid=9 comm="x" exe="/x" sig=0 arch=c000003e syscall=257 compat=0 ip=0x7f code=0x50000`,
			"seccomp|1000|/x|"},
		{`type=CRYPTO_SESSION msg=audit(1.5:1): user pid=9 uid=0 auid=4294967295 msg='op=start direction=from-client laddr=192.0.2.1 lport=22 id=4294967295 exe="/usr/sbin/sshd" (hostname=?, addr=198.51.100.7, terminal=? res=success)'`,
			"crypto|0|start|198.51.100.7"},
		{`type=USER_TTY msg=audit(1.5:1): pid=9 uid=0 auid=1000 ses=2 data=6C730D`, "tty-input|1000||"},
		{`type=1112 msg=audit(1.5:1): user pid=9 uid=0 auid=4294967295 msg='uid=0: exe="/usr/sbin/sshd" (hostname=a.example.org, addr=192.0.2.9, terminal=ssh res=failed)'`,
			"failed-login|0|ssh|192.0.2.9"},
		{`type=USER_AUTH msg=audit(1.5:1): user pid=9 uid=0 auid=4294967295 msg='PAM: authentication acct="root" : exe="/usr/sbin/sshd" (hostname=192.0.2.9, addr=192.0.2.9, terminal=ssh res=success)'`,
			"auth|root|root|192.0.2.9"},
		{`type=ANOM_ABEND msg=audit(1.5:1): auid=0 uid=0 gid=0 ses=1 pid=9 comm="x" exe="/x" sig=11 res=1`, "crash|0|/x|"},
	}
	for _, tt := range tests {
		s := binParse(t, newAudit(), nil, "/x.bin", []byte(tt.body+"\n"))
		if len(s.events) != 1 {
			t.Errorf("%d events of %s", len(s.events), tt.body)
			continue
		}
		e := s.events[0]
		ip, _ := e.Get("ip")
		if e.Action == "seccomp" {
			if call, _ := e.Get("syscall"); call != "openat" {
				t.Errorf("seccomp: syscall %q", call)
			}
			ip = ""
		}
		if got := strings.Join([]string{e.Action, e.Actor, e.Object, ip}, "|"); got != tt.want {
			t.Errorf("%s:\n%s, want %s", tt.body, got, tt.want)
		}
	}
}

// TestAuditInterleaved: the spans of an event are exactly its lines.
func TestAuditInterleaved(t *testing.T) {
	data := auditFixture(t)
	for _, e := range binParse(t, newAudit(), nil, "/x.bin", data).events {
		serial, _ := e.Get("serial")
		spans := e.Origin.Spans
		if spans == nil {
			spans = []event.Span{{Offset: e.Origin.Offset, Length: e.Origin.Length}}
		}
		for _, sp := range spans {
			for _, line := range bytes.Split(data[sp.Offset:sp.Offset+sp.Length], []byte("\n")) {
				if !bytes.Contains(line, []byte(":"+serial+"):")) {
					t.Errorf("serial %s: span holds %q", serial, line)
				}
			}
		}
	}
}

func TestAuditCounters(t *testing.T) {
	s := binParse(t, newAudit(), nil, "/x.bin", auditFixture(t))
	var got [][3]any
	for _, c := range s.counters {
		got = append(got, [3]any{c.Scope, c.First, c.Last})
	}
	want := [][3]any{{"", uint64(2), uint64(4)}, {"", uint64(1201), uint64(1210)}, {"", uint64(1215), uint64(1218)}, {"web02", uint64(17), uint64(17)}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestAuditSerialRestart(t *testing.T) {
	line := func(at, serial string) string {
		return "type=USER_ACCT msg=audit(" + at + ":" + serial + "): pid=1 uid=0 auid=0 ses=1 msg='op=a acct=\"x\" res=success'\n"
	}
	s := binParse(t, newAudit(), nil, "/x.bin", []byte(line("1709432000.000", "500")+line("1709432000.100", "502")+line("1709432000.050", "501")+
		line("1709433000.000", "1")+line("1709433001.000", "2")))
	var got [][2]uint64
	for _, c := range s.counters {
		got = append(got, [2]uint64{c.First, c.Last})
	}
	if d := cmp.Diff([][2]uint64{{500, 502}, {1, 2}}, got); d != "" {
		t.Error(d)
	}
}

// TestAuditBad: every line is an event or a warning.
func TestAuditBad(t *testing.T) {
	good := "type=USER_ACCT msg=audit(1709432000.000:5): pid=1 uid=0 msg='op=a acct=\"x\" res=success'"
	tests := []struct {
		name, data string
		events     int
		code       string
	}{
		{"nul run", "\x00\x00\x00\x00" + good + "\n", 1, "nul"},
		{"cut", good + "\n" + good[:40], 1, "bad-record"},
		{"huge line", good + "\n" + strings.Repeat("x", 3<<20) + "\n" + good + "\n", 1, "too-long"},
		{"no newline", good, 1, "cut"},
		{"crlf", good + "\r\n\r\n", 1, ""},
		{"huge serial", strings.Replace(good, ":5)", ":99999999999999999999999)", 1), 0, "bad-record"},
		{"year 4200", strings.Replace(good, "1709432000", "70000000000", 1), 0, "bad-record"},
		{"clock set back", good + "\n" + strings.Replace(good, "1709432000.000:5", "1709428400.000:6", 1) + "\n", 2, "time-backwards"},
		{"lost", "type=SYSCALL msg=audit(1709432000.000:5): arch=c000003e syscall=2 success=yes exit=3 items=1 pid=1\n", 1, "incomplete"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := binParse(t, newAudit(), nil, "/x.bin", []byte(tt.data))
			if len(s.events) != tt.events || (tt.code != "" && s.codes()[tt.code] != 1) || (tt.code == "" && len(s.warnings) > 0) {
				t.Errorf("%d events, want %d; warnings %+v", len(s.events), tt.events, s.warnings)
			}
		})
	}
}

// TestAuditLongArguments: arguments in thousands of parts, a command line of
// megabytes: joined, cut and told.
func TestAuditLongArguments(t *testing.T) {
	var b strings.Builder
	head := "type=EXECVE msg=audit(1709432000.000:5): "
	b.WriteString("type=SYSCALL msg=audit(1709432000.000:5): arch=c000003e syscall=59 success=yes exit=0 items=0 pid=1 exe=\"/bin/sh\"\n")
	b.WriteString(head + "argc=3 a0=\"sh\" a1=\"-c\" a2_len=400000")
	for i := range 4000 {
		if i%100 == 0 {
			b.WriteString("\n" + head)
		}
		fmt.Fprintf(&b, " a2[%d]=\"%s\"", i, strings.Repeat("x", 100))
	}
	b.WriteString("\n")
	s := binParse(t, newAudit(), nil, "/x.bin", []byte(b.String()))
	line, _ := s.events[0].Get("cmdline")
	cut, _ := s.events[0].Get("cut")
	if len(s.events) != 1 || len(line) != 64<<10 || !strings.HasPrefix(line, "sh -c xxxx") || strings.Contains(line[6:], " ") || cut != "cmdline 400006" || len(s.warnings) > 0 {
		t.Errorf("%d events, command line of %d bytes, cut %q, warnings %+v", len(s.events), len(line), cut, s.warnings)
	}
}

// TestAuditOracle compares the number of events with ausearch.
func TestAuditOracle(t *testing.T) {
	tool, err := exec.LookPath("ausearch")
	if err != nil {
		t.Skip("ausearch is not installed")
	}
	// ausearch leaves out AppArmor's STATUS records, which have no syscall.
	auditCompare(t, tool, "audit.log")
	auditCompare(t, tool, "kernel-raw.log", "4", "5")
	auditCompare(t, tool, "kernel-enriched.log", "4", "5")
}

func auditCompare(t *testing.T, tool, name string, left ...string) {
	t.Helper()
	out, err := exec.Command(tool, "-if", filepath.Join("testdata/audit", name), "--format", "raw").Output()
	if err != nil {
		t.Skipf("ausearch: %v", err)
	}
	want := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if _, rest, ok := strings.Cut(line, "msg=audit("); ok {
			stamp, _, _ := strings.Cut(rest, ")")
			want[stamp[strings.IndexByte(stamp, ':')+1:]] = true
		}
	}
	for _, n := range left {
		want[n] = true
	}
	got := map[string]bool{}
	for _, e := range binParse(t, newAudit(), nil, "/x.bin", auditFile(t, name)).events {
		n, _ := e.Get("serial")
		got[n] = true
	}
	if d := cmp.Diff(want, got); d != "" || len(want) == 0 {
		t.Errorf("ausearch and we see different serials:\n%s", d)
	}
}

// TestAuditPathItems: the path of an event is that of its first item, in
// whatever order the records stand; an interpreter is not the program.
func TestAuditPathItems(t *testing.T) {
	const head = `type=%s msg=audit(1709431447.123:7): `
	program := fmt.Sprintf(head, "PATH") + `item=0 name="/usr/bin/id" inode=1 dev=08:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL` + "\n"
	loader := fmt.Sprintf(head, "PATH") + `item=1 name="/lib64/ld-linux-x86-64.so.2" inode=2 dev=08:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL` + "\n"
	arguments := fmt.Sprintf(head, "EXECVE") + `argc=2 a0="id" a1="-u"` + "\n"
	call := fmt.Sprintf(head, "SYSCALL") + `arch=c000003e syscall=59 success=yes exit=0 items=2 ppid=1 pid=9 auid=1000 uid=0 comm="id" exe="/usr/bin/id"` + "\n"
	for name, tt := range map[string]struct{ text, object, path string }{
		"in order":     {call + arguments + program + loader, "/usr/bin/id", "/usr/bin/id"},
		"turned":       {loader + program + arguments + call, "/usr/bin/id", "/usr/bin/id"},
		"program lost": {call + arguments + loader, "/usr/bin/id", ""},
		"call lost":    {arguments + loader, "id", ""},
	} {
		s := binParse(t, newAudit(), nil, "/x.bin", []byte(tt.text))
		if len(s.events) != 1 {
			t.Fatalf("%s: %d events", name, len(s.events))
		}
		e := s.events[0]
		if got, _ := e.Get("path"); e.Object != tt.object || got != tt.path {
			t.Errorf("%s: object %q, path %q", name, e.Object, got)
		}
	}
}
