package seal

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// maxArmored bounds an armored signature: an RSA 16384 certificate fits.
const maxArmored = 32 << 10

// The ways in which a signature fails.
var (
	ErrForm      = errors.New("seal: not a signature in SSHSIG form")
	ErrCanonical = errors.New("seal: signature is not in its one canonical form")
	ErrNamespace = errors.New("seal: signature was made for another namespace")
	ErrSignature = errors.New("seal: signature does not match the message")
	ErrWeak      = errors.New("seal: signature algorithm is too weak")
)

// Sign makes an armored SSHSIG over message, as ssh-keygen -Y sign -n
// namespace does. Ed25519 keys sign deterministically.
func (k *Key) Sign(namespace string, message []byte) ([]byte, error) {
	sig, err := sshsig.Sign(bytes.NewReader(message), k.signer, sshsig.HashSHA512, namespace)
	if err != nil {
		return nil, fmt.Errorf("seal: sign in namespace %q: %w", namespace, err)
	}
	return sshsig.Armor(sig), nil
}

// Verify checks an armored signature over message in a namespace and gives
// the key (or certificate) that made it. Whether that key may be trusted is
// Judge's question.
func Verify(armored, message []byte, namespace string) (ssh.PublicKey, error) {
	sig, err := parseArmored(armored)
	if err != nil {
		return nil, err
	}
	if sig.Namespace != namespace {
		return nil, fmt.Errorf("%w: %q, want %q", ErrNamespace, sig.Namespace, namespace)
	}
	if err := strong(plain(sig.PublicKey)); err != nil {
		return nil, err
	}
	if err := sshsig.Verify(bytes.NewReader(message), sig, sig.PublicKey, sig.HashAlgorithm, namespace); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return sig.PublicKey, nil
}

// VerifyCanonical is Verify for signatures inside bundles: the armored text
// must be exactly the one that Sign writes, so that no bit of it can change
// unseen.
func VerifyCanonical(armored, message []byte, namespace string) (ssh.PublicKey, error) {
	sig, err := parseArmored(armored)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(sshsig.Armor(sig), armored) {
		return nil, ErrCanonical
	}
	return Verify(armored, message, namespace)
}

func parseArmored(armored []byte) (*sshsig.Signature, error) {
	if len(armored) > maxArmored {
		return nil, fmt.Errorf("%w: %d bytes", ErrForm, len(armored))
	}
	sig, err := sshsig.Unarmor(armored)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	if sig.Signature.Format == ssh.KeyAlgoRSA {
		return nil, fmt.Errorf("%w: RSA with SHA-1", ErrWeak)
	}
	return sig, nil
}

// strong refuses DSA and RSA below 2048 bits, as ssh-keygen does.
func strong(pub ssh.PublicKey) error {
	switch pub.Type() {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKECDSA256:
		return nil
	case ssh.KeyAlgoRSA:
		if c, ok := pub.(ssh.CryptoPublicKey); ok && rsaBits(c.CryptoPublicKey()) >= 2048 {
			return nil
		}
	}
	return fmt.Errorf("%w: %q", ErrWeak, pub.Type())
}
