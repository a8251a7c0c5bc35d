package parser

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
)

// auditSynthetic makes 100,000 events of 340,000 records: four in ten are
// commands of six records, two files opened of four, the rest user-space
// records; neighbours are interleaved now and then.
func auditSynthetic() []byte {
	var b bytes.Buffer
	var hold []string
	put := func(lines ...string) {
		for _, l := range lines {
			b.WriteString(l)
			b.WriteByte('\n')
		}
	}
	for i := range 100_000 {
		id := fmt.Sprintf("audit(%d.%03d:%d)", 1709432047+i/50, i*20%1000, 1000+i)
		head := func(t string) string { return "type=" + t + " msg=" + id + ": " }
		switch i % 5 {
		case 0, 2:
			lines := []string{
				head("SYSCALL") + `arch=c000003e syscall=59 success=yes exit=0 a0=55d0c1a2 a1=55d0c1b8 a2=55d0c200 a3=8 items=2 ppid=840 pid=` + fmt.Sprint(1000+i%30000) +
					` auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=7 comm="systemctl" exe="/usr/bin/systemctl" subj=unconfined key="exec"` +
					"\x1d" + `ARCH=x86_64 SYSCALL=execve AUID="deploy" UID="root" GID="root" EUID="root" SUID="root" FSUID="root" EGID="root" SGID="root" FSGID="root"`,
				head("EXECVE") + fmt.Sprintf(`argc=3 a0="systemctl" a1="status" a2="nginx%d"`, i),
				head("CWD") + `cwd="/home/deploy"`,
				head("PATH") + `item=0 name="/usr/bin/systemctl" inode=1311 dev=08:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0`,
				head("PATH") + `item=1 name="/lib64/ld-linux-x86-64.so.2" inode=1400 dev=08:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0`,
				head("PROCTITLE") + `proctitle=73797374656D63746C0073746174757300`,
			}
			if i%10 == 0 { // its second half comes after the next event
				put(lines[:3]...)
				hold = lines[3:]
				continue
			}
			put(lines...)
		case 1:
			put(head("SYSCALL")+`arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=7ffd12 a2=0 a3=0 items=1 ppid=1 pid=900 auid=4294967295 uid=33 gid=33 euid=33 suid=33 fsuid=33 egid=33 sgid=33 fsgid=33 tty=(none) ses=4294967295 comm="php-fpm" exe="/usr/sbin/php-fpm8.2" subj=unconfined key="access"`,
				head("CWD")+`cwd="/var/www"`,
				head("PATH")+`item=0 name="../../etc/shadow" inode=77 dev=08:01 mode=0100640 ouid=0 ogid=42 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0`)
		default:
			put(head("USER_ACCT") + `pid=812 uid=0 auid=1000 ses=7 subj=unconfined msg='op=PAM:accounting grantors=pam_unix acct="deploy" exe="/usr/sbin/sshd" hostname=203.0.113.9 addr=203.0.113.9 terminal=ssh res=success'`)
		}
		put(hold...)
		hold = nil
	}
	return b.Bytes()
}

func TestAuditSynthetic(t *testing.T) {
	data := auditSynthetic()
	if n := bytes.Count(data, []byte("\n")); n != 340_000 {
		t.Fatalf("%d records, want 340,000", n)
	}
	s := &countSink{}
	if err := newAudit().Parse(context.Background(), &parse.Facts{}, binExhibit("/x.bin", data), s); err != nil {
		t.Fatal(err)
	}
	if s.events != 100_000 || s.warnings != 0 {
		t.Errorf("%d events, %d warnings, want 100,000 and none", s.events, s.warnings)
	}
}

// BenchmarkAudit joins 340,000 records to 100,000 events.
func BenchmarkAudit(b *testing.B) {
	data := auditSynthetic()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		s, x := &countSink{}, binExhibit("/x.bin", data)
		x.Workers = runtime.NumCPU()
		if err := newAudit().Parse(context.Background(), &parse.Facts{}, x, s); err != nil {
			b.Fatal(err)
		}
		if s.events != 100_000 {
			b.Fatalf("%d events", s.events)
		}
	}
}
