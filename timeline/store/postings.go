package store

import (
	"encoding/binary"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
)

// postings reads postings; neighbouring terms lie in the same chunk, which is
// kept.
type postings struct {
	s     *segment
	chunk int
	data  []byte
}

func (p *postings) of(e *termEntry) ([]byte, error) {
	if p.data == nil || p.chunk != e.ref.chunk {
		data, err := p.s.gen.get(postingsKey(p.s.no, e.ref.chunk))
		if err != nil {
			return nil, err
		}
		p.data, p.chunk = data, e.ref.chunk
	}
	if e.ref.off+e.ref.n > len(p.data) || e.ref.n < 1 {
		return nil, fmt.Errorf("%w: postings beyond their chunk", errCorrupt)
	}
	return p.data[e.ref.off : e.ref.off+e.ref.n], nil
}

// rowsOf reads the postings of a term.
func (s *segment) rowsOf(e *termEntry) (*roaring.Bitmap, error) {
	return (&postings{s: s}).rows(e)
}

// rows gives the rows of a term.
func (p *postings) rows(e *termEntry) (*roaring.Bitmap, error) {
	if e.rows == 1 {
		return roaring.BitmapOf(e.one), nil
	}
	data, err := p.of(e)
	if err != nil {
		return nil, err
	}
	return unpackPostings(data, p.s.man.rows)
}

// ends gives the first and the last row of a term without unpacking the rest.
func (p *postings) ends(e *termEntry) (first, last uint32, err error) {
	if e.rows == 1 {
		return e.one, e.one, nil
	}
	data, err := p.of(e)
	if err != nil {
		return 0, 0, err
	}
	if data[0] == 1 {
		bm, err := unpackPostings(data, p.s.man.rows)
		if err != nil || bm.IsEmpty() {
			return 0, 0, fmt.Errorf("%w: no rows: %v", errCorrupt, err)
		}
		return bm.Minimum(), bm.Maximum(), nil
	}
	f := scan{b: data[1:]}
	sum := f.uv()
	first = uint32(sum)
	for len(f.b) > 0 {
		for len(f.b) >= 8 { // eight differences of one byte at once
			x := binary.LittleEndian.Uint64(f.b)
			if x&0x8080808080808080 != 0 {
				break
			}
			sum += (x&0x00ff00ff00ff00ff + x>>8&0x00ff00ff00ff00ff) * 0x0001000100010001 >> 48
			f.b = f.b[8:]
		}
		if len(f.b) > 0 {
			sum += f.uv()
		}
	}
	if f.err != nil || sum >= uint64(p.s.man.rows) {
		return 0, 0, fmt.Errorf("%w: ordinal beyond the segment", errCorrupt)
	}
	return first, uint32(sum), nil
}
