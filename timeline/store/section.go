package store

import (
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// rawLimit bounds what one section may unpack to: more than a segment holds,
// so that nothing that can be written is refused.
const rawLimit = 512 << 20

// packer compresses; one per building goroutine.
type packer struct {
	enc *zstd.Encoder
	tmp []byte
}

func newPacker() (*packer, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("store: start compressor: %w", err)
	}
	return &packer{enc: enc}, nil
}

// section appends uv(raw) uv(stored) bytes.
func (p *packer) section(dst, raw []byte) []byte {
	dst = putUv(dst, uint64(len(raw)))
	if len(raw) > 32 {
		p.tmp = p.enc.EncodeAll(raw, p.tmp[:0])
		if len(p.tmp) < len(raw) {
			dst = putUv(dst, uint64(len(p.tmp)))
			return append(dst, p.tmp...)
		}
	}
	dst = putUv(dst, 0)
	return append(dst, raw...)
}

// plain appends a section that would not shrink.
func (p *packer) plain(dst, raw []byte) []byte {
	return append(putUv(putUv(dst, uint64(len(raw))), 0), raw...)
}

// unpacker decompresses; safe for concurrent use.
type unpacker struct {
	dec   *zstd.Decoder
	spare sync.Pool // *[]byte: memory of sections that are read and let go at once
}

func newUnpacker() (*unpacker, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(1<<30), zstd.WithDecoderConcurrency(0))
	if err != nil {
		return nil, fmt.Errorf("store: start decompressor: %w", err)
	}
	return &unpacker{dec: dec}, nil
}

// packed is a section that was found but not unpacked.
type packed struct {
	raw    int
	stored []byte
	plain  bool
}

func (s *scan) packed() packed {
	raw, stored := s.uv(), s.uv()
	if raw > rawLimit || stored > uint64(len(s.b)) {
		s.fail("section size")
		return packed{}
	}
	if stored == 0 {
		return packed{raw: int(raw), stored: s.bytes(int(raw)), plain: true}
	}
	return packed{raw: int(raw), stored: s.bytes(int(stored))}
}

// open gives the raw bytes, which must not be changed.
func (u *unpacker) open(p packed) ([]byte, error) {
	if p.plain {
		return p.stored, nil
	}
	b, err := u.dec.DecodeAll(p.stored, make([]byte, 0, min(p.raw, 8*len(p.stored)+64<<10)))
	if err != nil {
		return nil, fmt.Errorf("%w: section: %v", errCorrupt, err)
	}
	if len(b) != p.raw {
		return nil, fmt.Errorf("%w: section has %d bytes, %d announced", errCorrupt, len(b), p.raw)
	}
	return b, nil
}

// borrow is open for a section of which nothing is kept: free takes the bytes back.
func (u *unpacker) borrow(p packed) (raw []byte, free func(), err error) {
	if p.plain || p.raw > 1<<20 {
		raw, err = u.open(p)
		return raw, func() {}, err
	}
	buf, _ := u.spare.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	b, err := u.dec.DecodeAll(p.stored, (*buf)[:0])
	if err != nil {
		return nil, nil, fmt.Errorf("%w: section: %v", errCorrupt, err)
	}
	if len(b) != p.raw {
		return nil, nil, fmt.Errorf("%w: section has %d bytes, %d announced", errCorrupt, len(b), p.raw)
	}
	*buf = b
	return b, func() { u.spare.Put(buf) }, nil
}
