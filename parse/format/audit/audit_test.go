package audit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := []struct{ line, want string }{
		{`type=SYSCALL msg=audit(1709432047.123:485): arch=c000003e syscall=59`, "SYSCALL 1709432047.123:485 [] [arch=c000003e syscall=59] []"},
		{"node=web02 type=USER_END msg=audit(1.0:0): pid=1\x1dUID=\"root\"", "USER_END 1.0:0 [web02] [pid=1] [UID=\"root\"]"},
		{"type=NOMSG msg=audit(1.5:7):", "NOMSG 1.5:7 [] [] []"},
		{"type=UNKNOWN[1323] msg=audit(1.5:7): fd=6", "UNKNOWN[1323] 1.5:7 [] [fd=6] []"},
		{"type=X msg=audit(1): a", "the stamp is not SECONDS.MILLIS:SERIAL"},
		{"type=X msg=audit(): a", "the stamp is not SECONDS.MILLIS:SERIAL"},
		{"type=X msg=audit(1.1000:5): a", "the stamp is not SECONDS.MILLIS:SERIAL"},
		{"type= msg=audit(1.5:7): a", "the type is empty"},
		{"msg=audit(1.5:7): a", "it does not begin with type="},
		{"type=X", "nothing follows the type"},
		{"node=x", "nothing follows the node"},
		{"type=X pid=5", "msg=audit( is missing"},
	}
	for _, tt := range tests {
		var r Record
		got := r.Parse([]byte(tt.line))
		if got == "" {
			got = fmt.Sprintf("%s %d.%d:%d [%s] [%s] [%s]", r.Type, r.Sec, r.Milli, r.Serial, r.Node, r.Body, r.Enriched)
		}
		if got != tt.want {
			t.Errorf("%q: %s, want %s", tt.line, got, tt.want)
		}
	}
}

func TestFields(t *testing.T) {
	tests := []struct {
		body string
		want []string
	}{
		{`a=1 b="two words" c=(null)`, []string{"a=1", "b=two words", "c=(null)"}},
		{`old auid=4294967295 new auid=0`, []string{"old/auid=4294967295", "new/auid=0"}},
		{`avc:  denied  { read write } for  pid=1 comm="x"`, []string{"denied/=read write", "for/pid=1", "comm=x"}},
		{`pid=1 msg='op=a acct="it's" res=success'`, []string{"pid=1", `msg=op=a acct="it's" res=success`}},
		{`msg='PAM: session open acct="root" : exe="/usr/sbin/crond" (hostname=?, addr=?, terminal=cron res=success)'`,
			[]string{`msg=PAM: session open acct="root" : exe="/usr/sbin/crond" (hostname=?, addr=?, terminal=cron res=success)`}},
		{`(hostname=?, addr=192.0.2.7, terminal=cron res=success)`, []string{"hostname=?", "addr=192.0.2.7", "terminal=cron", "res=success"}},
		{`SADDR={ saddr_fam=inet laddr=192.0.2.7 lport=22 } UID="root"`, []string{"SADDR=saddr_fam=inet laddr=192.0.2.7 lport=22", "UID=root"}},
		{`cut="no end`, []string{"cut=no end"}},
		{`= =5 x=`, []string{"=", "=5", "x="}},
	}
	for _, tt := range tests {
		var got []string
		for s := tt.body; ; {
			f, rest, ok := Next(s)
			if !ok {
				break
			}
			s = rest
			if f.Word != "" {
				f.Word += "/"
			}
			got = append(got, f.Word+f.Key+"="+f.Value)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s:\n%s", tt.body, d)
		}
	}
}

func TestText(t *testing.T) {
	tests := []struct {
		f    Field
		want string
	}{
		{Field{Value: "2F746D702F6D79207265706F72742E747874"}, "/tmp/my report.txt"},
		{Field{Value: "deadbeef", Quote: Double}, "deadbeef"},
		{Field{Value: "(null)"}, ""},
		{Field{Value: "abc"}, "abc"},
		{Field{Value: "C3A9"}, "é"},
	}
	for _, tt := range tests {
		if got := Text(tt.f); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.f, got, tt.want)
		}
	}
}

