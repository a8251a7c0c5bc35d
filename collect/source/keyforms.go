package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/record"
)

const (
	puttyMagic = "PuTTY-User-Key-File-"
	pgpMagic   = "-----BEGIN PGP PRIVATE KEY BLOCK-----"
)

// keyStore tells the stores of keys of Java and PKCS #12 by their first bytes
// and, since those bytes are few, their names.
func keyStore(path string, text []byte) string {
	if !hasSuffix(lower(path), ".jks", ".jceks", ".keystore", ".ks", ".p12", ".pfx", ".bks", ".kdbx") {
		return ""
	}
	switch {
	case bytes.HasPrefix(text, []byte("\xfe\xed\xfe\xed")):
		return "JKS"
	case bytes.HasPrefix(text, []byte("\xce\xce\xce\xce")):
		return "JCEKS"
	case bytes.HasPrefix(text, []byte("\x03\xd9\xa2\x9a")):
		return "KeePass"
	case len(text) >= 8 && text[0] == 0x30 && bytes.Contains(text[:8], []byte{2, 1, 3}): // SEQUENCE, version 3
		return "PKCS #12"
	}
	return ""
}

// putty reads the public part of a PuTTY key file: header lines, then base64.
func (k *privateKey) putty(text []byte) {
	k.Kind, k.Why = "PuTTY", "public part not readable"
	lines := strings.Split(strings.ReplaceAll(string(text), "\r", ""), "\n")
	for i, line := range lines {
		key, value, _ := strings.Cut(line, ": ")
		switch {
		case strings.HasPrefix(key, puttyMagic):
			k.Algorithm = value
		case key == "Encryption":
			k.Encrypted = value != "none"
		case key == "Public-Lines":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > len(lines)-i-1 {
				return
			}
			blob, err := base64.StdEncoding.DecodeString(strings.Join(lines[i+1:i+1+n], ""))
			if err != nil || len(blob) == 0 {
				return
			}
			sum := sha256.Sum256(blob)
			k.Fingerprint, k.Why = "SHA256:"+base64.RawStdEncoding.EncodeToString(sum[:]), ""
			return
		}
	}
}

// keyLeftOut is the label of the bytes of a private key inside a file that is
// copied: a script or a configuration that carries one.
const keyLeftOut = "private key left out"

// innerKeys finds the bodies of private keys in PEM form inside a text.
func innerKeys(text []byte) (out []bundle.StateRange) {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte("-----BEGIN "))
		if i < 0 {
			return out
		}
		begin := at + i
		at = begin + len("-----BEGIN ")
		head := bytes.IndexByte(text[begin:], '\n')
		if head < 0 || !bytes.Contains(text[begin:begin+head], []byte("PRIVATE KEY-----")) {
			continue
		}
		block, rest := pem.Decode(text[begin:])
		if block == nil || !strings.HasSuffix(block.Type, "PRIVATE KEY") || !bytes.HasPrefix(text[begin:], []byte("-----BEGIN "+block.Type)) {
			continue
		}
		end := len(text) - len(rest)
		body := begin + head + 1
		if tail := bytes.LastIndex(text[body:end], []byte("-----END ")); tail > 0 {
			out = append(out, bundle.StateRange{Offset: int64(body), Length: int64(tail), State: bundle.BytesUnreadable, Errno: keyLeftOut})
		}
		at = end
	}
}

// inner records a private key inside a file that is copied without it.
func (t *taker) inner(text []byte, r bundle.StateRange, st record.File) error {
	begin := bytes.LastIndex(text[:r.Offset], []byte("-----BEGIN "))
	k := describeKey(text[begin:], st)
	k.Offset = r.Offset
	return t.keyRecord(k)
}

func (t *taker) keyRecord(k privateKey) error {
	s, err := t.env.Out.Records(bundle.Exhibit{Source: t.src.desc.Name, Parts: "privatekey", Method: "open, read; the key itself is left out"})
	if err == nil {
		err = s.Record(k)
	}
	if err == nil {
		_, _, err = s.Close()
	}
	if err != nil {
		return fmt.Errorf("key record: %w", err)
	}
	return nil
}

// secret records a private key without the key.
func (t *taker) secret(text []byte, st record.File) (bundle.Outcome, error) {
	defer clear(text)
	if err := t.keyRecord(describeKey(text, st)); err != nil {
		return bundle.Outcome{}, err
	}
	return bundle.Outcome{Outcome: bundle.Collected, Exhibits: 1, Reason: "a private key: its fingerprint is recorded, the key is not copied"}, nil
}
