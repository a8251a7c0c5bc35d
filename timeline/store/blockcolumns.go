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
	if n == 0 {
		return append(b, columnEach)
	}
	first, i := get(0), 1
	for i < n && get(i) == first {
		i++
	}
	if i == n {
		return putUv(append(b, columnSame), first)
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
	n, b := len(rows), w.raw[:0]
	b = column(b, n, func(i int) uint64 { return uint64(rows[i].time.Reasons) })
	b = column(b, n, func(i int) uint64 { return uint64(rows[i].host) })
	b = column(b, n, func(i int) uint64 { return uint64(rows[i].keeper) })
	b = column(b, n, func(i int) uint64 { return uint64(rows[i].shared.source) })
	b = column(b, n, func(i int) uint64 { return uint64(rows[i].shared.parser) })
	b = column(b, n, func(i int) uint64 { return uint64(rows[i].shared.meaning) })
	b = column(b, n, func(i int) uint64 { return uint64(rows[i].shared.action) })
	b = column(b, n, func(i int) uint64 { return uint64(rows[i].exhibit) })
	gaps := w.gaps(rows)
	b = column(b, n, func(i int) uint64 { return zigzag(gaps[i]) })
	b = column(b, n, func(i int) uint64 { return zigzag(rows[i].length) })
	b = column(b, n, func(i int) uint64 { return uint64(rows[i].ordinal) })
	b = column(b, n, func(i int) uint64 { return uint64(len(rows[i].shared.tags)) })
	b = column(b, n, func(i int) uint64 { return uint64(len(rows[i].spans)) })
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
