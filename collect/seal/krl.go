package seal

import (
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"
)

// KRL is a key revocation list in the binary form of OpenSSH (PROTOCOL.krl),
// as ssh-keygen -k writes it. A nil *KRL revokes nothing.
type KRL struct {
	Version uint64
	Comment string
	certs   []certSection
	keys    map[string]bool // plain key blobs
	sha1    map[string]bool
	sha256  map[string]bool
}

// certSection revokes certificates of one CA, or of any CA when ca is "".
type certSection struct {
	ca      string
	serials map[uint64]bool
	ranges  [][2]uint64
	bitmaps []serialBitmap
	keyIDs  map[string]bool
}

// serialBitmap is a bit per serial from an offset on; bits is big-endian.
type serialBitmap struct {
	offset uint64
	bits   []byte
}

// ErrKRL says that a revocation list cannot be read. A list that cannot be
// read must stop a judgement, never pass as empty.
var ErrKRL = errors.New("seal: not a key revocation list")

const (
	krlMagic   = "SSHKRL\n\x00"
	maxKRL     = 64 << 20
	maxKRLBits = 1 << 20 // bytes of one serial bitmap
)

// ParseKRL reads a binary revocation list. Unknown sections and extensions
// marked critical are errors.
func ParseKRL(b []byte) (*KRL, error) {
	if len(b) > maxKRL {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrKRL, maxKRL)
	}
	r := wire{b: b}
	if string(r.take(8)) != krlMagic {
		return nil, fmt.Errorf("%w: no SSHKRL magic", ErrKRL)
	}
	if v := r.u32(); v != 1 {
		return nil, fmt.Errorf("%w: format version %d", ErrKRL, v)
	}
	k := &KRL{keys: map[string]bool{}, sha1: map[string]bool{}, sha256: map[string]bool{}}
	k.Version = r.u64()
	r.u64() // date of making: a claim, not used
	r.u64() // flags: none defined
	r.str() // reserved
	k.Comment = string(r.str())
	for r.err == nil && len(r.b) > 0 {
		if err := k.section(&r); err != nil {
			return nil, err
		}
	}
	if r.err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKRL, r.err)
	}
	return k, nil
}

func (k *KRL) section(r *wire) error {
	typ := r.u8()
	body := r.str()
	if r.err != nil {
		return fmt.Errorf("%w: %w", ErrKRL, r.err)
	}
	switch typ {
	case 1:
		return k.certificates(body)
	case 2:
		return blobs(body, k.keys, 0)
	case 3:
		return blobs(body, k.sha1, sha1.Size)
	case 5:
		return blobs(body, k.sha256, sha256.Size)
	case 4: // a signature over the list; OpenSSH dropped support for it
		return nil
	case 255:
		return extension(body)
	}
	return fmt.Errorf("%w: unknown section %d", ErrKRL, typ)
}

func extension(body []byte) error {
	r := wire{b: body}
	name, critical := string(r.str()), r.u8()
	r.str()
	if r.err != nil {
		return fmt.Errorf("%w: %w", ErrKRL, r.err)
	}
	if critical != 0 {
		return fmt.Errorf("%w: critical extension %.60q is not known", ErrKRL, name)
	}
	return nil
}

func blobs(body []byte, into map[string]bool, size int) error {
	r := wire{b: body}
	for r.err == nil && len(r.b) > 0 {
		s := r.str()
		if r.err == nil && size > 0 && len(s) != size {
			return fmt.Errorf("%w: hash of %d bytes, want %d", ErrKRL, len(s), size)
		}
		into[string(s)] = true
	}
	if r.err != nil {
		return fmt.Errorf("%w: %w", ErrKRL, r.err)
	}
	return nil
}

func (k *KRL) certificates(body []byte) error {
	r := wire{b: body}
	s := certSection{serials: map[uint64]bool{}, keyIDs: map[string]bool{}}
	s.ca = string(r.str())
	r.str() // reserved
	for r.err == nil && len(r.b) > 0 {
		typ := r.u8()
		part := wire{b: r.str()}
		if r.err != nil {
			break
		}
		if err := s.part(typ, &part); err != nil {
			return err
		}
	}
	if r.err != nil {
		return fmt.Errorf("%w: %w", ErrKRL, r.err)
	}
	k.certs = append(k.certs, s)
	return nil
}

func (s *certSection) part(typ byte, r *wire) error {
	switch typ {
	case 0x20:
		for r.err == nil && len(r.b) > 0 {
			s.serials[r.u64()] = true
		}
	case 0x21:
		lo, hi := r.u64(), r.u64()
		s.ranges = append(s.ranges, [2]uint64{lo, hi})
	case 0x22:
		off := r.u64()
		bits := r.str()
		if len(bits) > maxKRLBits {
			return fmt.Errorf("%w: serial bitmap of %d bytes", ErrKRL, len(bits))
		}
		s.bitmaps = append(s.bitmaps, serialBitmap{off, bits})
	case 0x23:
		for r.err == nil && len(r.b) > 0 {
			s.keyIDs[string(r.str())] = true
		}
	case 0x39:
		return extension(r.b)
	default:
		return fmt.Errorf("%w: unknown certificate section 0x%02x", ErrKRL, typ)
	}
	if r.err != nil || (len(r.b) > 0 && typ != 0x39) {
		return fmt.Errorf("%w: certificate section 0x%02x has a wrong length", ErrKRL, typ)
	}
	return nil
}

// Revoked says why a key or certificate is revoked, "" when it is not. The
// key, its certificate, and the CA's own key are all looked up.
func (k *KRL) Revoked(pub ssh.PublicKey) string {
	if k == nil {
		return ""
	}
	if k.listed(plain(pub)) {
		return "key " + Fingerprint(pub)
	}
	c, ok := pub.(*ssh.Certificate)
	if !ok {
		return ""
	}
	if k.listed(c.SignatureKey) {
		return "CA key " + ssh.FingerprintSHA256(c.SignatureKey)
	}
	ca := string(c.SignatureKey.Marshal())
	for i := range k.certs {
		s := &k.certs[i]
		if s.ca != "" && s.ca != ca {
			continue
		}
		if s.keyIDs[c.KeyId] {
			return fmt.Sprintf("certificate key id %q", c.KeyId)
		}
		if c.Serial != 0 && s.serial(c.Serial) { // serial 0 means "no serial" in OpenSSH
			return fmt.Sprintf("certificate serial %d", c.Serial)
		}
	}
	return ""
}

func (k *KRL) listed(pub ssh.PublicKey) bool {
	blob := pub.Marshal()
	s1, s256 := sha1.Sum(blob), sha256.Sum256(blob)
	return k.keys[string(blob)] || k.sha1[string(s1[:])] || k.sha256[string(s256[:])]
}

func (s *certSection) serial(n uint64) bool {
	if s.serials[n] {
		return true
	}
	for _, r := range s.ranges {
		if n >= r[0] && n <= r[1] {
			return true
		}
	}
	for _, m := range s.bitmaps {
		if n < m.offset || (n-m.offset)/8 >= uint64(len(m.bits)) {
			continue
		}
		bit := n - m.offset
		if m.bits[len(m.bits)-1-int(bit/8)]>>(bit%8)&1 == 1 {
			return true
		}
	}
	return false
}
