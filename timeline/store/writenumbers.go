package store

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Fields of numbers that vary, as process ids and ports do, stand in a section
// of their own, bit by bit: digits compress no better, and a range is asked of
// them without unpacking anything else.

const (
	numberFields = 32 // field names of a block that are looked at
	leastNumbers = 32 // values of a field from which on it is worth a column
	maxDigits    = 17 // of a number: it has at most maxNumberBits
)

// maxNumberBits is how wide a packed number is at most: with the bits of the
// byte in which it begins it lies in eight bytes.
const maxNumberBits = 57

// rowSet is a set of rows of a block.
type rowSet [blockRows / 64]uint64

func (s *rowSet) has(i int) bool { return s[i/64]>>(i%64)&1 != 0 }
func (s *rowSet) add(i int)      { s[i/64] |= 1 << (i % 64) }

// numberWriter finds the fields of numbers of a block.
type numberWriter struct {
	names  places
	fields []numberField // by place
	chosen []*numberField
}

// numberField is a field name of a block.
type numberField struct {
	name   uint32
	no     bool // not all values are numbers, or they repeat, or a row has two
	again  int  // values that the table of those seen had
	rows   rowSet
	values []uint64
	seen   [64]uint64
}

// decimal reads a number that is written as strconv.FormatUint writes it.
func decimal(s string) (v uint64, ok bool) {
	if s == "" || len(s) > maxDigits || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		v = v*10 + uint64(c)
	}
	return v, true
}

func (f *numberField) begin(name uint32) {
	f.name, f.no, f.again, f.rows, f.values = name, false, 0, rowSet{}, f.values[:0]
	clear(f.seen[:])
}

// add takes the value of a row. Digits of values that repeat compress well:
// they stay what they are.
func (f *numberField) add(i int, s string) {
	v, ok := decimal(s)
	if !ok || f.rows.has(i) {
		f.no = true
		return
	}
	f.rows.add(i)
	slot := &f.seen[v*0x9E3779B97F4A7C15>>58]
	if *slot == v+1 {
		f.again++
		f.no = f.again > blockRows/4
	}
	*slot = v + 1
	f.values = append(f.values, v)
}

// section appends the N section of a block, and notes what it holds.
func (w *numberWriter) section(b []byte, rows []row) []byte {
	w.names.begin()
	for i := range rows {
		r := &rows[i]
		for j, name := range r.shared.names {
			n, first := w.names.of(name)
			if n >= numberFields {
				continue
			}
			if first {
				if int(n) == len(w.fields) {
					w.fields = append(w.fields, numberField{})
				}
				w.fields[n].begin(name)
			}
			if f := &w.fields[n]; !f.no {
				f.add(i, r.values[j])
			}
		}
	}
	w.chosen = w.chosen[:0]
	for n := range min(len(w.names.list), numberFields) {
		f := &w.fields[n]
		if !f.no && len(f.values) >= max(leastNumbers, len(rows)/8) && 4*f.again <= len(f.values) {
			w.chosen = append(w.chosen, f)
		}
	}
	if len(w.chosen) == 0 {
		return b
	}
	slices.SortFunc(w.chosen, func(a, b *numberField) int { return cmp64(uint64(a.name), uint64(b.name)) })
	b = putLen(b, len(w.chosen))
	for _, f := range w.chosen {
		b = f.append(b, len(rows))
	}
	return b
}

// holds says whether the values of a name stand in the section made last.
func (w *numberWriter) holds(name uint32) bool {
	for _, f := range w.chosen {
		if f.name == name {
			return true
		}
	}
	return false
}

// append adds the column of a block of so many rows.
func (f *numberField) append(b []byte, rows int) []byte {
	b = put(b, f.name)
	if len(f.values) == rows {
		b = append(b, columnSame)
	} else {
		b = append(b, columnEach)
		var set [blockRows / 8]byte
		for i, word := range f.rows {
			binary.LittleEndian.PutUint64(set[8*i:], word)
		}
		b = append(b, set[:(rows+7)/8]...)
	}
	least, most := slices.Min(f.values), slices.Max(f.values)
	width := bits.Len64(most - least)
	b = append(putUv(b, least), byte(width))
	have, n := uint64(0), 0
	for _, v := range f.values {
		have |= (v - least) << n
		for n += width; n >= 8; n -= 8 {
			b = append(b, byte(have))
			have >>= 8
		}
	}
	if n > 0 {
		b = append(b, byte(have))
	}
	return b
}
