// Package vm runs the collector inside virtual machines with kernels of their
// own. `make vm-test` fetches the kernels, sets SAKSI_VM to the folder that
// holds them and the programs, and runs these tests.
package vm

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// lab is what `make vm-test` prepared.
type lab struct {
	dir     string
	initrd  string
	saksi   string
	kernels []string
}

func open(t *testing.T) *lab {
	t.Helper()
	dir := os.Getenv("SAKSI_VM")
	if dir == "" {
		t.Skip("SAKSI_VM is not set: run make vm-test")
	}
	ks, err := filepath.Glob(filepath.Join(dir, "vmlinuz-*"))
	if err != nil || len(ks) == 0 {
		t.Fatalf("no kernel in %s: %v", dir, err)
	}
	l := &lab{dir: dir, kernels: ks, saksi: filepath.Join(dir, "saksi"), initrd: filepath.Join(t.TempDir(), "i.cpio.gz")}
	err = initramfs(l.initrd, map[string]string{"init": filepath.Join(dir, "guest"), "decoy": filepath.Join(dir, "decoy"), "saksi-collect": filepath.Join(dir, "saksi-collect")})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// desk runs the desk program and gives its output and exit code.
func (l *lab) desk(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.Command(l.saksi, args...)
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	if errs.Len() > 0 {
		t.Logf("saksi %s: %s", strings.Join(args, " "), errs.String())
	}
	return out.String(), c.ProcessState.ExitCode()
}

// TestWholePath collects beside a decoy on each kernel, and finds it at the desk.
func TestWholePath(t *testing.T) {
	l := open(t)
	for _, k := range l.kernels {
		t.Run(filepath.Base(k), func(t *testing.T) {
			m := boot(t, k, l.initrd, "decoy,collect+--skip+memory", 512, "")
			pid, path, _ := strings.Cut(m.wait("@@DECOY"), " ")
			note := m.wait("@@COLLECTED")
			m.end()
			t.Log(note)
			if !strings.Contains(note, "modules equal true") {
				t.Error("the list of modules changed")
			}
			b, code := m.bundle("vm.tar.zst")
			if code != 0 && code != 3 {
				t.Fatalf("collector exit %d\n%s", code, m.tail())
			}
			if out, code := l.desk(t, "verify", b); code != 0 {
				t.Fatalf("verify exit %d: %s", code, out)
			}
			dir := filepath.Join(m.dir, "case")
			if out, code := l.desk(t, "ingest", "--case", dir, b); code != 0 && code != 3 {
				t.Fatalf("ingest exit %d: %s", code, out)
			}
			l.wantFinding(t, dir, pid, path)
		})
	}
}

func (l *lab) wantFinding(t *testing.T, dir, pid, path string) {
	t.Helper()
	out, _ := l.desk(t, "findings", "--case", dir, "--json")
	magic := false
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var f struct {
			PID                 json.Number `json:"pid"`
			Path, Title, Detail string
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if f.PID.String() == pid && strings.Contains(f.Path, path) && strings.Contains(strings.ToLower(f.Detail+f.Title), "0x9d41") {
			magic = true
		}
	}
	if !magic {
		t.Errorf("no finding names pid %s, %s and the constant 0x9d41:\n%s", pid, path, out)
	}
}
