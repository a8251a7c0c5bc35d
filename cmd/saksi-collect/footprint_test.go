package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// TestFootprint runs the shipped form of the program on this host under strace:
// it must start no process, open nothing for writing but its output, and leave
// the kernel modules as they were.
func TestFootprint(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("skip: no strace here")
	}
	dir := t.TempDir()
	bin := build(t, dir)
	before, _ := os.ReadFile("/proc/modules")
	trace := filepath.Join(dir, "trace")
	cmd := exec.Command(strace, "-f", "-qq", "-o", trace, "-e", "trace=execve,execveat,fork,vfork,clone,clone3,open,openat,openat2,creat,unlink,unlinkat,mkdirat,renameat2,init_module,finit_module,delete_module,mount,move_mount,umount2",
		bin, "run", "--out", filepath.Join(dir, "b.tar.zst"), "--profile", "sweep", "--max-time", "60s", "--quiet")
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState.ExitCode() != exitPartial {
		if bytes.Contains(out, []byte("ptrace")) {
			t.Skipf("skip: strace cannot trace here: %s", out)
		}
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	execs, writes := 0, 0
	for line := range strings.SplitSeq(string(text), "\n") {
		switch {
		case strings.Contains(line, "execve"):
			execs++
		case strings.Contains(line, "clone") && !strings.Contains(line, "CLONE_THREAD") && !strings.Contains(line, "resumed"), strings.Contains(line, "fork("):
			t.Errorf("a process was started: %s", line)
		case strings.Contains(line, "O_WRONLY") || strings.Contains(line, "O_RDWR") || strings.Contains(line, "O_CREAT"):
			if writes++; !strings.Contains(line, "b.tar.zst") {
				t.Errorf("opened for writing: %s", line)
			}
		case strings.Contains(line, "unlink") || strings.Contains(line, "mkdir") || strings.Contains(line, "rename") || strings.Contains(line, "_module") || strings.Contains(line, "move_mount") || strings.Contains(line, "umount"):
			t.Errorf("the host was changed: %s", line)
		}
	}
	if execs != 1 || writes != 1 {
		t.Errorf("%d execve (want 1, our own start) and %d opens for writing (want 1)", execs, writes)
	}
	if after, _ := os.ReadFile("/proc/modules"); !bytes.Equal(before, after) {
		t.Error("/proc/modules changed")
	}
}

// build makes the program as it is shipped.
func build(t *testing.T, dir string) string {
	t.Helper()
	bin := filepath.Join(dir, "saksi-collect")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, out)
	}
	st, err := os.Stat(bin)
	if err != nil {
		t.Fatal(err)
	}
	if st.Size() > 10_000_000 {
		t.Errorf("the program has %d bytes, want less than 10 MB", st.Size())
	}
	return bin
}

// TestCancelSeals ends a run by a signal and wants a sealed bundle.
func TestCancelSeals(t *testing.T) {
	dir := t.TempDir()
	bin := build(t, dir)
	root := image(t)
	if err := os.WriteFile(root+"/var/log/big", bytes.Repeat([]byte("line\n"), 4<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "b.tar.zst")
	cmd := exec.Command(bin, "run", "--root", root, "--out", out, "--max-rate", "100K")
	var stderr bytes.Buffer
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for s := bufio.NewScanner(pipe); s.Scan(); { // the plan is made: the run is under way
		stderr.WriteString(s.Text() + "\n")
		if strings.HasPrefix(s.Text(), "allowed_signers") {
			break
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(pipe)
	stderr.Write(rest)
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitPartial || !strings.Contains(stderr.String(), "cancelled") {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	b, err := bundle.Open(out, bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	outcomes, err := b.Outcomes()
	if err != nil || len(outcomes) != len(b.Plan()) {
		t.Errorf("%d outcomes for %d items, %v", len(outcomes), len(b.Plan()), err)
	}
}

// TestOldKernel answers ENOSYS to every newer call and wants the fallback's
// result, said so, not a failure.
func TestOldKernel(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("skip: no strace here")
	}
	dir, root := t.TempDir(), image(t)
	if err := os.Symlink("/var/log/auth.log", root+"/etc/link"); err != nil {
		t.Fatal(err)
	}
	const calls = "statx,openat2,open_tree,mount_setattr,fsopen,pidfd_open,pidfd_getfd,kcmp"
	out := filepath.Join(dir, "b.tar.zst")
	cmd := exec.Command(strace, "-f", "-qq", "-o", os.DevNull, "-e", "trace="+calls, "-e", "inject="+calls+":error=ENOSYS",
		build(t, dir), "run", "--root", root, "--out", out, "--quiet")
	text, err := cmd.CombinedOutput()
	if err != nil && bytes.Contains(text, []byte("ptrace")) {
		t.Skipf("skip: strace cannot trace here: %s", text)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, want := range []string{"no clone of the tree (open_tree: ENOSYS)", "symbolic links read", "failed 0"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	b, err := bundle.Open(out, bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	found := false
	for x, err := range b.Exhibits() {
		found = found || (err == nil && string(x.Path) == "/var/log/auth.log" && x.Size > 0)
	}
	if !found {
		t.Error("auth.log is not in the bundle")
	}
}
