package codec

import (
	"bufio"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

// gzForm reads members (RFC 1952, section 2.2).
type gzForm struct{}

func (gzForm) open(b *bufio.Reader) (io.Reader, error) {
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return z, nil
}

func (gzForm) need() int    { return 10 }
func (gzForm) single() bool { return true }

// starts wants a header with flags, level and system as RFC 1952 knows them.
func (gzForm) starts(b []byte) bool {
	return b[0] == 0x1f && b[1] == 0x8b && b[2] == 8 && b[3] < 0x20 && (b[8] == 0 || b[8] == 2 || b[8] == 4) && (b[9] < 14 || b[9] == 255)
}

func (gzForm) behind(error) (int64, bool) { return 0, false }

// lz4Form reads frames; the library ends with each.
type lz4Form struct{}

func (lz4Form) open(b *bufio.Reader) (io.Reader, error) { return lz4.NewReader(b), nil }
func (lz4Form) need() int                               { return 6 }
func (lz4Form) single() bool                            { return true }

func (lz4Form) starts(b []byte) bool {
	return binary.LittleEndian.Uint32(b) == 0x184d2204 && b[4]&0xc2 == 0x40 && b[5]&0x8f == 0 && b[5] >= 0x40
}

func (lz4Form) behind(err error) (int64, bool) {
	const magic = 4
	return magic, errors.Is(err, lz4.ErrInvalidFrame)
}

// zstForm reads all frames that follow each other (RFC 8878).
type zstForm struct{ window int64 }

func (f zstForm) open(b *bufio.Reader) (io.Reader, error) {
	z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(uint64(f.window)), zstd.WithDecoderMaxMemory(2*uint64(f.window)))
	if err != nil {
		return nil, err
	}
	return z.IOReadCloser(), nil
}

func (zstForm) need() int    { return 6 }
func (zstForm) single() bool { return false }

func (zstForm) starts(b []byte) bool {
	return binary.LittleEndian.Uint32(b) == 0xfd2fb528 && b[4]&8 == 0
}

func (zstForm) behind(err error) (int64, bool) {
	const magic = 4
	return magic, errors.Is(err, zstd.ErrMagicMismatch)
}

// xzForm reads all streams that follow each other, with padding between.
type xzForm struct {
	window int64
	guard  *xzGuard
}

func (f *xzForm) open(b *bufio.Reader) (io.Reader, error) {
	f.guard = newXZGuard(b, f.window)
	return xz.NewReader(f.guard)
}

func (*xzForm) need() int    { return 12 }
func (*xzForm) single() bool { return false }

func (*xzForm) starts(b []byte) bool {
	return string(b[:7]) == "\xfd7zXZ\x00\x00" && b[7] < 16 && crc32.ChecksumIEEE(b[6:8]) == binary.LittleEndian.Uint32(b[8:])
}

func (f *xzForm) behind(error) (int64, bool) {
	return f.guard.seen - f.guard.whole, f.guard.between && f.guard.whole > 0
}

// bz2Form reads all streams that follow each other. Blocks stand alone, at any
// bit; one begins with 48 bits of its own.
type bz2Form struct {
	bit   int  // at which the block begins that was found
	block bool // it is read without the start of its stream
}

const (
	bz2Block = 0x314159265359
	bz2Mask  = 1<<48 - 1
)

func (f *bz2Form) open(b *bufio.Reader) (io.Reader, error) {
	if !f.block {
		return bzip2.NewReader(b), nil
	}
	first, err := b.ReadByte()
	if err != nil {
		return nil, err
	}
	// Whatever size of blocks the stream had: the largest holds any.
	return bzip2.NewReader(&shifted{head: "BZh9", b: b, bit: uint(f.bit), last: first}), nil
}

func (*bz2Form) need() int    { return 10 }
func (*bz2Form) single() bool { return false }

func (f *bz2Form) starts(b []byte) bool {
	if f.block = false; bzip(b) {
		return true
	}
	v := binary.BigEndian.Uint64(b)
	for f.bit = 0; f.bit < 8; f.bit++ {
		if v>>(16-f.bit)&bz2Mask == bz2Block {
			f.block = true
			return true
		}
	}
	return false
}

func (f *bz2Form) behind(err error) (int64, bool) {
	const magic = 2
	return magic, strings.Contains(err.Error(), "continuation file")
}

// shifted gives a head, then bytes that begin at a bit of the last one read.
type shifted struct {
	head string
	b    *bufio.Reader
	bit  uint
	last byte
}

// ReadByte gives the next byte, and reads no further than it must.
func (s *shifted) ReadByte() (byte, error) {
	if s.head != "" {
		c := s.head[0]
		s.head = s.head[1:]
		return c, nil
	}
	c, err := s.b.ReadByte()
	if err != nil {
		return 0, err
	}
	out := byte((uint16(s.last)<<8 | uint16(c)) >> (8 - s.bit))
	s.last = c
	return out, nil
}

// Read gives one byte.
func (s *shifted) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c, err := s.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = c
	return 1, nil
}
