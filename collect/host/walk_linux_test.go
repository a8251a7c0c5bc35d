package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// walkAll walks a mount and returns a copy of every entry by path.
func walkAll(t *testing.T, h Host, m Mount, workers int) (map[string]record.File, WalkResult) {
	t.Helper()
	var mu sync.Mutex
	got := map[string]record.File{}
	r, err := h.(Walker).Walk(context.Background(), m, WalkOptions{Workers: workers, Visit: func(_ int, f *record.File) error {
		mu.Lock()
		defer mu.Unlock()
		c := *f
		c.Path = append(record.Bytes(nil), f.Path...)
		if c.Errno == "" && got[string(c.Path)].Path != nil {
			return fmt.Errorf("%q visited twice", c.Path)
		}
		got[string(c.Path)] = c
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return got, r
}

func TestWalk(t *testing.T) {
	dir := plant(t)
	for i := range 300 {
		d := fmt.Sprintf("%s/many/d%03d", dir, i)
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(d+"/f", []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var want []string
	err := filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		p = strings.TrimPrefix(p, dir)
		if p == "" {
			p = "/"
		}
		want = append(want, p)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{1, 4} {
		h := hosts(t, dir)["openat2"]
		m, err := h.Mounts()
		if err != nil || m[0].Point != "/" {
			t.Fatalf("mounts %+v, %v", m, err)
		}
		files, r := walkAll(t, h, m[0], workers)
		var got []string
		for p := range files {
			got = append(got, p)
		}
		sort.Strings(got)
		sort.Strings(want)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%d workers (-want +got):\n%s", workers, d)
		}
		if int(r.Dirs+r.Files) != len(want) || r.Denied != 0 {
			t.Errorf("%d workers: %+v, want %d names", workers, r, len(want))
		}
		if f := files["/abs"]; string(f.Target) != "/etc/plain" {
			t.Errorf("link target %q", f.Target)
		}
		if f := files["/etc/plain"]; f.Size != 5 || f.Mode&unix.S_IFMT != unix.S_IFREG || f.Ino == 0 {
			t.Errorf("file %+v", f)
		}
	}
}

// TestWalkDeep walks directories nested deeper than one path of the kernel.
func TestWalkDeep(t *testing.T) {
	dir := t.TempDir()
	name := strings.Repeat("d", 200)
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	const depth = 60 // 12,000 bytes
	for range depth {
		if err := unix.Mkdirat(fd, name, 0o755); err != nil {
			t.Fatal(err)
		}
		next, err := unix.Openat(fd, name, unix.O_PATH|unix.O_DIRECTORY, 0)
		unix.Close(fd)
		if err != nil {
			t.Fatal(err)
		}
		fd = next
	}
	unix.Close(fd)
	h := hosts(t, dir)["openat2"]
	m, _ := h.Mounts()
	_, r := walkAll(t, h, m[0], 2)
	if r.Dirs != depth+1 || r.Denied != 0 {
		t.Errorf("%+v, want %d directories", r, depth+1)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

func TestWalkStops(t *testing.T) {
	dir := plant(t)
	h := hosts(t, dir)["openat2"]
	m, _ := h.Mounts()
	boom := errors.New("boom")
	n := 0
	_, err := h.Walk(context.Background(), m[0], WalkOptions{Workers: 1, Visit: func(int, *record.File) error {
		if n++; n == 3 {
			return boom
		}
		return nil
	}})
	if !errors.Is(err, boom) || n != 3 {
		t.Errorf("walk ended with %v after %d entries, want boom after 3", err, n)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(boom)
	if _, err := h.Walk(ctx, m[0], WalkOptions{Workers: 2, Visit: func(int, *record.File) error { return nil }}); !errors.Is(err, boom) {
		t.Errorf("cancelled walk: %v", err)
	}
}

// TestWalkCovered hides a file under a mount, in a mount namespace of its own,
// and wants both what is hidden and what hides it.
func TestWalkCovered(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(dir+"/log/audit", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/log/audit/hidden", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	onOwnThread(func() {
		defer close(done)
		if err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_FS); err != nil {
			t.Logf("skip: no mount namespace here: %v", err)
			return
		}
		if err := errors.Join(unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""), unix.Mount("tmpfs", dir+"/log/audit", "tmpfs", 0, "")); err != nil {
			t.Logf("skip: no mount here: %v", err)
			return
		}
		if err := os.WriteFile(dir+"/log/audit/shown", []byte("y"), 0o600); err != nil {
			t.Error(err)
			return
		}
		coveredTree(t, dir)
	})
	<-done
}

func coveredTree(t *testing.T, dir string) {
	h, err := NewMounted(dir)
	if err != nil {
		t.Error(err)
		return
	}
	defer h.Close()
	// /proc/self/mountinfo of the thread group leader would show the namespace
	// of the test itself
	text, err := os.ReadFile("/proc/thread-self/mountinfo")
	if err != nil {
		t.Error(err)
		return
	}
	all, _ := ParseMountinfo(text)
	var over Mount
	for _, m := range all {
		if m.Point == dir+"/log/audit" {
			over = m
		}
	}
	over.Point = "/log/audit"
	var mu sync.Mutex
	seen := map[string]bool{}
	visit := func(_ int, f *record.File) error {
		mu.Lock()
		defer mu.Unlock()
		seen[string(f.Path)] = f.Covered
		return nil
	}
	_, err1 := h.(Walker).Walk(context.Background(), Mount{Point: "/"}, WalkOptions{Workers: 2, Visit: visit, Covered: []string{"/log/audit"}})
	_, err2 := h.(Walker).Walk(context.Background(), over, WalkOptions{Workers: 1, Visit: visit})
	if err := errors.Join(err1, err2); err != nil {
		t.Error(err)
	}
	if covered, ok := seen["/log/audit/hidden"]; !ok || !covered {
		t.Errorf("the covered file: seen %v, marked %v", ok, covered)
	}
	if covered, ok := seen["/log/audit/shown"]; !ok || covered {
		t.Errorf("the file on top: seen %v, marked covered %v", ok, covered)
	}
	if data, _, err := h.ReadFile("/log/audit/shown", 10); err != nil || string(data) != "y" {
		t.Errorf("file of the mount on top: %q, %v", data, err)
	}
}
