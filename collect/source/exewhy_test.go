package source

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// mapCode maps a file as code, as the loader does with a library.
func mapCode(name string) error {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	if _, err := unix.Mmap(fd, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE); err != nil {
		return fmt.Errorf("mmap: %w", err)
	}
	return nil
}

// coverSelf mounts an innocent file over the decoy's own executable, in a
// mount namespace of the whole process.
func coverSelf(with string) error {
	self, err := os.Executable()
	if err == nil {
		err = unix.Mount(with, self, "", unix.MS_BIND, "")
	}
	if err != nil {
		return fmt.Errorf("cover: %w", err)
	}
	return nil
}

func mustExecutable(t testing.TB) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return self
}

// startAs runs a decoy from a path under a title and gives its pid.
func startAs(t *testing.T, path string, title []string, kind string, env ...string) int {
	t.Helper()
	unused := filepath.Join(t.TempDir(), "unused")
	if err := os.WriteFile(unused, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.Args = title
	cmd.Env = append(append(os.Environ(), "SAKSI_DECOY="+kind, "SAKSI_FILTER=", "SAKSI_REMOVE="+unused), env...)
	if strings.HasSuffix(kind, "+cover") {
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("skip: the decoy cannot be started here: %v", err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	if s := bufio.NewScanner(out); !s.Scan() || !strings.HasPrefix(s.Text(), "ready") {
		t.Skipf("skip: the decoy said %q", s.Text())
	}
	return cmd.Process.Pid
}

// A program in an ordinary place is copied when its title names another
// program or another file is mounted over it, with the reason; it is not when
// title and place are its own.
func TestMasqueradeIsCopied(t *testing.T) {
	needRoot(t)
	image, err := os.ReadFile(mustExecutable(t))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/var/lib", "saksi-test-")
	if err != nil {
		t.Skipf("skip: no ordinary place to put a program: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for _, tc := range []struct {
		name, title, kind, want string
	}{
		{"plain", "plain", "unix", ""},
		{"linked", dir + "/alias", "unix", ""},
		{"liar", "/sbin/udevd", "unix", "the title names another program: /sbin/udevd"},
		{"liar2", "hald-runner", "unix", "the title names another program: hald-runner"},
		{"thread", "[kworker/1:2]", "unix", "the process calls itself a kernel thread"},
		{"covered", "covered", "unix+cover", "another file lies at its path"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := dir + "/" + tc.name
			if err := os.WriteFile(path, image, 0o755); err != nil {
				t.Fatal(err)
			}
			if tc.name == "linked" {
				if err := os.Symlink(path, dir+"/alias"); err != nil {
					t.Fatal(err)
				}
			}
			pid := startAs(t, path, []string{tc.title, "-d"}, tc.kind, "SAKSI_COVER=/etc/passwd")
			env, k := liveEnv(t)
			gather(t, env, exe())
			if got := env.Seen.Suspect[pid]; got != tc.want {
				t.Errorf("grounds %q, want %q", got, tc.want)
			}
			c, copied := env.Seen.Exes[pid]
			if copied != (tc.want != "") || copied && !bytes.Equal(k.files[c.Bag], image) {
				t.Errorf("copied %v, %d bytes of %d", copied, len(k.files[c.Bag]), len(image))
			}
		})
	}
}
