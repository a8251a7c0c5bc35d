package parse

import (
	"cmp"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// fieldSorter brings the fields of records into the order of their names. Most
// records of a log have the names of one before, in the order of that one: how
// those were placed is kept.
type fieldSorter struct {
	order  []fieldKey
	swap   []event.Field
	sorted int
	known  *[knownShapes]fieldShape
}

const (
	knownShapes = 64
	shapeFields = 64 // fields of a shape that is kept, at most
	shapesAfter = 32 // so many records are worth the room for shapes
)

// fieldShape is a list of names and the places that it takes from there, in order.
type fieldShape struct {
	names []string
	from  []uint8
}

// fieldKey is a field to be sorted: the first 8 bytes of its name and its place.
type fieldKey struct {
	head uint64
	at   int
}

func (s *fieldSorter) sort(f []event.Field) {
	if s.sorted++; s.sorted < shapesAfter || len(f) > shapeFields {
		if s.places(f) {
			s.swap = append(s.swap[:0], f...)
			for i, k := range s.order {
				f[i] = s.swap[k.at]
			}
		}
		return
	}
	if s.known == nil {
		s.known = new([knownShapes]fieldShape)
	}
	h := uint64(len(f))
	for i := range f {
		if n := f[i].Name; n != "" {
			h ^= uint64(len(n))<<16 | uint64(n[0])<<8 | uint64(n[len(n)-1])
		}
		h *= 0x9e3779b97f4a7c15
	}
	x := &s.known[h>>58]
	if !x.fits(f) {
		x.names, x.from = x.names[:0], x.from[:0]
		for i := range f {
			x.names = append(x.names, f[i].Name)
		}
		if s.places(f) {
			for _, k := range s.order {
				x.from = append(x.from, uint8(k.at))
			}
		}
	}
	if len(x.from) == 0 { // in order as they are
		return
	}
	s.swap = append(s.swap[:0], f...)
	for i, at := range x.from {
		f[i] = s.swap[at]
	}
}

// fits says whether the fields have the names of the shape, in its order.
func (x *fieldShape) fits(f []event.Field) bool {
	if len(x.names) != len(f) {
		return false
	}
	for i := range f {
		if f[i].Name != x.names[i] {
			return false
		}
	}
	return true
}

// places finds the order of fields; it says whether they have to be moved.
// Places are sorted, not fields: moving strings about costs more than
// comparing them. Of one name, the first stays before the second.
func (s *fieldSorter) places(f []event.Field) (moved bool) {
	s.order = s.order[:0]
	for i := range f {
		k := fieldKey{head: headOf(f[i].Name), at: i}
		j := len(s.order)
		s.order = append(s.order, k)
		if len(f) > 64 {
			continue
		}
		for ; j > 0 && (k.head < s.order[j-1].head || k.head == s.order[j-1].head && f[i].Name < f[s.order[j-1].at].Name); j-- {
			s.order[j] = s.order[j-1]
			moved = true
		}
		s.order[j] = k
	}
	if len(f) > 64 {
		moved = true
		slices.SortFunc(s.order, func(x, y fieldKey) int {
			return cmp.Or(cmp.Compare(x.head, y.head), strings.Compare(f[x.at].Name, f[y.at].Name), x.at-y.at)
		})
	}
	return moved
}

// headOf is the first 8 bytes of a name as a number that sorts as they do.
func headOf(s string) uint64 {
	if len(s) >= 8 {
		return uint64(s[0])<<56 | uint64(s[1])<<48 | uint64(s[2])<<40 | uint64(s[3])<<32 | uint64(s[4])<<24 | uint64(s[5])<<16 | uint64(s[6])<<8 | uint64(s[7])
	}
	n := uint64(0)
	for i := range len(s) {
		n |= uint64(s[i]) << (56 - 8*i)
	}
	return n
}
