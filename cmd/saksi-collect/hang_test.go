package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// hangEnv makes the test program the keeper of a dead FUSE mount.
const hangEnv = "SAKSI_TEST_HANG"

// TestHungMount puts a FUSE mount whose daemon never answers below /var/log
// and among the paths that are asked for. The run must pass it by, give up
// what was asked for, and take everything else.
func TestHungMount(t *testing.T) {
	if args := os.Getenv(hangEnv); args != "" {
		keepHung(t, strings.Split(args, "\n"))
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("skip: needs root to mount")
	}
	dir := t.TempDir()
	list := filepath.Join(dir, "list")
	dead := filepath.Join(dir, "dead")
	if err := os.WriteFile(list, []byte(dead+"/file\n"+dead+"/tree/\n"+dead+"/*.log\n"+dir+"/log/\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dead, dir + "/log"} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(dir+"/log/good", []byte("good"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dead+"/x", dir+"/log/link"); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "b.tar.zst")
	cmd := exec.Command(os.Args[0], "-test.run=^TestHungMount$", "-test.v")
	cmd.Env = append(os.Environ(), hangEnv+"="+strings.Join([]string{dead, build(t, dir), "run", "--out", out, "--only", "paths,identity", "--paths", list, "--stall", "300ms", "--quiet"}, "\n"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
	start := time.Now()
	text, err := cmd.CombinedOutput()
	if bytes.Contains(text, []byte("no FUSE here")) {
		t.Skipf("skip: %s", text)
	}
	if err != nil || !bytes.Contains(text, []byte("exit 3")) {
		t.Fatalf("%v: %s", err, text)
	}
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("the run took %s", d)
	}
	b, err := bundle.Open(out, bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	outcomes, err := b.Outcomes()
	if err != nil || len(outcomes) != len(b.Plan()) {
		t.Fatalf("%d outcomes for %d items, %v", len(outcomes), len(b.Plan()), err)
	}
	got := map[string]bundle.OutcomeCode{}
	for _, o := range outcomes {
		got[o.Target] = o.Outcome
	}
	if got[dir+"/log/good"] != bundle.Collected || got["/etc/passwd"] != "" && got["/etc/passwd"] != bundle.Collected {
		t.Errorf("what does not hang: %v\n%s", got, text)
	}
	if o := got["pattern "+dead+"/*.log"]; o != bundle.TimedOut && o != bundle.Absent {
		t.Errorf("the hung pattern ended as %q\n%s", o, text)
	}
	if o := got[dead+"/file"]; o != bundle.TimedOut {
		t.Errorf("the hung file ended as %q\n%s", o, text)
	}
}

// keepHung mounts FUSE at args[0], never answers, and runs the rest.
func keepHung(t *testing.T, args []string) {
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err == nil {
		err = unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	}
	if err == nil {
		err = unix.Mount("dead", args[0], "fuse", 0, fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", fd))
	}
	if err != nil {
		t.Logf("no FUSE here: %v", err)
		return
	}
	cmd := exec.Command(args[1], args[2:]...)
	text, _ := cmd.CombinedOutput()
	t.Logf("exit %d\n%s", cmd.ProcessState.ExitCode(), text)
	// closing the device ends every request that still waits
	unix.Close(fd)
}
