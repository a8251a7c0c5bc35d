package memory

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// PageSize is the unit of retry and of alignment. Pages of 16 and 64 KiB
// (arm64) are multiples of it.
const PageSize = 4096

// ErrHidden says that /proc/iomem shows zeros only: the reader lacks
// CAP_SYS_ADMIN (kernel/resource.c, r_show).
var ErrHidden = errors.New("iomem is hidden: all addresses are zero (needs CAP_SYS_ADMIN)")

// Range is a stretch of physical memory, [Start, End).
type Range struct{ Start, End uint64 }

// Len is the number of bytes.
func (r Range) Len() uint64 { return r.End - r.Start }

// String gives the range as iomem does, with an inclusive end.
func (r Range) String() string { return fmt.Sprintf("%08x-%08x", r.Start, r.End-1) }

// ParseIomem gives the top-level "System RAM" ranges of /proc/iomem in
// ascending order, shrunk to whole pages. Nested lines are parts of their
// parents and are passed over. Overlaps are merged.
func ParseIomem(b []byte) ([]Range, error) {
	var out []Range
	named, zero := 0, 0
	for n, l := range bytes.Split(b, []byte("\n")) {
		if len(l) == 0 || l[0] == ' ' {
			continue
		}
		addr, name, ok := strings.Cut(string(l), " : ")
		if !ok || name != "System RAM" {
			continue
		}
		lo, hi, ok := strings.Cut(addr, "-")
		start, err1 := strconv.ParseUint(lo, 16, 64)
		last, err2 := strconv.ParseUint(hi, 16, 64)
		if !ok || err1 != nil || err2 != nil || last < start {
			return nil, fmt.Errorf("iomem line %d: %q is no range", n+1, l)
		}
		named++
		if start == 0 && last == 0 {
			zero++
			continue
		}
		r := Range{Start: (start + PageSize - 1) &^ (PageSize - 1), End: last &^ (PageSize - 1)}
		if (last+1)&(PageSize-1) == 0 {
			r.End = last + 1
		}
		if r.End > r.Start {
			out = append(out, r)
		}
	}
	if named > 0 && zero == named {
		return nil, ErrHidden
	}
	if len(out) == 0 {
		return nil, errors.New("iomem names no System RAM")
	}
	return mergeRanges(out), nil
}
