//go:build linux

package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
)

func TestLogsTakeEverything(t *testing.T) {
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{
		"var/log/syslog": "a line\n", "var/log/syslog.1.gz": "\x1f\x8b", "var/log/audit/audit.log": "type=SYSCALL", "var/log/journal/x/system.journal": "LPKSHHRH",
		"var/log/new\nline\x1b[31m": "odd", "var/log/empty/": "", "data/nginx/access.log": "GET /", "var/log/wtmp": "w", "etc/passwd": "root:x:0:0::/root:/bin/sh\n",
	})
	if err := os.Symlink("/data/nginx", dir+"/var/log/nginx"); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"loop": "..", "root": "/", "hop": "root", "self": "."} {
		if err := os.Symlink(to, dir+"/var/log/"+link); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(dir+"/var/log/pipe", 0o644); err != nil {
		t.Fatal(err)
	}
	s := take(t, dir, collect.Selection{}, logins(), logs())
	for path, want := range map[string]string{
		"/var/log/syslog": "a line\n", "/var/log/syslog.1.gz": "\x1f\x8b", "/var/log/audit/audit.log": "type=SYSCALL",
		"/var/log/journal/x/system.journal": "LPKSHHRH", "/var/log/new\nline\x1b[31m": "odd", "/var/log/nginx/access.log": "GET /", "/var/log/wtmp": "w",
	} {
		if got, ok := s.files[path]; !ok || string(got) != want {
			t.Errorf("%q: %q, %v, want %q", path, got, ok, want)
		}
	}
	for item, want := range map[string]bundle.OutcomeCode{
		"logins /var/log/wtmp": bundle.Collected, "logins /var/log/btmp": bundle.Absent, "logins /run/utmp": bundle.Absent,
		`logs /var/log/new\x0aline\x1b[31m`: bundle.Collected, "logs /var/log/loop/.": bundle.Skipped, "logs /var/log/root/.": bundle.Skipped,
		"logs /var/log/hop/.": bundle.Skipped,
	} {
		if o, ok := s.outcomes[item]; !ok || o.Outcome != want {
			t.Errorf("%s: %q (%s), want %q", item, o.Outcome, o.Reason, want)
		}
	}
	for p := range s.files {
		if strings.HasPrefix(p, "/var/log/root/") || strings.HasPrefix(p, "/var/log/loop/") || strings.HasPrefix(p, "/var/log/self/") {
			t.Errorf("%s: a link led the walk around", p)
		}
	}
	if _, twice := s.outcomes["logs /var/log/wtmp"]; twice {
		t.Error("wtmp was planned by two sources")
	}
	if x := s.exhibits["/var/log/syslog"]; x.Stat == nil || x.Stat.Size != 7 || x.Stat.Mode&modeMask != modeReg || x.Source != "logs" {
		t.Errorf("exhibit %+v", x)
	}
}

func TestMissingTree(t *testing.T) {
	s := take(t, t.TempDir(), collect.Selection{}, logs(), cron(), accounts())
	for _, item := range []string{"logs /var/log/", "cron /etc/crontab", "cron /etc/cron.d/", "accounts /etc/passwd"} {
		if o := s.outcomes[item]; o.Outcome != bundle.Absent {
			t.Errorf("%s: %q (%s), want absent", item, o.Outcome, o.Reason)
		}
	}
}

func TestSince(t *testing.T) {
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{"var/log/old": "x", "var/log/new": "y"})
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(dir+"/var/log/old", old, old); err != nil {
		t.Fatal(err)
	}
	s := take(t, dir, collect.Selection{Since: old.Add(24 * time.Hour)}, logs())
	if o := s.outcomes["logs /var/log/old"]; o.Outcome != bundle.Skipped {
		t.Errorf("old log: %+v", o)
	}
	if o := s.outcomes["logs /var/log/new"]; o.Outcome != bundle.Collected {
		t.Errorf("new log: %+v", o)
	}
}

func TestPathsAndHomes(t *testing.T) {
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{
		"etc/passwd": "root:x:0:0::/root:/bin/sh\nweb:x:33:33::/srv/web:/bin/sh\nd:x:1:1::/:/bin/sh\nbad line\n",
		"root/.x":    "r", "srv/web/.x": "w", "home/ldap/.x": "l", "opt/a/1.log": "1", "opt/a/2.log": "2", "opt/a/3.txt": "3", "opt/tree/d/e/f": "f", "opt/one": "1",
		"root/.bash_history": "id\n",
	})
	s := take(t, dir, collect.Selection{Paths: []string{"/opt/a/*.log", "/opt/tree/", "~/.x", "/opt/one", "/opt/none", "relative"}}, paths(), history())
	for _, p := range []string{"/opt/a/1.log", "/opt/a/2.log", "/opt/tree/d/e/f", "/root/.x", "/srv/web/.x", "/home/ldap/.x", "/opt/one", "/root/.bash_history"} {
		if _, ok := s.files[p]; !ok {
			t.Errorf("%s not taken", p)
		}
	}
	if len(s.files) != 8 {
		t.Errorf("%d files taken, want 8", len(s.files))
	}
	if o := s.outcomes["paths /opt/none"]; o.Outcome != bundle.Absent {
		t.Errorf("missing path: %+v", o)
	}
}

