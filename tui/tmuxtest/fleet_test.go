//go:build linux

package tmuxtest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/tui/ptytest"
)

// TestFleet opens a case of 33,000 hosts that ingest built from the file of a
// loghost: every host is a row, reached and sorted at once.
func TestFleet(t *testing.T) {
	const hosts = 33_000
	b := setup(t)
	dir := t.TempDir()
	var log bytes.Buffer
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range hosts {
		fmt.Fprintf(&log, "%s node%05d sshd[%d]: Failed password for root from 203.0.113.%d port %d ssh2\n", at.Format(time.RFC3339), i, 100+i%30000, i%250, 1024+i)
		at = at.Add(time.Minute)
	}
	file := filepath.Join(dir, "auth.log")
	if err := os.WriteFile(file, log.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	cs := filepath.Join(dir, "case")
	b.cli(t, "ingest", "--case", cs, "--host", "loghost", "--zone", "UTC", file)
	x := b.tui(t, 160, 40, cs)
	x.see("33,001 hosts", "node00000", "missing (others name it)")
	x.keys("G").see("node32999").keys("s").see("sorted by name").keys("g").see("> ", "loghost")
	x.keys("j", "Enter").see("[host:node00000]", "1 of 33,000").keys("[").see("1 OVERVIEW")
	x.keys("Q").ended()
	cmd := exec.Command(b.bin, "tui", "--case", cs)
	cmd.Env = []string{"TERM=xterm-256color", "LANG=C.UTF-8", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	s, err := ptytest.Start(cmd, 200, 50)
	if err != nil {
		t.Skipf("no pseudo terminal here: %v", err)
	}
	defer s.Close()
	start := time.Now()
	for end := start.Add(30 * time.Second); !bytes.Contains(s.Output(), []byte("node00020")) && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	t.Logf("33,000 hosts on the screen after %v", time.Since(start))
	for _, c := range []struct {
		name string
		keys []string
	}{{"move", []string{"j"}}, {"page", []string{"\x06"}}, {"jump", []string{"G", "g"}}, {"sort", []string{"s"}}} {
		f, err := s.Measure("fleet "+c.name, 20, c.keys...)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(f)
		if c.name == "move" && f.Bytes > 1500 {
			t.Errorf("a move of the cursor writes %d bytes, more than 1500", f.Bytes)
		}
	}
}
