package store

import (
	"math/rand/v2"

	"github.com/RoaringBitmap/roaring/v2"
)

// rowSums holds which rows each term of a kind must name, as their number and
// a sum under a random seed: a segment may have a term for every row, and sets
// of rows would take gigabytes for it. Nobody who does not know the seed can
// make other rows of the same sum.
type rowSums struct {
	seed  uint64
	terms *strTable
	list  []rowSum // by number of the term
}

type rowSum struct {
	n    int
	sum  uint64
	next uint32 // behind the row that was added last
}

func newRowSums() *rowSums { return &rowSums{seed: rand.Uint64(), terms: newStrTable()} }

// add adds a row to those before; one that is named twice counts once.
func (r *rowSum) add(seed uint64, ord uint32) {
	if r.next == ord+1 {
		return
	}
	r.n, r.next = r.n+1, ord+1
	r.sum += mix(mix(uint64(ord)^seed, mixA), seed^mixB)
}

// add notes a row of a term. Rows come in ascending order.
func (t *rowSums) add(term string, ord uint32) {
	n := t.terms.id(term)
	if int(n) == len(t.list) {
		t.list = append(t.list, rowSum{})
	}
	t.list[n].add(t.seed, ord)
}

// equal says whether the rows are those that were noted of the term.
func (t *rowSums) equal(term string, rows *roaring.Bitmap) bool {
	n := t.terms.id(term)
	if int(n) >= len(t.list) { // new to the table
		return false
	}
	var got rowSum
	for it := rows.Iterator(); it.HasNext(); {
		got.add(t.seed, it.Next())
	}
	return got == t.list[n]
}
