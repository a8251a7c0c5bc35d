package desk

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// plant makes files below a new directory.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func clock() time.Time { return time.Date(2026, 4, 3, 0, 0, 0, 0, time.UTC) }

func sealed(t *testing.T, paths []string, o Options) *bundle.Bundle {
	t.Helper()
	o.Out, o.Now = t.TempDir(), clock
	done, err := Seal(context.Background(), paths, o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundle.Open(done.Path, bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func contents(t *testing.T, b *bundle.Bundle) map[string]string {
	t.Helper()
	m := map[string]string{}
	for x, err := range b.Exhibits() {
		if err != nil {
			t.Fatal(err)
		}
		r, err := b.OpenExhibit(x)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if x.Stat == nil || x.Stat.Mtime == 0 {
			t.Errorf("%s has no stat", x.Name)
		}
		m[string(x.Path)] = string(data)
	}
	return m
}

func TestRootTree(t *testing.T) {
	dir := plant(t, map[string]string{
		"var/log/auth.log": "line\n", "etc/hostname": "web07\n", "etc/timezone": "Asia/Seoul\n", "etc/os-release": "PRETTY_NAME=\"Test OS\"\n", "tmp/x\xff": "odd", "tmp/d\xff/y": "deep",
	})
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "etc/link")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "etc/pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := sealed(t, []string{dir}, Options{})
	got := contents(t, b)
	if got["/var/log/auth.log"] != "line\n" || got["/tmp/x\xff"] != "odd" || got["/tmp/d\xff/y"] != "deep" || len(got) != 6 {
		t.Fatalf("contents %q", got)
	}
	a := b.Acquisition()
	if a.Host.Hostname != "web07" || a.Host.Zone != "Asia/Seoul" || a.Host.OS != "Test OS" || a.Sealed != "desk" {
		t.Fatalf("acquisition %+v", a)
	}
	outs, err := b.Outcomes()
	if err != nil || len(outs) != len(b.Plan()) {
		t.Fatalf("%d outcomes of %d items, %v", len(outs), len(b.Plan()), err)
	}
	skipped := map[string]string{}
	for _, o := range outs {
		if o.Outcome == bundle.Skipped {
			skipped[filepath.Base(o.Target)] = o.Reason
		}
	}
	if !strings.Contains(skipped["link"], "symbolic link") || !strings.Contains(skipped["pipe"], "named pipe") || len(skipped) != 2 {
		t.Fatalf("skipped %v", skipped)
	}
}

func TestPlainNames(t *testing.T) {
	dir := plant(t, map[string]string{"logs/a.log": "a", "logs/sub/b.log": "b"})
	got := contents(t, sealed(t, []string{filepath.Join(dir, "logs"), filepath.Join(dir, "logs/a.log")}, Options{Host: "h1"}))
	if len(got) != 2 || got["a.log"] != "a" || got["sub/b.log"] != "b" {
		t.Fatalf("contents %q", got)
	}
	uac := plant(t, map[string]string{"[root]/var/log/syslog": "s", "uac.log": "u"})
	got = contents(t, sealed(t, []string{uac}, Options{}))
	if got["/var/log/syslog"] != "s" || got["uac.log"] != "u" {
		t.Fatalf("contents %q", got)
	}
}

// TestRunID: it follows contents, paths, host and zone, and nothing else.
func TestRunID(t *testing.T) {
	id := func(files map[string]string, o Options) string {
		s, err := Look(context.Background(), []string{plant(t, files)}, o)
		if err != nil {
			t.Fatal(err)
		}
		return s.RunID
	}
	base := map[string]string{"a.log": "a", "b.log": "b"}
	want := id(base, Options{Host: "web01", Zone: "UTC"})
	if !strings.HasPrefix(want, "web01-desk-") {
		t.Errorf("run id %q", want)
	}
	if got := id(base, Options{Host: "web01", Zone: "UTC"}); got != want {
		t.Errorf("again: %q, want %q", got, want)
	}
	for name, got := range map[string]string{
		"host":    id(base, Options{Host: "web02", Zone: "UTC"}),
		"zone":    id(base, Options{Host: "web01", Zone: "Asia/Seoul"}),
		"content": id(map[string]string{"a.log": "a", "b.log": "c"}, Options{Host: "web01", Zone: "UTC"}),
		"path":    id(map[string]string{"a.log": "a", "c.log": "b"}, Options{Host: "web01", Zone: "UTC"}),
	} {
		if got == want {
			t.Errorf("another %s gives the same run id", name)
		}
	}
}

// TestKept: sealing the same inputs again keeps the first bundle.
func TestKept(t *testing.T) {
	dir, out := plant(t, map[string]string{"a.log": "a"}), t.TempDir()
	o := Options{Out: out, Host: "h", Now: clock}
	first, err := Seal(context.Background(), []string{dir}, o)
	if err != nil {
		t.Fatal(err)
	}
	if first.Written == "" {
		t.Error("the first bundle is not said to be written now")
	}
	before, err := os.ReadFile(first.Path)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Seal(context.Background(), []string{dir}, o)
	if err != nil || second != (Sealed{Path: first.Path}) {
		t.Fatalf("%q %v, want %q, not written now", second, err, first.Path)
	}
	after, err := os.ReadFile(first.Path)
	if err != nil || !bytes.Equal(before, after) {
		t.Fatal("the bundle was written again")
	}
	if list, err := os.ReadDir(out); err != nil || len(list) != 1 {
		t.Fatalf("left behind: %v %v", list, err)
	}
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	for name, paths := range map[string][]string{"none": nil, "missing": {filepath.Join(dir, "no")}, "empty": {dir}, "device": {"/dev/null"}} {
		if p, err := Seal(context.Background(), paths, Options{Out: t.TempDir()}); err == nil {
			t.Errorf("%s: sealed %q", name, p)
		}
	}
}
