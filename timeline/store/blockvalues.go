package store

import (
	"cmp"
	"slices"
)

// valueSection gives the V section of a piece.
func (w *blockWriter) valueSection(rows []row) []byte {
	b := w.actors(w.raw[:0], rows)
	b = w.objectColumn(b, rows)
	b = w.shapeColumn(b, rows)
	if w.oneShape(rows) {
		w.raw = w.sameNames(b, rows)
		return w.raw
	}
	w.names.begin()
	for i := range rows {
		for j, name := range rows[i].shared.names {
			n, first := w.names.of(name)
			if first && int(n) == len(w.lists) {
				w.lists = append(w.lists, nil)
			}
			w.lists[n] = append(w.lists[n], rows[i].values[j])
		}
	}
	w.order = append(w.order[:0], w.names.list...)
	slices.Sort(w.order)
	for _, name := range w.order {
		n, _ := w.names.of(name)
		l := w.lists[n]
		if w.numbers.holds(name) {
			clear(l)
			w.lists[n] = l[:0]
			continue
		}
		for _, v := range l {
			b = putLen(b, len(v))
		}
		for _, v := range l {
			b = append(b, v...)
		}
		clear(l) // the strings are views of an arena that has to go
		w.lists[n] = l[:0]
	}
	if len(w.lists) > 4096 {
		w.lists = nil // a hostile record may name fields without end
	}
	w.raw = b
	return b
}

// oneShape says whether all rows have the same names in the same order, each
// once; w.order gives the places of these in ascending number.
func (w *blockWriter) oneShape(rows []row) bool {
	first := rows[0].shared
	for i := range rows {
		if rows[i].shared.shape != first.shape {
			return false
		}
	}
	names := first.names
	w.order = w.order[:0]
	for j := range names {
		w.order = append(w.order, uint32(j))
	}
	slices.SortFunc(w.order, func(x, y uint32) int { return cmp.Compare(names[x], names[y]) })
	for i := range w.order {
		if i > 0 && names[w.order[i]] == names[w.order[i-1]] {
			return false
		}
	}
	return true
}

// sameNames appends the values of rows of one shape.
func (w *blockWriter) sameNames(b []byte, rows []row) []byte {
	for _, j := range w.order {
		if w.numbers.holds(rows[0].shared.names[j]) {
			continue
		}
		for i := range rows {
			b = putLen(b, len(rows[i].values[j]))
		}
		for i := range rows {
			b = append(b, rows[i].values[j]...)
		}
	}
	return b
}

// actors writes the dictionary of the actors, by their numbers in the segment.
func (w *blockWriter) actors(b []byte, rows []row) []byte {
	w.people.begin()
	w.order = w.order[:0]
	idx := w.raw2[:0]
	for i := range rows {
		n, first := w.people.of(rows[i].person)
		if first {
			w.order = append(w.order, uint32(i))
		}
		idx = put(idx, n)
	}
	b = putLen(b, len(w.order))
	for _, i := range w.order {
		b = putLen(b, len(rows[i].actor))
	}
	for _, i := range w.order {
		b = append(b, rows[i].actor...)
	}
	b = indexColumn(b, len(w.order), len(rows), idx)
	w.raw2 = idx
	return b
}

// indexColumn appends which value each row has, unless that is clear.
func indexColumn(b []byte, values, rows int, idx []byte) []byte {
	if values == rows || values == 1 {
		return b
	}
	return append(b, idx...)
}

// objectColumn writes the dictionary of the objects.
func (w *blockWriter) objectColumn(b []byte, rows []row) []byte {
	w.objects.reset()
	idx := w.raw2[:0]
	for i := range rows {
		idx = put(idx, w.objects.id(rows[i].object))
	}
	n := w.objects.len()
	b = putLen(b, n)
	for i := range n {
		b = putLen(b, len(w.objects.at(uint32(i))))
	}
	b = append(b, w.objects.bytes...)
	b = indexColumn(b, n, len(rows), idx)
	w.raw2 = idx
	return b
}

// shapeColumn writes the distinct lists of field names, then each row's.
func (w *blockWriter) shapeColumn(b []byte, rows []row) []byte {
	w.shapes.begin()
	idx, defs := w.raw2[:0], w.order[:0]
	for i := range rows {
		n, first := w.shapes.of(rows[i].shared.shape)
		if first {
			defs = append(defs, uint32(i))
		}
		idx = put(idx, n)
	}
	b = putLen(b, len(defs))
	for _, i := range defs {
		names := rows[i].shared.names
		b = putLen(b, len(names))
		for _, n := range names {
			b = put(b, n)
		}
	}
	if len(defs) > 1 {
		b = append(b, idx...)
	}
	w.raw2, w.order = idx, defs
	return b
}
