package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/dgraph-io/badger/v4/y"
	"github.com/klauspost/compress/zstd"
)

// rawLimit bounds what one section may unpack to: more than a segment holds,
// so that nothing that can be written is refused.
const rawLimit = 512 << 20

// What some sections hold at most: a block a row beyond its limit and the small
// columns of the others, a minute table 20 bytes a row, a chunk of terms a term
// beyond its limit.
const (
	blockSection   = rowLimit + 2*blockBytes + 4<<20
	minutesSection = 20*segmentRows + 16
	termsSection   = 2 * termsChunk
)

// packer compresses; one per building goroutine.
type packer struct {
	enc   *zstd.Encoder
	quick *zstd.Encoder // its frames have no Huffman tables: a seventh of the time to unpack, for a third more bytes
	tmp   []byte
}

func newPacker() (*packer, error) {
	options := []zstd.EOption{zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true), zstd.WithLowerEncoderMem(true)}
	enc, err := zstd.NewWriter(nil, options...)
	if err != nil {
		return nil, fmt.Errorf("store: start compressor: %w", err)
	}
	quick, err := zstd.NewWriter(nil, append(options, zstd.WithNoEntropyCompression(true))...)
	if err != nil {
		return nil, fmt.Errorf("store: start compressor: %w", err)
	}
	return &packer{enc: enc, quick: quick}, nil
}

// leastFrame is up to how many bytes a section is not compressed.
const leastFrame = 32

// section appends uv(raw) uv(stored) bytes.
func (p *packer) section(dst, raw []byte) []byte {
	dst = putUv(dst, uint64(len(raw)))
	if len(raw) > leastFrame {
		p.tmp = p.enc.EncodeAll(raw, p.tmp[:0])
		if len(p.tmp) < len(raw) {
			dst = putUv(dst, uint64(len(p.tmp)))
			return append(dst, p.tmp...)
		}
	}
	dst = putUv(dst, 0)
	return append(dst, raw...)
}

// unpacker decompresses; safe for concurrent use.
type unpacker struct {
	dec   *zstd.Decoder
	spare sync.Pool // *[]byte: memory of sections that are read and let go at once
}

func newUnpacker() (*unpacker, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(1<<30), zstd.WithDecoderConcurrency(0), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		return nil, fmt.Errorf("store: start decompressor: %w", err)
	}
	return &unpacker{dec: dec}, nil
}

// packed is a section that was found but not unpacked.
type packed struct {
	raw    int
	size   int    // bytes that are stored
	stored []byte // nil of a section of a block: in its file, or none
	off    int    // in the block
	plain  bool
	sealed bool   // sum is that of the stored bytes, and not compared yet
	sum    uint32 // CRC-32C
}

// check compares the stored bytes with their checksum, if they have one.
func (p *packed) check() error {
	if p.sealed && crc32.Checksum(p.stored, y.CastagnoliCrcTable) != p.sum {
		return fmt.Errorf("%w: section of %d bytes: its checksum differs", errCorrupt, len(p.stored))
	}
	return nil
}

// sealed reads the head of a section whose bytes lie elsewhere.
func (s *scan) sealed(limit uint64) packed {
	raw, n := s.uv(), s.uv()
	sum := s.bytes(crc32.Size)
	if s.err != nil || raw > limit || n > limit {
		s.fail("section size")
		return packed{}
	}
	p := packed{raw: int(raw), size: int(n), plain: n == 0, sealed: true, sum: binary.LittleEndian.Uint32(sum)}
	if p.plain {
		p.size = p.raw
	}
	return p
}

func (s *scan) packed(limit uint64) packed {
	raw, stored := s.uv(), s.uv()
	if raw > limit || stored > uint64(len(s.b)) {
		s.fail("section size")
		return packed{}
	}
	if stored == 0 {
		return packed{raw: int(raw), size: int(raw), stored: s.bytes(int(raw)), plain: true}
	}
	return packed{raw: int(raw), size: int(stored), stored: s.bytes(int(stored))}
}

// open gives the raw bytes in memory of their own, which must not be changed.
func (u *unpacker) open(p packed) ([]byte, error) {
	b, err := u.view(p)
	if err == nil && p.plain {
		b = bytes.Clone(b)
	}
	return b, err
}

// view is open for bytes of which nothing is kept longer than those that are stored.
func (u *unpacker) view(p packed) ([]byte, error) {
	if p.plain {
		return p.stored, p.check()
	}
	return u.unpack(p, nil)
}

// unpack decompresses into dst, which it makes larger only when the frame, too,
// announces the bytes of the section: a frame never takes more memory.
func (u *unpacker) unpack(p packed, dst []byte) ([]byte, error) {
	const over = 16 // what the decoder needs to write in large steps
	if err := p.check(); err != nil {
		return nil, err
	}
	var h zstd.Header
	if err := h.Decode(p.stored); err != nil {
		return nil, fmt.Errorf("%w: section: %v", errCorrupt, err)
	}
	if !h.HasFCS || h.FrameContentSize != uint64(p.raw) {
		return nil, fmt.Errorf("%w: section of %d bytes, its frame says %d", errCorrupt, p.raw, h.FrameContentSize)
	}
	if cap(dst) < p.raw+over {
		dst = make([]byte, 0, p.raw+over)
	}
	b, err := u.dec.DecodeAll(p.stored, dst[:0])
	if err != nil {
		return nil, fmt.Errorf("%w: section: %v", errCorrupt, err)
	}
	if len(b) != p.raw {
		return nil, fmt.Errorf("%w: section has %d bytes, %d announced", errCorrupt, len(b), p.raw)
	}
	return b, nil
}

// buffer gives memory of sections that were let go, to be put back.
func (u *unpacker) buffer() *[]byte {
	if buf, _ := u.spare.Get().(*[]byte); buf != nil {
		return buf
	}
	return new([]byte)
}

// borrow is open for a section of which nothing is kept: free takes the bytes back.
func (u *unpacker) borrow(p packed) (raw []byte, free func(), err error) {
	if p.plain {
		return p.stored, func() {}, p.check()
	}
	if p.raw > 1<<20 {
		raw, err = u.open(p)
		return raw, func() {}, err
	}
	buf := u.buffer()
	b, err := u.unpack(p, *buf)
	if err != nil {
		return nil, nil, err
	}
	*buf = b
	return b, func() { u.spare.Put(buf) }, nil
}
