package sqlite

import (
	"encoding/binary"
	"fmt"
)

// Index passes over the pages of an index: they repeat what the table holds.
func (f *File) Index(root uint32) { f.index(root, 0) }

func (f *File) index(n uint32, depth int) {
	b, off, err := f.whole(n)
	if err != nil {
		f.bad(n, err.Error())
		return
	}
	head, cells := int64(8), int64(binary.BigEndian.Uint16(b[3:]))
	if b[0] == 2 {
		head = 12
	}
	if (b[0] != 2 && b[0] != 10) || depth > maxDepth || head+2*cells > f.usable || n == 1 {
		f.report(Problem{Span{off, f.page}, "bad-page", fmt.Sprintf("page %d is no page of an index (type %d)", n, b[0])})
		return
	}
	f.padding(Span{off, f.page})
	if b[0] == 10 {
		return
	}
	for i := int64(0); i < cells; i++ {
		if c := int64(binary.BigEndian.Uint16(b[head+2*i:])); c+4 <= f.usable {
			f.index(binary.BigEndian.Uint32(b[c:]), depth+1)
		}
	}
	f.index(binary.BigEndian.Uint32(b[8:]), depth+1)
}
