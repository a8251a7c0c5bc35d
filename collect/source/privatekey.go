package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/saksi-dfir/saksi/collect/record"
)

// maxKeyFile bounds what is looked at to tell a private key.
const maxKeyFile = 64 << 10

// maxKeyStore bounds a store of keys, which is told by its first bytes.
const maxKeyStore = 16 << 20

// privateKey is the record that stands for a private key: everything but the
// key.
type privateKey struct {
	Type        string      `json:"t"` // "private-key"
	At          int64       `json:"at"`
	File        record.File `json:"file"`
	Kind        string      `json:"kind"` // PEM label, such as "OPENSSH PRIVATE KEY"
	Algorithm   string      `json:"algorithm,omitempty"`
	Fingerprint string      `json:"fingerprint,omitempty"` // SHA256:..., as ssh-keygen -l prints it; "" when it cannot be told
	Encrypted   bool        `json:"encrypted"`
	SHA256      string      `json:"sha256,omitempty"` // of the file, for stores under a password
	Offset      int64       `json:"offset,omitempty"` // of a key inside a file that is copied without it
	Why         string      `json:"why,omitempty"`    // why there is no fingerprint
}

// looksPrivate says whether a file is a private key in PEM form. Where keys
// are kept a key anywhere in the file is enough; elsewhere the file must be
// PEM and nothing else, so that a marker inside a script cannot keep the
// script out of the evidence.
func looksPrivate(path string, text []byte) bool {
	if keyStore(path, text) != "" || bytes.HasPrefix(text, []byte(puttyMagic)) || bytes.HasPrefix(text, []byte(pgpMagic)) {
		return true
	}
	i := bytes.Index(text, []byte("PRIVATE KEY-----"))
	if i <= 0 || !bytes.Contains(text[:i], []byte("-----BEGIN ")) {
		return false
	}
	if hasDir(path, ".ssh", "etc/ssh", "etc/ssl", "etc/pki", "pki", "private") {
		return true
	}
	rest := bytes.TrimSpace(text)
	for bytes.HasPrefix(rest, []byte("-----BEGIN ")) {
		b, r := pem.Decode(rest)
		if b == nil {
			return false
		}
		rest = bytes.TrimSpace(r)
	}
	return len(rest) == 0
}

// describeKey makes the record of the first private key in a file.
func describeKey(text []byte, f record.File) privateKey {
	k := privateKey{Type: "private-key", At: time.Now().UnixNano(), File: f}
	switch store := keyStore(string(f.Path), text); {
	case store != "":
		sum := sha256.Sum256(text)
		k.Kind, k.Encrypted, k.Why, k.SHA256 = store, true, "a store under a password", hex.EncodeToString(sum[:])
		return k
	case bytes.HasPrefix(text, []byte(puttyMagic)):
		k.putty(text)
		return k
	case bytes.HasPrefix(text, []byte(pgpMagic)):
		k.Kind, k.Why = "PGP PRIVATE KEY BLOCK", "not a key this program reads"
		return k
	}
	for rest := text; ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			k.Why = "not readable as PEM"
			return k
		}
		if !strings.HasSuffix(b.Type, "PRIVATE KEY") {
			continue
		}
		k.Kind = b.Type
		k.Encrypted = b.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(b.Headers["Proc-Type"], "ENCRYPTED")
		if b.Type == "OPENSSH PRIVATE KEY" {
			k.openSSH(b.Bytes)
			return k
		}
		k.classic(b)
		return k
	}
}

// openSSH reads the public part, which openssh-key-v1 keeps in clear even
// under a passphrase: magic, cipher, kdf, options, count, public key.
func (k *privateKey) openSSH(b []byte) {
	const magic = "openssh-key-v1\x00"
	rest, ok := bytes.CutPrefix(b, []byte(magic))
	var fields [3][]byte
	for i := range fields {
		if ok {
			fields[i], rest, ok = wireString(rest)
		}
	}
	if !ok || len(rest) < 4 {
		k.Why = "not in the form openssh-key-v1"
		return
	}
	k.Encrypted = string(fields[0]) != "none"
	blob, _, ok := wireString(rest[4:])
	if !ok {
		k.Why = "public part cut"
		return
	}
	name, _, _ := wireString(blob)
	k.Algorithm = string(name)
	sum := sha256.Sum256(blob)
	k.Fingerprint = "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// wireString reads one length-prefixed string (RFC 4251 section 5).
func wireString(b []byte) (s, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := binary.BigEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) {
		return nil, nil, false
	}
	return b[4 : 4+n], b[4+n:], true
}

// classic derives the public part of PKCS #1, SEC 1 and PKCS #8 keys.
func (k *privateKey) classic(b *pem.Block) {
	if k.Encrypted {
		k.Why = "encrypted"
		return
	}
	s, err := ssh.ParsePrivateKey(pem.EncodeToMemory(b))
	if err != nil {
		k.Why = "not a key this program reads"
		return
	}
	k.Algorithm = s.PublicKey().Type()
	k.Fingerprint = ssh.FingerprintSHA256(s.PublicKey())
}
