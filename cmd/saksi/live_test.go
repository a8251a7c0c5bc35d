package main

import (
	"bufio"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// TestLiveDecoy collects this very machine while a decoy holds a packet socket
// whose filter compares payload with a constant drawn now, and again after it
// has ended.
func TestLiveDecoy(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole programs, which the race detector slows tenfold; make test has it")
	}
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root: opening a packet socket and reading other processes' descriptors")
	}
	collector := collectorBinary(t)
	pid, path, magic, stop := startDecoy(t)
	d := &desk2{t, filepath.Join(t.TempDir(), "case")}
	d.collectAndIngest(collector, "first")
	found := false
	for _, f := range lines[findingJSON](d, "findings") {
		if f.PID != pid {
			continue
		}
		text := strings.ToLower(f.Title + " " + f.Detail)
		if strings.Contains(text, fmt.Sprintf("0x%04x", magic)) {
			found = true
			if !strings.Contains(f.Path, path) {
				t.Errorf("the finding names %q, the decoy ran from %q", f.Path, path)
			}
			if !strings.Contains(text, fmt.Sprintf("jeq #0x%x", magic)) && !strings.Contains(text, "jeq") {
				t.Errorf("the finding shows no instructions: %s", f.Detail)
			}
			if len(f.Events) == 0 || f.Alternative == "" {
				t.Errorf("the finding cites %d events, alternative %q", len(f.Events), f.Alternative)
			}
			for _, id := range f.Events {
				d.must(exitDone, "raw", "--case", d.dir, id)
			}
		}
	}
	if !found {
		t.Errorf("no finding names pid %d and the constant 0x%04x", pid, magic)
	}
	stop()
	after := &desk2{t, filepath.Join(t.TempDir(), "case")}
	after.collectAndIngest(collector, "second")
	for _, f := range lines[findingJSON](after, "findings") {
		if f.PID == pid || strings.Contains(f.Path, path) {
			t.Errorf("after its end: %s", f.Title)
		}
	}
}

// startDecoy builds and starts the decoy under a name of its own; it removes
// its own executable.
func startDecoy(t *testing.T) (pid int, path string, magic uint16, stop func()) {
	t.Helper()
	var b [2]byte
	if _, err := rand.Read(b[:]); err != nil {
		t.Fatal(err)
	}
	magic = binary.BigEndian.Uint16(b[:]) | 0x1001
	path = filepath.Join(t.TempDir(), fmt.Sprintf("agent-%04x", magic))
	build := exec.Command("go", "build", "-o", path, module+"/samples/gen/decoy")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build decoy: %v\n%s", err, out)
	}
	c := exec.Command(path, "-magic", strconv.Itoa(int(magic)), "-unlink", "-sleep", "5m")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() { _ = c.Process.Kill(); _ = c.Wait() }
	t.Cleanup(stop)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the decoy did not start: %v", err)
	}
	if pid, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("the decoy did not remove its executable")
	}
	return pid, path, magic, stop
}

// collectAndIngest runs the collector's volatile part and takes it in.
func (d *desk2) collectAndIngest(collector, name string) {
	d.t.Helper()
	bundle := filepath.Join(d.t.TempDir(), name+".tar.zst")
	out, err := exec.Command(collector, "run", "--profile", "sweep", "--out", bundle).CombinedOutput()
	if ee, ok := err.(*exec.ExitError); err != nil && (!ok || ee.ExitCode() != exitPartial) {
		d.t.Fatalf("saksi-collect: %v\n%s", err, out)
	}
	d.must(exitDone, "ingest", "--case", d.dir, bundle)
}
