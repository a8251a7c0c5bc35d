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
	if os.Getenv("SAKSI_VM_OLD") == "1" {
		old, err := filepath.Glob(filepath.Join(dir, "old", "vmlinuz-*"))
		if err != nil || len(old) == 0 {
			t.Fatalf("no older kernel in %s/old: %v", dir, err)
		}
		ks = append(old, ks...)
	}
	return &lab{dir: dir, kernels: ks, saksi: filepath.Join(dir, "saksi")}
}

// initrd packs the guest for one kernel.
func (l *lab) initrd(t *testing.T, kernel string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "i.cpio.gz")
	guest := filepath.Join(l.dir, "guest")
	err := initramfs(path, map[string]string{"init": guest, "modlog": guest, "decoy": filepath.Join(l.dir, "decoy"), "saksi-collect": filepath.Join(l.dir, "saksi-collect"),
		"af_packet_diag.ko": filepath.Join(filepath.Dir(kernel), "af_packet_diag-"+version(kernel)+".ko")})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func version(kernel string) string {
	return strings.TrimPrefix(filepath.Base(kernel), "vmlinuz-")
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

// lines runs the desk program and decodes each line of its output.
func lines[T any](t *testing.T, l *lab, args ...string) []T {
	t.Helper()
	out, code := l.desk(t, args...)
	if code != 0 && code != 3 {
		t.Fatalf("saksi %s: exit %d %s", strings.Join(args, " "), code, out)
	}
	var all []T
	for line := range strings.Lines(out) {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, v)
	}
	return all
}

// steps are what one boot goes through, in an order that never goes back.
func steps(partial bool) string {
	const ram = "+--memory+--plain+--only+memory+--quiet"
	s := []string{"modlog", "mount+data+/mnt", "canary", "iomem",
		"pause+0", "collect+mem" + ram, "pause+1", "image+direct", "pause+2", "image+naive", "pause+3",
		"decoy", "hold+thread+uring+flight+kprobe+tracepoint+fentry+lsm", "collect+whole+--quiet", "insmod+af_packet_diag.ko", "collect+diag+--only+socket+--quiet"}
	if partial {
		s = append(s, "collect+first"+ram+"+--memory-range+1000-7ffffff+--memory-max+48M", "collect+rest"+ram+"+--memory-resume+/mnt/first.tar.zst", "kill+killed"+ram,
			"mount+small+/small", "collect+full"+ram+"+--min-free+0+--out=/small/full.tar.zst")
	}
	return strings.Join(append(s, "lockdown+integrity", "collect+integrity"+ram+"+--memory-range+1000-9efff", "yama+3", "collect+yama+--only+socket+--quiet",
		"lockdown+confidentiality", "collect+confidentiality"+ram), ",")
}

// TestKernels boots each kernel once and takes it through all legs.
func TestKernels(t *testing.T) {
	l := open(t)
	for i, k := range l.kernels {
		t.Run(version(k), func(t *testing.T) { l.kernel(t, k, i == len(l.kernels)-1) })
	}
}

func (l *lab) kernel(t *testing.T, kernel string, partial bool) {
	m := boot(t, kernel, l.initrd(t, kernel), steps(partial))
	if logged := m.wait("@@MODLOG"); !strings.Contains(logged, "net-pf-5") {
		t.Errorf("the logger in the place of modprobe does not work: %s", logged)
	}
	iomem := m.wait("@@IOMEM")
	runs := map[string]collected{}
	var d [4]*dump
	d[0] = m.dump("d0")
	runs["mem"] = m.run("mem")
	for i := 1; i < 4; i++ {
		if i > 1 {
			t.Log(m.wait("@@IMAGED"))
		}
		d[i] = m.dump("d" + string(rune('0'+i)))
	}
	pid, path, _ := strings.Cut(m.wait("@@DECOY"), " ")
	var held []held
	for range 7 {
		held = append(held, parseHeld(t, m.wait("@@HOLD")))
	}
	names := []string{"whole", "diag"}
	if partial {
		names = append(names, "first", "rest")
	}
	for _, n := range names {
		runs[n] = m.run(n)
	}
	if partial {
		killed := m.run("killed")
		if killed.exit != -1 {
			t.Errorf("the collector ended before it was killed: exit %d", killed.exit)
		}
		runs["full"] = m.run("full")
	}
	for _, n := range []string{"integrity", "yama", "confidentiality"} {
		runs[n] = m.run(n)
	}
	m.end()
	for n, want := range map[string]int{"mem": 0, "first": 3, "rest": 0, "full": 3, "integrity": 0, "yama": 3, "confidentiality": 3} {
		if r, ran := runs[n]; ran && r.exit != want {
			t.Errorf("%s: exit %d, want %d\n%s", n, r.exit, want, m.about(n))
		}
	}
	t.Run("memory", func(t *testing.T) { l.memoryLegs(t, m, version(kernel), iomem, d) })
	t.Run("whole path", func(t *testing.T) { l.wholePath(t, m, pid, path, held) })
	t.Run("packet_diag loaded", func(t *testing.T) { l.sockets(t, m.file("data", "diag.tar.zst"), held, true) })
	t.Run("refusals", func(t *testing.T) { l.refusals(t, m) })
	if partial {
		t.Run("partial images", func(t *testing.T) { l.partialLegs(t, m, iomem) })
	}
}
