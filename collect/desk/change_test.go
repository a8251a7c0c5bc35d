package desk

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// between looks at inputs, lets them change, and seals.
func between(t *testing.T, files map[string]string, change func(dir string)) *bundle.Bundle {
	t.Helper()
	dir := plant(t, files)
	s, err := Look(context.Background(), []string{dir}, Options{Out: t.TempDir(), Host: "h", Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	change(dir)
	p, err := s.Seal(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundle.Open(p.Path, bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	r, err := b.Verify(context.Background(), bundle.VerifyOptions{})
	if err != nil || !r.OK {
		t.Fatalf("%+v %v", r, err)
	}
	return b
}

// TestVanished: a file that goes away between the readings is named.
func TestVanished(t *testing.T) {
	b := between(t, map[string]string{"a.log": "a", "b.log": "b"}, func(dir string) {
		if err := os.Remove(filepath.Join(dir, "b.log")); err != nil {
			t.Fatal(err)
		}
	})
	outs, err := b.Outcomes()
	if err != nil || len(outs) != 1 || outs[0].Outcome != bundle.Partial || !strings.Contains(outs[0].Reason, "b.log") || outs[0].Exhibits != 1 {
		t.Errorf("%+v %v", outs, err)
	}
}

// TestReplaced: what takes a file's place is not read when it is no file.
func TestReplaced(t *testing.T) {
	for _, target := range []string{"/etc/hostname", "a.log"} {
		b := between(t, map[string]string{"a.log": "a", "b.log": "b"}, func(dir string) {
			p := filepath.Join(dir, "b.log")
			if err := os.Remove(p); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(target, p); err != nil {
				t.Fatal(err)
			}
		})
		if got := contents(t, b); len(got) != 1 || got["a.log"] != "a" {
			t.Errorf("%s: %q", target, got)
		}
	}
}

// TestChanged: other bytes at the second reading are flagged.
func TestChanged(t *testing.T) {
	b := between(t, map[string]string{"a.log": "aaaa", "b.log": "bbbb"}, func(dir string) {
		if err := os.WriteFile(filepath.Join(dir, "b.log"), []byte("cc"), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	outs, err := b.Outcomes()
	if err != nil || len(outs) != 1 || len(outs[0].Flags) != 1 || !strings.Contains(outs[0].Flags[0], "changed while read: b.log") {
		t.Errorf("%+v %v", outs, err)
	}
	if got := contents(t, b); got["b.log"] != "cc\x00\x00" {
		t.Errorf("%q", got["b.log"])
	}
}
