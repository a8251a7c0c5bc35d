package sqlite

import (
	"encoding/binary"
	"fmt"
	"sort"
)

// Kind is the kind of a value.
type Kind uint8

// The kinds of values.
const (
	Null Kind = iota
	Int
	Float
	Text
	Blob
)

// Value is one column of a row.
type Value struct {
	Kind  Kind
	Int   int64
	Float float64
	Text  string // of Text and Blob
}

// Row is one row of a table.
type Row struct {
	ID     int64
	Values []Value
	Spans  []Span // its cell, then the overflow pages it uses
}

const (
	maxRow   = 16 << 20
	maxCols  = 2000
	maxDepth = 64
)

// Rows visits the rows of the table whose root is a page, in order of rowid.
// What cannot be read is reported; errors are those of visit.
func (f *File) Rows(root uint32, visit func(*Row) error) error { return f.tree(root, 0, visit) }

func (f *File) tree(n uint32, depth int, visit func(*Row) error) error {
	b, off, err := f.whole(n)
	if err != nil {
		f.bad(n, err.Error())
		return nil
	}
	start := int64(0)
	if n == 1 {
		start = 100
		f.padding(Span{0, 100})
	}
	p := b[start:f.usable]
	if f.usable < f.page {
		f.padding(Span{off + f.usable, f.page - f.usable})
	}
	head, cells := int64(8), int64(binary.BigEndian.Uint16(p[3:]))
	if p[0] == 5 || p[0] == 2 {
		head = 12
	}
	if (p[0] != 5 && p[0] != 13) || depth > maxDepth || head+2*cells > int64(len(p)) {
		f.report(Problem{Span{off + start, f.page - start}, "bad-page", fmt.Sprintf("page %d is no page of a table (type %d)", n, p[0])})
		return nil
	}
	used := []Span{{off + start, head + 2*cells}}
	f.padding(used[0])
	at := make([]int64, cells)
	for i := range at {
		at[i] = int64(binary.BigEndian.Uint16(p[head+2*int64(i):]))
	}
	if p[0] == 13 {
		return f.leaf(b[:f.usable], off, start+head+2*cells, at, n == 1, visit)
	}
	// Interior pages hold keys and children only.
	f.padding(Span{off + start + head + 2*cells, f.usable - start - head - 2*cells})
	outside := 0
	for _, c := range at {
		if c+4 > f.usable {
			outside++
			continue
		}
		if err := f.tree(binary.BigEndian.Uint32(b[c:]), depth+1, visit); err != nil {
			return err
		}
	}
	if outside > 0 {
		f.report(Problem{Span{off + start, head}, "bad-cell", fmt.Sprintf("%d cells of page %d lie outside of it", outside, n)})
	}
	return f.tree(binary.BigEndian.Uint32(p[8:]), depth+1, visit)
}

// bad tells once that page n, to which another one leads, is none.
func (f *File) bad(n uint32, text string) {
	if f.told[n] {
		return
	}
	f.told[n] = true
	f.report(Problem{Span{max(0, min((int64(n)-1)*f.page, f.size)), 0}, "bad-page", text})
}

// leaf reads the cells of a leaf page. body is where the cell area may begin;
// free bytes of the schema page are of no interest.
func (f *File) leaf(b []byte, off, body int64, at []int64, schema bool, visit func(*Row) error) error {
	var used []Span
	outside, again, read := 0, 0, make(map[int64]bool, len(at))
	for _, c := range at {
		switch {
		case c < body || c >= int64(len(b)):
			outside++
			continue
		case read[c]:
			again++
			continue
		}
		read[c] = true
		row, n, why := f.cell(b, off, c)
		if n > 0 {
			used = append(used, Span{off + c, n})
		}
		if why != "" {
			lost := []Span{{off + c, max(n, 1)}}
			if row != nil {
				lost = row.Spans
			}
			for _, s := range lost {
				f.report(Problem{s, "bad-cell", why})
			}
			used = append(used, Span{off + c, max(n, 1)})
			continue
		}
		if err := visit(row); err != nil {
			return err
		}
	}
	if outside > 0 {
		f.report(Problem{Span{off, 0}, "bad-cell", fmt.Sprintf("%d cell pointers of the page at %d lead outside of it", outside, off)})
	}
	if again > 0 {
		f.report(Problem{Span{off, 0}, "bad-cell", fmt.Sprintf("%d cell pointers of the page at %d lead to a row that another one leads to", again, off)})
	}
	f.free(b, off, body, used, schema)
	return nil
}

