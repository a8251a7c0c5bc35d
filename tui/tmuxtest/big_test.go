//go:build linux

package tmuxtest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/tui/ptytest"
)

// TestTenMillion builds a case of ten million events with ingest.
func TestTenMillion(t *testing.T) {
	b := setup(t)
	if os.Getenv("SAKSI_TMUX_BIG") == "" {
		t.Skip("builds ten million events when SAKSI_TMUX_BIG=1")
	}
	cs := bigCase(t, b)
	start := time.Now()
	x := b.tui(t, 200, 50, cs)
	x.see("10,000,000 events")
	t.Logf("counts stand on the screen %v after the start", time.Since(start))
	x.keys("2").see("Failed password").keys("G").see("end of events", "2024-11-07 15:59:51").keys("g").see("2022-01-01 00:00:00")
	x.keys("f", "text:203.0.113.7 actor:user7", "Enter").see("[actor:user7]", " of 10,000,000")
	x.keys("t", "text:2023-06-01 12:00", "Enter").see("2023-06-01 1")
	x.keys("Q").ended()
	latency(t, b, cs)
}

// TestCancelDuringAScan stops a filter, a search and a count that read all of
// ten million events and find nothing.
func TestCancelDuringAScan(t *testing.T) {
	b := setup(t)
	if os.Getenv("SAKSI_TMUX_BIG") == "" {
		t.Skip("builds ten million events when SAKSI_TMUX_BIG=1")
	}
	x := b.tui(t, 160, 40, bigCase(t, b))
	x.see("10,000,000 events").keys("2").see("Failed password")
	x.keys("f", "text:user7 pid>200 -user7", "Enter").see("[-user7]", " so far, ", " % read of 10,000,000")
	start := time.Now()
	x.keys("C-c").see("stopped; what is shown is what was read so far", " or more of 10,000,000", "ctrl-r reads again", "q back")
	t.Logf("ctrl-c ended the filter's scan; the screen said so %v after the key", time.Since(start))
	x.keys("j", "k", "X").see("Failed password").gone("[-user7]")
	x.keys("C-r").see(" 10,000,000 ")
	x.keys("/", "text:user7 pid>200 -user7", "Enter").see("looking for the next hit", " % read so far (esc stops)")
	start = time.Now()
	x.keys("Escape").see("search stopped", "Failed password")
	t.Logf("esc ended the search %v after the key", time.Since(start))
	x.keys("G").see("end of events").keys("g").see("2022-01-01 00:00:00")
	x.keys("Q").ended()
}

// bigCase ingests ten million lines of a loghost. SAKSI_BIG_CASE names a
// directory that keeps the case for the next time.
func bigCase(t *testing.T, b bench) string {
	t.Helper()
	dir := os.Getenv("SAKSI_BIG_CASE")
	if dir == "" {
		dir = t.TempDir()
	}
	cs := filepath.Join(dir, "case")
	if _, err := os.Stat(filepath.Join(cs, "case.toml")); err == nil {
		return cs
	}
	log := filepath.Join(dir, "auth.log")
	f, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	at := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 10_000_000 {
		fmt.Fprintf(&buf, "%s web%02d sshd[%d]: Failed password for user%d from 203.0.113.%d port %d ssh2\n", at.Format(time.RFC3339), i%40, 100+i%30000, i%50, i%250, 1024+i%60000)
		at = at.Add(9 * time.Second)
		if buf.Len() > 1<<20 {
			if _, err := buf.WriteTo(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := buf.WriteTo(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	b.cli(t, "ingest", "--case", cs, "--host", "loghost", "--zone", "UTC", log)
	return cs
}

// latency prints what a key costs on a real case, on a terminal that is
// nothing but bytes.
func latency(t *testing.T, b bench, cs string) {
	cmd := exec.Command(b.bin, "tui", "--case", cs)
	cmd.Env = []string{"TERM=xterm-256color", "LANG=C.UTF-8", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	start := time.Now()
	s, err := ptytest.Start(cmd, 200, 50)
	if err != nil {
		t.Skipf("no pseudo terminal here: %v", err)
	}
	defer s.Close()
	for end := start.Add(20 * time.Second); !bytes.Contains(s.Output(), []byte("OVERVIEW")) && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	t.Logf("first frame after %v", time.Since(start))
	for end := start.Add(20 * time.Second); !bytes.Contains(s.Output(), []byte("10,000,000 events")) && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	t.Logf("numbers of the case after %v", time.Since(start))
	s.Master.WriteString("2")
	s.Quiet(0, 500*time.Millisecond, 10*time.Second)
	for _, c := range []struct {
		name string
		n    int
		keys []string
	}{{"move", 120, []string{"j"}}, {"page", 60, []string{"\x06"}}, {"jump", 40, []string{"G", "g"}}, {"filter", 60, []string{"+", "X"}}, {"hosts", 60, []string{"+", "Xj"}}, {"addresses", 60, []string{"llll+", "Xjhhhh"}}} {
		f, err := s.Measure(c.name, c.n, c.keys...)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(f)
		if c.name == "move" && f.Bytes > 1500 {
			t.Errorf("a move of the cursor writes %d bytes, more than 1500", f.Bytes)
		}
	}
	if st, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)); err == nil {
		for _, l := range strings.Split(string(st), "\n") {
			if strings.HasPrefix(l, "RssAnon") || strings.HasPrefix(l, "VmRSS") {
				t.Log(l)
			}
		}
	}
}
