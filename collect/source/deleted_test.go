package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
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

func TestDeletedCode(t *testing.T) {
	for line, want := range map[string]string{
		"7f00-7f01 r-xp 00000000 fd:00 123                        /usr/lib/x.so (deleted)\n": "7f00-7f01 /usr/lib/x.so (deleted)",
		"7f00-7f01 r--p 00000000 fd:00 123                        /usr/lib/x.so (deleted)\n": "",
		"7f00-7f01 r-xp 00000000 00:01 123                        /memfd:a b (deleted)\n":    "7f00-7f01 /memfd:a b (deleted)",
		"7f00-7f01 r-xp 00000000 fd:00 123                        /usr/lib/x.so\n":           "",
		"7f00-7f01 rwxs 00000000 00:01 0                          /SYSV00000000 (deleted)\n": "",
		"7f00-7f01 r-xp 00000000 00:00 0 \n":                                                 "",
		"garbage":                                                                            "",
	} {
		rng, target, ok := deletedCode(line)
		if got := strings.TrimSpace(rng + " " + target); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %v, want %q", line, got, ok, want)
		}
	}
}
