package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// plant makes a small tree with everything that must not be followed or opened.
func plant(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(dir+"/etc/sub", 0o755))
	must(os.WriteFile(dir+"/etc/plain", []byte("hello"), 0o644))
	must(os.WriteFile(dir+"/etc/new\nline\x1b[31m", []byte("odd"), 0o644))
	must(os.WriteFile(dir+"/etc/\xff\xfe", []byte("bytes"), 0o644))
	must(os.Symlink("/etc/plain", dir+"/abs"))
	must(os.Symlink("../../../../../../etc/plain", dir+"/etc/sub/up"))
	must(os.Symlink("loop", dir+"/loop"))
	must(os.Symlink("/etc", dir+"/etc/sub/dir"))
	must(unix.Mkfifo(dir+"/fifo", 0o644))
	return dir
}

// hosts gives the tree as the kernel resolves it and as resolve does by hand.
func hosts(t *testing.T, dir string) map[string]*mounted {
	t.Helper()
	out := map[string]*mounted{}
	for _, name := range []string{"openat2", "by hand"} {
		h, err := NewMounted(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { h.Close() })
		m := h.(*mounted)
		m.byHand = name == "by hand"
		out[name] = m
	}
	return out
}

func TestTreeOpen(t *testing.T) {
	dir := plant(t)
	for how, h := range hosts(t, dir) {
		for path, want := range map[string]string{
			"/etc/plain": "hello", "/abs": "hello", "/etc/sub/up": "hello", "/etc/sub/dir/plain": "hello", "/../../etc/plain": "hello",
			"etc//./plain": "hello", "/etc/new\nline\x1b[31m": "odd", "/etc/\xff\xfe": "bytes",
		} {
			data, cut, err := h.ReadFile(path, 100)
			if err != nil || cut || string(data) != want {
				t.Errorf("%s: ReadFile(%q) = %q, %v, %v, want %q", how, path, data, cut, err, want)
			}
		}
		for path, want := range map[string]error{
			"/fifo": ErrNotRegular, "/etc": ErrNotRegular, "/missing": fs.ErrNotExist, "/etc/plain/x": unix.ENOTDIR, "/loop": nil, "/a\x00b": unix.EINVAL,
		} {
			f, err := h.Open(path)
			if err == nil {
				f.Close()
				t.Errorf("%s: Open(%q) succeeded", how, path)
			}
			if want != nil && !errors.Is(err, want) {
				t.Errorf("%s: Open(%q): %v, want %v", how, path, err, want)
			}
		}
		if target, err := h.Readlink("/abs"); err != nil || target != "/etc/plain" {
			t.Errorf("%s: Readlink = %q, %v", how, target, err)
		}
		if f, err := h.Lstat("/abs"); err != nil || f.Mode&unix.S_IFMT != unix.S_IFLNK {
			t.Errorf("%s: Lstat(/abs) mode %o, %v: want a link", how, f.Mode, err)
		}
		if f, err := h.Stat("/abs"); err != nil || f.Mode&unix.S_IFMT != unix.S_IFREG || f.Size != 5 {
			t.Errorf("%s: Stat(/abs) mode %o size %d, %v: want a file of 5 bytes", how, f.Mode, f.Size, err)
		}
		if data, cut, err := h.ReadFile("/etc/plain", 3); string(data) != "hel" || !cut || err != nil {
			t.Errorf("%s: ReadFile with limit 3 = %q, %v, %v", how, data, cut, err)
		}
	}
}

func TestTreeReadDir(t *testing.T) {
	dir := plant(t)
	for how, h := range hosts(t, dir) {
		var got []string
		if err := h.ReadDir("/etc", func(name string, _ byte) bool { got = append(got, name); return true }); err != nil {
			t.Fatal(err)
		}
		sort.Strings(got)
		if d := cmp.Diff([]string{"new\nline\x1b[31m", "plain", "sub", "\xff\xfe"}, got); d != "" {
			t.Errorf("%s: names (-want +got):\n%s", how, d)
		}
		n := 0
		if err := h.ReadDir("/etc", func(string, byte) bool { n++; return false }); err != nil || n != 1 {
			t.Errorf("%s: a false return read %d names, %v", how, n, err)
		}
	}
}

