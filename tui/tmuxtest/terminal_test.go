//go:build linux

package tmuxtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// bench is what all scenarios share: the program and a sample case.
type bench struct {
	bin  string
	demo string // directory of `saksi demo`: bundles and case/
	err  error
}

var (
	once   sync.Once
	shared bench
	number atomic.Int64
)

// setup builds the program and the sample case once.
func setup(t *testing.T) bench {
	t.Helper()
	if os.Getenv("SAKSI_TMUX") == "" {
		t.Skip("runs the shipped program in tmux when SAKSI_TMUX=1")
	}
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed")
	}
	once.Do(func() {
		dir, err := os.MkdirTemp("", "saksi-tmux")
		if err != nil {
			shared.err = err
			return
		}
		shared.bin, shared.demo = os.Getenv("SAKSI_BIN"), filepath.Join(dir, "demo")
		if shared.bin == "" {
			shared.bin = filepath.Join(dir, "saksi")
			shared.err = run("go", "build", "-o", shared.bin, "../../cmd/saksi")
		}
		if shared.err == nil {
			shared.err = run(shared.bin, "demo", "--no-tui", shared.demo)
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.demo != "" {
		os.RemoveAll(filepath.Dir(shared.demo))
	}
	os.Exit(code)
}

func run(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// own copies the sample case, so that a scenario may change it.
func (b bench) own(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "demo")
	if err := run("cp", "-a", b.demo, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// cli runs the program without a screen and gives its output.
func (b bench) cli(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(b.bin, args...).Output()
	if err != nil {
		t.Fatalf("saksi %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

func lines(s string) int { return strings.Count(s, "\n") }

// terminal is one tmux server with one window.
type terminal struct {
	t      *testing.T
	socket string
	state  string
}

// open starts a command in a terminal of a size. env has "NAME=value" entries.
func open(t *testing.T, w, h int, env []string, command string) *terminal {
	t.Helper()
	x := &terminal{t: t, socket: fmt.Sprintf("saksi-%d-%d", os.Getpid(), number.Add(1)), state: t.TempDir()}
	args := []string{"-L", x.socket, "-f", "/dev/null", "new-session", "-d", "-x", strconv.Itoa(w), "-y", strconv.Itoa(h)}
	for _, e := range append([]string{"LANG=C.UTF-8", "LC_ALL=", "NO_COLOR=", "XDG_STATE_HOME=" + x.state}, env...) {
		args = append(args, "-e", e)
	}
	cmd := exec.Command("tmux", append(args, command)...)
	cmd.Env = append(os.Environ(), "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TMUX=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tmux: %v\n%s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("tmux", "-L", x.socket, "kill-server").Run() })
	x.tmux("set-option", "-g", "status", "off")
	x.tmux("set-option", "-g", "remain-on-exit", "on")
	x.tmux("resize-window", "-x", strconv.Itoa(w), "-y", strconv.Itoa(h))
	return x
}

func (x *terminal) tmux(args ...string) string {
	out, err := exec.Command("tmux", append([]string{"-L", x.socket}, args...)...).CombinedOutput()
	if err != nil {
		x.t.Helper()
		x.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// keys sends keys by tmux's names; "text:..." is typed as it is.
func (x *terminal) keys(names ...string) *terminal {
	x.t.Helper()
	for _, n := range names {
		if text, ok := strings.CutPrefix(n, "text:"); ok {
			x.tmux("send-keys", "-l", text)
		} else {
			x.tmux("send-keys", n)
		}
	}
	return x
}

func (x *terminal) screen() string { return x.tmux("capture-pane", "-p") }

// see waits until all texts stand on the screen.
func (x *terminal) see(texts ...string) *terminal {
	x.t.Helper()
	x.until(func(s string) bool {
		for _, text := range texts {
			if !strings.Contains(s, text) {
				return false
			}
		}
		return true
	}, fmt.Sprintf("%q to appear", texts))
	return x
}

// gone waits until a text has left the screen.
func (x *terminal) gone(text string) *terminal {
	x.t.Helper()
	x.until(func(s string) bool { return !strings.Contains(s, text) }, fmt.Sprintf("%q to go", text))
	return x
}

func (x *terminal) until(ok func(string) bool, what string) {
	x.t.Helper()
	last := ""
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(15 * time.Millisecond) {
		if last = x.screen(); ok(last) {
			return
		}
	}
	x.t.Fatalf("waited in vain for %s:\n%s", what, last)
}

// pid is the process of the window.
func (x *terminal) pid() int {
	n, err := strconv.Atoi(strings.TrimSpace(x.tmux("display-message", "-p", "#{pane_pid}")))
	if err != nil {
		x.t.Fatal(err)
	}
	return n
}

// ended waits until the program has left.
func (x *terminal) ended() {
	x.t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(15 * time.Millisecond) {
		if strings.TrimSpace(x.tmux("display-message", "-p", "#{pane_dead}")) == "1" {
			return
		}
	}
	x.t.Fatalf("the program does not leave:\n%s", x.screen())
}
