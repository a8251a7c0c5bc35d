package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// image makes a small mounted tree.
func image(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"etc/machine-id": "0123456789abcdef0123456789abcdef\n", "etc/hostname": "web01.example.com\n", "etc/os-release": "PRETTY_NAME=\"Example OS 9\"\n",
		"etc/timezone": "Asia/Seoul\n", "etc/passwd": "root:x:0:0::/root:/bin/sh\n", "var/log/auth.log": "Mar  3 02:14:07 web01 sshd[812]: x\n", "var/log/odd\x1b[31m": "x",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func call(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = command(args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestRunImage(t *testing.T) {
	root, out := image(t), filepath.Join(t.TempDir(), "b.tar.zst")
	code, stdout, stderr := call("run", "--root", root, "--out", out, "--case-id", "C1", "--operator", "someone", "--quiet")
	if code != exitDone || stdout != "" {
		t.Fatalf("exit %d, stdout %q, stderr:\n%s", code, stdout, stderr)
	}
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	m := regexp.MustCompile(`^plan (\d+) = collected (\d+) \+ partial 0 \+ absent (\d+) \+ denied 0 \+ skipped 0 \+ timed out 0 \+ failed 0$`).FindStringSubmatch(lines[len(lines)-1])
	if m == nil {
		t.Errorf("last line %q is no balance", lines[len(lines)-1])
	}
	b, err := bundle.Open(out, bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	a := b.Acquisition()
	if a.Host.Hostname != "web01.example.com" || a.Host.OS != "Example OS 9" || a.Host.Zone != "Asia/Seoul" || a.CaseID != "C1" || a.Operator != "someone" || a.Sealed != "host" || a.Synthetic {
		t.Errorf("acquisition %+v", a)
	}
	if !strings.Contains(stderr, a.RunID+` namespaces="`) {
		t.Errorf("no allowed_signers line for %s in:\n%s", a.RunID, stderr)
	}
	names := map[string]bool{}
	for x, err := range b.Exhibits() {
		if err != nil {
			t.Fatal(err)
		}
		names[x.Name] = true
	}
	for _, want := range []string{"data/files/var/log/auth.log", "data/records/clock.00001.jsonl", "data/records/filestat.00001.jsonl", "data/records/mount.00001.jsonl", "data/records/run.00001.jsonl"} {
		if !names[want] {
			t.Errorf("no exhibit %s in %v", want, names)
		}
	}
	if code, _, stderr := call("run", "--root", root, "--out", out); code != exitFailed || !strings.Contains(stderr, "exists") {
		t.Errorf("an existing file: exit %d, %s", code, stderr)
	}
}

func TestRunToStdoutAndDirectory(t *testing.T) {
	root := image(t)
	code, stdout, stderr := call("run", "--root", root, "--out", "-", "--only", "logs", "--quiet")
	if code != exitDone || !strings.HasPrefix(stdout, "\x28\xb5\x2f\xfd") {
		t.Errorf("exit %d, %d bytes on stdout: %s", code, len(stdout), stderr)
	}
	if strings.ContainsAny(stderr, "\x1b\r") {
		t.Errorf("escape bytes on stderr: %q", stderr)
	}
	dir := t.TempDir()
	if code, _, stderr := call("run", "--root", root, "--out", dir, "--only", "logs", "--quiet"); code != exitDone {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if found, _ := filepath.Glob(dir + "/web01*.tar.zst"); len(found) != 1 {
		t.Errorf("%v in the directory, want RUN-ID.tar.zst", found)
	}
}

func TestRunEncrypted(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "b")
	if code, _, stderr := call("run", "--root", image(t), "--out", out, "--only", "logs", "--encrypt-to", id.Recipient().String()); code != exitDone {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	data, err := os.ReadFile(out)
	if err != nil || !bytes.HasPrefix(data, []byte("age-encryption.org/")) {
		t.Fatalf("%d bytes, %v: not encrypted", len(data), err)
	}
	for _, suffix := range []string{".statement.json", ".statement.json.sig"} {
		if st, err := os.Stat(out + suffix); err != nil || st.Size() == 0 {
			t.Errorf("no %s beside the bundle: %v", suffix, err)
		}
	}
	b, err := bundle.Open(out, bundle.OpenOptions{Identities: []age.Identity{id}})
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	const sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJwU4oU5mf8ugtCGmJ6COz4e2tkbQcjGSTnjv0157iU8 someone@example.com"
	if code, _, stderr := call("run", "--root", image(t), "--out", out+"2", "--only", "logs", "--encrypt-to", sshKey); code != exitDone {
		t.Errorf("an SSH key as recipient: exit %d: %s", code, stderr)
	}
}

func TestUsage(t *testing.T) {
	root := image(t)
	for _, args := range [][]string{
		{}, {"collect"}, {"run"}, {"run", "--out"}, {"run", "--out", "-", "--nonsense"}, {"run", "--out", "-", "extra"}, {"run", "--out", "-", "--memory"},
		{"run", "--root", root, "--out", root + "/x", "--profile", "big"}, {"run", "--root", root, "--out", root + "/x", "--only", "nosuch"}, {"run", "--out", "-", "--encrypt-to", "age1nonsense"},
		{"run", "--root", root, "--out", root + "/x", "--since", "yesterday"}, {"run", "--out", "-", "--max-rate", "fast"}, {"run", "--root", root, "--out", root + "/x", "--paths", "/nonexistent"}, {"plan", "x"}, {"version", "x"},
		{"run", "--root", root, "--out", root + "/x", "--only", "logs,process"}, {"plan", "--root", root, "--only", "socket"},
	} {
		code, stdout, stderr := call(args...)
		if code != exitUsage || stdout != "" || stderr == "" {
			t.Errorf("%q: exit %d, stdout %q, stderr %q, want 2 and a reason", args, code, stdout, stderr)
		}
		if len(args) > 0 && strings.Count(stderr, "\n") > 2 {
			t.Errorf("%q: %d lines of error, want one clear message:\n%s", args, strings.Count(stderr, "\n"), stderr)
		}
	}
	if _, err := os.Stat(root + "/x"); err == nil {
		t.Error("a failed run left its file behind")
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"run", "-h"}, {"plan", "--help"}, {"sources", "-h"}} {
		code, stdout, _ := call(args...)
		if code != exitDone || !strings.Contains(stdout, "EXAMPLES\n") || !strings.Contains(stdout, "EXIT STATUS\n") {
			t.Errorf("%q: exit %d\n%s", args, code, stdout)
		}
	}
	_, stdout, _ := call("run", "-h")
	for _, f := range []string{"out", "profile", "memory", "root", "paths", "since", "only", "skip", "authorization", "case-id", "operator", "note", "encrypt-to", "max-time", "max-rate", "max-cpu"} {
		if !strings.Contains(stdout, "  -"+f) {
			t.Errorf("run -h does not name --%s", f)
		}
	}
	if code, stdout, _ := call("sources"); code != exitDone || !strings.Contains(stdout, "filestat") || !strings.Contains(stdout, "effects: ") {
		t.Errorf("sources: exit %d\n%s", code, stdout)
	}
	if code, stdout, _ := call("plan", "--root", image(t), "--json"); code != exitDone || !strings.Contains(stdout, `"target":"/var/log/auth.log"`) || strings.Contains(stdout, "\x1b") {
		t.Errorf("plan --json: exit %d\n%s", code, stdout)
	}
}

// TestHashes looks for a file whose hash is in a list.
func TestHashes(t *testing.T) {
	root := image(t)
	if err := os.MkdirAll(root+"/dev/shm", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(root+"/dev/shm/x\x1b[31m", []byte("abc"), 0o755); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "list")
	text := "# known\n\nBA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD  *example implant\n" + strings.Repeat("0", 64) + "\n"
	if err := os.WriteFile(list, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := call("run", "--root", root, "--out", filepath.Join(t.TempDir(), "b"), "--only", "known", "--hashes", list, "--quiet")
	if code != exitDone || !strings.Contains(stderr, "match: /dev/shm/x") || !strings.Contains(stderr, "is example implant") || strings.Contains(stderr, "\x1b") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if err := os.WriteFile(list, []byte("abc\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call("plan", "--root", root, "--hashes", list); code != exitUsage || !strings.Contains(stderr, "line 1") {
		t.Errorf("a bad list: exit %d: %s", code, stderr)
	}
}

func TestSizeFlag(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "500": 500, "10K": 10 << 10, "10M": 10 << 20, "2GiB": 2 << 30, "1MB": 1 << 20, "5m/s": 5 << 20} {
		var n size
		if err := n.Set(in); err != nil || int64(n) != want {
			t.Errorf("%q = %d, %v, want %d", in, n, err, want)
		}
	}
	for _, in := range []string{"", "-1", "x", "1.5M", "99999999999T"} {
		var n size
		if err := n.Set(in); err == nil {
			t.Errorf("%q accepted as %d", in, n)
		}
	}
}
