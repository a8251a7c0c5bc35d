package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// loadEnv makes the test program the holder of many descriptors.
const loadEnv = "SAKSI_TEST_LOAD"

// The load of the figures: what a busy server holds.
const (
	loadFDs     = 10_000
	loadSockets = 5_000
	loadProcs   = 606 // with those that are there already
)

func figures(t *testing.T) {
	t.Helper()
	if os.Getenv("SAKSI_FIGURES") == "" {
		t.Skip("skip: figures are measured with SAKSI_FIGURES=1 on a quiet machine (make figures)")
	}
}

// TestLoad holds the load until its standard input ends.
func TestLoad(t *testing.T) {
	if os.Getenv(loadEnv) == "" {
		t.Skip("skip: the load of the figures, started by TestVolatileFigure")
	}
	for n := range loadFDs {
		var err error
		if n < loadSockets {
			_, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		} else {
			_, err = unix.Open("/etc/passwd", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		}
		if err != nil {
			t.Fatalf("descriptor %d: %v", n, err)
		}
	}
	fmt.Println("ready")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		t.Fatal(err)
	}
}

// startLoad starts the holder and the crowd of sleeping processes.
func startLoad(t *testing.T) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestLoad$", "-test.v")
	cmd.Env = append(os.Environ(), loadEnv+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	ready := false
	for s := bufio.NewScanner(out); !ready && s.Scan(); {
		ready = s.Text() == "ready"
	}
	if !ready {
		t.Skip("skip: the load could not be made here (ulimit -n)")
	}
	there, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for range max(0, loadProcs-len(there)) {
		p, err := os.StartProcess("/bin/sleep", []string{"sleep", "600"}, &os.ProcAttr{})
		if err != nil {
			t.Skipf("skip: %v", err)
		}
		t.Cleanup(func() { _ = p.Kill(); _, _ = p.Wait() })
	}
}

// measured is one run of a program.
type measured struct {
	wall, cpu time.Duration
	rss       int64 // KiB, the most it held
}

func measure(t *testing.T, program string, args ...string) measured {
	t.Helper()
	cmd := exec.Command(program, args...)
	start := time.Now()
	text, err := cmd.CombinedOutput()
	m := measured{wall: time.Since(start)}
	if err != nil && cmd.ProcessState.ExitCode() != exitPartial {
		t.Fatalf("%s: %v: %s", program, err, text)
	}
	m.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	m.rss = cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	return m
}

// median runs a program five times and gives the run of median wall time.
func median(t *testing.T, once func() measured) measured {
	t.Helper()
	runs := make([]measured, 5)
	for i := range runs {
		runs[i] = once()
	}
	slices.SortFunc(runs, func(a, b measured) int { return int(a.wall - b.wall) })
	return runs[len(runs)/2]
}

// TestVolatileFigure measures the volatile part beside 606 processes, 10,000
// descriptors and 5,000 sockets.
func TestVolatileFigure(t *testing.T) {
	figures(t)
	dir := t.TempDir()
	bin := build(t, dir)
	startLoad(t)
	n := 0
	run := func(sources string) measured {
		return median(t, func() measured {
			n++
			return measure(t, bin, "run", "--out", fmt.Sprintf("%s/b%d", dir, n), "--only", sources, "--quiet")
		})
	}
	names, _ := filepath.Glob("/proc/[0-9]*")
	m, exe := run("pidview,process,socket,netns,netfilter,ebpf"), run("exe")
	t.Logf("figure: volatile part, %d processes, %d more descriptors, %d of them sockets: %.2f s wall, %.2f s CPU, %.1f MiB at most (goal 1 s, 64 MiB); "+
		"executables in odd places, as this machine has them: %.2f s more", len(names), loadFDs, loadSockets, m.wall.Seconds(), m.cpu.Seconds(), float64(m.rss)/1024, exe.wall.Seconds())
	if m.rss > 64<<10 {
		t.Errorf("%d KiB held, want at most 64 MiB", m.rss)
	}
}

// TestWalkFigure walks 100,000 files beside find on the same tree, turn and turn about.
func TestWalkFigure(t *testing.T) {
	figures(t)
	find, err := exec.LookPath("find")
	if err != nil {
		t.Skip("skip: no find here")
	}
	dir := t.TempDir()
	bin, tree := build(t, dir), dir+"/tree"
	for d := range 1000 {
		p := fmt.Sprintf("%s/dir%04d", tree, d)
		if err := os.MkdirAll(p, 0o755); err != nil {
			t.Fatal(err)
		}
		for f := range 100 {
			if err := os.WriteFile(fmt.Sprintf("%s/file-name-%03d.log", p, f), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	format := "%p %s %m %U %G %i %n %A@ %T@ %C@ %B@\\n"
	theirs := func() measured { return measure(t, find, tree, "-printf", format) }
	n := 0
	ours := func() measured {
		n++
		return measure(t, bin, "run", "--out", fmt.Sprintf("%s/b%d", dir, n), "--root", tree, "--only", "filestat", "--quiet")
	}
	theirs() // both find the tree in the kernel's caches
	a, b := median(t, ours), median(t, theirs)
	t.Logf("figure: statx walk of 101,001 names, sealed: %.2f s wall, %.2f s CPU; find -printf: %.2f s wall, %.2f s CPU", a.wall.Seconds(), a.cpu.Seconds(), b.wall.Seconds(), b.cpu.Seconds())
	if strings.HasPrefix(os.Getenv("SAKSI_FIGURES"), "strict") && a.wall > b.wall {
		t.Errorf("slower than find")
	}
}
