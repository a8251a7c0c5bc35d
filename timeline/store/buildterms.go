package store

import (
	"cmp"
	"slices"
)

// indexer writes the terms of a segment, one kind after another; its memory is
// used again.
type indexer struct {
	starts, fill, ords, order []uint32
}

// single files rows that have one number each, whose terms termOf gives.
func (x *indexer) single(number, termOf []uint32, terms int) {
	x.begin(terms)
	if terms == 1 {
		x.ords = x.ords[:0]
		for i := range number {
			x.ords = append(x.ords, uint32(i))
		}
		x.starts[1] = uint32(len(number))
		return
	}
	for _, n := range number {
		x.starts[termOf[n]+1]++
	}
	x.sum(len(number))
	for i, n := range number {
		t := termOf[n]
		x.ords[x.fill[t]] = uint32(i)
		x.fill[t]++
	}
}

// several files rows whose class has any number of terms.
func (x *indexer) several(class []uint32, termsOf func(class int) []uint32, classes, terms int) {
	x.begin(terms)
	lists := make([][]uint32, classes)
	any := false
	for c := range lists {
		lists[c] = termsOf(c)
		any = any || len(lists[c]) > 0
	}
	if !any {
		return
	}
	total := 0
	for _, c := range class {
		for _, t := range lists[c] {
			x.starts[t+1]++
			total++
		}
	}
	x.sum(total)
	for i, c := range class {
		for _, t := range lists[c] {
			x.ords[x.fill[t]] = uint32(i)
			x.fill[t]++
		}
	}
}

// pairs files the rows of collected pairs.
func (x *indexer) pairs(p *pairs) {
	x.begin(p.terms.len())
	for _, t := range p.term {
		x.starts[t+1]++
	}
	x.sum(len(p.ord))
	for i, t := range p.term {
		x.ords[x.fill[t]] = p.ord[i]
		x.fill[t]++
	}
}

func (x *indexer) begin(terms int) {
	x.starts = roomFor(x.starts, terms+1, 0)
	clear(x.starts)
}

// sum turns counts into starts.
func (x *indexer) sum(total int) {
	for i := 1; i < len(x.starts); i++ {
		x.starts[i] += x.starts[i-1]
	}
	x.fill = append(x.fill[:0], x.starts...)
	x.ords = roomFor(x.ords, total, total+total/4)
}

// write writes the filed terms in their order; directory holds the first term
// of each chunk.
func (x *indexer) write(seg uint32, kind int, terms *strTable, h *heap, pk *packer, out *[]kv) (directory []string) {
	if terms.len() == 0 {
		return nil
	}
	x.order = x.order[:0]
	for i := range terms.len() {
		x.order = append(x.order, uint32(i))
	}
	slices.SortFunc(x.order, func(a, b uint32) int { return cmp.Compare(terms.at(a), terms.at(b)) })
	w := termsWriter{seg: seg, kind: kind, pk: pk, out: out}
	for _, t := range x.order {
		if rows := x.ords[x.starts[t]:x.starts[t+1]]; len(rows) > 0 { // a host that only held others' records has none
			w.term(terms.at(t), rows, h)
		}
	}
	w.flush()
	return w.directory
}
