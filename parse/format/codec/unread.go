package codec

import (
	"bytes"
	"encoding/binary"
)

// Unread names a form that is recognised but not decoded: lzma (the .lzma of
// LZMA Utils), utf-32le, utf-32be; "" for none.
func Unread(head []byte) string {
	switch {
	case lzmaAlone(head):
		return "lzma"
	case utf32(head, binary.LittleEndian):
		return "utf-32le"
	case utf32(head, binary.BigEndian):
		return "utf-32be"
	}
	return ""
}

// lzmaAlone looks at the 13 bytes of an LZMA_Alone header, which has no magic
// number: the usual properties (lc=3 lp=0 pb=2), a dictionary of 2^n or
// 2^n+2^(n-1) bytes, a size that is unknown or below 256 GiB; the first byte
// of the range coder behind it is 0 (lzma-file-format.txt of XZ Utils).
func lzmaAlone(head []byte) bool {
	if len(head) < 14 || head[0] != 0x5d || head[13] != 0 {
		return false
	}
	dict, size := binary.LittleEndian.Uint32(head[1:]), binary.LittleEndian.Uint64(head[5:])
	if dict < 1<<12 || size != 1<<64-1 && (size == 0 || size >= 1<<38) {
		return false
	}
	for dict&1 == 0 {
		dict >>= 1
	}
	return dict == 1 || dict == 3
}

// utf32 says whether head begins as text in UTF-32, with a byte order mark or
// with ten characters of ASCII.
func utf32(head []byte, order binary.ByteOrder) bool {
	const units = 10
	seen := 0
	for ; len(head) >= 4 && seen < units; head = head[4:] {
		c := order.Uint32(head)
		if c == 0xfeff && seen == 0 {
			return len(head) >= 8 && text32(order.Uint32(head[4:]))
		}
		if c >= 0x7f || !text32(c) {
			return false
		}
		seen++
	}
	return seen == units
}

func text32(c uint32) bool {
	return c >= ' ' && c < 0x110000 && (c < 0xd800 || c > 0xdfff) || c > 0 && c < ' ' && bytes.IndexByte([]byte("\t\r\n"), byte(c)) >= 0
}

// CutLoss says what a cut in the middle of a compressed block takes with it,
// because a block is decoded whole or not at all; "" where every byte before
// the cut gives what it holds.
func CutLoss(name string) string {
	switch name {
	case "zst":
		return "the block that is cut, of up to 128 KiB, cannot be decoded"
	case "bz2":
		return "the block that is cut, of up to 900 kB, cannot be decoded"
	case "xz":
		return "the chunk that is cut, of up to 2 MiB, cannot be decoded"
	case "lz4":
		return "the block that is cut, of up to 4 MiB (8 MiB in a legacy frame), cannot be decoded"
	}
	return ""
}
