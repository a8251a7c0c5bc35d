package parser

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// countSink counts and forgets.
type countSink struct{ events, warnings int }

func (c *countSink) Event(*event.Event) error    { c.events++; return nil }
func (c *countSink) Warning(event.Warning) error { c.warnings++; return nil }
func (*countSink) Counter(event.Counter) error   { return nil }
func (*countSink) Padding(_, _ int64) error      { return nil }

// journalBenchEntries is the size of the journal that DESIGN.md states a goal for.
const journalBenchEntries = 125_745

// journalExport writes entries as sshd, cron, nginx, logind and sudo make them.
func journalExport(n int) []byte {
	r := rand.New(rand.NewPCG(2, 2))
	programs := [...][3]string{{"sshd", "/usr/sbin/sshd", "ssh.service"}, {"cron", "/usr/sbin/cron", "cron.service"},
		{"nginx", "/usr/sbin/nginx", "nginx.service"}, {"systemd-logind", "/lib/systemd/systemd-logind", "systemd-logind.service"},
		{"sudo", "/usr/bin/sudo", "session-4.scope"}}
	var b bytes.Buffer
	real, mono := int64(1709432047000000), int64(5000000)
	for i := range n {
		d := 10 + r.Int64N(400000)
		real, mono = real+d, mono+d
		k := max(0, r.IntN(7)-2)
		p, pid := programs[k], 1000+r.IntN(3000)
		text := [...]string{
			fmt.Sprintf("Accepted publickey for deploy from 192.0.2.%d port %d ssh2: ED25519 SHA256:%016x%016x", i%250, 1024+r.IntN(60000), r.Uint64(), r.Uint64()),
			fmt.Sprintf("(root) CMD (/usr/local/bin/check --run %d)", i),
			fmt.Sprintf("192.0.2.%d - GET /index.php?id=%d 200 %d", i%250, i, r.IntN(100000)),
			fmt.Sprintf("New session %d of user deploy.", i),
			fmt.Sprintf("  deploy : TTY=pts/0 ; PWD=/home/deploy ; USER=root ; COMMAND=/usr/bin/systemctl status nginx%d", i),
		}[k]
		if i%200 == 0 {
			text += string(bytes.Repeat([]byte(" long and longer"), 60))
		}
		fmt.Fprintf(&b, "__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=b0070000000000000000000000000001\n_TRANSPORT=syslog\nPRIORITY=6\n"+
			"SYSLOG_FACILITY=4\nSYSLOG_IDENTIFIER=%s\nSYSLOG_PID=%d\nMESSAGE=%s\n_PID=%d\n_UID=0\n_GID=0\n_COMM=%s\n_EXE=%s\n_CMDLINE=%s -D\n"+
			"_CAP_EFFECTIVE=1ffffffffff\n_SELINUX_CONTEXT=unconfined\n_SYSTEMD_CGROUP=/system.slice/%s\n_SYSTEMD_UNIT=%s\n_SYSTEMD_SLICE=system.slice\n"+
			"_SYSTEMD_INVOCATION_ID=%032x\n_SOURCE_REALTIME_TIMESTAMP=%d\n_MACHINE_ID=5a5a0123456789abcdef0123456789ab\n_HOSTNAME=web01\n\n",
			real, mono, p[0], pid, text, pid, p[0], p[1], p[1], p[2], p[2], k, real-20)
	}
	return b.Bytes()
}

// BenchmarkJournal reads 125,745 entries that systemd-journal-remote wrote.
func BenchmarkJournal(b *testing.B) {
	const tool = "/lib/systemd/systemd-journal-remote"
	if _, err := os.Stat(tool); err != nil {
		b.Skip("systemd-journal-remote is not installed")
	}
	dir := b.TempDir()
	in := filepath.Join(dir, "in.export")
	if err := os.WriteFile(in, journalExport(journalBenchEntries), 0o600); err != nil {
		b.Fatal(err)
	}
	if out, err := exec.Command(tool, "-o", filepath.Join(dir, "x.journal"), in).CombinedOutput(); err != nil {
		b.Skipf("systemd-journal-remote: %v: %s", err, out)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.journal"))
	if err != nil || len(names) == 0 {
		b.Fatalf("%d files: %v", len(names), err)
	}
	var files [][]byte // it rotates by itself
	total := 0
	for _, n := range names {
		data, err := os.ReadFile(n)
		if err != nil {
			b.Fatal(err)
		}
		files, total = append(files, data), total+len(data)
	}
	b.SetBytes(int64(total))
	b.ReportAllocs()
	for b.Loop() {
		s := &countSink{}
		for _, data := range files {
			x := binExhibit("/x.journal", data)
			x.Workers = runtime.NumCPU()
			if err := newJournal().Parse(context.Background(), &parse.Facts{}, x, s); err != nil {
				b.Fatal(err)
			}
		}
		if s.events < journalBenchEntries || s.warnings > 0 {
			b.Fatalf("%d events, %d warnings", s.events, s.warnings)
		}
		b.ReportMetric(float64(s.events), "events")
	}
}
