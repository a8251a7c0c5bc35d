//go:build linux

package tmuxtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestClipboard: with "set-clipboard on" tmux takes what y copies.
func TestClipboard(t *testing.T) {
	b := setup(t)
	x := b.tui(t, 120, 30, b.caseDir())
	x.tmux("set-option", "-s", "set-clipboard", "on")
	x.see("web01").keys("2").see("q back").keys("y").see("copied 1 citation with OSC 52 through tmux")
	x.until(func(string) bool { return x.tmux("list-buffers") != "" }, "tmux to have a buffer")
	if got := x.tmux("show-buffer"); !strings.Contains(got, "sample-") {
		t.Errorf("tmux has %q", got)
	}
}

// TestResizeStorm changes the size a hundred times in a row, from tiny to huge;
// after the last the screen is whole and obeys.
func TestResizeStorm(t *testing.T) {
	b := setup(t)
	x := b.tui(t, 120, 30, b.caseDir())
	x.see("web01").keys("2").see("q back")
	for i := range 100 {
		w, h := 20+(i*37)%281, 5+(i*17)%96
		x.tmux("resize-window", "-x", fmt.Sprint(w), "-y", fmt.Sprint(h))
	}
	x.tmux("resize-window", "-x", "20", "-y", "5")
	x.until(func(s string) bool { return strings.Contains(s, ">") && lines(s) == 5 }, "a list in 20x5")
	x.tmux("resize-window", "-x", "300", "-y", "100")
	x.see("2 TIMELINE", "50,503", "q back", "bytes ").keys("G").see("end of events")
	x.tmux("resize-window", "-x", "80", "-y", "24")
	x.until(func(s string) bool { return lines(s) == 24 && strings.Contains(s, "signer: 3 unknown") }, "80x24")
	x.keys("q").see("1 OVERVIEW").keys("q").ended()
}

// TestHangUp: when the terminal goes away the program ends by itself and keeps
// what was noted.
func TestHangUp(t *testing.T) {
	b := setup(t)
	dir := b.own(t)
	x := b.tui(t, 100, 30, filepath.Join(dir, "case"))
	x.see("web01").keys("2").see("q back").keys("m").see("starred")
	pid := x.pid()
	x.tmux("kill-server")
	x.dead(pid)
	got := b.cli(t, "events", "--case", filepath.Join(dir, "case"), "--json", "tag:starred")
	if lines(got) != 1 {
		t.Errorf("%d events are starred, want 1", lines(got))
	}
	if _, err := os.Stat(filepath.Join(dir, "case", "case.toml")); err != nil {
		t.Error(err)
	}
}

// dead waits until a process is no more.
func (x *terminal) dead(pid int) {
	x.t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(15 * time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") { // its new parent may leave it a zombie
			return
		}
	}
	x.t.Fatalf("process %d does not end", pid)
}

// TestIngestOfWhatIsThere: a bundle that the case has is named so.
func TestIngestOfWhatIsThere(t *testing.T) {
	b := setup(t)
	x := b.tui(t, 120, 30, filepath.Join(b.own(t), "case"))
	x.see("web01").keys("I", "text:"+filepath.Join(b.demo, "db01.tar.zst"), "Enter")
	x.see("in the case already", "INTEGRITY ok, SIGNER unknown", "done").keys("Escape").see("web01", "q leave")
}
