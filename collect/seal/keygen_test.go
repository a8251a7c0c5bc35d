package seal

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func need(t *testing.T, tool string) string {
	t.Helper()
	p, err := exec.LookPath(tool)
	if err != nil {
		t.Skipf("stock tool %s is not installed", tool)
	}
	return p
}

func file(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.WriteFile(p, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func tool(t *testing.T, stdin []byte, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestSSHKeygenAgrees: what we judge, ssh-keygen judges alike.
func TestSSHKeygenAgrees(t *testing.T) {
	keygen := need(t, "ssh-keygen")
	dir, msg := t.TempDir(), []byte("message\n")
	ca, run := key(t, 1), key(t, 3)
	cert := certified(t, run, ca, request())
	sig, err := cert.Sign(NamespaceSeal, msg)
	if err != nil {
		t.Fatal(err)
	}
	sigFile, list := file(t, dir, "m.sig", sig), file(t, dir, "allowed", []byte(AuthorityLine(ca.PublicKey())+"\n"))
	signers, err := ParseSigners([]byte(AuthorityLine(ca.PublicKey())), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		principal, ns string
		at            time.Time
	}{
		"good": {runID, NamespaceSeal, from.Add(time.Hour)}, "late": {runID, NamespaceSeal, to.Add(time.Hour)},
		"early": {runID, NamespaceSeal, from.Add(-time.Hour)}, "other run": {"web02", NamespaceSeal, from.Add(time.Hour)},
		"other namespace": {runID, NamespaceCustody, from.Add(time.Hour)},
	} {
		_, kerr := tool(t, msg, keygen, "-Y", "verify", "-Overify-time="+c.at.Format("20060102150405")+"Z", "-f", list, "-I", c.principal, "-n", c.ns, "-s", sigFile)
		pub, verr := Verify(sig, msg, c.ns)
		ours := verr == nil && Policy{Signers: signers}.Judge(pub, c.principal, c.ns, c.at).Code == OK
		if ours != (kerr == nil) {
			t.Errorf("%s: we say %v, ssh-keygen %v", name, ours, kerr == nil)
		}
	}
}

// TestReadsSSHKeygenSignatures: signatures that ssh-keygen makes, of all its kinds.
func TestReadsSSHKeygenSignatures(t *testing.T) {
	keygen := need(t, "ssh-keygen")
	for _, kind := range [][]string{{"ed25519"}, {"ecdsa"}, {"rsa", "-b", "2048"}} {
		dir := t.TempDir()
		k := filepath.Join(dir, "k")
		if out, err := tool(t, nil, keygen, append([]string{"-q", "-N", "", "-f", k, "-t"}, kind...)...); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		m := file(t, dir, "m", []byte("text\n"))
		if out, err := tool(t, nil, keygen, "-Y", "sign", "-f", k, "-n", NamespaceCustody, m); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		sig, err := os.ReadFile(m + ".sig")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Verify(sig, []byte("text\n"), NamespaceCustody); err != nil {
			t.Errorf("%s: %v", kind[0], err)
		}
		if _, err := Verify(sig, []byte("texT\n"), NamespaceCustody); !errors.Is(err, ErrSignature) {
			t.Errorf("%s changed: %v", kind[0], err)
		}
		text, err := os.ReadFile(k)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := ParseKey(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		cert := certified(t, key(t, 3), ours, request()) // each kind as a CA
		if err := CheckCertificate(cert.PublicKey()); err != nil {
			t.Errorf("%s as CA: %v", kind[0], err)
		}
	}
}

// TestRevocation reads lists that ssh-keygen -k makes.
func TestRevocation(t *testing.T) {
	keygen := need(t, "ssh-keygen")
	dir := t.TempDir()
	ca, run, other := key(t, 1), key(t, 3), key(t, 4)
	cert := certified(t, run, ca, request())
	capub := file(t, dir, "ca.pub", []byte(PublicLine(ca.PublicKey())+"\n"))
	many := "serial: 1-3\nserial: 7\nserial: 9\nserial: 100\nserial: 500-900\n"
	for name, c := range map[string]struct {
		spec, ca string
		want     string // part of the reason for the certificate; "" = not revoked
		plain    bool   // the plain run key is revoked too
	}{
		"serial":       {"serial: 7\n", capub, "serial 7", false},
		"serial range": {"serial: 5-20\n", capub, "serial 7", false},
		"bitmap":       {many, capub, "serial 7", false},
		"not listed":   {"serial: 8\nserial: 1-6\n", capub, "", false},
		"key id":       {"id: case op nonce\n", capub, "key id", false},
		"other id":     {"id: case op\n", capub, "", false},
		"key":          {"key: " + PublicLine(run.PublicKey()) + "\n", "", "key SHA256:", true},
		"other key":    {"key: " + PublicLine(other.PublicKey()) + "\n", "", "", false},
		"sha1":         {"sha1: " + PublicLine(run.PublicKey()) + "\n", "", "key SHA256:", true},
		"sha256":       {"sha256: " + PublicLine(run.PublicKey()) + "\n", "", "key SHA256:", true},
		"CA key":       {"key: " + PublicLine(ca.PublicKey()) + "\n", "", "CA key", false},
	} {
		t.Run(name, func(t *testing.T) {
			krl := filepath.Join(t.TempDir(), "krl")
			args := []string{"-q", "-k", "-f", krl}
			if c.ca != "" {
				args = append(args, "-s", c.ca)
			}
			if out, err := tool(t, nil, keygen, append(args, file(t, t.TempDir(), "spec", []byte(c.spec)))...); err != nil {
				t.Fatalf("%s: %v", out, err)
			}
			data, err := os.ReadFile(krl)
			if err != nil {
				t.Fatal(err)
			}
			k, err := ParseKRL(data)
			if err != nil {
				t.Fatal(err)
			}
			if got := k.Revoked(cert.PublicKey()); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("certificate: %q, want %q", got, c.want)
			}
			if got := k.Revoked(run.PublicKey()); (got != "") != c.plain {
				t.Errorf("plain key: %q", got)
			}
			for i := range data {
				if k, err := ParseKRL(data[:i]); err == nil && c.want != "" && k.Revoked(cert.PublicKey()) != "" {
					t.Errorf("cut at %d still revokes", i)
				}
			}
		})
	}
}
