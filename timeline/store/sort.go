package store

import "slices"

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
	s.a, s.b = slices.Grow(s.a[:0], len(refs))[:len(refs)], slices.Grow(s.b[:0], len(refs))[:len(refs)]
	for i := range refs {
		s.a[i] = sortKey{key: uint64(refs[i].key) - uint64(lo), ref: uint32(i)}
	}
	for shift := 0; shift < 64 && (uint64(hi)-uint64(lo))>>shift > 0; shift += digitBits {
		s.digit(shift)
	}
	s.refs = slices.Grow(s.refs[:0], max(len(refs), cap(refs)))[:len(refs)]
	for i := range s.a {
		s.refs[i] = refs[s.a[i].ref]
	}
	out := s.refs
	s.refs = refs
	sortTies(out)
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

// sortTies orders rows of one key by host and id.
func sortTies(refs []rowRef) {
	for i := 0; i < len(refs); {
		j := i + 1
		for j < len(refs) && refs[j].key == refs[i].key {
			j++
		}
		if j > i+1 {
			slices.SortFunc(refs[i:j], compareRefs)
		}
		i = j
	}
}
