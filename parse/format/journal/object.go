package journal

import (
	"encoding/binary"
)

// Type is the type of an object.
type Type uint8

// The object types.
const (
	TypeData       Type = 1
	TypeField      Type = 2
	TypeEntry      Type = 3
	TypeDataTable  Type = 4
	TypeFieldTable Type = 5
	TypeEntryArray Type = 6
	TypeTag        Type = 7
)

// String names the type.
func (t Type) String() string {
	if t < 1 || t > 7 {
		return "unknown"
	}
	return [...]string{"data", "field", "entry", "data hash table", "field hash table", "entry array", "tag"}[t-1]
}

// maxObject bounds what is read or decompressed at once, in bytes.
const maxObject = 128 << 20

// Object is one object: where it lies and what it says it is.
type Object struct {
	Type   Type
	Flags  uint8
	Offset int64
	Size   int64 // without the bytes that align the next object
}

// End is where the next object begins.
func (o Object) End() int64 { return align(o.Offset + o.Size) }

func align(n int64) int64 { return (n + 7) &^ 7 }

// payload is where the payload of a data object begins.
func (f *File) payload() int64 {
	if f.compact {
		return 72
	}
	return 64
}

func (f *File) itemSize() int64 {
	if f.compact {
		return 4
	}
	return 16
}

func (f *File) arrayItem() int64 {
	if f.compact {
		return 4
	}
	return 8
}

// head reads an object header; ok is false when the bytes cannot be one.
func (f *File) head(off int64) (o Object, ok bool) {
	if off < f.start || off&7 != 0 || off > f.size-16 {
		return o, false
	}
	b, err := f.blocks.bytes(off, 16)
	if err != nil || !likely(b) {
		return o, false
	}
	o = Object{Type: Type(b[0]), Flags: b[1], Offset: off, Size: int64(binary.LittleEndian.Uint64(b[8:]))}
	if n, ok := f.fixed[off]; ok {
		o.Size = n
	}
	if o.Size < 16 || o.Size > f.size-off {
		return o, false
	}
	n := o.Size
	switch o.Type {
	case TypeData:
		return o, n > f.payload()
	case TypeField:
		return o, n > 40
	case TypeEntry:
		return o, n > 64 && (n-64)%f.itemSize() == 0
	case TypeDataTable, TypeFieldTable:
		return o, n >= 32 && (n-16)%16 == 0
	case TypeEntryArray:
		return o, n > 24 && (n-24)%f.arrayItem() == 0
	default:
		return o, n == 64
	}
}

// likely is a cheap look at the first 8 bytes of a header.
func likely(b []byte) bool {
	if b[0] < 1 || b[0] > 7 || binary.LittleEndian.Uint32(b[2:])|uint32(b[6])|uint32(b[7]) != 0 {
		return false
	}
	switch b[1] {
	case 0:
		return true
	case 1, 2, 4:
		return Type(b[0]) == TypeData
	}
	return false
}

// verify says whether the content of an object agrees with itself; why says
// what does not. Data objects are decoded on the way.
func (f *File) verify(o Object) (ok bool, why string) {
	switch o.Type {
	case TypeData:
		d := f.load(o)
		return d.Problem == "", d.Problem
	case TypeTag:
		return true, ""
	}
	f.spend(o.Size)
	switch o.Type {
	case TypeField:
		return f.verifyField(o)
	case TypeEntry:
		e, why := f.entry(o)
		return why == "" || e.sound(), why
	case TypeEntryArray:
		return f.verifyArray(o)
	case TypeDataTable, TypeFieldTable:
		return f.verifyTable(o)
	}
	return true, ""
}

func (f *File) verifyField(o Object) (bool, string) {
	b, err := f.blocks.bytes(o.Offset, o.Size)
	if err != nil {
		return false, err.Error()
	}
	if !f.keyLost && !f.tired() && f.hash(b[40:]) != binary.LittleEndian.Uint64(b[16:]) {
		return false, "the name of the field does not have the hash that is stored with it"
	}
	return true, ""
}

// verifyArray checks that the offsets ascend inside the file, zeros last.
func (f *File) verifyArray(o Object) (bool, string) {
	last, w := int64(0), f.arrayItem()
	for at := o.Offset + 24; at < o.Offset+o.Size; {
		n := min(o.Offset+o.Size-at, 64<<10)
		b, err := f.blocks.bytes(at, n)
		if err != nil {
			return false, err.Error()
		}
		if w == 8 {
			last = ascend(b, last, 8, func(b []byte) int64 { return int64(binary.LittleEndian.Uint64(b)) })
		} else {
			last = ascend(b, last, 4, func(b []byte) int64 { return int64(binary.LittleEndian.Uint32(b)) })
		}
		if last < -1 {
			return false, "its offsets do not ascend"
		}
		at += n
	}
	return true, ""
}

// EntryArray gives the offsets of entries that the array at an offset names, and
// the array that goes on, 0 for none. ok is false when no array lies there.
func (f *File) EntryArray(off int64, visit func(entry int64)) (next int64, ok bool) {
	o, ok := f.head(off)
	if !ok || o.Type != TypeEntryArray || f.tired() {
		return 0, false
	}
	f.spend(o.Size)
	le, w := binary.LittleEndian, f.arrayItem()
	for at, end := off+16, off+o.Size; at < end; {
		n := min(end-at, 64<<10)
		b, err := f.blocks.bytes(at, n)
		if err != nil {
			return 0, false
		}
		if at == off+16 {
			next, b = int64(le.Uint64(b)), b[8:]
		}
		for ; int64(len(b)) >= w; b = b[w:] {
			v := int64(le.Uint32(b))
			if w == 8 {
				v = int64(le.Uint64(b))
			}
			if v <= 0 {
				return max(next, 0), true
			}
			if v < f.size {
				visit(v)
			}
		}
		at += n
	}
	return max(next, 0), true
}

// ascend goes on from the offset before through those of b, of w bytes each:
// it gives the last one, -1 behind the end of those that are used, and -2 when
// they do not ascend.
func ascend(b []byte, last int64, w int, at func([]byte) int64) int64 {
	for ; len(b) >= w; b = b[w:] {
		v := at(b)
		switch {
		case v > last && v&7 == 0 && last >= 0:
			last = v
		case v == 0:
			last = -1
		default:
			return -2
		}
	}
	return last
}

func (f *File) verifyTable(o Object) (bool, string) {
	want := int64(f.header.DataTable)
	if o.Type == TypeFieldTable {
		want = int64(f.header.FieldTable)
	}
	if o.Offset+16 != want {
		return false, "the header names another place for the " + o.Type.String()
	}
	return true, ""
}
