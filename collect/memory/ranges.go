package memory

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Total is the number of bytes in ranges.
func Total(rs []Range) (n uint64) {
	for _, r := range rs {
		n += r.Len()
	}
	return n
}

// Normal sorts ranges and joins what overlaps or touches. Empty ones go.
func Normal(rs []Range) []Range {
	var out []Range
	for _, r := range rs {
		if r.End > r.Start {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return mergeRanges(out)
}

// Intersect gives what lies in both lists.
func Intersect(a, b []Range) []Range { return Subtract(a, Subtract(a, b)) }

// Subtract gives what lies in a and not in b.
func Subtract(a, b []Range) []Range {
	b = Normal(slices.Clone(b))
	var out []Range
	i := 0
	for _, r := range Normal(slices.Clone(a)) {
		for i < len(b) && b[i].End <= r.Start {
			i++
		}
		for k := i; k < len(b) && b[k].Start < r.End; k++ {
			if b[k].Start > r.Start {
				out = append(out, Range{r.Start, b[k].Start})
			}
			r.Start = min(b[k].End, r.End)
		}
		if r.End > r.Start {
			out = append(out, r)
		}
	}
	return out
}

// Head gives the first n bytes of ranges in ascending order, and the rest.
func Head(rs []Range, n uint64) (head, rest []Range) {
	for _, r := range rs {
		k := min(n, r.Len())
		if k > 0 {
			head = append(head, Range{r.Start, r.Start + k})
		}
		if k < r.Len() {
			rest = append(rest, Range{r.Start + k, r.End})
		}
		n -= k
	}
	return head, rest
}

// ParseRange reads START-END as iomem writes it: hexadecimal physical
// addresses with or without 0x, END inclusive. It is widened to whole pages.
func ParseRange(s string) (Range, error) {
	lo, hi, ok := strings.Cut(s, "-")
	a, err1 := parseAddress(lo)
	b, err2 := parseAddress(hi)
	if !ok || err1 != nil || err2 != nil || b < a || b > 1<<62 {
		return Range{}, fmt.Errorf("%q is no range of physical memory, such as 100000-1fffdfff", s)
	}
	return Range{a &^ (PageSize - 1), b&^(PageSize-1) + PageSize}, nil
}

func parseAddress(s string) (uint64, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	return strconv.ParseUint(strings.TrimPrefix(s, "0x"), 16, 64)
}

// Join writes ranges as ParseRange reads them, separated by commas.
func Join(rs []Range) string {
	out := make([]string, len(rs))
	for i, r := range rs {
		out[i] = fmt.Sprintf("%x-%x", r.Start, r.End-1)
	}
	return strings.Join(out, ",")
}

// Ranges is what the direct map of kcore covers, in whole pages.
func (k *Kcore) Ranges() []Range {
	var out []Range
	for _, s := range k.Direct {
		out = append(out, Range{(s.Paddr + PageSize - 1) &^ (PageSize - 1), (s.Paddr + s.Size) &^ (PageSize - 1)})
	}
	return Normal(out)
}

func mergeRanges(rs []Range) []Range {
	sort.Slice(rs, func(i, j int) bool { return rs[i].Start < rs[j].Start })
	out := rs[:1]
	for _, r := range rs[1:] {
		if l := &out[len(out)-1]; r.Start <= l.End {
			l.End = max(l.End, r.End)
			continue
		}
		out = append(out, r)
	}
	return out
}
