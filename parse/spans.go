package parse

import (
	"cmp"
	"slices"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// pendingSpans is how many out-of-order spans are gathered before they are
// merged into the sorted list.
const pendingSpans = 1 << 15

// coverage is a set of byte ranges: those that a parser has accounted for.
// Ranges that come in file order cost nothing; others are merged in batches.
type coverage struct {
	sorted  []event.Span // disjoint, ascending
	pending []event.Span
	spare   []event.Span
	seen    *[seenSlots]event.Span // added lately: many records share some spans
}

const seenSlots = 1 << 12

func (c *coverage) add(offset, length int64) {
	if length <= 0 || offset < 0 || offset+length < offset {
		return
	}
	if n := len(c.sorted); n > 0 {
		if f := &c.sorted[0]; offset >= f.Offset && offset+length <= f.Offset+f.Length {
			return // most of what records share lies in front
		}
		l := &c.sorted[n-1]
		end := l.Offset + l.Length
		if offset >= l.Offset && offset <= end {
			if e := offset + length; e > end {
				l.Length = e - l.Offset
			}
			return
		}
		if offset < l.Offset {
			if c.insert(offset, length) || c.again(offset, length) {
				return
			}
			c.pending = append(c.pending, event.Span{Offset: offset, Length: length})
			if len(c.pending) >= pendingSpans {
				c.merge()
			}
			return
		}
	}
	c.sorted = append(c.sorted, event.Span{Offset: offset, Length: length})
}

// nearEnd is how many ranges from the end on are looked at before a span counts
// as out of order: the objects of one record and what aligns them.
const nearEnd = 48

// insert puts a span in its place when that is near the end: between two
// ranges, touching either or none. Spans that reach over a range are not put.
func (c *coverage) insert(offset, length int64) bool {
	s, end := c.sorted, offset+length
	i := len(s) - 1 // s[i] is the first range behind the span
	for low := max(1, len(s)-nearEnd); i >= low && s[i-1].Offset > offset; {
		i--
	}
	if i == 0 || s[i-1].Offset > offset || end > s[i].Offset {
		return false
	}
	before := &s[i-1]
	last := before.Offset + before.Length
	switch {
	case offset > last && end == s[i].Offset:
		s[i].Offset, s[i].Length = offset, s[i].Length+length
	case offset > last:
		c.sorted = slices.Insert(s, i, event.Span{Offset: offset, Length: length})
	case end < s[i].Offset:
		before.Length = max(last, end) - before.Offset
	default:
		before.Length = s[i].Offset + s[i].Length - before.Offset
		c.sorted = slices.Delete(s, i, i+1)
	}
	return true
}

// again says whether this very span was added out of order lately.
func (c *coverage) again(offset, length int64) bool {
	if c.seen == nil {
		c.seen = new([seenSlots]event.Span)
	}
	slot := &c.seen[(offset>>3^offset>>15)&(seenSlots-1)]
	if slot.Offset == offset && slot.Length == length {
		return true
	}
	*slot = event.Span{Offset: offset, Length: length}
	return false
}

// merge sorts what came out of order into the list.
func (c *coverage) merge() {
	if len(c.pending) == 0 {
		return
	}
	slices.SortFunc(c.pending, func(a, b event.Span) int { return cmp.Compare(a.Offset, b.Offset) })
	out, a, b := c.spare[:0], c.sorted, c.pending
	for len(a) > 0 || len(b) > 0 {
		var s event.Span
		if len(b) == 0 || len(a) > 0 && a[0].Offset <= b[0].Offset {
			s, a = a[0], a[1:]
		} else {
			s, b = b[0], b[1:]
		}
		if n := len(out); n > 0 && s.Offset <= out[n-1].Offset+out[n-1].Length {
			l := &out[n-1]
			l.Length = max(l.Length, s.Offset+s.Length-l.Offset)
			continue
		}
		out = append(out, s)
	}
	c.sorted, c.spare, c.pending = out, c.sorted, c.pending[:0]
}

// gaps lists what is not covered of [0, size).
func (c *coverage) gaps(size int64) []event.Span {
	c.merge()
	var out []event.Span
	at := int64(0)
	for _, s := range c.sorted {
		if s.Offset >= size {
			break
		}
		if s.Offset > at {
			out = append(out, event.Span{Offset: at, Length: s.Offset - at})
		}
		at = max(at, s.Offset+s.Length)
	}
	if at < size {
		out = append(out, event.Span{Offset: at, Length: size - at})
	}
	return out
}

// bytes is the number of covered bytes.
func (c *coverage) bytes() int64 {
	c.merge()
	var n int64
	for _, s := range c.sorted {
		n += s.Length
	}
	return n
}
