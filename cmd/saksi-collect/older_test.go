package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// olderEnv is the number of the last system call that the kernel shall know.
const olderEnv = "SAKSI_LAST_CALL"

// TestBecomeOlder is the child of TestWholeRunAsOlderKernels: it forgets every
// call behind a number and becomes the program.
func TestBecomeOlder(t *testing.T) {
	last, err := strconv.ParseUint(os.Getenv(olderEnv), 10, 32)
	if err != nil {
		t.Skip("skip: the child of TestWholeRunAsOlderKernels")
	}
	runtime.LockOSThread()
	prog := []unix.SockFilter{{Code: 0x20, K: 0}, // ld the number of the call
		{Code: 0x25, K: uint32(last), Jf: 1}, // jgt
		{Code: 0x06, K: 0x00050000 | uint32(unix.ENOSYS)}, {Code: 0x06, K: 0x7fff0000}}
	f := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	const setFilter, tsync = 1, 1
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		fmt.Println("no filter:", err)
		os.Exit(0)
	}
	if _, _, no := unix.Syscall(unix.SYS_SECCOMP, setFilter, tsync, uintptr(unsafe.Pointer(&f))); no != 0 {
		fmt.Println("no filter:", no)
		os.Exit(0)
	}
	args := strings.Split(os.Getenv(olderEnv+"_ARGS"), "\n")
	fmt.Println("exec:", syscall.Exec(args[0], args, os.Environ()))
	os.Exit(1)
}

// A whole run on a kernel that knows none of the calls made since: it ends, each
// item has its outcome, none of them failed, and the bundle says how it was read.
func TestWholeRunAsOlderKernels(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("skip: the numbers are those of amd64")
	}
	dir := t.TempDir()
	bin := build(t, dir)
	for _, k := range []struct {
		version string
		last    uint32 // arch/x86/entry/syscalls/syscall_64.tbl of that version
		facts   []string
	}{
		{"3.10", 313, []string{"/proc as mounted (ENOSYS)", "no clone of mounts (open_tree: ENOSYS)"}}, // finit_module
		{"4.18", 334, []string{"/proc as mounted (ENOSYS)", "no clone of mounts (open_tree: ENOSYS)"}}, // rseq
		{"5.4", 435, nil}, // clone3: procfs of its own, but no mount_setattr
	} {
		t.Run(k.version, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "b.tar.zst")
			args := []string{bin, "run", "--out", out, "--skip", "scratch,locks,filestat,exe", "--quiet"} // the walk is in TestOldKernel
			cmd := exec.Command(os.Args[0], "-test.run=^TestBecomeOlder$")
			cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", olderEnv, k.last), olderEnv+"_ARGS="+strings.Join(args, "\n"))
			text, err := cmd.CombinedOutput()
			if bytes.HasPrefix(text, []byte("no filter:")) {
				t.Skipf("skip: no system call filters here: %s", text)
			}
			var exit *exec.ExitError
			if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != exitPartial) {
				t.Fatalf("%v: %s", err, text)
			}
			for _, f := range k.facts {
				if !bytes.Contains(text, []byte(f)) {
					t.Errorf("%q is missing in:\n%s", f, text)
				}
			}
			olderOutcomes(t, out)
		})
	}
}

// olderOutcomes wants a whole bundle with one outcome an item and none failed.
func olderOutcomes(t *testing.T, path string) {
	t.Helper()
	b, err := bundle.Open(path, bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	outcomes, err := b.Outcomes()
	if err != nil || len(outcomes) != len(b.Plan()) {
		t.Fatalf("%d outcomes for %d items, %v", len(outcomes), len(b.Plan()), err)
	}
	count := map[string]bundle.OutcomeCode{}
	for _, o := range outcomes {
		if o.Outcome == bundle.Failed || o.Outcome == bundle.TimedOut {
			t.Errorf("item %d %s %q: %s %s %s", o.Item, o.Source, o.Target, o.Outcome, o.Errno, o.Reason)
		}
		count[o.Source] = o.Outcome
	}
	for _, s := range []string{"process", "pidview", "socket", "netns", "ebpf", "kernel", "clocksync", "drift", "run"} {
		if count[s] == "" || count[s] == bundle.Absent || count[s] == bundle.Skipped {
			t.Errorf("source %s ended as %q", s, count[s])
		}
	}
}
