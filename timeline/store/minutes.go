package store

import (
	"fmt"
	"sort"
)

// minutes is the minute table of a segment: the minutes that occur, and the
// first ordinal of each, one more entry at the end.
type minutes struct {
	minute []int64
	start  []uint32
}

func floorMinute(t int64) int64 {
	m := t / minuteNanos
	if t%minuteNanos < 0 {
		m--
	}
	return m
}

func packMinutes(g *gather, pk *packer) []byte {
	var b []byte
	n, last := 0, int64(0)
	for i := 0; i < len(g.refs); {
		m := floorMinute(g.refs[i].key)
		j := i + 1
		for j < len(g.refs) && floorMinute(g.refs[j].key) == m {
			j++
		}
		b = putUv(putZv(b, m-last), uint64(j-i))
		last, i = m, j
		n++
	}
	return pk.section(nil, append(putUv(nil, uint64(n)), b...))
}

func readMinutes(data []byte, rows int, u *unpacker) (*minutes, error) {
	f := scan{b: data}
	p := f.packed(minutesSection)
	if err := f.end(); err != nil {
		return nil, fmt.Errorf("minute table: %w", err)
	}
	raw, err := u.open(p)
	if err != nil {
		return nil, fmt.Errorf("minute table: %w", err)
	}
	s := scan{b: raw}
	n := s.count()
	t := &minutes{minute: make([]int64, 0, n), start: make([]uint32, 1, n+1)}
	last, sum := int64(0), 0
	for i := range n {
		d := s.zv()
		sum += s.num(rows + 1)
		if i > 0 && (d <= 0 || last+d < last) || sum > rows {
			s.fail("minutes out of order")
		}
		if s.err != nil {
			break
		}
		last += d
		t.minute = append(t.minute, last)
		t.start = append(t.start, uint32(sum))
	}
	if err := s.end(); err != nil || sum != rows {
		return nil, fmt.Errorf("minute table: %w of %d rows: %v", errCorrupt, sum, err)
	}
	return t, nil
}

// next gives the first entry from at on whose minute is m or later; steps are
// doubled, since who asks for one edge after another stands near the next.
func (t *minutes) next(at int, m int64) int {
	step := 1
	for at+step <= len(t.minute) && t.minute[at+step-1] < m {
		at, step = at+step, 2*step
	}
	end := min(at+step, len(t.minute))
	return at + sort.Search(end-at, func(i int) bool { return t.minute[at+i] >= m })
}

// before gives the number of rows whose minute lies before m.
func (t *minutes) before(m int64) uint32 {
	return t.start[sort.Search(len(t.minute), func(i int) bool { return t.minute[i] >= m })]
}
