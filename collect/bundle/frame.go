package bundle

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// frameInfo is what the header of a stored frame says, without decompressing.
type frameInfo struct {
	skippable bool
	size      int64 // bytes as stored, header included
	content   int64 // bytes of content; 0 for a skippable frame
}

var (
	errFrameCut  = errors.New("frame is cut")
	errFrameForm = errors.New("not a frame of this format")
)

// scanFrame reads frame and block headers (RFC 8878 sections 3.1.1, 3.1.2) at
// the start of b. With less than a whole frame in b it gives errFrameCut; the
// frame may then be longer than b. Frames without a content size, with a
// dictionary, or beyond the limits are errFrameForm.
func scanFrame(b []byte) (frameInfo, error) {
	if len(b) < 8 {
		return frameInfo{}, errFrameCut
	}
	switch m := binary.LittleEndian.Uint32(b); {
	case m>>4 == skippableMagic>>4:
		n := int64(binary.LittleEndian.Uint32(b[4:])) + 8
		f := frameInfo{skippable: true, size: n}
		if m == skippableMagic && n > maxFrameOnDisk {
			return f, fmt.Errorf("%w: skippable frame of %d bytes", errFrameForm, n)
		}
		if int64(len(b)) < n {
			return f, errFrameCut
		}
		return f, nil
	case m != zstdMagic:
		return frameInfo{}, fmt.Errorf("%w: magic %08x", errFrameForm, m)
	}
	content, head, err := frameHeader(b)
	if err != nil {
		return frameInfo{}, err
	}
	f := frameInfo{content: content}
	pos := int64(head)
	for last := false; !last; {
		if pos+3 > int64(len(b)) {
			return f, errFrameCut
		}
		h := uint32(b[pos]) | uint32(b[pos+1])<<8 | uint32(b[pos+2])<<16
		pos += 3
		last = h&1 == 1
		switch h >> 1 & 3 {
		case 0, 2:
			pos += int64(h >> 3)
		case 1:
			pos++
		default:
			return f, fmt.Errorf("%w: reserved block type", errFrameForm)
		}
		if pos > maxFrameOnDisk {
			return f, fmt.Errorf("%w: frame longer than %d bytes", errFrameForm, maxFrameOnDisk)
		}
	}
	if b[4]&4 != 0 {
		pos += 4 // XXH64 of the content, low 32 bits
	}
	f.size = pos
	if pos > int64(len(b)) {
		return f, errFrameCut
	}
	return f, nil
}

// frameHeader gives content size and header length of a zstd frame.
func frameHeader(b []byte) (content int64, head int, err error) {
	d := b[4]
	if d&0x08 != 0 || d&3 != 0 {
		return 0, 0, fmt.Errorf("%w: dictionary or reserved bit", errFrameForm)
	}
	single := d&0x20 != 0
	head = 5
	if !single {
		head++
	}
	n := []int{0, 2, 4, 8}[d>>6]
	if d>>6 == 0 {
		if !single {
			return 0, 0, fmt.Errorf("%w: no content size", errFrameForm)
		}
		n = 1
	}
	if len(b) < head+n {
		return 0, 0, errFrameCut
	}
	var v uint64
	switch n {
	case 1:
		v = uint64(b[head])
	case 2:
		v = uint64(binary.LittleEndian.Uint16(b[head:])) + 256
	case 4:
		v = uint64(binary.LittleEndian.Uint32(b[head:]))
	case 8:
		v = binary.LittleEndian.Uint64(b[head:])
	}
	if v > FrameSize {
		return 0, 0, fmt.Errorf("%w: %d bytes of content, at most %d", errFrameForm, v, FrameSize)
	}
	return int64(v), head + n, nil
}

// rawFrame is the canonical frame of the tail: single segment, a 4-byte
// content size, no checksum, raw blocks of at most 128 KiB.
func rawFrame(dst, content []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, zstdMagic)
	dst = append(dst, 0xA0)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(content)))
	for {
		n := min(len(content), blockMax)
		h := uint32(n) << 3
		if n == len(content) {
			h |= 1
		}
		dst = append(dst, byte(h), byte(h>>8), byte(h>>16))
		dst = append(dst, content[:n]...)
		content = content[n:]
		if h&1 == 1 {
			return dst
		}
	}
}

// skippableFrame wraps a text that decompressors skip.
func skippableFrame(text []byte) []byte {
	dst := make([]byte, 0, len(text)+8)
	dst = binary.LittleEndian.AppendUint32(dst, skippableMagic)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(text)))
	return append(dst, text...)
}

// seekTable is the last frame of a bundle (seekable format of zstd/contrib).
func seekTable(frames []frameRef) []byte {
	n := len(frames)*8 + seekTableFooter
	dst := make([]byte, 0, n+8)
	dst = binary.LittleEndian.AppendUint32(dst, seekTableMagic)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
	for i := range frames {
		dst = binary.LittleEndian.AppendUint32(dst, frames[i].stored)
		dst = binary.LittleEndian.AppendUint32(dst, frames[i].content)
	}
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(frames)))
	dst = append(dst, 0)
	return binary.LittleEndian.AppendUint32(dst, seekableMagic)
}