func TestFileRead(t *testing.T) {
	dir := t.TempDir()
	data := strings.Repeat("0123456789", 1000)
	if err := os.WriteFile(dir+"/f", []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	h := hosts(t, dir)["openat2"]
	f, err := h.Open("/f")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := io.ReadAll(f)
	if err != nil || string(all) != data {
		t.Errorf("read %d bytes, %v", len(all), err)
	}
	p := make([]byte, 10)
	if n, err := f.ReadAt(p, 9995); n != 5 || err != io.EOF || string(p[:n]) != "56789" {
		t.Errorf("ReadAt past the end = %d, %q, %v", n, p[:n], err)
	}
}

func TestNextData(t *testing.T) {
	name := t.TempDir() + "/sparse"
	w, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteAt([]byte("x"), 8<<20); err != nil {
		t.Fatal(err)
	}
	if err := w.Truncate(16 << 20); err != nil {
		t.Fatal(err)
	}
	w.Close()
	h := hosts(t, filepath.Dir(name))["openat2"]
	f, err := h.Open("/sparse")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := f.(*file)
	from, to := s.NextData(0, 16<<20)
	if from == 0 {
		t.Skip("skip: this file system stores no holes")
	}
	if from != 8<<20 || to <= from || to > 9<<20 {
		t.Errorf("data at %d to %d, want one block at %d", from, to, 8<<20)
	}
	if from, to := s.NextData(to, 16<<20); from != 16<<20 || to != 16<<20 {
		t.Errorf("after the data: %d to %d, want the size twice", from, to)
	}
}

func TestXattrs(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/f", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	value := []byte("a\x00b")
	if err := unix.Setxattr(dir+"/f", "user.saksi", value, 0); err != nil {
		t.Skipf("skip: no user attributes here: %v", err)
	}
	h := hosts(t, dir)["openat2"]
	x, err := h.Xattrs("/f")
	if err != nil || string(x["user.saksi"]) != string(value) {
		t.Errorf("xattrs = %q, %v", x, err)
	}
}

// TestAtime reads and lists a tree whose access times lie in 2020 and wants
// every one of them unchanged, links included.
func TestAtime(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("skip: needs root for a clone of the mount")
	}
	dir := plant(t)
	old := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	ts := []unix.Timespec{unix.NsecToTimespec(old.UnixNano()), unix.NsecToTimespec(old.UnixNano())}
	var names []string
	err := filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error { names = append(names, p); return err })
	if err != nil {
		t.Fatal(err)
	}
	for i := len(names) - 1; i >= 0; i-- {
		if err := unix.UtimesNanoAt(unix.AT_FDCWD, names[i], ts, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			t.Fatal(err)
		}
	}
	h, err := NewMounted(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if !h.(*mounted).clone {
		t.Skipf("skip: no noatime clone here: %s", h.Facts())
	}
	for _, p := range []string{"/etc/plain", "/abs", "/etc/sub/up", "/etc/sub/dir/plain"} {
		if _, _, err := h.ReadFile(p, 100); err != nil {
			t.Fatal(err)
		}
	}
	_ = h.ReadDir("/etc", func(string, byte) bool { return true })
	_, _ = h.Readlink("/abs")
	m, err := h.Mounts()
	if err != nil {
		t.Fatal(err)
	}
	walkAll(t, h, m[0], 2)
	for _, p := range names {
		var st unix.Stat_t
		if err := unix.Lstat(p, &st); err != nil {
			t.Fatal(err)
		}
		if st.Atim.Nano() != old.UnixNano() {
			t.Errorf("access time of %q became %s", p, time.Unix(0, st.Atim.Nano()))
		}
	}
	if f := fmt.Sprint(h.Facts()); !strings.Contains(f, "0 opens without noatime") {
		t.Errorf("facts %s", f)
	}
}

func TestNanos(t *testing.T) {
	for _, tc := range []struct{ sec, nsec, want int64 }{
		{0, 0, 0}, {1, 5, 1_000_000_005}, {-1, 5, -999_999_995}, {1 << 40, 0, math.MaxInt64}, {-1 << 40, 999, math.MinInt64}, {math.MaxInt64, 1, math.MaxInt64}, {math.MinInt64, 1, math.MinInt64},
	} {
		if got := nanos(tc.sec, tc.nsec); got != tc.want {
			t.Errorf("nanos(%d, %d) = %d, want %d", tc.sec, tc.nsec, got, tc.want)
		}
	}
}
