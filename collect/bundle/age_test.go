package bundle

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/saksi-dfir/saksi/collect/seal"
)

func identity(t testing.TB) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestEncrypted: several recipients, each alone can read; nobody else.
func TestEncrypted(t *testing.T) {
	one, two, other := identity(t), identity(t), identity(t)
	o := pinned(t)
	o.Recipients = []age.Recipient{one.Recipient(), two.Recipient()}
	var buf bytes.Buffer
	w, err := NewWriter(&buf, o)
	if err != nil {
		t.Fatal(err)
	}
	big := items()[5].data
	if _, err := w.File(Exhibit{Path: []byte("/big"), Source: "x"}, int64(len(big)), bytes.NewReader(big)); err != nil {
		t.Fatal(err)
	}
	sum, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	data := buf.Bytes()
	if sum.FileBytes != int64(len(data)) || len(sum.FileSHA256) != 64 || sum.Bytes >= sum.FileBytes {
		t.Errorf("%+v", sum)
	}
	text, sig, err := w.Statement(sum)
	if err != nil || !strings.Contains(string(text), sum.FileSHA256) {
		t.Fatalf("%s %v", text, err)
	}
	if _, err := seal.Verify(sig, text, seal.NamespaceSeal); err != nil {
		t.Error(err)
	}
	open := func(data []byte, ids ...age.Identity) (*Bundle, error) {
		return OpenReader(bytes.NewReader(data), int64(len(data)), OpenOptions{Identities: ids})
	}
	for _, id := range []age.Identity{one, two} {
		b, err := open(data, other, id)
		if err != nil {
			t.Fatal(err)
		}
		if r := verify(t, b, VerifyOptions{}); !r.OK {
			t.Errorf("%+v", r)
		}
		_ = b.Close()
	}
	for name, ids := range map[string][]age.Identity{"none": nil, "another": {other}} {
		if _, err := open(data, ids...); !errors.Is(err, ErrEncrypted) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b, err := open(data[:len(data)*3/4], one)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if r := verify(t, b, VerifyOptions{}); r.OK || r.Integrity != IntegrityCut || r.Proven.Bytes < 1<<20 {
		t.Errorf("cut: %+v", r)
	}
	for _, i := range []int{30, 100, 250, 400, len(data) / 2, len(data) - 1} {
		bad := bytes.Clone(data)
		bad[i] ^= 1
		if b, err := open(bad, one); err == nil {
			if r := verify(t, b, VerifyOptions{}); r.OK {
				t.Errorf("flipped byte %d verifies", i)
			}
			_ = b.Close()
		}
	}
}

// TestStockAge: age -d | tar --zstd -x.
func TestStockAge(t *testing.T) {
	need(t, "age", "tar", "zstd", "sha256sum")
	id := identity(t)
	o := pinned(t)
	o.Recipients = []age.Recipient{id.Recipient()}
	data := small(t, o)
	dir := t.TempDir()
	key, enc, plain := filepath.Join(dir, "key"), filepath.Join(dir, "b.age"), filepath.Join(dir, "b.tar.zst")
	for name, text := range map[string][]byte{key: []byte(id.String() + "\n"), enc: data} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, "", "age", "-d", "-i", key, "-o", plain, enc)
	run(t, dir, "", "tar", "--zstd", "-xf", plain)
	run(t, filepath.Join(dir, o.Acquisition.RunID), "", "sha256sum", "--strict", "--quiet", "-c", "manifest-sha256.txt")
}

// TestAgentKeySeals: a bundle sealed by a key that only an ssh-agent holds.
func TestAgentKeySeals(t *testing.T) {
	need(t, "ssh-agent", "ssh-add", "ssh-keygen")
	dir := t.TempDir()
	k := filepath.Join(dir, "k")
	run(t, dir, "", "ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", k)
	sock := filepath.Join(dir, "s")
	agent := exec.Command("ssh-agent", "-D", "-a", sock)
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = agent.Process.Kill(); _ = agent.Wait() }()
	waitFor(t, sock)
	add := exec.Command("ssh-add", "-q", k)
	add.Env = append(os.Environ(), "SSH_AUTH_SOCK="+sock)
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	o := pinned(t)
	o.Signer = agentSigner(t, sock)
	data := small(t, o)
	if r, ok := passes(t, data, VerifyOptions{Signers: []byte(o.Acquisition.RunID + " " + seal.PublicLine(o.Signer.PublicKey()) + "\n")}); !ok {
		t.Errorf("%+v", r)
	}
	if o.Signer.PublicKey().Type() != ssh.KeyAlgoED25519 {
		t.Errorf("type %s", o.Signer.PublicKey().Type())
	}
}
