package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// errNoSeal says that a file does not end in a seek table: it was cut, or is
// no bundle at all.
var errNoSeal = errors.New("no seek table at the end: the bundle was cut or never closed")

// sealed is what the tail of a whole bundle proves: the ledger of its frames
// and tag files, the tag manifest and who signed it.
type sealed struct {
	led      *ledger
	manifest []byte
	pub      ssh.PublicKey
	mtime    int64
	hashed   int // frames that frames.txt accounts for
	sigErr   error
}

// readTail checks seek table, tail and seal. A bad signature alone is kept in
// sigErr, so that a report can tell it from a broken structure.
func readTail(r io.ReaderAt, size int64) (*sealed, error) {
	table, tableSize, err := readSeekTable(r, size)
	if err != nil {
		return nil, err
	}
	start, offset, err := findTail(r, table, size-tableSize)
	if err != nil {
		return nil, err
	}
	if size-offset > maxTail {
		return nil, fmt.Errorf("bundle: tail of %d bytes, at most %d", size-offset, maxTail)
	}
	stored := make([]byte, size-offset)
	if err := readFull(r, stored, offset); err != nil {
		return nil, fmt.Errorf("bundle: tail: %w", err)
	}
	s, err := parseTail(stored, table[start:])
	if err != nil {
		return nil, err
	}
	if s.hashed != start {
		return nil, fmt.Errorf("bundle: frames.txt lists %d frames, it comes after %d", s.hashed, start)
	}
	for i := range s.hashed {
		if f := s.led.frames[i]; f.stored != table[i].stored || f.content != table[i].content {
			return nil, fmt.Errorf("bundle: frame %d is %d bytes in frames.txt, %d in the seek table", i, f.stored, table[i].stored)
		}
	}
	return s, nil
}

// readSeekTable reads the last frame. Hashes in its refs are not set.
func readSeekTable(r io.ReaderAt, size int64) ([]frameRef, int64, error) {
	var foot [seekTableFooter]byte
	if size < seekTableFooter+8 {
		return nil, 0, errNoSeal
	}
	if err := readFull(r, foot[:], size-seekTableFooter); err != nil {
		return nil, 0, fmt.Errorf("bundle: seek table: %w", err)
	}
	if binary.LittleEndian.Uint32(foot[5:]) != seekableMagic || foot[4] != 0 {
		return nil, 0, errNoSeal
	}
	n := int64(binary.LittleEndian.Uint32(foot[:]))
	total := n*8 + seekTableFooter + 8
	if total > size || n > maxFrames {
		return nil, 0, fmt.Errorf("bundle: seek table of %d frames in a file of %d bytes", n, size)
	}
	b := make([]byte, total)
	if err := readFull(r, b, size-total); err != nil {
		return nil, 0, fmt.Errorf("bundle: seek table: %w", err)
	}
	if binary.LittleEndian.Uint32(b) != seekTableMagic || int64(binary.LittleEndian.Uint32(b[4:])) != total-8 {
		return nil, 0, errors.New("bundle: seek table has a wrong header")
	}
	refs := make([]frameRef, n)
	sum := int64(0)
	for i := range refs {
		e := b[8+i*8:]
		refs[i] = frameRef{stored: binary.LittleEndian.Uint32(e), content: binary.LittleEndian.Uint32(e[4:])}
		if refs[i].stored > maxFrameOnDisk || refs[i].content > FrameSize {
			return nil, 0, fmt.Errorf("bundle: seek table: frame %d of %d bytes, %d content", i, refs[i].stored, refs[i].content)
		}
		sum += int64(refs[i].stored)
	}
	if sum != size-total {
		return nil, 0, fmt.Errorf("bundle: seek table accounts for %d bytes of %d", sum, size-total)
	}
	return refs, total, nil
}

// rawHead is the length of frame header and first block header of a raw frame.
const rawHead = 12

// findTail looks backwards for the frame that begins with frames.txt.
func findTail(r io.ReaderAt, table []frameRef, end int64) (frame int, offset int64, err error) {
	offset = end
	for i := len(table) - 1; i >= 0; i-- {
		offset -= int64(table[i].stored)
		if end-offset > maxTail || table[i].content < tarBlock {
			if table[i].content == 0 {
				break
			}
			continue
		}
		var b [rawHead + tarBlock]byte
		if int64(table[i].stored) < int64(len(b)) {
			continue
		}
		if err := readFull(r, b[:], offset); err != nil {
			return 0, 0, fmt.Errorf("bundle: tail: %w", err)
		}
		if binary.LittleEndian.Uint32(b[:]) != zstdMagic || b[4] != 0xA0 || b[9]&6 != 0 {
			break // the tail is raw frames without a gap
		}
		if h, _, _, err := parseUstar(b[rawHead:]); err == nil && strings.HasSuffix(h.name, "/frames.txt") && strings.Count(h.name, "/") == 1 {
			return i, offset, nil
		}
	}
	return 0, 0, errors.New("bundle: no frames.txt before the seek table")
}

