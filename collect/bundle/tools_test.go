package bundle

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// need skips with a reason when a stock tool is missing.
func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("stock tool %s is not installed", tool)
		}
	}
}

func run(t *testing.T, dir, stdin, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if stdin != "" {
		if !filepath.IsAbs(stdin) {
			stdin = filepath.Join(dir, stdin)
		}
		f, err := os.Open(stdin)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		cmd.Stdin = f
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestStockTools: a stranger checks a bundle with tar, zstd, sha256sum and
// ssh-keygen alone.
func TestStockTools(t *testing.T) {
	need(t, "tar", "zstd", "sha256sum", "ssh-keygen")
	data, s := write(t, pinned(t))
	path := save(t, data)
	dir := filepath.Dir(path)
	if out := run(t, dir, "", "tar", "--zstd", "-tf", path); strings.Count(out, "\n") < int(s.Exhibits) || !strings.Contains(out, "data/files/var/log/auth.log") {
		t.Fatalf("tar lists:\n%s", out)
	}
	run(t, dir, "", "zstd", "-tq", path)
	run(t, dir, "", "tar", "--zstd", "-xf", path)
	bag := filepath.Join(dir, s.RunID)
	run(t, bag, "", "sha256sum", "--strict", "--quiet", "-c", "manifest-sha256.txt")
	run(t, bag, "", "sha256sum", "--strict", "--quiet", "-c", "tagmanifest-sha256.txt")
	run(t, bag, "", "sha256sum", "--quiet", "-c", "checkpoints/00000002.txt")
	signers := filepath.Join(dir, "allowed_signers")
	if err := os.WriteFile(signers, []byte(s.SignerLine+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, bag, "tagmanifest-sha256.txt", "ssh-keygen", "-Y", "verify", "-f", signers, "-I", s.RunID, "-n", "saksi.seal", "-s", "tagmanifest-sha256.txt.sig")
	run(t, bag, "tagmanifest-sha256.txt", "ssh-keygen", "-Y", "check-novalidate", "-n", "saksi.seal", "-s", "tagmanifest-sha256.txt.sig")
	texts, err := filepath.Glob(filepath.Join(bag, "checkpoints", "*.txt"))
	if err != nil || len(texts) < 3 {
		t.Fatalf("%d checkpoints, %v", len(texts), err)
	}
	for _, c := range texts {
		run(t, bag, c, "ssh-keygen", "-Y", "verify", "-f", signers, "-I", s.RunID, "-n", "saksi.checkpoint", "-s", c+".sig")
	}
	for i, it := range items() {
		if i == 3 { // same path again follows later under ~2
			break
		}
		got, err := os.ReadFile(filepath.Join(bag, BagName("data/files", []byte(it.path))))
		if err != nil || !bytes.Equal(got, it.data) {
			t.Errorf("%q as extracted by tar: %v", it.path, err)
		}
	}
	if _, err := exec.LookPath("bsdtar"); err == nil {
		if out := run(t, dir, "", "bsdtar", "-tf", path); strings.Count(out, "\n") < int(s.Exhibits) {
			t.Errorf("bsdtar lists:\n%s", out)
		}
	} else {
		t.Log("bsdtar is not installed: its leg did not run")
	}
}