// TestDeepTree nests logs deeper than one walk goes, and deeper than one path
// of the kernel.
func TestDeepTree(t *testing.T) {
	dir := t.TempDir()
	deep := "var/log" + strings.Repeat("/d", 100)
	plantFiles(t, dir, map[string]string{deep + "/bottom": "x", "var/log/top": "y"})
	s := take(t, dir, collect.Selection{}, logs())
	if string(s.files["/"+deep+"/bottom"]) != "x" || string(s.files["/var/log/top"]) != "y" {
		t.Errorf("files taken: %d of 2", len(s.files))
	}
	long := dir + "/var/log"
	fd, err := unix.Open(long, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.Repeat("n", 250)
	for range 20 {
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
	s = take(t, dir, collect.Selection{}, logs())
	named := 0
	for item, o := range s.outcomes {
		if strings.Contains(item, name) && o.Outcome != bundle.Collected && o.Reason != "" {
			named++
		}
	}
	if named == 0 {
		t.Error("a path that the kernel does not take is not named in any outcome")
	}
}

// TestManyFiles has more files than items of their own.
func TestManyFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(dir+"/var/log/many", 0o755); err != nil {
		t.Fatal(err)
	}
	const n = maxTree + 300
	for i := range n {
		if err := os.WriteFile(fmt.Sprintf("%s/var/log/many/%05d", dir, i), []byte{byte(i)}, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := take(t, dir, collect.Selection{}, logs())
	if s.count != n {
		t.Errorf("%d files taken, want %d", s.count, n)
	}
	o := s.outcomes["logs "+restPrefix+"/var/log"]
	if o.Outcome != bundle.Collected || o.Exhibits != n-maxTree {
		t.Errorf("the rest: %+v, want %d exhibits", o, n-maxTree)
	}
	s = take(t, dir, collect.Selection{}, fileSource{desc: collect.Description{Name: "f", Profiles: []string{collect.ProfileTriage}}, wants: []string{"/var/log/"}, few: true, total: 50})
	if s.count != 50 || s.outcomes["f "+restPrefix+"/var/log"].Outcome != bundle.Skipped {
		t.Errorf("with a total of 50 bytes: %d files, %+v", s.count, s.outcomes["f "+restPrefix+"/var/log"])
	}
}

func TestCapAndSpecial(t *testing.T) {
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{"a/big": strings.Repeat("x", 5000), "a/small": "y", "a/zero": ""})
	if err := unix.Mkfifo(dir+"/a/fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	src := fileSource{desc: collect.Description{Name: "f", Profiles: []string{collect.ProfileTriage}}, wants: []string{"/a/", "/a/fifo"}, cap: 1000}
	s := take(t, dir, collect.Selection{}, src)
	if o := s.outcomes["f /a/big"]; o.Outcome != bundle.Partial || o.Cap != 1000 || o.Benign || len(s.files["/a/big"]) != 1000 {
		t.Errorf("capped: %+v, %d bytes", o, len(s.files["/a/big"]))
	}
	if o := s.outcomes["f /a/fifo"]; o.Outcome != bundle.Skipped {
		t.Errorf("fifo: %+v", o)
	}
	if o := s.outcomes["f /a/zero"]; o.Outcome != bundle.Collected || o.Exhibits != 1 {
		t.Errorf("empty file: %+v", o)
	}
	src.cap, src.small = 0, 100
	s = take(t, dir, collect.Selection{}, src)
	if o := s.outcomes["f /a/big"]; o.Outcome != bundle.Skipped {
		t.Errorf("too large: %+v", o)
	}
}

// TestSparse copies a file with a hole, with and without asking for holes.
func TestSparse(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(dir + "/sparse")
	if err != nil {
		t.Fatal(err)
	}
	const size = 40 << 20
	if _, err := f.WriteAt([]byte("head"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("tail"), size-4); err != nil {
		t.Fatal(err)
	}
	f.Close()
	env := webEnv(t, dir)
	env.Throttle = func(context.Context, int) error { return nil }
	for _, sparse := range []bool{false, true} {
		g, err := env.Host.Open("/sparse")
		if err != nil {
			t.Fatal(err)
		}
		r := newFileReader(context.Background(), env, g, size)
		r.sparse = sparse
		got, err := io.ReadAll(r)
		g.Close()
		if err != nil || len(got) != size || string(got[:4]) != "head" || string(got[size-4:]) != "tail" || !bytes.Equal(got[4:size-4], make([]byte, size-8)) {
			t.Errorf("asking for holes %v: %d bytes, %v", sparse, len(got), err)
		}
		if r.holes && !sparse {
			t.Error("a hole was passed over unasked")
		}
	}
}

// A sweep hashes executables first and says what it left out.
func TestSweepOfHashes(t *testing.T) {
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{"tmp/z/implant": "abc", "tmp/a.txt": "text"})
	big, err := os.Create(dir + "/tmp/big")
	if err == nil {
		err = errors.Join(big.Truncate(knownSweep-100), big.Close(), os.Chmod(dir+"/tmp/z/implant", 0o755))
	}
	if err == nil {
		big, err = os.Create(dir + "/tmp/big2")
	}
	if err == nil {
		err = errors.Join(big.Truncate(200), big.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	sel := collect.Selection{Profile: collect.ProfileSweep, Only: []string{"known"}, Hashes: map[string]string{"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad": "example"}}
	s := take(t, dir, sel, known())
	o := s.outcomes["known /tmp/"]
	if o.Outcome != bundle.Partial || o.Cap != knownSweep || !strings.Contains(strings.Join(o.Flags, " "), "/tmp/z/implant is example") {
		t.Errorf("outcome %+v", o)
	}
}
