package source

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/record"
)

func TestDeletedOpenFileIsCopied(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("needs a procfs")
	}
	path := filepath.Join(t.TempDir(), "a log")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("what was in it\n"); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	env, k := liveEnv(t)
	o := gather(t, env, deleted())
	if o.Outcome != bundle.Collected && o.Outcome != bundle.Partial {
		t.Errorf("outcome %+v", o)
	}
	for name, target := range k.paths {
		if target == path+" (deleted)" {
			if got := string(k.files[name]); got != "what was in it\n" {
				t.Errorf("content %q", got)
			}
			if !strings.HasPrefix(name, "data/deleted/") {
				t.Errorf("bag name %q", name)
			}
			return
		}
	}
	t.Errorf("the file is missing among %d", len(k.paths))
}

func TestMappedCode(t *testing.T) {
	file := func(mode uint32) record.File { return record.File{Mode: modeReg | mode} }
	for _, tc := range []struct {
		line string
		mode uint32
		want string
	}{
		{"7f00-7f01 r-xp 00000000 fd:00 123                        /usr/lib/x.so (deleted)\n", 0o755, "it has no name any more"},
		{"7f00-7f01 r--p 00000000 fd:00 123                        /usr/lib/x.so (deleted)\n", 0o755, ""},
		{"7f00-7f01 r-xp 00000000 00:01 123                        /memfd:a b (deleted)\n", 0o777, "it has no name any more"},
		{"7f00-7f01 r-xp 00000000 fd:00 123                        /usr/lib/x.so\n", 0o755, ""},
		{"7f00-7f01 r-xp 00000000 fd:00 123                        /usr/lib/x.so\n", 0o757, "anybody may write it"},
		{"7f00-7f01 r-xp 00000000 fd:00 123                        /usr/lib/.x/y.so\n", 0o757, "it lies below a hidden directory or is hidden; anybody may write it"},
		{"7f00-7f01 r-xp 00000000 00:18 9                          /dev/shm/l.so\n", 0o644, "it lies below /dev/shm"},
		{"7f00-7f01 r-xp 00000000 fd:00 9                          /var/tmp/a b.so\n", 0o644, "it lies below /var/tmp"},
		{"7f00-7f01 rwxs 00000000 00:01 0                          /SYSV00000000 (deleted)\n", 0o600, ""},
		{"7f00-7f01 r-xp 00000000 00:00 0 \n", 0, ""},
		{"garbage", 0, ""},
	} {
		got := ""
		if m, ok := codeLine(tc.line); ok {
			got = strings.Join(mappedWhy(m.target, file(tc.mode)), "; ")
		}
		if got != tc.want {
			t.Errorf("%q %o: %q, want %q", tc.line, tc.mode, got, tc.want)
		}
	}
}

// Code mapped from a place where anybody may write is copied once and recorded
// for every process that has it.
func TestMappedCodeOfThisHost(t *testing.T) {
	needRoot(t)
	dir := t.TempDir() + "/.lib"
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	lib := dir + "/libx.so"
	image := bytes.Repeat([]byte("not really code\n"), 512)
	if err := os.WriteFile(lib, image, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(lib, 0o777); err != nil {
		t.Fatal(err)
	}
	one := startAs(t, mustExecutable(t), []string{"one"}, "unix+map", "SAKSI_MAP="+lib)
	two := startAs(t, mustExecutable(t), []string{"two"}, "unix+map", "SAKSI_MAP="+lib)
	env, k := liveEnv(t)
	o := gather(t, env, deleted())
	seen, bags := map[int]bool{}, map[string]bool{}
	for _, m := range lines[record.Mapped](t, k, "mapped") {
		if string(m.Path) != lib {
			continue
		}
		seen[m.PID], bags[m.Bag] = true, true
		why := strings.Join(m.Why, "; ")
		if !strings.Contains(why, "below /tmp") || !strings.Contains(why, "anybody may write it") || m.Start == 0 || m.Size != int64(len(image)) {
			t.Errorf("record %+v", m)
		}
		if !bytes.Equal(k.files[m.Bag], image) {
			t.Errorf("copy %q has %d bytes", m.Bag, len(k.files[m.Bag]))
		}
	}
	if !seen[one] || !seen[two] || len(bags) != 1 || len(o.Flags) == 0 {
		t.Errorf("processes %v, copies %v, outcome %+v", seen, bags, o)
	}
}