// free accounts for the bytes between the cells.
func (f *File) free(b []byte, off, body int64, used []Span, schema bool) {
	sort.Slice(used, func(i, j int) bool { return used[i].Offset < used[j].Offset })
	from := off + body
	tell := func(to int64) {
		if to <= from {
			return
		}
		lo, hi := from, to
		for lo < hi && b[lo-off] == 0 {
			lo++
		}
		for hi > lo && b[hi-off-1] == 0 {
			hi--
		}
		if lo == hi || schema {
			f.padding(Span{from, to - from})
			return
		}
		f.padding(Span{from, lo - from})
		f.padding(Span{hi, to - hi})
		f.report(Problem{Span{lo, hi - lo}, "slack", "bytes of deleted or changed rows, not read"})
	}
	for _, u := range used {
		tell(u.Offset)
		from = max(from, u.Offset+u.Length)
	}
	tell(off + int64(len(b)))
}

// cell reads the row at c of a leaf page; n is the length of the cell.
func (f *File) cell(b []byte, off, c int64) (row *Row, n int64, why string) {
	p := b[c:]
	length, l1 := varint(p)
	if l1 == 0 || length < 0 || length > maxRow {
		return nil, 0, "the length of a row cannot be"
	}
	id, l2 := varint(p[l1:])
	if l2 == 0 {
		return nil, 0, "a row is cut"
	}
	head := int64(l1 + l2)
	local := f.local(length)
	n = head + local
	if local < length {
		n += 4
	}
	if n > int64(len(p)) {
		return nil, 0, "a row reaches over the end of its page"
	}
	row = &Row{ID: id, Spans: []Span{{off + c, n}}}
	data := append(make([]byte, 0, length), p[head:head+local]...)
	if local < length {
		next := binary.BigEndian.Uint32(p[head+local:])
		if data, why = f.overflow(data, length, next, row); why != "" {
			return row, n, why
		}
	}
	row.Values, why = f.record(data)
	return row, n, why
}

// local is how much of a payload lies in the leaf page.
func (f *File) local(length int64) int64 {
	u := f.usable
	if length <= u-35 {
		return length
	}
	m := (u-12)*32/255 - 23
	if k := m + (length-m)%(u-4); k <= u-35 {
		return k
	}
	return m
}

// overflow follows the pages on which a payload goes on. Where they lead
// nowhere the row is damaged: then none of them is taken for its own, since they
// may be pages of a table.
func (f *File) overflow(data []byte, length int64, next uint32, row *Row) ([]byte, string) {
	var pages []uint32
	var rest []Span
	for int64(len(data)) < length {
		b, off, err := f.whole(next)
		if err != nil {
			f.release(pages, row)
			return nil, "the rest of a row: " + err.Error()
		}
		pages = append(pages, next)
		n := min(length-int64(len(data)), f.usable-4)
		data = append(data, b[4:4+n]...)
		row.Spans = append(row.Spans, Span{off, 4 + n})
		rest = append(rest, Span{off + 4 + n, f.page - 4 - n})
		next = binary.BigEndian.Uint32(b)
		if int64(len(data)) == length && next != 0 && f.leafLike(b) {
			f.release(pages, row)
			return nil, fmt.Sprintf("the rest of a row: page %d is one of a table", pages[len(pages)-1])
		}
	}
	for _, s := range rest {
		if s.Length > 0 {
			f.padding(s)
		}
	}
	for _, s := range row.Spans[1:] {
		if f.log != nil {
			f.log.visited[(s.Offset-walHead)/(walFrame+f.page)] = true
		}
	}
	if next != 0 {
		f.report(Problem{row.Spans[len(row.Spans)-1], "bad-page", "the overflow pages of a row go on behind its end: the page is damaged, or another's"})
	}
	return data, ""
}

// release gives pages back that a damaged row led to. How often is bounded, so
// that hostile rows cannot have the file read over and over.
func (f *File) release(pages []uint32, row *Row) {
	if f.log != nil {
		row.Spans = row.Spans[:1]
		return
	}
	if f.released += int64(len(pages)); f.released > f.size/f.page+16 {
		return
	}
	for _, n := range pages {
		delete(f.seen, n)
	}
	row.Spans = row.Spans[:1]
}
