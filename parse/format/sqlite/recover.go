package sqlite

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
)

// maxKnown is how many rows of a table are remembered, to tell copies of them
// in freed pages.
const maxKnown = 1 << 20

// Known remembers rows that a table holds.
type Known struct {
	seed maphash.Seed
	rows map[uint64]struct{}
}

// NewKnown makes an empty memory.
func NewKnown() *Known { return &Known{maphash.MakeSeed(), make(map[uint64]struct{})} }

// Add remembers a row.
func (k *Known) Add(r *Row) {
	if len(k.rows) < maxKnown {
		k.rows[k.sum(r)] = struct{}{}
	}
}

// Has says whether an equal row was added.
func (k *Known) Has(r *Row) bool {
	_, ok := k.rows[k.sum(r)]
	return ok
}

func (k *Known) sum(r *Row) uint64 {
	var h maphash.Hash
	h.SetSeed(k.seed)
	var b [8]byte
	put := func(n uint64) {
		binary.LittleEndian.PutUint64(b[:], n)
		h.Write(b[:])
	}
	put(uint64(r.ID))
	for _, v := range r.Values {
		put(uint64(v.Kind)<<56 ^ uint64(v.Int))
		put(uint64(len(v.Text)))
		h.WriteString(v.Text)
	}
	return h.Sum64()
}

// Recover visits the rows of leaf pages that no table led to: the pages above
// them are damaged, or they were freed and hold rows that were deleted. Only
// rows that fits takes are visited; the others, and copies of known rows, are
// reported. Call it when all tables and indexes were read, before Rest.
func (f *File) Recover(known *Known, fits func(*Row) bool, visit func(*Row) error) error {
	for n := int64(2); n*f.page <= f.size; n++ {
		if f.seen[uint32(n)] {
			continue
		}
		off := (n - 1) * f.page
		b, err := f.bytes(off, f.page)
		if err != nil || !f.leafLike(b) {
			continue
		}
		f.seen[uint32(n)] = true
		cells := int64(binary.BigEndian.Uint16(b[3:]))
		at := make([]int64, cells)
		for i := range at {
			at[i] = int64(binary.BigEndian.Uint16(b[8+2*i:]))
		}
		f.report(Problem{Span{off, 8 + 2*cells}, "recovered", fmt.Sprintf("page %d belongs to no table: the pages that led to it are damaged, or it was freed with rows that were deleted", n)})
		f.padding(Span{off, 8 + 2*cells})
		if f.usable < f.page {
			f.padding(Span{off + f.usable, f.page - f.usable})
		}
		err = f.leaf(b[:f.usable], off, 8+2*cells, at, false, func(r *Row) error {
			why := ""
			switch {
			case !fits(r):
				why = "a row of another table, or of none"
			case known.Has(r):
				why = "a copy of a row that the table holds"
			}
			if why == "" {
				return visit(r)
			}
			for _, s := range r.Spans {
				f.report(Problem{s, "slack", why})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// leafLike says whether a page has the header of a leaf page of a table, with
// cells that lie in it.
func (f *File) leafLike(b []byte) bool {
	cells := int64(binary.BigEndian.Uint16(b[3:]))
	if b[0] != 13 || cells == 0 || 8+2*cells > f.usable || b[7] > 60 {
		return false
	}
	for i := int64(0); i < cells; i++ {
		if c := int64(binary.BigEndian.Uint16(b[8+2*i:])); c < 8+2*cells || c >= f.usable {
			return false
		}
	}
	return true
}
