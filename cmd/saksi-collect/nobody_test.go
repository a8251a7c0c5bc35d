package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// TestNobody runs as uid 65534 without groups: what is forbidden must end as
// denied, nothing may be missing, and the exit code must say 3.
func TestNobody(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("skip: needs root to become nobody")
	}
	dir, err := os.MkdirTemp("", "saksi-nobody")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	bin, out := build(t, dir), filepath.Join(dir, "b.tar.zst")
	cmd := exec.Command(bin, "run", "--out", out, "--skip", "filestat,scratch", "--quiet")
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitPartial {
		t.Fatalf("%v, want exit 3: %s", err, text)
	}
	m := regexp.MustCompile(`(?m)^plan (\d+) = collected (\d+) \+ partial (\d+) \+ absent (\d+) \+ denied (\d+) \+ skipped (\d+) \+ timed out (\d+) \+ failed (\d+)$`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("no balance in: %s", text)
	}
	n := make([]int, len(m))
	sum := 0
	for i := 1; i < len(m); i++ {
		if n[i], err = strconv.Atoi(string(m[i])); err != nil {
			t.Fatal(err)
		}
		if i > 1 {
			sum += n[i]
		}
	}
	if sum != n[1] || n[5] == 0 {
		t.Errorf("the outcomes sum to %d of %d, %d denied: %s", sum, n[1], n[5], m[0])
	}
	b, err := bundle.Open(out, bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	outcomes, err := b.Outcomes()
	if err != nil || len(outcomes) != len(b.Plan()) || len(outcomes) != n[1] {
		t.Errorf("%d outcomes for %d items, %v", len(outcomes), len(b.Plan()), err)
	}
	for _, o := range outcomes {
		if o.Target == "/etc/shadow" && o.Outcome != bundle.Denied {
			t.Errorf("/etc/shadow ended as %q", o.Outcome)
		}
	}
}
