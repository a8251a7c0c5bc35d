package store

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// varint reads what encoding/binary writes, whatever stands behind it, and
// leaves numbers of more than eight bytes to others.
func TestVarint(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	check := func(v uint64) {
		b := binary.AppendUvarint(nil, v)
		n := len(b)
		b = binary.LittleEndian.AppendUint64(b, rng.Uint64())
		got, k := varint(binary.LittleEndian.Uint64(b))
		if n <= 8 && (got != v || k != n) || n > 8 && k != 0 {
			t.Fatalf("%x: %d in %d bytes, want %d in %d", b, got, k, v, n)
		}
	}
	for bit := range 64 {
		for _, v := range []uint64{1<<bit - 1, 1 << bit, 1<<bit + 1, math.MaxUint64 >> bit} {
			check(v)
		}
		for range 500 {
			check(rng.Uint64() >> bit)
		}
	}
	if v, n := varint(0x0080); v != 0 || n != 2 {
		t.Fatalf("0 written in two bytes is %d in %d", v, n)
	}
}

// Columns of any width and length are read as they were written, and columns
// with a number too great, or too few of them, are refused.
func TestColumns(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 1000 {
		n := rng.IntN(70)
		list := make([]uint64, n)
		for i := range list {
			list[i] = rng.Uint64() >> (32 + rng.IntN(33))
		}
		if rng.IntN(8) == 0 {
			list = slices.Repeat([]uint64{rng.Uint64() >> 32}, n)
		}
		limit, top := 1<<32, uint64(0)
		for _, v := range list {
			top = max(top, v)
		}
		if rng.IntN(2) == 0 {
			limit = int(top) + rng.IntN(2) // the second time in a row it fits
		}
		b := column(nil, n, func(i int) uint64 { return list[i] })
		ok := n == 0 || int(top) < limit
		s := scan{b: slices.Clone(b)}
		c := s.numbers(n, limit)
		if (s.end() == nil) != ok {
			t.Fatalf("%v below %d: %v", list, limit, s.err)
		}
		for i := range list {
			if ok && uint64(c.at(i)) != list[i] {
				t.Fatalf("row %d of %v is %d", i, list, c.at(i))
			}
		}
		signed := make([]int64, n)
		for i := range signed {
			signed[i] = int64(rng.Uint64()) >> rng.IntN(64)
		}
		b = column(nil, n, func(i int) uint64 { return zigzag(signed[i]) })
		s = scan{b: b}
		if got := s.signed(n); s.end() != nil || !slices.Equal(got, signed) {
			t.Fatalf("%v read as %v, %v", signed, got, s.err)
		}
		for cut := range b {
			if s = (scan{b: b[:cut]}); n > 0 {
				if s.signs(n); s.end() == nil {
					t.Fatalf("%d of %d bytes are a column of %d", cut, len(b), n)
				}
			}
		}
	}
}
