package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// TestUnreadInputs: what cannot be read of plain inputs is named at once, is
// exit 3, stands in the outcomes, and keeps the coverage from saying "absent".
// /proc/self/mem is a regular file whose first byte nobody can read.
func TestUnreadInputs(t *testing.T) {
	dir := t.TempDir()
	line := "2024-03-03T02:14:07+09:00 web07 sshd[812]: Accepted publickey for deploy from 203.0.113.9 port 50022 ssh2\n"
	if err := os.WriteFile(filepath.Join(dir, "auth\n\x1b[31m.log"), []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &desk2{t, filepath.Join(t.TempDir(), "case")}
	ingest := []string{"ingest", "--case", d.dir, "--host", "web07", "--zone", "Asia/Seoul", dir}
	d.must(exitDone, ingest...)
	if state := auditCoverage(d); state != "absent" {
		t.Errorf("all was read, audit is %q", state)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	d = &desk2{t, filepath.Join(t.TempDir(), "case")}
	ingest[2] = d.dir
	_, errs, code := d.run(append(ingest, "/proc/self/mem")...)
	if code != exitPartial || !strings.Contains(errs, "/proc/self/mem: failed: ") || !strings.Contains(errs, "2 left out") {
		t.Errorf("exit %d\n%s", code, errs)
	}
	if state := auditCoverage(d); state != "unknown" {
		t.Errorf("an input could not be read, audit is %q", state)
	}
	if n := len(lines[map[string]any](d, "events")); n != 1 {
		t.Errorf("%d events", n)
	}
	made, err := filepath.Glob(filepath.Join(d.dir, "bundles", "*.zst"))
	if err != nil || len(made) != 1 {
		t.Fatalf("%v %v", made, err)
	}
	b, err := bundle.Open(made[0], bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	outs, err := b.Outcomes()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bundle.OutcomeCode{}
	for _, o := range outs {
		got[filepath.Base(o.Target)] = o.Outcome
	}
	want := map[string]bundle.OutcomeCode{filepath.Base(dir): bundle.Collected, "mem": bundle.Failed, "link": bundle.Skipped, "pipe": bundle.Skipped}
	for name, w := range want {
		if got[name] != w {
			t.Errorf("%s: %q, want %q", name, got[name], w)
		}
	}
}

func auditCoverage(d *desk2) string {
	for _, c := range lines[struct{ Source, State string }](d, "coverage") {
		if c.Source == "audit" {
			return c.State
		}
	}
	return ""
}
