//go:build linux

package tmuxtest

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestBundleMovedAndFlipped(t *testing.T) {
	b := setup(t)
	dir := b.own(t)
	bundles, err := filepath.Glob(filepath.Join(dir, "*.tar.zst"))
	if err != nil || len(bundles) == 0 {
		t.Fatalf("no bundles in %s: %v", dir, err)
	}
	// the copy must not read the original's bundles
	led := filepath.Join(dir, "case", "bundles.jsonl")
	data, err := os.ReadFile(led)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(led, bytes.ReplaceAll(data, []byte(b.demo), []byte(dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	x := b.tui(t, 160, 40, filepath.Join(dir, "case"))
	x.see("web01").keys("2", "f", "text:host:web01 source:syslog Accepted", "Enter").see("Accepted").keys("v").see("the hash agrees")
	web := filepath.Join(dir, "web01.tar.zst")
	if err := os.Rename(web, web+".gone"); err != nil {
		t.Fatal(err)
	}
	x.keys("j").until(func(s string) bool {
		return !strings.Contains(s, "the hash agrees") && strings.Contains(s, "web01.tar.zst")
	}, "the missing bundle to be named")
	if err := os.Rename(web+".gone", web); err != nil {
		t.Fatal(err)
	}
	x.keys("j").see("the hash agrees")
	f, err := os.OpenFile(web, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	junk := bytes.Repeat([]byte{0xaa}, int(st.Size()*7/10))
	if _, err := f.WriteAt(junk, st.Size()/20); err != nil {
		t.Fatal(err)
	}
	x.keys("j").until(func(s string) bool { return !strings.Contains(s, "the hash agrees") }, "the damage to be named")
	x.keys("k").see("2 TIMELINE", "q back")
}

func TestIngestInside(t *testing.T) {
	b := setup(t)
	dir := t.TempDir()
	cs := filepath.Join(dir, "case")
	b.cli(t, "ingest", "--case", cs, filepath.Join(b.demo, "db01.tar.zst"))
	x := b.tui(t, 140, 40, cs)
	x.see("db01").keys("I").see("ingest:")
	x.keys("text:"+filepath.Join(b.demo, "web01.tar.zst"), "Enter").see("Ingest").see("done")
	x.keys("Escape").see("web01", "confirmed", "2 hosts")
	x.keys("I", "text:/nowhere/x.tar.zst", "Enter").see("/nowhere/x.tar.zst")
}

func TestNewDataIsAnnounced(t *testing.T) {
	b := setup(t)
	cs := filepath.Join(t.TempDir(), "case")
	b.cli(t, "ingest", "--case", cs, filepath.Join(b.demo, "db01.tar.zst"))
	x := b.tui(t, 140, 40, cs)
	x.see("db01", "1 host").keys("2").see("db01")
	b.cli(t, "ingest", "--case", cs, filepath.Join(b.demo, "web01.tar.zst"))
	x.see("new ^r").keys("C-r").see("2 hosts").gone("new ^r")
}

func TestLockedCase(t *testing.T) {
	b := setup(t)
	dir := b.own(t)
	f, err := os.OpenFile(filepath.Join(dir, "case", "store", "LOCK"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	x := b.tui(t, 140, 40, filepath.Join(dir, "case"))
	x.see("web01", "confirmed").keys("2").see("audit")
	x.keys("I", "text:"+filepath.Join(b.demo, "web01.tar.zst"), "Enter").see("being written by")
	x.keys("Escape", "j").see("2 TIMELINE")
}

func TestHostileLog(t *testing.T) {
	b := setup(t)
	dir := t.TempDir()
	log := filepath.Join(dir, "auth.log")
	text := "2024-03-19T02:14:07+00:00 web01 sshd[812]: Accepted password for \x1b]0;OWNED\x07\x1b[2J\x1b[31mroot\u202e from 203.0.113.9 port 22 ssh2\n" +
		"2024-03-19T02:14:08+00:00 web01 sshd[813]: \x1b]52;c;b3duZWQ=\x07tab\there\rover\u200bwrite 한글\n"
	if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cs := filepath.Join(dir, "case")
	b.cli(t, "ingest", "--case", cs, "--host", "web01", "--zone", "UTC", log)
	x := b.tui(t, 220, 30, cs)
	x.see("web01").keys("2").see("web01", "q back").keys("p").see(`\x1b]0;OWNED\x07`, `\u{202e}`, `\u{200b}`, "한글", "q back")
	x.keys("v").see(`\x1b]0;OWNED`).keys("v").see("1b 5d 30 3b")
	if title := x.tmux("display-message", "-p", "#{pane_title}"); strings.Contains(title, "OWNED") {
		t.Error("the title of the terminal was changed by a log line")
	}
}
