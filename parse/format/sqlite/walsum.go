package sqlite

import (
	"encoding/binary"
	"fmt"
)

// walSum is the checksum of a write-ahead log, which runs over the header, and
// then over each frame: from the first that does not fit on, no frame counts
// (SQLite file format, section 4.2).
type walSum struct {
	order binary.ByteOrder // of the words that are summed; the sums are stored big-endian
	a, b  uint32
	whole bool // all so far fit
}

// newWalSum begins with the header.
func newWalSum(head []byte) *walSum {
	s := &walSum{order: binary.LittleEndian}
	if binary.BigEndian.Uint32(head)&1 == 1 {
		s.order = binary.BigEndian
	}
	const summed = 24
	s.add(head[:summed])
	s.whole = s.fits(head[summed:])
	return s
}

// add sums whole pairs of words.
func (s *walSum) add(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		s.a += s.order.Uint32(b) + s.b
		s.b += s.order.Uint32(b[4:]) + s.a
	}
}

func (s *walSum) fits(b []byte) bool {
	return binary.BigEndian.Uint32(b) == s.a && binary.BigEndian.Uint32(b[4:]) == s.b
}

// torn says whether the checksum of the frame at off does not fit, or that of
// one before it. Frames of a round before have another one, and are not asked.
func (f *File) torn(head []byte, off int64, p *walPage, sum *walSum) (bool, error) {
	if p.Stale {
		sum.whole = false // what stands behind is no continuation of the log
		return false, nil
	}
	if !sum.whole {
		return true, nil
	}
	page, err := f.bytes(off+walFrame, f.page)
	if err != nil {
		return false, err
	}
	sum.add(head[:8])
	sum.add(page)
	if sum.whole = sum.fits(head[16:]); sum.whole {
		return false, nil
	}
	f.report(Problem{Span{off, walFrame}, "checksum", fmt.Sprintf("the checksum of frame %d of the log, page %d of the database, does not fit: SQLite passes over it and all behind it", len(f.log.frames)+1, p.page)})
	return true, nil
}
