package store

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
)

// termCache keeps the term chunks and minute table of a segment once read.
type termCache struct {
	mu     sync.Mutex
	chunks map[[2]int][]termEntry
	rows   map[termName]*roaring.Bitmap
	min    *minutes
	all    *roaring.Bitmap // every row of the segment
}

// termName is a term, or all terms of which term gives the first bits.
type termName struct {
	kind int
	term string
	bits int // 0: the term itself; else one more than the number of bits
}

func newTermCache() *termCache {
	return &termCache{chunks: map[[2]int][]termEntry{}, rows: map[termName]*roaring.Bitmap{}}
}

// maxTermChunks and maxTermRows bound the cache of one segment.
const (
	maxTermChunks = 64
	maxTermRows   = 24
)

func (s *segment) termChunk(kind, chunk int) ([]termEntry, error) {
	s.terms.mu.Lock()
	e, ok := s.terms.chunks[[2]int{kind, chunk}]
	s.terms.mu.Unlock()
	if ok {
		return e, nil
	}
	data, err := s.gen.get(termsKey(s.no, kind, chunk))
	if err != nil {
		return nil, err
	}
	f := scan{b: data}
	p := f.packed(termsSection)
	if err := f.end(); err != nil {
		return nil, fmt.Errorf("terms: %w", err)
	}
	raw, err := s.r.u.open(p)
	if err != nil {
		return nil, err
	}
	if e, err = readTerms(raw, s.man.rows); err != nil {
		return nil, fmt.Errorf("terms: %w", err)
	}
	dir := s.man.directories[kind]
	if len(e) == 0 || e[0].term != dir[chunk] || chunk+1 < len(dir) && e[len(e)-1].term >= dir[chunk+1] {
		return nil, fmt.Errorf("%w: terms: chunk %d of kind %d is not where the manifest has it", errCorrupt, chunk, kind)
	}
	s.terms.mu.Lock()
	defer s.terms.mu.Unlock()
	if len(s.terms.chunks) >= maxTermChunks {
		clear(s.terms.chunks)
	}
	s.terms.chunks[[2]int{kind, chunk}] = e
	return e, nil
}

func (s *segment) minuteTable() (*minutes, error) {
	s.terms.mu.Lock()
	m := s.terms.min
	s.terms.mu.Unlock()
	if m != nil {
		return m, nil
	}
	data, err := s.gen.get(segKey('t', s.no))
	if err != nil {
		return nil, err
	}
	if m, err = readMinutes(data, s.man.rows, s.r.u); err != nil {
		return nil, err
	}
	s.terms.mu.Lock()
	defer s.terms.mu.Unlock()
	s.terms.min = m
	return m, nil
}

// eachTerm calls f for every term from `from` on until f says stop.
func (s *segment) eachTerm(kind int, from string, f func(*termEntry) (more bool, err error)) error {
	dir := s.man.directories[kind]
	c := sort.SearchStrings(dir, from)
	if c > 0 && (c == len(dir) || dir[c] != from) {
		c--
	}
	for ; c < len(dir); c++ {
		entries, err := s.termChunk(kind, c)
		if err != nil {
			return err
		}
		i := sort.Search(len(entries), func(i int) bool { return entries[i].term >= from })
		for ; i < len(entries); i++ {
			more, err := f(&entries[i])
			if err != nil || !more {
				return err
			}
		}
	}
	return nil
}

// exact gives the rows of one term; empty when it does not occur. The bitmap
// is shared and must not be changed.
func (s *segment) exact(kind int, term string) (*roaring.Bitmap, error) {
	return s.terms.get(termName{kind: kind, term: term}, func() (*roaring.Bitmap, error) {
		bm := roaring.New()
		err := s.eachTerm(kind, term, func(e *termEntry) (bool, error) {
			if e.term != term {
				return false, nil
			}
			var err error
			bm, err = s.rowsOf(e)
			return false, err
		})
		return bm, err
	})
}

// get gives rows that were asked for before, or makes them. A screen asks the
// same filter again and again.
func (c *termCache) get(name termName, make func() (*roaring.Bitmap, error)) (*roaring.Bitmap, error) {
	c.mu.Lock()
	bm := c.rows[name]
	c.mu.Unlock()
	if bm != nil {
		return bm, nil
	}
	bm, err := make()
	if err != nil || bm.IsEmpty() && name.bits == 0 {
		return bm, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.rows) >= maxTermRows {
		clear(c.rows)
	}
	c.rows[name] = bm
	return bm, nil
}

