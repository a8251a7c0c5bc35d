package journal

import (
	"encoding/binary"
	"fmt"
)

// Entry is one log entry. Times are microseconds.
type Entry struct {
	Object
	Seqnum    uint64
	Realtime  uint64 // since 1970 UTC
	Monotonic uint64 // since boot
	Boot      ID
	Data      []*Data // its fields in file order; valid until the next call
	Stem      *Stem   // the first of them, as many entries have them; nil: none
	named     int     // fields it names
	checked   bool    // its xor hash was compared
}

// sound says whether an entry with faults is an entry all the same: its time
// lies between 2000 and 2200, and half of what it names is there.
func (e *Entry) sound() bool {
	return e.Seqnum > 0 && e.Realtime > 946684800e6 && e.Realtime < 7258118400e6 && len(e.Data) > 0 && len(e.Data)*2 >= e.named
}

// maxItems bounds the fields of one entry.
const maxItems = 4096

// Entry decodes an entry and its data objects. why says what is wrong with it,
// or is "": what could be read is there in any case.
func (f *File) Entry(o Object) (e *Entry, why string) { return f.entry(o) }

func (f *File) entry(o Object) (*Entry, string) {
	e := &f.current
	if e.Offset == o.Offset && e.Size == o.Size && o.Offset != 0 {
		return e, f.currentWhy
	}
	f.currentWhy = f.readEntry(e, o)
	return e, f.currentWhy
}

func (f *File) readEntry(e *Entry, o Object) string {
	*e = Entry{Object: o, Data: e.Data[:0]}
	n := (o.Size - 64) / f.itemSize()
	why := ""
	if n > maxItems {
		n, why = maxItems, fmt.Sprintf("it names over %d fields", maxItems)
	}
	b, err := f.blocks.bytes(o.Offset, 64+n*f.itemSize())
	if err != nil {
		return "it cannot be read: " + err.Error()
	}
	le := binary.LittleEndian
	e.Seqnum, e.Realtime, e.Monotonic = le.Uint64(b[16:]), le.Uint64(b[24:]), le.Uint64(b[32:])
	copy(e.Boot[:], b[40:56])
	stored, xor := le.Uint64(b[56:]), uint64(0)
	e.named = int(n)
	whole, from, list := !f.tired(), 0, b[64:]
	if whole {
		if e.Stem = f.stems.follow(list, f.itemSize()); e.Stem != nil {
			e.Data, xor, from = append(e.Data, e.Stem.Data...), e.Stem.xor, len(e.Stem.Data)
			list = list[int64(from)*f.itemSize():]
		}
	}
	f.items = f.items[:0] // b does not outlive what is read meanwhile
	for ; len(list) > 0; list = list[f.itemSize():] {
		f.items = append(f.items, itemAt(list, f.itemSize()))
	}
	sound := whole
	for i, it := range f.items {
		d := f.again(from+i, it.off)
		switch {
		case d == nil:
			why = firstOf(why, fmt.Sprintf("at %d, which it names, there is no data object", it.off))
			whole, sound = false, false
			continue
		case d.Lost:
			whole, sound = false, false
		case !f.compact && d.Hash != it.hash:
			why = firstOf(why, fmt.Sprintf("the data object at %d is not the one it was written with", it.off))
			sound = false
		}
		sound = sound && d.Problem == ""
		xor ^= d.jenkins
		e.Data = append(e.Data, d)
	}
	if sound {
		f.stems.learn(e.Stem, e.Data)
	}
	e.checked = whole && len(e.Data) > 0
	if whole && xor != stored {
		why = firstOf(why, "its fields are not those it was written with (xor hash)")
	}
	return why
}

// again is Data for the i-th value of an entry: it is often that of the entry
// read before.
func (f *File) again(i int, off int64) *Data {
	for i >= len(f.before) {
		f.before = append(f.before, nil)
	}
	if d := f.before[i]; d != nil && d.Offset == off && d.Problem == "" {
		return d
	}
	d := f.Data(off)
	f.before[i] = d
	return d
}

// item is what an entry says of one of its data objects.
type item struct {
	off  int64
	hash uint64 // 0 in the compact layout
}

// itemAt is the first item of a list of items of one size.
func itemAt(b []byte, size int64) item {
	if size == 4 {
		return item{off: int64(binary.LittleEndian.Uint32(b))}
	}
	return item{int64(binary.LittleEndian.Uint64(b)), binary.LittleEndian.Uint64(b[8:])}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Data gives the data object at an offset, or nil when there is none.
func (f *File) Data(off int64) *Data {
	if d := f.cache.get(off); d != nil {
		if d.none {
			return nil
		}
		return d
	}
	f.spend(64)
	if d := f.recall(off); d != nil {
		return d
	}
	o, ok := f.head(off)
	ok = ok && o.Type == TypeData
	var d *Data
	if ok {
		if d = f.load(o); d.Problem == "" {
			return d
		}
	}
	if m := f.mend(off); m != nil {
		return m
	}
	if !ok {
		f.cache.put(&Data{Object: Object{Offset: off}, none: true})
	}
	return d
}

// mendReach is how far behind a data object with a wrong size field its true
// end is searched for, in bytes.
const mendReach = 1 << 20

// mend tries whether there is a data object at off whose size field alone is
// wrong. What entries say of it so does not depend on whether the walk has
// come by it.
func (f *File) mend(off int64) *Data {
	if off < f.start || off&7 != 0 || off > f.size-16 || f.keyLost || f.tired() {
		return nil
	}
	b, err := f.blocks.bytes(off, 16)
	if err != nil || Type(b[0]) != TypeData || !likely(b) {
		return nil
	}
	end := min(f.size, off+mendReach)
	next, found := f.follower(align(off+f.payload()+2), end)
	if !found {
		if end < f.size {
			return nil
		}
		next = f.size
	}
	if o, ok := f.resize(off, next); ok {
		return f.cache.get(o.Offset)
	}
	return nil
}

// follower finds the first object in [from, to) whose header and successor
// are possible; data objects and fields must have their hash.
func (f *File) follower(from, to int64) (int64, bool) {
	f.spend(to - from)
	for at := from; at+16 <= to; {
		b, err := f.blocks.bytes(at, min(64<<10, to-at))
		if err != nil {
			return 0, false
		}
		i := candidate(b)
		if i < 0 {
			at += max(int64(len(b)-8)&^7, 8)
			continue
		}
		at += int64(i)
		if o, ok := f.head(at); ok && f.follows(o) {
			return at, true
		}
		at += 8
	}
	return 0, false
}

func (f *File) follows(o Object) bool {
	switch o.Type {
	case TypeData:
		return f.load(o).Problem == ""
	case TypeField:
		ok, _ := f.verifyField(o)
		return ok
	}
	return f.chained(o.End())
}
