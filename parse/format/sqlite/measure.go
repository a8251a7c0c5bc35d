package sqlite

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// measure finds the size of a page: the header's, or where that cannot be the
// one that the pages themselves have.
func (f *File) measure(h []byte) error {
	marked := bytes.Equal(h[:16], []byte(Magic))
	page := int64(binary.BigEndian.Uint16(h[16:]))
	if page == 1 {
		page = 65536
	}
	f.page, f.usable = page, page-int64(h[20])
	sound := page >= 512 && page&(page-1) == 0 && f.usable >= 480
	if sound && marked && (h[20] == 0 || f.fitting() > 0) {
		return nil
	}
	bestPage, bestUsable, most := page, f.usable, 0
	for _, reserved := range [...]int64{0, int64(h[20])} {
		for try := int64(512); try <= 65536; try *= 2 {
			if f.page, f.usable = try, try-reserved; f.usable < 480 {
				continue
			}
			if n := f.fitting(); n > most {
				bestPage, bestUsable, most = f.page, f.usable, n
			}
		}
	}
	changed := bestPage != page || bestUsable != page-int64(h[20]) || !marked
	f.page, f.usable = bestPage, bestUsable
	switch {
	case most > 0 && changed:
		f.report(Problem{Span{0, 24}, "bad-header", fmt.Sprintf("the header is damaged; %d pages of a table have a size of %d bytes with %d reserved, and are read so", most, f.page, f.page-f.usable)})
		return nil
	case !marked:
		return fmt.Errorf("%w: it begins with %q", ErrNotSQLite, h[:16])
	case most > 0, sound:
		return nil
	}
	return fmt.Errorf("%w: page size %d with %d reserved, and no page of a table shows another", ErrNotSQLite, page, h[20])
}

// mostMeasured bounds the pages that are looked at for their size.
const mostMeasured = 1 << 14

// fitting counts the leaf pages of tables whose header fits the size at hand:
// rows are put in from the end of a page on, so all lie inside, the lowest where
// the header says, and the highest in the upper half.
func (f *File) fitting() int {
	count := 0
	for n := int64(0); n < mostMeasured && (n+1)*f.page <= f.size; n++ {
		b, err := f.bytes(n*f.page, f.page)
		if err != nil {
			return count
		}
		head := b
		if n == 0 {
			head = b[100:]
		}
		cells := int64(binary.BigEndian.Uint16(head[3:]))
		if head[0] != 13 || cells == 0 || 8+2*cells > int64(len(head)) {
			continue
		}
		first, last := f.page, int64(0)
		for i := range cells {
			c := int64(binary.BigEndian.Uint16(head[8+2*i:]))
			first, last = min(first, c), max(last, c)
		}
		if first >= int64(binary.BigEndian.Uint16(head[5:])) && first >= 8+2*cells && last < f.usable && last >= f.usable/2 {
			count++
		}
	}
	return count
}