// gatherer joins the postings of many terms.
type gatherer struct {
	postings
	ords  []uint32
	whole *roaring.Bitmap // postings that are bitmaps
}

func (g *gatherer) add(e *termEntry) error {
	if e.rows == 1 {
		g.ords = append(g.ords, e.one)
		return nil
	}
	p, err := g.of(e)
	if err != nil {
		return err
	}
	if p[0] == 1 {
		bm, err := unpackPostings(p, g.s.man.rows)
		if err == nil {
			g.whole.Or(bm)
		}
		return err
	}
	g.ords, err = unpackList(g.ords, p[1:], g.s.man.rows)
	return err
}

// denseRows is from how many rows on setting bits is faster than sorting.
const denseRows = 512

// all gives everything that was added.
func (g *gatherer) all() *roaring.Bitmap {
	if len(g.ords) < denseRows {
		slices.Sort(g.ords)
		g.whole.AddMany(g.ords)
		return g.whole
	}
	words := make([]uint64, (g.s.man.rows+63)/64)
	for _, o := range g.ords {
		words[o>>6] |= 1 << (o & 63)
	}
	g.whole.Or(roaring.FromDense(words, true))
	return g.whole
}

// within gives the rows of all terms from first on for which in holds; it
// stops at the first term for which it does not.
func (s *segment) within(kind int, first string, in func(term string) bool) (*roaring.Bitmap, error) {
	g := gatherer{postings: postings{s: s}, whole: roaring.New()}
	err := s.eachTerm(kind, first, func(e *termEntry) (bool, error) {
		if !in(e.term) {
			return false, nil
		}
		return true, g.add(e)
	})
	return g.all(), err
}

// prefix gives the rows of all terms that begin with p. The bitmap is shared
// and must not be changed.
func (s *segment) prefix(kind int, p string) (*roaring.Bitmap, error) {
	return s.terms.get(termName{kind, p, 8*len(p) + 1}, func() (*roaring.Bitmap, error) {
		return s.within(kind, p, func(t string) bool { return strings.HasPrefix(t, p) })
	})
}

// fewSuspects is how many blocks of a segment are read rather than judged by
// further bits that take none of them out: a chunk of the signature costs as
// much as the sixth part of a block.
const (
	fewSuspects = 8
	vainBits    = 2
)

// suspects lists the blocks whose signature has all the bits, and perhaps a few
// more; nil bits are no constraint.
func (s *segment) suspects(bits []uint32) (blockSet, error) {
	set := allBlocks(len(s.man.blocks))
	if s.man.sigs == 0 {
		return set, nil
	}
	width := sigRowBytes(len(s.man.blocks))
	buf, _ := s.r.u.spare.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	defer s.r.u.spare.Put(buf)
	for i, vain, size := 0, 0, len(s.man.blocks); i < min(25, len(bits)) && size > 0; i++ {
		if vain >= vainBits && size <= fewSuspects {
			break
		}
		bit := bits[i]
		chunk, err := s.sigChunk(int(bit)/sigChunkRows, width, buf)
		if err != nil {
			return nil, err
		}
		set.andRow(chunk[int(bit)%sigChunkRows*width:])
		was := size
		if size = set.size(); size == was {
			vain++
		} else {
			vain = 0
		}
	}
	return set, nil
}

// sigChunk reads a chunk of the signature, which stays until buf is used again.
func (s *segment) sigChunk(n, width int, buf *[]byte) ([]byte, error) {
	data, err := s.gen.view(chunk16('s', s.no, n))
	if err != nil {
		return nil, err
	}
	if len(data) > 0 && data[0] == 1 {
		most := sigChunkRows*width + 16 // what the decoder needs to write in large steps
		if cap(*buf) < most {
			*buf = make([]byte, 0, most)
		}
		if data, err = s.r.u.dec.DecodeAll(data[1:], (*buf)[:0:most]); err != nil {
			return nil, fmt.Errorf("%w: signature: %v", errCorrupt, err)
		}
	} else if len(data) > 0 {
		data = data[1:]
	}
	if len(data) != sigChunkRows*width {
		return nil, fmt.Errorf("%w: signature chunk of %d bytes", errCorrupt, len(data))
	}
	return data, nil
}
