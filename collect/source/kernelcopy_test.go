package source

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"syscall"
	"testing"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/host/hosttest"
	"github.com/saksi-dfir/saksi/collect/record"
)

// treeFiles is a tree of small files; mounts are those of a kernel with tracefs
// or of an old one.
type treeFiles struct {
	host.Files
	files  map[string]string
	dirs   map[string][]string
	mounts []host.Mount
	read   map[string]bool
}

func (f treeFiles) Mounts() ([]host.Mount, error) { return f.mounts, nil }

func (f treeFiles) Stat(string) (record.File, error) { return record.File{}, syscall.ENOENT }

func (f treeFiles) ReadDir(path string, fn func(string, byte) bool) error {
	for _, n := range f.dirs[path] {
		fn(n, 8)
	}
	if f.dirs[path] == nil {
		return syscall.ENOENT
	}
	return nil
}

func (f treeFiles) ReadFile(path string, _ int64) ([]byte, bool, error) {
	f.read[path] = true
	s, ok := f.files[path]
	if !ok {
		return nil, false, fmt.Errorf("%q: %w", path, syscall.ENOENT)
	}
	return []byte(s), false, nil
}

func TestCopiesForReadingMemory(t *testing.T) {
	symbols := "0000000000000000 T _stext\n0000000000000000 t f\t[ext4]\n"
	files := treeFiles{read: map[string]bool{}, files: map[string]string{"/sys/kernel/btf/vmlinux": "types", "/sys/kernel/btf/ext4": "more",
		"/sys/module/ext4/initstate": "live\n", "/sys/module/ext4/taint": "OE\n", "/sys/module/ext4/sections/.text": "0xffffffffc0100000\n"},
		dirs: map[string][]string{"/sys/kernel/btf": {"vmlinux", "ext4"}, "/sys/module": {"ext4", "builtin"}}}
	r := recording()
	r.Files = files
	h := hosttest.New(r)
	h.P.Exes["kallsyms"], h.P.Links["kallsyms"] = []byte(symbols), &record.Link{}
	k := newKept()
	env := &collect.Env{Host: h, Out: k, Seen: &collect.Seen{}}
	gather(t, env, kernelState())
	beside := imager{env: env} // a RAM image takes no second copy
	for _, name := range []string{"kallsyms", "btf-vmlinux"} {
		if err := beside.symbols(name, func() (host.File, error) { t.Errorf("%s is read again", name); return nil, syscall.EIO }); err != nil {
			t.Error(err)
		}
	}
	if got := string(k.files["data/kernel/kallsyms"]); got != symbols {
		t.Errorf("copy of kallsyms %q", got)
	}
	if got := string(k.files["data/kernel/btf-vmlinux"]); got != "types" {
		t.Errorf("copy of the type data %q", got)
	}
	sum := sha256.Sum256([]byte("more"))
	want := map[string]string{"length and SHA-256 of the type data": "ext4 4 " + hex.EncodeToString(sum[:]) + "\n", "addresses that are zero": "2",
		"names of modules with initstate": "ext4 live taint=OE text=0xffffffffc0100000\n", "trace hooks": ""}
	for _, l := range lines[record.Kernel](t, k, "kernel") {
		w, ok := want[l.Of]
		if !ok {
			continue
		}
		delete(want, l.Of)
		if got := string(l.Data); l.Of != "length and SHA-256 of the type data" && got != w || l.Of == "length and SHA-256 of the type data" && got[:len(w)] != w {
			t.Errorf("%s: %q, want %q", l.Of, got, w)
		}
	}
	if len(want) != 0 {
		t.Errorf("not recorded: %v", want)
	}
}

// Hooks are read where tracefs is mounted, of every instance; below debugfs only
// in kernels where looking there mounts nothing.
func TestTracingWhereItIsMounted(t *testing.T) {
	for _, tc := range []struct {
		kernel, fstype, point, want string
	}{
		{"6.1.0", "tracefs", "/t", "/t/instances/x/kprobe_events"},
		{"3.10.0-1160.el7", "debugfs", "/sys/kernel/debug", "/sys/kernel/debug/tracing/kprobe_events"},
		{"6.1.0", "debugfs", "/sys/kernel/debug", ""},
		{"6.1.0", "ext4", "/", ""},
	} {
		files := treeFiles{read: map[string]bool{}, files: map[string]string{}, dirs: map[string][]string{"/t/instances": {"x"}}, mounts: []host.Mount{{Point: tc.point, FSType: tc.fstype}}}
		if tc.want != "" {
			files.files[tc.want] = "p:x y\n"
		}
		r := recording()
		r.Files, r.Identity.Kernel = files, tc.kernel
		k := newKept()
		gather(t, &collect.Env{Host: hosttest.New(r), Out: k, Seen: &collect.Seen{}}, kernelState())
		got := ""
		for _, l := range lines[record.Kernel](t, k, "kernel") {
			if string(l.Data) == "p:x y\n" {
				got = l.Name
			}
		}
		if got != tc.want || tc.want == "" && files.read["/sys/kernel/debug/tracing/kprobe_events"] {
			t.Errorf("%s on %s: %q, want %q", tc.fstype, tc.kernel, got, tc.want)
		}
	}
}
