package seal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"
)

// CertificateRequest says what a one-run certificate is for.
type CertificateRequest struct {
	Principal string // the run id
	KeyID     string // words for logs and revocation
	Serial    uint64 // not 0: OpenSSH takes 0 for "no serial"
	From, To  time.Time
}

// Certify makes an SSH user certificate of pub, signed by ca, with one
// principal and no extensions: it opens no login anywhere unless somebody
// trusts the CA for logins.
func Certify(ca *Key, pub ssh.PublicKey, q CertificateRequest) (*ssh.Certificate, error) {
	switch {
	case q.Principal == "":
		return nil, errors.New("seal: certificate without a principal")
	case q.Serial == 0:
		return nil, errors.New("seal: certificate with serial 0")
	case !q.From.Before(q.To) || q.From.Unix() < 0:
		return nil, fmt.Errorf("seal: certificate valid from %s to %s", q.From.UTC().Format(time.RFC3339), q.To.UTC().Format(time.RFC3339))
	}
	if err := strong(ca.PublicKey()); err != nil {
		return nil, fmt.Errorf("seal: CA key: %w", err)
	}
	c := &ssh.Certificate{Key: plain(pub), CertType: ssh.UserCert, KeyId: q.KeyID, Serial: q.Serial, ValidPrincipals: []string{q.Principal},
		ValidAfter: uint64(q.From.Unix()), ValidBefore: uint64(q.To.Unix())}
	signer := ca.signer
	if as, ok := signer.(ssh.AlgorithmSigner); ok && signer.PublicKey().Type() == ssh.KeyAlgoRSA {
		s, err := ssh.NewSignerWithAlgorithms(as, []string{ssh.KeyAlgoRSASHA512})
		if err != nil {
			return nil, fmt.Errorf("seal: CA key: %w", err)
		}
		signer = s
	}
	if err := c.SignCert(rand.Reader, signer); err != nil {
		return nil, fmt.Errorf("seal: sign certificate for %q: %w", q.Principal, err)
	}
	return c, nil
}
