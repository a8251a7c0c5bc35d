//go:build linux

package source

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// TestForeignMounts starts a process in a mount namespace of its own, with a
// tmpfs that nobody else sees, and wants the file in it.
func TestForeignMounts(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("skip: needs root to mount")
	}
	dir := t.TempDir()
	cmd := exec.Command("/bin/sh", "-c", `mount -t tmpfs none "$0" && echo x > "$0/inside" && echo ready && read wait`, dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("skip: no mount namespace here: %v", err)
	}
	defer func() {
		in.Close()
		_ = cmd.Wait()
	}()
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Skipf("skip: no mount here: %q", line)
	}
	h, err := host.NewLive()
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	env := &collect.Env{Host: h, Seen: &collect.Seen{}}
	want := fmt.Sprintf("/proc/%d/root%s", cmd.Process.Pid, dir)
	for _, m := range foreignMounts(context.Background(), env) {
		if !strings.HasSuffix(m.Point, dir) {
			continue
		}
		if m.Point != want {
			t.Errorf("point %s, want %s", m.Point, want)
		}
		found := false
		_, err := h.(host.Walker).Walk(context.Background(), m, host.WalkOptions{Workers: 1, Visit: func(_ int, f *record.File) error {
			found = found || string(f.Path) == filepath.Join(want, "inside")
			return nil
		}})
		if err != nil || !found {
			t.Errorf("walk of %s: %v, file found %v", m.Point, err, found)
		}
		return
	}
	t.Errorf("the mount at %s was not found", want)
}
