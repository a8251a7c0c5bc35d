// Package codec opens the compressed forms in which rotated logs lie on disk:
// gzip, xz, zstd, bzip2 and lz4, recognised by their magic numbers, and texts
// in UTF-16, which read as UTF-8. Every reader is bounded in memory; how much comes out is for the caller to bound.
// It is a leaf.
package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// MaxWindow is the largest window or dictionary, in bytes, that a stream may
// ask for. xz -9 asks for 64 MiB, zstd --ultra -22 for 128 MiB.
const MaxWindow = 128 << 20

// HeadSize is how many bytes Detect wants to see at most.
const HeadSize = 1024

// ErrWindow says that a stream asks for more memory than MaxWindow.
var ErrWindow = errors.New("the stream asks for a larger window than is allowed")

type kind struct {
	name     string
	magic    string
	suffixes [2]string
}

func kinds() [6]kind { // an array: it is asked for with every exhibit
	return [...]kind{
		{"bz2", "BZh", [2]string{".bz2", ".bz"}},
		{"gz", "\x1f\x8b\x08", [2]string{".gz", ".Z"}},
		{"lz4", "\x04\x22\x4d\x18", [2]string{".lz4"}},
		{"lz4", "\x02\x21\x4c\x18", [2]string{}}, // legacy frames, lz4 -l
		{"xz", "\xfd7zXZ\x00", [2]string{".xz"}},
		{"zst", "\x28\xb5\x2f\xfd", [2]string{".zst", ".zstd"}},
	}
}

// Detect names the codec whose magic number head begins with: bz2, gz, lz4,
// xz, zst; or the UTF-16 that it is text in: utf-16le, utf-16be; "" for none. A bzip2 magic must be followed by a level and a
// block or end-of-stream mark, so that text beginning with BZh is not taken.
func Detect(head []byte) string {
	if rest, skipped := skippable(head); skipped {
		if name := Detect(rest); name == "lz4" {
			return name
		}
		return "zst"
	}
	for _, k := range kinds() {
		if len(head) < len(k.magic) || string(head[:len(k.magic)]) != k.magic {
			continue
		}
		if k.name == "bz2" && !bzip(head) {
			continue
		}
		return k.name
	}
	return detectUTF16(head)
}

// skippable cuts a skippable frame off, which zstd and lz4 may put before
// their own (RFC 8878, section 3.1.2). A frame that goes beyond head leaves
// nothing of it.
func skippable(head []byte) (rest []byte, ok bool) {
	if len(head) < 8 || head[0]&0xf0 != 0x50 || head[1] != 0x2a || head[2] != 0x4d || head[3] != 0x18 {
		return head, false
	}
	n := 8 + int64(binary.LittleEndian.Uint32(head[4:]))
	return head[min(n, int64(len(head))):], true
}

func bzip(head []byte) bool {
	if len(head) < 10 || head[3] < '1' || head[3] > '9' {
		return false
	}
	mark := head[4:10]
	return bytes.Equal(mark, []byte{0x31, 0x41, 0x59, 0x26, 0x53, 0x59}) || bytes.Equal(mark, []byte{0x17, 0x72, 0x45, 0x38, 0x50, 0x90})
}

// Trim cuts the suffix of the named codec off a path, where it has one.
func Trim(path, name string) string {
	for _, k := range kinds() {
		if k.name != name {
			continue
		}
		if t := k.trim(path); t != path {
			return t
		}
	}
	return path
}

func (k *kind) trim(path string) string {
	for _, s := range k.suffixes {
		if t, ok := strings.CutSuffix(path, s); ok && s != "" {
			return t
		}
	}
	return path
}

// TrimAny cuts the suffix of any codec off a path.
func TrimAny(path string) string {
	for _, k := range kinds() {
		if t := k.trim(path); t != path {
			return t
		}
	}
	return path
}

// New opens a stream of the named codec. Concatenated streams are read as one.
// Where one is damaged, Read returns a *SkipError and goes on with the next when
// called again (see Through). Close frees memory and does not close r.
func New(name string, r io.Reader) (io.ReadCloser, error) { return NewWindow(name, r, MaxWindow) }

// NewWindow is New with another limit than MaxWindow for windows and
// dictionaries, in bytes, at least 8 MiB.
func NewWindow(name string, r io.Reader, window int64) (io.ReadCloser, error) {
	switch name {
	case "gz":
		return newStreams(name, gzForm{}, r)
	case "bz2":
		return newStreams(name, &bz2Form{}, r)
	case "lz4":
		return newStreams(name, lz4Form{}, r)
	case "zst":
		return newStreams(name, zstForm{window}, r)
	case "xz":
		return newStreams(name, &xzForm{window: window}, r)
	case UTF16LE, UTF16BE:
		return newUTF16(name, r), nil
	}
	return nil, fmt.Errorf("codec %q is not known", name)
}

// xzDictionary gives the dictionary size that a block header behind a stream
// header asks for, 0 when there is none (xz file format 1.1, sections 3.1 and
// 5.3.1).
func xzDictionary(head []byte) int64 {
	const streamHeader = 12
	if len(head) < streamHeader+2 || head[streamHeader] == 0 {
		return 0
	}
	end := min(streamHeader+(int(head[streamHeader])+1)*4, len(head))
	flags := head[streamHeader+1]
	b := head[streamHeader+2 : end]
	skip := func() {
		for len(b) > 0 {
			more := b[0]&0x80 != 0
			b = b[1:]
			if !more {
				return
			}
		}
	}
	for bit := byte(0x40); bit != 0; bit <<= 1 {
		if flags&bit != 0 {
			skip()
		}
	}
	var dict int64
	for i := 0; i <= int(flags&3) && len(b) >= 3; i++ {
		id, size := b[0], int(b[1])
		if id == 0x21 && size == 1 {
			dict = lzma2Dictionary(b[2])
		}
		if len(b) < 2+size {
			return dict
		}
		b = b[2+size:]
	}
	return dict
}

func lzma2Dictionary(bits byte) int64 {
	if bits > 40 {
		return 1 << 40
	}
	if bits == 40 {
		return 1<<32 - 1
	}
	return (2 | int64(bits&1)) << (bits/2 + 11)
}
