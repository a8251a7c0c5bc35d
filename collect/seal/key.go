package seal

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Key is a private signing key, plain or with a certificate. It is safe for
// use by several goroutines.
type Key struct {
	signer ssh.Signer
	raw    any // ed25519.PrivateKey and the like; nil when an agent holds it
}

// NewRunKey makes an Ed25519 key from 32 bytes of rand. The same bytes give
// the same key, so that samples can be made again.
func NewRunKey(rand io.Reader) (*Key, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return nil, fmt.Errorf("seal: random bytes for a key: %w", err)
	}
	return newKey(ed25519.NewKeyFromSeed(seed))
}

func newKey(raw any) (*Key, error) {
	s, err := ssh.NewSignerFromKey(raw)
	if err != nil {
		return nil, fmt.Errorf("seal: key: %w", err)
	}
	return &Key{signer: s, raw: raw}, nil
}

// FromSigner wraps a signer of x/crypto/ssh, such as one of an ssh-agent.
func FromSigner(s ssh.Signer) *Key { return &Key{signer: s} }

// ErrPassphrase says that a private key is encrypted and no passphrase, or a
// wrong one, was given.
var ErrPassphrase = errors.New("seal: the private key needs its passphrase")

// ParseKey reads a private key in OpenSSH (or PEM) form. passphrase may be nil.
func ParseKey(text, passphrase []byte) (*Key, error) {
	var raw any
	var err error
	if len(passphrase) > 0 {
		raw, err = ssh.ParseRawPrivateKeyWithPassphrase(text, passphrase)
	} else {
		raw, err = ssh.ParseRawPrivateKey(text)
	}
	var missing *ssh.PassphraseMissingError
	if errors.As(err, &missing) {
		return nil, ErrPassphrase
	}
	if err != nil {
		return nil, fmt.Errorf("seal: private key: %w", err)
	}
	if p, ok := raw.(*ed25519.PrivateKey); ok {
		raw = *p
	}
	return newKey(raw)
}

// Marshal gives the private key in OpenSSH form, encrypted when a passphrase
// is given. It fails for a key that an agent holds.
func (k *Key) Marshal(comment string, passphrase []byte) ([]byte, error) {
	if k.raw == nil {
		return nil, errors.New("seal: the private key is held by an agent")
	}
	var b *pem.Block
	var err error
	if len(passphrase) > 0 {
		b, err = ssh.MarshalPrivateKeyWithPassphrase(k.raw, comment, passphrase)
	} else {
		b, err = ssh.MarshalPrivateKey(k.raw, comment)
	}
	if err != nil {
		return nil, fmt.Errorf("seal: private key: %w", err)
	}
	return pem.EncodeToMemory(b), nil
}

// WithCertificate gives a key that signs under a certificate of its own
// public key.
func (k *Key) WithCertificate(c *ssh.Certificate) (*Key, error) {
	s, err := ssh.NewCertSigner(c, k.signer)
	if err != nil {
		return nil, fmt.Errorf("seal: certificate does not belong to the key: %w", err)
	}
	return &Key{signer: s, raw: k.raw}, nil
}

// PublicKey is the public key, or the certificate when there is one.
func (k *Key) PublicKey() ssh.PublicKey { return k.signer.PublicKey() }

// Signer is the key as x/crypto/ssh knows it, for signing certificates.
func (k *Key) Signer() ssh.Signer { return k.signer }

// Fingerprint is "SHA256:..." of the plain public key, as ssh-keygen -l prints it.
func (k *Key) Fingerprint() string { return Fingerprint(k.PublicKey()) }

// AllowedSignersLine is the line of allowed_signers(5) that lets this key
// speak for a principal (a run id), without a newline. For a key with a
// certificate it names the CA.
func (k *Key) AllowedSignersLine(principal string) string {
	return AllowedSignersLine(k.PublicKey(), principal)
}

// AllowedSignersLine is the line for any public key.
func AllowedSignersLine(pub ssh.PublicKey, principal string) string {
	opts := `namespaces="` + RunNamespaces + `"`
	if c, ok := pub.(*ssh.Certificate); ok {
		opts = "cert-authority," + opts
		pub = c.SignatureKey
	}
	return principal + " " + opts + " " + PublicLine(pub)
}

// AuthorityLine is the line that lets pub certify one-run keys.
func AuthorityLine(pub ssh.PublicKey) string {
	return `* cert-authority,namespaces="` + RunNamespaces + `" ` + PublicLine(plain(pub))
}

// HolderLine is the line that lets pub sign receipts, custody records and
// journals as a principal.
func HolderLine(pub ssh.PublicKey, principal string) string {
	return principal + ` namespaces="` + HolderNamespaces + `" ` + PublicLine(plain(pub))
}

// PublicLine is a public key or certificate in authorized_keys form without a
// comment and newline.
func PublicLine(pub ssh.PublicKey) string {
	return strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(pub)), "\n")
}

// ParsePublicLine reads the authorized_keys form of a key or certificate.
func ParsePublicLine(line string) (ssh.PublicKey, error) {
	pub, _, _, rest, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return nil, fmt.Errorf("seal: public key %.80q: %w", line, err)
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, fmt.Errorf("seal: more than one public key in %.80q", line)
	}
	return pub, nil
}

// Fingerprint is "SHA256:..." of the plain public key behind pub.
func Fingerprint(pub ssh.PublicKey) string { return ssh.FingerprintSHA256(plain(pub)) }

// plain is the key without its certificate.
func plain(pub ssh.PublicKey) ssh.PublicKey {
	if c, ok := pub.(*ssh.Certificate); ok {
		return c.Key
	}
	return pub
}
