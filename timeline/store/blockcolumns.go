package store

import (
	"github.com/saksi-dfir/saksi/timeline/event"
)

// Flags of a time in the T section.
const (
	flagNoInstant = 1 << iota
	flagNoEarliest
	flagNoLatest
)

// How a column is written: the first byte of each.
const (
	columnEach = 0 // one number a row
	columnSame = 1 // one number for all rows
)

func timeFlags(t *event.Time) byte {
	f := byte(t.Precision) << 4
	if t.Instant == event.NoInstant {
		f |= flagNoInstant
	}
	if t.Earliest == event.MinTime {
		f |= flagNoEarliest
	}
	if t.Latest == event.MaxTime {
		f |= flagNoLatest
	}
	return f
}

// column appends n numbers, or one when all are equal.
func column(b []byte, n int, get func(i int) uint64) []byte {
	i := 1
	for i < n && get(i) == get(0) {
		i++
	}
	return columnOf(b, n, i != n, get)
}

// columnOf is column for what is known to differ somewhere, or to be equal.
func columnOf(b []byte, n int, differ bool, get func(i int) uint64) []byte {
	if n == 0 {
		return append(b, columnEach)
	}
	if !differ {
		return putUv(append(b, columnSame), get(0))
	}
	b = append(b, columnEach)
	for i := range n {
		if v := get(i); v < 0x80 {
			b = append(b, byte(v))
		} else {
			b = putUv(b, v)
		}
	}
	return b
}

// zigzag makes a number whose size is small of one that is near 0.
func zigzag(v int64) uint64 { return uint64(v)<<1 ^ uint64(v>>63) }

// times writes the T section. noise says that it will not shrink: instants of
// no regularity beside bounds that are all alike.
func (w *blockWriter) times(rows []row) (b []byte, noise bool) {
	b = column(w.raw[:0], len(rows), func(i int) uint64 { return uint64(timeFlags(&rows[i].time)) })
	unit, power := commonUnit(rows)
	b = append(b, power)
	last := rows[0].key / unit
	b = putZv(b, last)
	start := len(b)
	for i := range rows[1:] {
		k := rows[i+1].key / unit
		b = putUv(b, uint64(k)-uint64(last))
		last = k
	}
	noise = len(b)-start >= 2*len(rows)
	start = len(b)
	ends := w.span[:0]
	for i := range rows {
		if t := &rows[i].time; t.Earliest != event.MinTime {
			ends = append(ends, rows[i].key-t.Earliest)
		}
	}
	b = column(b, len(ends), func(i int) uint64 { return zigzag(ends[i]) })
	ends = ends[:0]
	for i := range rows {
		if t := &rows[i].time; t.Latest != event.MaxTime {
			ends = append(ends, t.Latest-rows[i].key)
		}
	}
	b = column(b, len(ends), func(i int) uint64 { return zigzag(ends[i]) })
	w.raw, w.span = b, ends
	return b, noise && len(b)-start < len(rows)/2
}

// commonUnit gives the largest of 1, 1e3, 1e6 and 1e9 ns of which every key is
// a multiple, and its power of ten.
func commonUnit(rows []row) (unit int64, power byte) {
	unit, power = 1e9, 9
	for i := range rows {
		for rows[i].key%unit != 0 {
			unit, power = unit/1000, power-3
		}
		if power == 0 {
			break
		}
	}
	return unit, power
}

func (w *blockWriter) small(rows []row) []byte {
	n, b, x := len(rows), w.raw[:0], varied(rows)
	b = columnOf(b, n, x.reasons != 0, func(i int) uint64 { return uint64(rows[i].time.Reasons) })
	b = columnOf(b, n, x.host != 0, func(i int) uint64 { return uint64(rows[i].host) })
	b = columnOf(b, n, x.keeper != 0, func(i int) uint64 { return uint64(rows[i].keeper) })
	b = columnOf(b, n, x.source != 0, func(i int) uint64 { return uint64(rows[i].shared.source) })
	b = columnOf(b, n, x.parser != 0, func(i int) uint64 { return uint64(rows[i].shared.parser) })
	b = columnOf(b, n, x.meaning != 0, func(i int) uint64 { return uint64(rows[i].shared.meaning) })
	b = columnOf(b, n, x.action != 0, func(i int) uint64 { return uint64(rows[i].shared.action) })
	b = columnOf(b, n, x.exhibit != 0, func(i int) uint64 { return uint64(rows[i].exhibit) })
	gaps := w.gaps(rows)
	b = column(b, n, func(i int) uint64 { return zigzag(gaps[i]) })
	b = columnOf(b, n, x.length != 0, func(i int) uint64 { return zigzag(rows[i].length) })
	b = columnOf(b, n, x.ordinal != 0, func(i int) uint64 { return uint64(rows[i].ordinal) })
	b = columnOf(b, n, x.tags != 0, func(i int) uint64 { return uint64(len(rows[i].shared.tags)) })
	b = columnOf(b, n, x.spans != 0, func(i int) uint64 { return uint64(len(rows[i].spans)) })
	for i := range rows {
		for _, t := range rows[i].shared.tags {
			b = putUv(b, uint64(t))
		}
	}
	for i := range rows {
		for _, s := range rows[i].spans {
			b = putZv(putZv(b, s.Offset), s.Length)
		}
	}
	w.raw = b
	return b
}

// variety has bits set where rows of a block differ.
type variety struct {
	reasons                         event.Reasons
	host, keeper, exhibit, ordinal  uint32
	source, parser, meaning, action uint32
	length                          int64
	tags, spans                     int
}

// varied compares the rows with the first one, all columns in one go.
func varied(rows []row) (x variety) {
	first := &rows[0]
	for i := range rows {
		r := &rows[i]
		x.reasons |= r.time.Reasons ^ first.time.Reasons
		x.host |= r.host ^ first.host
		x.keeper |= r.keeper ^ first.keeper
		x.exhibit |= r.exhibit ^ first.exhibit
		x.ordinal |= r.ordinal ^ first.ordinal
		x.length |= r.length ^ first.length
		x.spans |= len(r.spans) ^ len(first.spans)
		if r.shared != first.shared {
			x.classes(r.shared, first.shared)
		}
	}
	return x
}

func (x *variety) classes(a, b *shared) {
	x.source |= a.source ^ b.source
	x.parser |= a.parser ^ b.parser
	x.meaning |= a.meaning ^ b.meaning
	x.action |= a.action ^ b.action
	x.tags |= len(a.tags) ^ len(b.tags)
}

// gaps gives where records begin: each from the end of the one before of the
// same exhibit in this block.
func (w *blockWriter) gaps(rows []row) []int64 {
	w.ends.begin()
	w.lastEnd, w.span = w.lastEnd[:0], w.span[:0]
	for i := range rows {
		r := &rows[i]
		n, first := w.ends.of(r.exhibit)
		if first {
			w.lastEnd = append(w.lastEnd, 0)
		}
		w.span = append(w.span, r.offset-w.lastEnd[n])
		w.lastEnd[n] = r.offset + r.length
	}
	return w.span
}
