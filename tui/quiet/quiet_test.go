//go:build linux

package quiet_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/tui/ptytest"
)

// build compiles a package of this project into a temporary directory.
func build(t *testing.T, pkg string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "prog")
	cmd := exec.Command("go", "build", "-o", out, pkg)
	cmd.Dir = "../.."
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, b)
	}
	return out
}

// onSilentTerminal runs a program on a terminal that answers nothing and gives
// what it wrote and how long it took.
func onSilentTerminal(t *testing.T, env []string, prog string, args ...string) (string, time.Duration) {
	t.Helper()
	cmd := exec.Command(prog, args...)
	cmd.Env = append([]string{"TERM=xterm-256color", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}, env...)
	start := time.Now()
	s, err := ptytest.Start(cmd, 80, 24)
	if err != nil {
		t.Skipf("no pseudo terminal here: %v", err)
	}
	defer s.Close()
	err = cmd.Wait()
	took := time.Since(start)
	if err != nil {
		t.Fatalf("%s: %v", prog, err)
	}
	s.Quiet(0, 30*time.Millisecond, time.Second)
	return string(s.Output()), took
}

func TestGuardPreventsTheProbe(t *testing.T) {
	out, took := onSilentTerminal(t, nil, build(t, "./tui/quiet/testdata/hushed"))
	if strings.Contains(out, "\x1b") || took > 2*time.Second {
		t.Errorf("with the guard: %q in %v", out, took)
	}
	if strings.TrimSpace(out) != "done true  false" {
		t.Errorf("CI is not restored: %q", out)
	}
	out, _ = onSilentTerminal(t, []string{"CI=yes"}, build(t, "./tui/quiet/testdata/hushed"))
	if strings.TrimSpace(out) != "done true yes true" {
		t.Errorf("CI of the user is not kept: %q", out)
	}
}

// Without the guard the same program asks and stalls: the test above can fail.
func TestWithoutTheGuardItStalls(t *testing.T) {
	if testing.Short() {
		t.Skip("takes five seconds")
	}
	out, took := onSilentTerminal(t, nil, build(t, "./tui/quiet/testdata/loud"))
	if !strings.Contains(out, "\x1b]11;?") || took < 3*time.Second {
		t.Errorf("Bubble Tea no longer asks the terminal (%q in %v): the guard may go", out, took)
	}
}

func TestSaksiVersionIsQuiet(t *testing.T) {
	out, took := onSilentTerminal(t, nil, build(t, "./cmd/saksi"), "version")
	if bytes.ContainsRune([]byte(out), 0x1b) {
		t.Errorf("saksi version writes an escape sequence: %q", out)
	}
	if took > 2*time.Second {
		t.Errorf("saksi version took %v on a terminal that answers nothing", took)
	}
}
