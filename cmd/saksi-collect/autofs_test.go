package main

import (
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

// autofsEnv makes the test program the daemon of an autofs mount.
const autofsEnv = "SAKSI_TEST_AUTOFS"

// TestAutofs puts an autofs mount into a tree that is read in every way, live
// and as a mounted image, and wants its daemon to be asked nothing.
func TestAutofs(t *testing.T) {
	if args := os.Getenv(autofsEnv); args != "" {
		keepAutofs(t, strings.Split(args, "\n"))
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("skip: needs root to mount")
	}
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	auto := root + "/var/log/auto"
	for _, d := range []string{auto, root + "/etc"} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{root + "/var/log/syslog": "s", root + "/etc/rsyslog.conf": "*.* /var/log/auto/h/x.log\n*.* /var/log/*/y.log\n",
		dir + "/list": auto + "/h\n" + auto + "/\n" + root + "/var/log/*/*\n" + root + "/var/log/\n"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/var/log/auto/h/deep", root+"/var/log/link"); err != nil {
		t.Fatal(err)
	}
	bin := build(t, dir)
	for name, args := range map[string][]string{
		"image": {"run", "--root", root, "--profile", "full", "--quiet"},
		"live":  {"run", "--only", "paths,covered,drift", "--paths", dir + "/list", "--quiet"},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(dir, name+".tar.zst")
			cmd := exec.Command(os.Args[0], "-test.run=^TestAutofs$", "-test.v")
			cmd.Env = append(os.Environ(), autofsEnv+"="+strings.Join(append([]string{auto, bin}, append(args, "--out", out)...), "\n"))
			cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
			text, err := cmd.CombinedOutput()
			if strings.Contains(string(text), "no autofs here") {
				t.Skipf("skip: %s", text)
			}
			if err != nil || !strings.Contains(string(text), ": asked 0 times") || !strings.Contains(string(text), "control asked 1 times") {
				t.Fatalf("%v: %s", err, text)
			}
			b, err := bundle.Open(out, bundle.OpenOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			outcomes, err := b.Outcomes()
			if err != nil {
				t.Fatal(err)
			}
			skipped := 0
			for _, o := range outcomes {
				if strings.Contains(o.Reason, "autofs") && o.Outcome == bundle.Skipped {
					skipped++
				} else if strings.Contains(o.Target, "log/auto") && o.Outcome != bundle.Skipped && o.Source != "covered" {
					t.Errorf("%s %s: %s %s", o.Source, o.Target, o.Outcome, o.Reason)
				}
			}
			if skipped == 0 {
				t.Errorf("no outcome names the autofs mount: %s", text)
			}
		})
	}
}

// keepAutofs mounts autofs at args[0], runs the rest in a process group of its
// own (the daemon's group may enter), and counts the requests of the kernel.
func keepAutofs(t *testing.T, args []string) {
	var pipe [2]int
	err := unix.Pipe2(pipe[:], unix.O_CLOEXEC|unix.O_NONBLOCK)
	if err == nil {
		err = unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	}
	if err == nil {
		err = unix.Mount("test", args[0], "autofs", 0, fmt.Sprintf("fd=%d,pgrp=%d,minproto=5,maxproto=5,indirect", pipe[1], unix.Getpgrp()))
	}
	if err != nil {
		t.Logf("no autofs here: %v", err)
		return
	}
	cmd := exec.Command(args[1], args[2:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	text, _ := cmd.CombinedOutput()
	buf := make([]byte, 64<<10)
	n, _ := unix.Read(pipe[0], buf)
	const packet = 304 // struct autofs_v5_packet, linux/auto_fs.h
	t.Logf("asked %d times, exit %d\n%s", (max(n, 0)+packet-1)/packet, cmd.ProcessState.ExitCode(), text)
	control := exec.Command("/bin/ls", args[0]+"/h") // whoever looks there is seen
	control.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := control.Start(); err == nil {
		n = 0
		for i := 0; n <= 0 && i < 500; i++ {
			time.Sleep(10 * time.Millisecond)
			n, _ = unix.Read(pipe[0], buf)
		}
		t.Logf("control asked %d times", (max(n, 0)+packet-1)/packet)
		_ = control.Process.Kill() // it waits for an answer that never comes
		_ = control.Wait()
	}
	unix.Close(pipe[0])
	unix.Close(pipe[1])
}
