package seal

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"testing"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// sha1Signer signs with RSA and SHA-1, whatever it is asked for.
type sha1Signer struct{ ssh.AlgorithmSigner }

func (s sha1Signer) Sign(r io.Reader, data []byte) (*ssh.Signature, error) {
	return s.AlgorithmSigner.SignWithAlgorithm(r, data, ssh.KeyAlgoRSA)
}

func (s sha1Signer) SignWithAlgorithm(r io.Reader, data []byte, _ string) (*ssh.Signature, error) {
	return s.Sign(r, data)
}

// TestWeakRefused: SHA-1 and short RSA keys count for nothing.
func TestWeakRefused(t *testing.T) {
	raw, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	weak := sha1Signer{s.(ssh.AlgorithmSigner)}
	sig, err := sshsig.Sign(bytes.NewReader([]byte("m")), weak, sshsig.HashSHA512, NamespaceSeal)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(sshsig.Armor(sig), []byte("m"), NamespaceSeal); err == nil {
		t.Error("an RSA signature with SHA-1 counts")
	}
	c := &ssh.Certificate{Key: key(t, 3).PublicKey(), CertType: ssh.UserCert, ValidPrincipals: []string{runID}, ValidBefore: ssh.CertTimeInfinity, Serial: 1}
	if err := c.SignCert(rand.Reader, weak); err != nil {
		t.Fatal(err)
	}
	if c.Signature.Format != ssh.KeyAlgoRSA {
		t.Fatalf("the test made a signature of format %q", c.Signature.Format)
	}
	if err := CheckCertificate(c); !errors.Is(err, ErrWeak) {
		t.Errorf("a certificate signed with SHA-1: %v", err)
	}
}