func TestSockaddr(t *testing.T) {
	tests := []struct{ hex, want string }{
		{"02001F90C63364170000000000000000", "inet 198.51.100.23 8080"},
		{"0A0000500000000020010DB800000000000000000000001700000000", "inet6 2001:db8::17 80"},
		{"01002F72756E2F782E736F636B00", "unix /run/x.sock"},
		{"01000061627300", "unix @abs"},
		{"1100000302000000" + "000000000000000000000000", "packet 0x0003 if 2"},
		{"1100080002000000" + "000000000000000000000000", "packet 0x0800 if 2"},
		{"100000000A00000001000000", "netlink 10 1"},
		{"0200", "short"},
		{"00021F90C6336417", "inet 198.51.100.23 8080"},
	}
	for _, tt := range tests {
		raw, ok := Hex(tt.hex)
		if !ok {
			t.Fatalf("%s is no hex", tt.hex)
		}
		a, ok := ParseSockaddr(raw)
		got := "short"
		switch {
		case !ok:
		case a.Family == Unix:
			got = "unix " + a.Path
		case a.Family == Packet:
			got = fmt.Sprintf("packet 0x%04x if %d", a.Protocol, a.Ifindex)
		case a.Family == Netlink:
			got = fmt.Sprintf("netlink %d %d", a.Netlink, a.Groups)
		default:
			got = fmt.Sprintf("%s %s %d", FamilyName(a.Family), a.Addr, a.Port)
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.hex, got, tt.want)
		}
	}
}

func TestNames(t *testing.T) {
	n := NewNames()
	got := []string{n.Syscall("x86_64", "59"), n.Syscall("aarch64", "221"), n.Syscall("i386", "11"), n.Syscall("x86_64", "438"), n.Syscall("x86_64", "999999"),
		n.Syscall("vax", "1"), n.Type("1112"), n.Type("UNKNOWN[1323]"), n.Type("SYSCALL"), n.Errno("-13"), n.Errno("-1"), n.Errno("0"), Arch("c00000b7")}
	want := []string{"execve", "execve", "execve", "pidfd_getfd", "", "", "USER_LOGIN", "MMAP", "SYSCALL", "EACCES", "EPERM", "", "aarch64"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestNamesOracle compares the x86-64 table with ausyscall.
func TestNamesOracle(t *testing.T) {
	tool, err := exec.LookPath("ausyscall")
	if err != nil {
		t.Skip("ausyscall is not installed")
	}
	out, err := exec.Command(tool, "x86_64", "--dump").Output()
	if err != nil {
		t.Skipf("ausyscall: %v", err)
	}
	n, seen := NewNames(), 0
	alias := map[string]string{"pread": "pread64", "pwrite": "pwrite64", "umount": "umount2"}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) != 2 || strings.HasPrefix(line, "Using") {
			continue
		}
		seen++
		if got := n.Syscall("x86_64", f[0]); got != f[1] && got != alias[f[1]] {
			t.Errorf("%s is %q, ausyscall says %q", f[0], got, f[1])
		}
	}
	if seen < 300 {
		t.Errorf("only %d names compared", seen)
	}
}

// slow hands out one byte at a time.
type slow struct{ r io.Reader }

func (s slow) Read(p []byte) (int, error) { return s.r.Read(p[:min(1, len(p))]) }

func TestLines(t *testing.T) {
	input := "one\n\ntwo\r\n" + strings.Repeat("x", MaxLine+5) + "\nlast"
	for name, r := range map[string]io.Reader{"whole": strings.NewReader(input), "slow": slow{strings.NewReader(input)}} {
		l, at, long, n := NewLines(r, -1), int64(0), 0, 0
		for {
			x, err := l.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if x.Offset != at || (!x.Long && int64(len(x.Data)) != x.Length) {
				t.Errorf("%s: line at %d (%d bytes, %d held), want %d", name, x.Offset, x.Length, len(x.Data), at)
			}
			if x.Long {
				long++
			}
			n++
			at += x.Length + x.End
		}
		if at != int64(len(input)) || long != 1 || n != 5 {
			t.Errorf("%s: %d lines, %d long, end at %d of %d", name, n, long, at, len(input))
		}
	}
}

func corpus(f *testing.F) {
	f.Helper()
	b, err := os.ReadFile("../../parser/testdata/audit/audit.log")
	if err != nil {
		f.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		f.Add([]byte(strings.TrimSuffix(line, "\n")))
		n++
	}
	if n == 0 {
		f.Fatal("no seeds")
	}
}

// FuzzRecord: no input makes it panic or loop, and what is returned lies in
// the line.
func FuzzRecord(f *testing.F) {
	corpus(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		var r Record
		if r.Parse(line) != "" {
			return
		}
		if len(r.Body)+len(r.Enriched)+len(r.Type) > len(line) {
			t.Fatal("more came out than went in")
		}
		for s := string(r.Body); ; {
			x, rest, ok := Next(s)
			if !ok {
				break
			}
			if len(rest) >= len(s) {
				t.Fatalf("no progress at %q", s)
			}
			s = rest
			if raw, ok := Hex(Text(x)); ok {
				ParseSockaddr(raw)
			}
		}
	})
}
