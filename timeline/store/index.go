package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
)

const (
	postingsChunk = 64 << 10
	termsChunk    = 32 << 10
)

// kv is one pair on its way to Badger.
type kv struct{ key, value []byte }

// pairs collects (term, ordinal) of one index kind in ascending ordinals.
type pairs struct {
	terms *strTable
	term  []uint32
	ord   []uint32
}

func newPairs() *pairs { return &pairs{terms: newStrTable()} }

// reset makes the pairs ready for another segment, with the room they have.
func (p *pairs) reset() {
	p.terms.reset()
	p.term, p.ord = p.term[:0], p.ord[:0]
}

// add notes a row under a term that has its number; a term that the row has
// already is ignored.
func (p *pairs) add(id, ord uint32) {
	for i := len(p.ord) - 1; i >= 0 && p.ord[i] == ord; i-- {
		if p.term[i] == id {
			return
		}
	}
	p.term = append(p.term, id)
	p.ord = append(p.ord, ord)
}

// heap packs postings and keeps equal ones once.
type heap struct {
	seg    uint32
	chunks int
	cur    []byte
	out    *[]kv
	known  map[string]postingRef
	buf    []byte
	rows   int // of the segment
	whole  postingRef
	packed bool // whole is set
}

type postingRef struct{ chunk, off, n int }

func (h *heap) flush() {
	if len(h.cur) > 0 {
		*h.out = append(*h.out, kv{postingsKey(h.seg, h.chunks), bytes.Clone(h.cur)})
		h.cur = h.cur[:0]
		h.chunks++
	}
}

func (h *heap) put(ords []uint32) postingRef {
	all := len(ords) == h.rows // every row of the segment: asked for once per kind
	if all && h.packed {
		return h.whole
	}
	enc := packPostings(h.buf[:0], ords)
	h.buf = enc
	if r, ok := h.known[string(enc)]; ok {
		return r
	}
	if len(h.cur) > 0 && len(h.cur)+len(enc) > postingsChunk {
		h.flush()
	}
	r := postingRef{h.chunks, len(h.cur), len(enc)}
	h.cur = append(h.cur, enc...)
	if len(ords) > 8 {
		h.known[string(enc)] = r
	}
	if all {
		h.whole, h.packed = r, true
	}
	return r
}

// unpackPostings is the inverse; every ordinal lies below rows.
func unpackPostings(b []byte, rows int) (*roaring.Bitmap, error) {
	bm := roaring.New()
	if len(b) == 0 {
		return nil, fmt.Errorf("%w: empty postings", errCorrupt)
	}
	if b[0] == 1 {
		if err := checkBitmap(b[1:]); err != nil {
			return nil, err
		}
		if n, err := bm.ReadFrom(bytes.NewReader(b[1:])); err != nil || int(n) != len(b)-1 {
			return nil, fmt.Errorf("%w: bitmap: %v", errCorrupt, err)
		}
	} else {
		ords, err := unpackList(make([]uint32, 0, len(b)), b[1:], rows)
		if err != nil {
			return nil, err
		}
		bm.AddMany(ords)
	}
	if !bm.IsEmpty() && int(bm.Maximum()) >= rows {
		return nil, fmt.Errorf("%w: bitmap beyond the segment", errCorrupt)
	}
	return bm, nil
}

// unpackList appends the ordinals of postings that are differences.
func unpackList(ords []uint32, b []byte, rows int) ([]uint32, error) {
	s := scan{b: b}
	last := uint64(0)
	for first := true; len(s.b) > 0; first = false {
		d := s.uv()
		if last += d; d >= uint64(rows) || last >= uint64(rows) || d == 0 && !first {
			s.fail("ordinal beyond the segment, or twice")
		}
		ords = append(ords, uint32(last))
	}
	return ords, s.err
}

type termsWriter struct {
	seg       uint32
	kind      int
	pk        *packer
	out       *[]kv
	directory []string
	body      []byte
	n         int
	last      string
}

func (w *termsWriter) term(term string, ords []uint32, h *heap) {
	if w.n == 0 {
		w.directory = append(w.directory, strings.Clone(term))
		w.last = ""
	}
	shared := 0
	for shared < len(term) && shared < len(w.last) && term[shared] == w.last[shared] {
		shared++
	}
	w.body = putUv(w.body, uint64(shared))
	w.body = putStr(w.body, term[shared:])
	w.body = putUv(w.body, uint64(len(ords)))
	if len(ords) == 1 {
		w.body = putUv(w.body, uint64(ords[0]))
	} else {
		r := h.put(ords)
		w.body = putUv(putUv(putUv(w.body, uint64(r.chunk)), uint64(r.off)), uint64(r.n))
	}
	w.last = term // a view of the table of terms, which stays as it is
	if w.n++; len(w.body) > termsChunk {
		w.flush()
	}
}

func (w *termsWriter) flush() {
	if w.n == 0 {
		return
	}
	raw := append(putUv(nil, uint64(w.n)), w.body...)
	*w.out = append(*w.out, kv{termsKey(w.seg, w.kind, len(w.directory)-1), w.pk.section(nil, raw)})
	w.n, w.body = 0, w.body[:0]
}

// termEntry is one term as read.
type termEntry struct {
	term string
	rows int
	one  uint32 // the ordinal when rows is 1
	ref  postingRef
}

func readTerms(raw []byte, rows int) ([]termEntry, error) {
	s := scan{b: raw}
	n := s.count()
	out := make([]termEntry, 0, n)
	ends := make([]int, 0, n)
	texts := make([]byte, 0, 2*len(raw)) // of all terms
	last := 0                            // where the term before begins
	for range n {
		start := len(texts)
		shared := s.num(start - last + 1)
		rest := s.bytes(s.count())
		if shared+len(rest) > termBytes {
			s.fail("long term")
		}
		if s.err != nil {
			return nil, s.err
		}
		texts = append(append(texts, texts[last:last+shared]...), rest...)
		if len(out) > 0 && bytes.Compare(texts[start:], texts[last:start]) <= 0 {
			s.fail("terms out of order")
		}
		last = start
		e := termEntry{rows: s.num(rows + 1)}
		if e.rows == 1 {
			e.one = uint32(s.num(rows))
		} else {
			e.ref = postingRef{s.num(1 << 30), s.num(1 << 30), s.num(1 << 30)}
		}
		if e.rows == 0 {
			s.fail("term without rows")
		}
		if s.err != nil {
			return nil, s.err
		}
		ends = append(ends, len(texts))
		out = append(out, e)
	}
	all, from := string(texts), 0
	for i, end := range ends {
		out[i].term, from = all[from:end], end
	}
	return out, s.end()
}

func be32(n uint32) string { return string(binary.BigEndian.AppendUint32(nil, n)) }
