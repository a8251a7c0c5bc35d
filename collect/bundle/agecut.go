package bundle

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
)

// The payload of an age file (age-encryption.org/v1): a nonce, then chunks of
// ageChunk bytes, each with a tag.
const (
	ageNonce  = 16
	ageChunk  = 64 << 10
	ageTag    = chacha20poly1305.Overhead
	maxHeader = 1 << 20 // bytes of an age header that we look at
)

// decrypt gives the plaintext of an encrypted bundle, or r itself when it is
// not encrypted. An age file that was cut gives its whole chunks.
func decrypt(r io.ReaderAt, size int64, ids []age.Identity) (io.ReaderAt, int64, error) {
	var magic [len(ageMagic)]byte
	if n, err := r.ReadAt(magic[:], 0); n < len(magic) {
		if err == nil || err == io.EOF {
			err = ErrNotBundle
		}
		return nil, 0, fmt.Errorf("bundle: %d bytes: %w", size, err)
	}
	if string(magic[:]) != ageMagic {
		return r, size, nil
	}
	if len(ids) == 0 {
		return nil, 0, ErrEncrypted
	}
	plain, n, err := age.DecryptReaderAt(r, size, ids...)
	if err == nil {
		return plain, n, nil
	}
	var no *age.NoIdentityMatchError
	if errors.As(err, &no) {
		return nil, 0, fmt.Errorf("%w: none of those given fits: %w", ErrEncrypted, err)
	}
	c, cerr := openAgeCut(r, size, ids)
	if cerr != nil {
		return nil, 0, fmt.Errorf("bundle: decrypt: %w", err)
	}
	return c, c.size(), nil
}

const ageMagic = "age-encryption.org/"

// ageCut reads the whole chunks of an age file whose end is missing. Its last
// chunk is never among them: whether the file was complete is unknown.
type ageCut struct {
	r      io.ReaderAt
	start  int64 // of the first chunk
	chunks int64
	aead   cipher.AEAD

	mu    sync.Mutex
	at    int64 // chunk in plain; -1 none
	plain []byte
}

func openAgeCut(r io.ReaderAt, size int64, ids []age.Identity) (*ageCut, error) {
	header, err := age.ExtractHeader(io.NewSectionReader(r, 0, min(size, maxHeader)))
	if err != nil {
		return nil, fmt.Errorf("bundle: age header: %w", err)
	}
	key, err := age.DecryptHeader(header, ids...)
	if err != nil {
		return nil, fmt.Errorf("bundle: age header: %w", err)
	}
	nonce := make([]byte, ageNonce)
	if err := readFull(r, nonce, int64(len(header))); err != nil {
		return nil, fmt.Errorf("bundle: age nonce: %w", err)
	}
	stream, err := hkdf.Key(sha256.New, key, nonce, "payload", chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("bundle: age key: %w", err)
	}
	aead, err := chacha20poly1305.New(stream)
	if err != nil {
		return nil, fmt.Errorf("bundle: age key: %w", err)
	}
	start := int64(len(header)) + ageNonce
	return &ageCut{r: r, start: start, chunks: (size - start) / (ageChunk + ageTag), aead: aead, at: -1}, nil
}

func (c *ageCut) size() int64 { return c.chunks * ageChunk }

// ReadAt implements io.ReaderAt over the plaintext.
func (c *ageCut) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("bundle: read at negative offset %d", off)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for n < len(p) {
		i := (off + int64(n)) / ageChunk
		if i >= c.chunks {
			return n, io.EOF
		}
		if err := c.load(i); err != nil {
			return n, err
		}
		n += copy(p[n:], c.plain[(off+int64(n))%ageChunk:])
	}
	return n, nil
}

func (c *ageCut) load(i int64) error {
	if c.at == i {
		return nil
	}
	c.at = -1
	sealed := make([]byte, ageChunk+ageTag)
	if err := readFull(c.r, sealed, c.start+i*(ageChunk+ageTag)); err != nil {
		return fmt.Errorf("bundle: age chunk %d: %w", i, err)
	}
	var nonce [chacha20poly1305.NonceSize]byte
	binary.BigEndian.PutUint64(nonce[3:], uint64(i)) // 11-byte counter, then the flag of the last chunk: 0
	plain, err := c.aead.Open(c.plain[:0], nonce[:], sealed, nil)
	if err != nil {
		return fmt.Errorf("bundle: age chunk %d does not decrypt", i)
	}
	c.plain, c.at = plain, i
	return nil
}
