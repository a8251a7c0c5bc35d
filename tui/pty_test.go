//go:build linux

package tui

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/tui/ptytest"
	"github.com/saksi-dfir/saksi/tui/quiet"
)

// childEvents, when set, makes this test binary show a made-up case of that
// many events instead of running tests.
const childEvents = "SAKSI_TEST_EVENTS"

func TestMain(m *testing.M) {
	quiet.Restore()
	if n, err := strconv.Atoi(os.Getenv(childEvents)); err == nil {
		c := newFake(n)
		if d, err := time.ParseDuration(os.Getenv("SAKSI_TEST_SLOW")); err == nil {
			c.gate = make(chan struct{})
			time.AfterFunc(d, func() { close(c.gate) })
		}
		err := Run(context.Background(), Options{Case: c, Dir: "case-1", StateDir: os.Getenv("SAKSI_TEST_STATE")})
		if err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child starts this test binary as a screen on a terminal that answers nothing.
func child(t testing.TB, events, cols, rows int, env ...string) *ptytest.Session {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append([]string{"TERM=xterm-256color", "LANG=C.UTF-8", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), fmt.Sprintf("%s=%d", childEvents, events)}, env...)
	s, err := ptytest.Start(cmd, cols, rows)
	if err != nil {
		t.Skipf("no pseudo terminal here: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// wait polls until the output holds a text.
func wait(t testing.TB, s *ptytest.Session, from int, text string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if out := s.Output(); len(out) >= from && strings.Contains(string(out[from:]), text) {
			return
		}
	}
	t.Fatalf("%q never came; the terminal got %q", text, s.Output())
}

func TestFirstFrameOnSilentTerminal(t *testing.T) {
	start := time.Now()
	s := child(t, 1_000_000, 120, 40)
	wait(t, s, 0, "OVERVIEW")
	took := time.Since(start)
	t.Logf("first frame with its header after %v (process start included)", took)
	if took > 3*time.Second {
		t.Errorf("the first frame took %v: something waits for the terminal", took)
	}
	for _, q := range []string{"\x1b]11", "\x1b]10", "\x1b[6n", "\x1b[c", "\x1b[>"} {
		if strings.Contains(string(s.Output()), q) {
			t.Errorf("the terminal is asked a question: %q", q)
		}
	}
}

func TestFrameIsThereBeforeTheData(t *testing.T) {
	s := child(t, 1000, 100, 30, "SAKSI_TEST_SLOW=1500ms")
	start := time.Now()
	wait(t, s, 0, "reading")
	if took := time.Since(start); took > time.Second {
		t.Errorf("no frame for %v while the case is slow", took)
	}
	wait(t, s, 0, "host-01")
}

func TestTerminalIsGivenBack(t *testing.T) {
	s := child(t, 100, 80, 24)
	wait(t, s, 0, "host-01")
	s.Master.WriteString("q")
	done := make(chan error, 1)
	go func() { done <- s.Cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("q does not leave")
	}
	time.Sleep(20 * time.Millisecond)
	out := string(s.Output())
	for _, seq := range []string{"\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h", "\x1b[?2004l"} {
		if !strings.Contains(out, seq) {
			t.Errorf("%q was not written", seq)
		}
	}
	if !strings.HasSuffix(strings.TrimRight(out, "\r\n"), "\x1b[?1049l") {
		t.Errorf("something is written after the screen is closed: %q", out[max(0, len(out)-80):])
	}
}

func TestResizeRepaintsWhole(t *testing.T) {
	s := child(t, 1000, 80, 24)
	wait(t, s, 0, "host-01")
	n, _ := s.Size()
	if err := ptytest.Resize(s.Master, 132, 30); err != nil {
		t.Fatal(err)
	}
	wait(t, s, n, "2024-03-19 00:00:00 .. 01:00:00")
}

// TestSlowLine shows the screen on a terminal that takes 6 kB a second: fewer
// frames go out, the user is told, and the last frame is the right one.
func TestSlowLine(t *testing.T) {
	s := child(t, 100_000, 200, 50)
	wait(t, s, 0, "host-01")
	s.Master.WriteString("2")
	wait(t, s, 0, "Accepted publickey")
	s.Throttle(128)
	from, _ := s.Size()
	const keys = 80
	for i := range keys {
		s.Master.WriteString([]string{"G", "g"}[i%2])
		time.Sleep(20 * time.Millisecond)
	}
	time.Sleep(time.Second) // the terminal is still busy with what it was sent
	s.Throttle(0)
	s.Quiet(0, 300*time.Millisecond, 20*time.Second)
	to, _ := s.Size()
	t.Logf("%d jumps of 4,600 bytes wrote %d bytes", keys, to-from)
	wait(t, s, 0, "slow line") // a busy machine may have brought it up before
	if to-from > keys*4600/2 {
		t.Errorf("%d jumps wrote %d bytes: frames were not left out", keys, to-from)
	}
	s.Master.WriteString("G")
	wait(t, s, to, "end of events")
}

// TestLatency prints key-to-frame times and bytes per frame at 200x50 on ten
// million events. Times are figures, not verdicts, unless SAKSI_GATE is set;
// bytes are checked always.
func TestLatency(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	s := child(t, 10_000_000, 200, 50)
	wait(t, s, 0, "host-01")
	s.Master.WriteString("2")
	wait(t, s, 0, "Accepted publickey")
	moves := 0
	for _, c := range []struct {
		name string
		n    int
		keys []string
	}{{"move", 40, []string{"j"}}, {"page", 20, []string{"\x06"}}, {"jump", 20, []string{"G", "g"}}, {"filter", 20, []string{"+", "X"}}} {
		f, err := s.Measure(c.name, c.n, c.keys...)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(f)
		if c.name == "move" {
			moves = f.Bytes
		}
		if os.Getenv("SAKSI_GATE") != "" && f.P95 > 33*time.Millisecond && c.name != "filter" {
			t.Errorf("%s: p95 %v is above 33 ms", c.name, f.P95)
		}
	}
	if moves > 1500 {
		t.Errorf("a move of the cursor writes %d bytes, more than 1500", moves)
	}
}
