package vm

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// volatilityScript reads a LiME file with Volatility 3's own layer: how many
// segments, where, and the bytes of each compared with the raw image.
const volatilityScript = `
import sys
from volatility3.framework import contexts, interfaces, layers
from volatility3.framework.layers import physical, lime
c = contexts.Context()
c.config["base.location"] = "file://" + sys.argv[1]
c.add_layer(physical.FileLayer(c, "base", "base"))
c.config["lime.base_layer"] = "base"
l = lime.LimeLayer(c, "lime", "lime")
c.add_layer(l)
raw = open(sys.argv[2], "rb")
n = bad = 0
for off, length, moff, mlen, layer in l.mapping(0, l.maximum_address + 1, ignore_errors=True):
    print("segment %x-%x" % (off, off + length - 1))
    for at in range(off, off + length, 1 << 20):
        k = min(1 << 20, off + length - at)
        raw.seek(at)
        n += k
        if l.read(at, k) != raw.read(k):
            bad += 1
print("bytes", n, "bad", bad)
`

// volatility: Volatility 3 reads the LiME image as we wrote it.
func (l *lab) volatility(t *testing.T, lime, raw string) {
	t.Helper()
	python := filepath.Join(l.dir, "volatility", "bin", "python")
	if _, err := os.Stat(python); err != nil {
		t.Logf("NOT CHECKED with Volatility 3: %v (pip install volatility3)", err)
		return
	}
	var out, errs bytes.Buffer
	c := exec.Command(python, "-c", volatilityScript, lime, raw)
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		t.Errorf("volatility: %v\n%s", err, errs.String())
		return
	}
	text := strings.TrimSpace(out.String())
	t.Logf("Volatility 3: %s", strings.ReplaceAll(text, "\n", ", "))
	if !strings.HasSuffix(text, "bad 0") || strings.Count(text, "segment ") < 4 {
		t.Errorf("Volatility 3 reads something else than was written")
	}
}

// crash: Debian's crash opens the ELF core with the debug symbols of the very
// kernel and tells of the machine what the guest was.
func (l *lab) crash(t *testing.T, path, core string) {
	t.Helper()
	mi, _, _ := openImage(t, path)
	symbols := filepath.Join(l.dir, "vmlinux-"+mi.Plan.Kernel)
	crash := filepath.Join(l.dir, "crash", "usr", "bin", "crash")
	for _, f := range []string{symbols, crash} {
		if _, err := os.Stat(f); err != nil {
			t.Logf("NOT CHECKED with crash: %v (apt has no debug symbols of it, or SAKSI_VM_CRASH=0)", err)
			return
		}
	}
	number := func(re string) string {
		if g := regexp.MustCompile(re).FindSubmatch(mi.Notes); g != nil {
			return string(g[1])
		}
		return ""
	}
	args := []string{"-s", "--no_kmem_cache", symbols, core}
	if v := number(`NUMBER\(phys_base\)=(-?[0-9]+)`); v != "" {
		args = append(args, "--machdep", "phys_base="+v)
	}
	if v := number(`KERNELOFFSET=([0-9a-f]+)`); v != "" {
		args = append(args, "--kaslr=0x"+v)
	}
	// The machine ran on while its memory was taken: a list may be torn at one
	// place. Its other direction, or the table of pids, goes around that.
	var answers []string
	for _, walk := range []string{"list task_struct.tasks -s task_struct.comm -h init_task", "list -r task_struct.tasks -s task_struct.comm -h init_task", "ps"} {
		text, err := l.ask(crash, args, walk)
		node, task := strings.Contains(text, "NODENAME: vm01"), strings.Contains(text, "saksi-collect")
		t.Logf("crash, %s: %d bytes of answer, NODENAME vm01 %v, saksi-collect among the tasks %v, %v", walk, len(text), node, task, err)
		if err == nil && node && task {
			return
		}
		answers = append(answers, fmt.Sprintf("%v\n%.2000s", err, text))
	}
	t.Errorf("crash does not know this machine:\n%s", strings.Join(answers, "\n"))
}

// ask gives what crash answers about the machine, and to one command more.
func (l *lab) ask(crash string, args []string, command string) (string, error) {
	c := exec.Command(crash, args...)
	c.Env = append(os.Environ(), "LD_LIBRARY_PATH="+filepath.Join(l.dir, "crash", "usr", "lib", "x86_64-linux-gnu")+":"+filepath.Join(l.dir, "crash", "lib", "x86_64-linux-gnu"), "TERM=dumb")
	c.Stdin = strings.NewReader("sys\n" + command + "\nquit\n")
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	return out.String(), err
}
