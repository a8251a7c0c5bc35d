package store

import (
	"math/bits"
	"slices"
)

// sorter orders the rows of a segment by key, host and id. Most of the work
// is on the keys alone: digit by digit, without comparing. Its memory is used
// again.
type sorter struct {
	a, b []sortKey
	refs []rowRef
}

type sortKey struct {
	key uint64 // above the smallest of the segment
	ref uint32
}

const (
	digitBits = 11
	digits    = 3   // that are looked at: of more, rows with equal ones are compared
	fewRows   = 256 // below it comparing is faster
)

func compareRefs(a, b rowRef) int { return a.less(&b) }

// sort gives the rows in order; the slice may be another one, whose place the
// given one takes in the sorter.
func (s *sorter) sort(refs []rowRef) []rowRef {
	if slices.IsSortedFunc(refs, compareRefs) {
		return refs
	}
	if len(refs) < fewRows {
		slices.SortFunc(refs, compareRefs)
		return refs
	}
	lo, hi := refs[0].key, refs[0].key
	for i := range refs {
		lo, hi = min(lo, refs[i].key), max(hi, refs[i].key)
	}
	s.a, s.b = roomFor(s.a, len(refs), 0), roomFor(s.b, len(refs), 0)
	for i := range refs {
		s.a[i] = sortKey{key: uint64(refs[i].key) - uint64(lo), ref: uint32(i)}
	}
	top := bits.Len64(uint64(hi) - uint64(lo))
	low := max(0, top-digits*digitBits)
	for shift := low; shift < top; shift += digitBits {
		s.digit(shift)
	}
	s.refs = roomFor(s.refs, len(refs), cap(refs))
	for i := range s.a {
		s.refs[i] = refs[s.a[i].ref]
	}
	out := s.refs
	s.refs = refs
	sortTies(out, uint64(lo), low)
	return out
}

// digit sorts a by one digit of the keys, in place for equal ones.
func (s *sorter) digit(shift int) {
	var start [1<<digitBits + 1]uint32
	const mask = 1<<digitBits - 1
	for i := range s.a {
		start[(s.a[i].key>>shift)&mask+1]++
	}
	for i := range mask {
		start[i+1] += start[i]
	}
	for _, x := range s.a {
		d := x.key >> shift & mask
		s.b[start[d]] = x
		start[d]++
	}
	s.a, s.b = s.b, s.a
}

// sortTies orders rows whose keys are equal but for the low bits, which no digit
// was made of.
func sortTies(refs []rowRef, lo uint64, low int) {
	of := func(i int) uint64 { return (uint64(refs[i].key) - lo) >> low }
	for i := 0; i < len(refs); {
		j, key := i+1, of(i)
		for j < len(refs) && of(j) == key {
			j++
		}
		if j > i+1 {
			slices.SortFunc(refs[i:j], compareRefs)
		}
		i = j
	}
}
