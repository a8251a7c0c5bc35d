package sqlite

import (
	"encoding/binary"
	"math"
	"unicode/utf16"
)

// record decodes the values of a row.
func (f *File) record(p []byte) ([]Value, string) {
	head, n := varint(p)
	if n == 0 || head < int64(n) || head > int64(len(p)) {
		return nil, "the header of a row cannot be"
	}
	types, body := p[n:head], p[head:]
	var out []Value
	for len(types) > 0 {
		t, n := varint(types)
		if n == 0 || len(out) >= maxCols {
			return nil, "the header of a row cannot be"
		}
		types = types[n:]
		size := serialSize(t)
		if size < 0 || size > int64(len(body)) {
			return nil, "a value reaches over the end of its row"
		}
		out = append(out, f.value(t, body[:size]))
		body = body[size:]
	}
	return out, ""
}

func serialSize(t int64) int64 {
	switch {
	case t < 0:
		return -1
	case t < 12:
		return [...]int64{0, 1, 2, 3, 4, 6, 8, 8, 0, 0, -1, -1}[t]
	}
	return (t - 12) / 2
}

func (f *File) value(t int64, b []byte) Value {
	switch {
	case t == 0:
		return Value{}
	case t == 8, t == 9:
		return Value{Kind: Int, Int: t - 8}
	case t < 7:
		v := int64(int8(b[0]))
		for _, c := range b[1:] {
			v = v<<8 | int64(c)
		}
		return Value{Kind: Int, Int: v}
	case t == 7:
		return Value{Kind: Float, Float: math.Float64frombits(binary.BigEndian.Uint64(b))}
	case t%2 == 0:
		return Value{Kind: Blob, Text: string(b)}
	}
	return Value{Kind: Text, Text: f.text(b)}
}

// text decodes UTF-16 databases; UTF-8 is kept as it is.
func (f *File) text(b []byte) string {
	if f.encoding != 2 && f.encoding != 3 {
		return string(b)
	}
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
		if f.encoding == 3 {
			u[i] = binary.BigEndian.Uint16(b[2*i:])
		}
	}
	return string(utf16.Decode(u))
}

// varint reads a SQLite varint of at most 9 bytes; n is 0 when it is cut.
func varint(p []byte) (v int64, n int) {
	for i := 0; i < 9 && i < len(p); i++ {
		if i == 8 {
			return v<<8 | int64(p[i]), 9
		}
		v = v<<7 | int64(p[i]&0x7f)
		if p[i] < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
