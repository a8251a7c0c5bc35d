package parse

import (
	"sort"

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
}

func (c *coverage) add(offset, length int64) {
	if length <= 0 || offset < 0 || offset+length < offset {
		return
	}
	if n := len(c.sorted); n > 0 {
		l := &c.sorted[n-1]
		end := l.Offset + l.Length
		if offset >= l.Offset && offset <= end {
			if e := offset + length; e > end {
				l.Length = e - l.Offset
			}
			return
		}
		if offset < l.Offset {
			c.pending = append(c.pending, event.Span{Offset: offset, Length: length})
			if len(c.pending) >= pendingSpans {
				c.merge()
			}
			return
		}
	}
	c.sorted = append(c.sorted, event.Span{Offset: offset, Length: length})
}

func (c *coverage) merge() {
	if len(c.pending) == 0 {
		return
	}
	all := append(c.sorted, c.pending...)
	sort.Slice(all, func(i, j int) bool { return all[i].Offset < all[j].Offset })
	out := all[:1]
	for _, s := range all[1:] {
		l := &out[len(out)-1]
		if s.Offset > l.Offset+l.Length {
			out = append(out, s)
			continue
		}
		l.Length = max(l.Length, s.Offset+s.Length-l.Offset)
	}
	c.sorted, c.pending = out, c.pending[:0]
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
