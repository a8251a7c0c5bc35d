package store

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// errCorrupt is the root of everything a decoder refuses.
var errCorrupt = errors.New("corrupt store data")

// scan reads the primitives of FORMAT.md from a byte slice. After the first
// fault every read gives zero and err is set: callers check once.
type scan struct {
	b   []byte
	err error
	mem *memory // where columns lie that are let go at once; nil: each for itself
}

// memory is taken in parts and given back as a whole.
type memory struct{ free []uint32 }

// ints gives n zeros.
func (s *scan) ints(n int) []uint32 {
	if s.mem == nil {
		return make([]uint32, n)
	}
	if n > len(s.mem.free) {
		s.mem.free = make([]uint32, max(n, 1024))
	}
	c := s.mem.free[:n:n]
	s.mem.free = s.mem.free[n:]
	clear(c)
	return c
}

func (s *scan) fail(what string) {
	if s.err == nil {
		s.err = fmt.Errorf("%w: %s", errCorrupt, what)
	}
	s.b = nil
}

func (s *scan) uv() uint64 {
	if len(s.b) > 0 && s.b[0] < 0x80 {
		v := s.b[0]
		s.b = s.b[1:]
		return uint64(v)
	}
	if len(s.b) > 1 && s.b[1] < 0x80 {
		v := uint64(s.b[0]&0x7f) | uint64(s.b[1])<<7
		s.b = s.b[2:]
		return v
	}
	v, n := binary.Uvarint(s.b)
	if n <= 0 {
		s.fail("varint")
		return 0
	}
	s.b = s.b[n:]
	return v
}

func (s *scan) zv() int64 {
	v := s.uv()
	return int64(v>>1) ^ -int64(v&1)
}

// num reads a count or index that must be below limit.
func (s *scan) num(limit int) int {
	v := s.uv()
	if v >= uint64(limit) {
		s.fail("number out of range")
		return 0
	}
	return int(v)
}

// count reads a count of items that take at least one byte each.
func (s *scan) count() int {
	v := s.uv()
	if v > uint64(len(s.b)) {
		s.fail("count beyond the end")
		return 0
	}
	return int(v)
}

func (s *scan) bytes(n int) []byte {
	if n < 0 || n > len(s.b) {
		s.fail("length beyond the end")
		return nil
	}
	v := s.b[:n:n]
	s.b = s.b[n:]
	return v
}

func (s *scan) str() string { return string(s.bytes(s.count())) }

func (s *scan) byte() byte {
	b := s.bytes(1)
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

// end says whether everything was read and nothing is left.
func (s *scan) end() error {
	if s.err == nil && len(s.b) > 0 {
		s.fail("bytes left over")
	}
	return s.err
}

func putUv(b []byte, v uint64) []byte { return binary.AppendUvarint(b, v) }

func putZv(b []byte, v int64) []byte {
	return binary.AppendUvarint(b, uint64(v)<<1^uint64(v>>63))
}

func putStr[T string | []byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
