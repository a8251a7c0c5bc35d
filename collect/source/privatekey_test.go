//go:build linux

package source

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/record"
)

func TestPrivateKeysAreNotCopied(t *testing.T) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	locked, err := ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	shell := "<?php /* " + string(pem.EncodeToMemory(plain)) + " */ echo 1;"
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{
		"root/.ssh/id_ed25519": string(pem.EncodeToMemory(plain)), "root/.ssh/id_locked": string(pem.EncodeToMemory(locked)),
		"root/.ssh/authorized_keys": "ssh-ed25519 AAAA\n", "etc/ssh/sshd_config": "Port 22\n", "var/www/html/up.php": shell,
		"root/.ssh/id_broken": "-----BEGIN RSA PRIVATE KEY-----\nnot base64\n",
	})
	s := take(t, dir, collect.Selection{}, secureShell(), webroot())
	want := ssh.FingerprintSHA256(signer.PublicKey())
	got := map[string]privateKey{}
	for line := range bytes.Lines(s.records["privatekey"]) {
		var k privateKey
		if err := json.Unmarshal(line, &k); err != nil {
			t.Fatal(err)
		}
		got[string(k.File.Path)] = k
	}
	if k := got["/root/.ssh/id_ed25519"]; k.Fingerprint != want || k.Encrypted || k.Algorithm != "ssh-ed25519" {
		t.Errorf("plain key: %+v, want %s", k, want)
	}
	if k := got["/root/.ssh/id_locked"]; k.Fingerprint != want || !k.Encrypted {
		t.Errorf("key with passphrase: %+v, want %s", k, want)
	}
	if k := got["/root/.ssh/id_broken"]; k.Why == "" || k.Fingerprint != "" {
		t.Errorf("broken key: %+v", k)
	}
	for _, p := range []string{"/root/.ssh/id_ed25519", "/root/.ssh/id_locked", "/root/.ssh/id_broken"} {
		if _, copied := s.files[p]; copied {
			t.Errorf("%s was copied", p)
		}
	}
	if string(s.files["/var/www/html/up.php"]) != shell {
		t.Error("a script with a key inside was left out")
	}
	if _, ok := s.files["/root/.ssh/authorized_keys"]; !ok {
		t.Error("authorized_keys was left out")
	}
}

func FuzzPrivateKey(f *testing.F) {
	f.Add([]byte("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB\n-----END OPENSSH PRIVATE KEY-----\n"))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if looksPrivate("/x/.ssh/id", text) != looksPrivate("/y/.ssh/id", text) {
			t.Error("the answer depends on the name")
		}
		if k := describeKey(text, record.File{}); k.Fingerprint == "" && k.Why == "" {
			t.Errorf("neither fingerprint nor reason: %+v", k)
		}
	})
}
