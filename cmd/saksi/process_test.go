package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program gives saksi as a program of its own: this test binary under that
// name, which is the real main (see TestMain).
func program(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := filepath.Join(t.TempDir(), "saksi")
	if err := os.Symlink(self, p); err != nil {
		t.Fatal(err)
	}
	return p
}

// proc is one desk whose commands are processes.
type proc struct {
	t   *testing.T
	bin string
	dir string // the case
	env []string
}

func (p *proc) command(args ...string) *exec.Cmd {
	c := exec.Command(p.bin, append(args, "--case", p.dir)...)
	c.Env = append(append(os.Environ(), "TZ=UTC"), p.env...)
	return c
}

// run gives output, errors and exit code of one command.
func (p *proc) run(args ...string) (out, errs string, code int) {
	p.t.Helper()
	var o, e bytes.Buffer
	c := p.command(args...)
	c.Stdout, c.Stderr = &o, &e
	err := c.Run()
	if _, ok := err.(*exec.ExitError); err != nil && !ok {
		p.t.Fatal(err)
	}
	return o.String(), e.String(), c.ProcessState.ExitCode()
}

// must is run that has to end with code.
func (p *proc) must(code int, args ...string) string {
	p.t.Helper()
	out, errs, got := p.run(args...)
	if got != code {
		p.t.Fatalf("saksi %s: exit %d, want %d\n%s%s", strings.Join(args, " "), got, code, out, errs)
	}
	return out
}

// here is the same desk within this process, for what need not be one.
func (p *proc) here() *desk2 { return &desk2{p.t, p.dir} }

// perBundle counts the events of each bundle, copies included, and fails on an
// event that is listed twice.
func (p *proc) perBundle() map[string]int {
	p.t.Helper()
	out := map[string]int{}
	seen := map[string]bool{}
	for l := range strings.Lines(p.here().must(exitDone, "events", "--cite", "--all-copies", "--case", p.dir)) {
		f := strings.Fields(l)
		if len(f) < 6 {
			p.t.Fatalf("no citation: %q", l)
		}
		if f[0] == "EVENT" {
			continue
		}
		if seen[f[0]] {
			p.t.Fatalf("event %s is listed twice", f[0])
		}
		seen[f[0]] = true
		out[f[1]]++
	}
	return out
}

// syslogFile writes n lines of a host and gives their path; the same every time.
func syslogFile(t *testing.T, dir, host string, n int) string {
	t.Helper()
	var b bytes.Buffer
	at := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		at = at.Add(time.Duration(1+i%7) * time.Second)
		fmt.Fprintf(&b, "%s %s sshd[%d]: Failed password for invalid user %s%d from 198.51.100.%d port %d ssh2\n",
			at.Format("Jan _2 15:04:05"), host, 500+i%30000, host, i%50, i%250, 1024+i%60000)
	}
	path := filepath.Join(dir, host, "auth.log")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	old := time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	return path
}

// sealedLogs seals the logs of so many hosts into a bundle each.
func sealedLogs(t *testing.T, bin string, hosts, rows int) (bundles []string) {
	t.Helper()
	dir := t.TempDir()
	p := &proc{t: t, bin: bin, dir: filepath.Join(dir, "case")}
	for i := range hosts {
		host := fmt.Sprintf("log%02d", i+1)
		p.must(exitDone, "ingest", "--no-detect", "--host", host, "--zone", "Asia/Seoul", syslogFile(t, dir, host, rows))
	}
	list, err := filepath.Glob(filepath.Join(p.dir, "bundles", "*.tar.zst"))
	if err != nil || len(list) != hosts {
		t.Fatalf("%d bundles of %d hosts: %v", len(list), hosts, err)
	}
	return list
}
