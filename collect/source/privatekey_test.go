//go:build linux

package source

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
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
		"root/.ssh/id.ppk": "PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\nComment: x\r\nPublic-Lines: 1\r\n" +
			base64.StdEncoding.EncodeToString(signer.PublicKey().Marshal()) + "\r\nPrivate-Lines: 1\r\nAAAA\r\n",
		"etc/ssh/tls.p12": "\x30\x82\x01\x00\x02\x01\x03\x30", "etc/ssh/big.jks": "\xfe\xed\xfe\xed" + strings.Repeat("x", 100_000),
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
	body := strings.Index(shell, "\n") + 1
	end := strings.Index(shell, "-----END")
	script := s.files["/var/www/html/up.php"]
	if len(script) != len(shell) || string(script[:body]) != shell[:body] || string(script[end:]) != shell[end:] {
		t.Errorf("a script with a key inside came out as %q", script)
	}
	if bytes.Contains(script, []byte(shell[body:body+40])) || strings.Trim(string(script[body:end]), "\x00") != "" {
		t.Error("the key inside a script was copied")
	}
	if st := s.exhibits["/var/www/html/up.php"].States; len(st) != 1 || st[0].Offset != int64(body) || st[0].Length != int64(end-body) || st[0].Errno != keyLeftOut {
		t.Errorf("the place of the key is labelled %+v", st)
	}
	if k := got["/var/www/html/up.php"]; k.Fingerprint != want || k.Offset != int64(body) {
		t.Errorf("key inside a script: %+v, want %s", k, want)
	}
	if o := s.outcomes["webroot /var/www/html/up.php"]; o.Outcome != bundle.Collected {
		t.Errorf("outcome of the script %+v", o)
	}
	for name, kind := range map[string]string{"/root/.ssh/id.ppk": "PuTTY", "/etc/ssh/tls.p12": "PKCS #12", "/etc/ssh/big.jks": "JKS"} {
		if k := got[name]; k.Kind != kind || s.files[name] != nil || (kind == "PuTTY") != (k.Fingerprint == want) || (kind != "PuTTY") != (k.SHA256 != "") {
			t.Errorf("%s: %+v, copied %v", name, k, s.files[name] != nil)
		}
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
		at := int64(0)
		for _, r := range innerKeys(text) {
			if r.Offset < at || r.Length <= 0 || r.Offset+r.Length > int64(len(text)) {
				t.Errorf("range %+v of %d bytes", r, len(text))
			}
			at = r.Offset + r.Length
		}
		if k := describeKey(text, record.File{}); k.Fingerprint == "" && k.Why == "" {
			t.Errorf("neither fingerprint nor reason: %+v", k)
		}
	})
}
