package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// coverEnv makes the test program mount something over a directory first.
const coverEnv = "SAKSI_TEST_COVER"

// TestCovered mounts a tmpfs over a directory of logs, in a mount namespace of
// its own, and wants the files below it and the file on top of it.
func TestCovered(t *testing.T) {
	if args := os.Getenv(coverEnv); args != "" {
		coverAndRun(t, strings.Split(args, "\n"))
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("skip: needs root to mount")
	}
	dir := t.TempDir()
	logs := filepath.Join(dir, "log", "audit")
	if err := os.MkdirAll(logs, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(logs+"/audit.log", []byte("what happened"), 0o644); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "list")
	if err := os.WriteFile(list, []byte(dir+"/log/\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "b.tar.zst")
	cmd := exec.Command(os.Args[0], "-test.run=^TestCovered$", "-test.v")
	cmd.Env = append(os.Environ(), coverEnv+"="+strings.Join([]string{logs, build(t, dir), "run", "--out", out, "--only", "paths,covered,filestat", "--paths", list, "--quiet"}, "\n"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
	text, err := cmd.CombinedOutput()
	if strings.Contains(string(text), "no mounts here") || strings.Contains(string(text), "no clone of mounts") {
		t.Skipf("skip: %s", text)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	b, err := bundle.Open(out, bundle.OpenOptions{})
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	defer b.Close()
	got := contents(t, b, logs+"/audit.log")
	if flags, ok := got["what happened"]; !ok || !strings.Contains(flags, "covered by mount") {
		t.Errorf("the covered file: %v, flags %q\n%s", ok, flags, text)
	}
	if flags, ok := got["nothing happened"]; !ok || strings.Contains(flags, "covered") {
		t.Errorf("the file on top: %v, flags %q\n%s", ok, flags, text)
	}
}

// contents gives the flags of every exhibit of one path, by its content.
func contents(t *testing.T, b *bundle.Bundle, path string) map[string]string {
	t.Helper()
	got := map[string]string{}
	for x, err := range b.Exhibits() {
		if err != nil {
			t.Fatal(err)
		}
		if string(x.Path) != path {
			continue
		}
		r, err := b.OpenExhibit(x)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
		got[string(data)] = strings.Join(x.Flags, ", ")
	}
	return got
}

// coverAndRun mounts a tmpfs at args[0], puts a file there, and runs the rest.
func coverAndRun(t *testing.T, args []string) {
	err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	if err == nil {
		err = unix.Mount("tmpfs", args[0], "tmpfs", 0, "")
	}
	if err == nil {
		err = os.WriteFile(args[0]+"/audit.log", []byte("nothing happened"), 0o600)
	}
	if err != nil {
		t.Logf("no mounts here: %v", err)
		return
	}
	text, _ := exec.Command(args[1], args[2:]...).CombinedOutput()
	t.Logf("%s", text)
}