// parseTail takes the tail apart, makes it again and compares every byte.
func parseTail(stored []byte, table []frameRef) (*sealed, error) {
	var plain []byte
	pos := int64(0)
	for _, f := range table {
		if pos+int64(f.stored) > int64(len(stored)) {
			return nil, errors.New("bundle: tail is shorter than its frames")
		}
		c, err := rawContent(stored[pos:pos+int64(f.stored)], int64(f.content))
		if err != nil {
			return nil, fmt.Errorf("bundle: tail: %w", err)
		}
		plain = append(plain, c...)
		pos += int64(f.stored)
	}
	files, run, mtime, err := tailFiles(plain)
	if err != nil {
		return nil, fmt.Errorf("bundle: tail: %w", err)
	}
	s := &sealed{led: newLedger(run, ""), mtime: mtime}
	if err := s.led.parseFrames(files[0]); err != nil {
		return nil, err
	}
	s.hashed = len(s.led.frames)
	if err := s.led.parseTags(files[1], files[2]); err != nil {
		return nil, err
	}
	tarBytes, manifest, err := s.led.tail(mtime, func([]byte) ([]byte, error) { return files[3], nil })
	if err != nil {
		return nil, err
	}
	again, refs := rawFrames(tarBytes)
	again = append(again, seekTable(append(s.led.frames[:s.hashed:s.hashed], refs...))...)
	if !bytes.Equal(again, stored) {
		return nil, errors.New("bundle: tail is not in its one canonical form")
	}
	s.manifest = manifest
	s.pub, s.sigErr = seal.VerifyCanonical(files[3], manifest, seal.NamespaceSeal)
	return s, nil
}

// rawContent takes the content out of a frame of raw blocks.
func rawContent(b []byte, content int64) ([]byte, error) {
	if len(b) < rawHead || binary.LittleEndian.Uint32(b) != zstdMagic || b[4] != 0xA0 {
		return nil, errFrameForm
	}
	out := make([]byte, 0, content)
	for b = b[9:]; ; {
		if len(b) < 3 {
			return nil, errFrameCut
		}
		h := int(b[0]) | int(b[1])<<8 | int(b[2])<<16
		n := h >> 3
		if h&6 != 0 || n > len(b)-3 || int64(len(out)+n) > content {
			return nil, fmt.Errorf("%w: block of the tail is not raw", errFrameForm)
		}
		out = append(out, b[3:3+n]...)
		b = b[3+n:]
		if h&1 == 1 {
			break
		}
	}
	if len(b) > 0 || int64(len(out)) != content {
		return nil, fmt.Errorf("%w: frame of the tail has a wrong size", errFrameForm)
	}
	return out, nil
}

// tailFiles reads the four entries of the tail.
func tailFiles(plain []byte) (files [4][]byte, run string, mtime int64, err error) {
	names := [4]string{"frames.txt", "index.txt", "tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig"}
	for i, want := range names {
		if len(plain) < tarBlock {
			return files, "", 0, fmt.Errorf("no room for %s", want)
		}
		h, typ, zero, err := parseUstar(plain[:tarBlock])
		if err != nil || zero || typ != '0' {
			return files, "", 0, fmt.Errorf("no header of %s", want)
		}
		dir, name, _ := strings.Cut(h.name, "/")
		if i == 0 {
			run, mtime = dir, h.mtime
			if err := checkRunID(run); err != nil {
				return files, "", 0, err
			}
		}
		plain = plain[tarBlock:]
		if name != want || dir != run || h.size > int64(len(plain)) || h.size+padding(h.size) > int64(len(plain)) {
			return files, "", 0, fmt.Errorf("entry %.120q where %s belongs", h.name, want)
		}
		files[i] = plain[:h.size]
		plain = plain[h.size+padding(h.size):]
	}
	return files, run, mtime, nil
}

// sealHash is the hash by which a sealed bundle is known.
func (s *sealed) sealHash() string {
	sum := sha256.Sum256(s.manifest)
	return hex.EncodeToString(sum[:])
}
