package syslog

import "sort"

// Days of a backward or forward jump between two neighbouring lines, by which
// a change of year is told from lines that are merely late.
const (
	lateDays   = 28  // going back by less is a late line or a clock set back
	likelyDays = 183 // going back by more can only be a new year
)

// maxSegments bounds the memory of a scan. A file with more changes of year
// is chaotic: its years are not inferred.
const maxSegments = 4096

// segment is a run of lines of one year.
type segment struct {
	offset   int64 // of its first line
	year     int   // stated year; 0 when the lines state none
	step     int   // years gone by since the segment before, as most likely
	sure     int   // years gone by at least
	leapDay  bool  // has a 29 February
	firstKey int
	named    int                // lines that name the day of the week and no year
	fits     *[weekdayCycle]int // of these, how many fit the years from 2000 on
}

// Scanner finds the places in a log where the year must have changed. Lines
// are added in file order; nothing of them is kept but the changes.
type Scanner struct {
	Zoned   bool // a stamp states its offset from UTC, not by a Z
	segs    []segment
	lastKey int
	last    Stamp
	chaotic bool
}

// Add takes the stamp of the line at offset. Stamps that are not valid are
// passed over.
func (c *Scanner) Add(offset int64, s *Stamp) {
	c.Zoned = c.Zoned || s.HasZone && !s.UTC
	if c.chaotic || !s.Valid() {
		return
	}
	key := YearDay(s.Month, s.Day)
	year := 0
	if s.HasYear {
		year = s.Year
	}
	n := len(c.segs)
	if n == 0 {
		c.segs = append(c.segs, segment{offset: offset, year: year, firstKey: key})
		n = 1
	} else if cur := &c.segs[n-1]; year != cur.year || (year == 0 && (key <= c.lastKey-lateDays || key >= c.lastKey+366-lateDays)) {
		step, sure := steps(key - c.lastKey)
		if n == maxSegments {
			c.chaotic = true
			return
		}
		c.segs = append(c.segs, segment{offset: offset, year: year, step: step, sure: sure, firstKey: key})
		n++
	}
	if s.Month == 2 && s.Day == 29 {
		c.segs[n-1].leapDay = true
	}
	c.segs[n-1].vote(s)
	c.lastKey, c.last = key, *s
}

// steps turns a jump in days into years gone by: as most likely, and at least.
func steps(diff int) (likely, sure int) {
	switch {
	case diff >= 366-lateDays: // Jan 1, then a late Dec 31
		return -1, -1
	case diff <= -likelyDays:
		return 1, 1
	case diff <= -lateDays: // a gap of over half a year, or a clock set back by months
		return 1, 0
	}
	return 0, 0
}

// Last gives the stamp of the last valid line; ok is false when there is none.
func (c *Scanner) Last() (s Stamp, ok bool) { return c.last, len(c.segs) > 0 }

// Chaotic says that the year changes too often to be followed.
func (c *Scanner) Chaotic() bool { return c.chaotic }

// YearSpan is the inferred year of the lines from Offset to the next span.
type YearSpan struct {
	Offset int64
	Year   int // the most likely year; 0 unknown
	Max    int // the latest possible year, at least Year
	Rolled int // how many changes of year lie between here and the base
	Stated bool
	Sure   bool // a line that states its year, before or behind, gives the earliest: not the base
}

// Years is the inferred years of a file, in file order.
type Years []YearSpan

// Resolve gives each run of lines its year, walking back from base, the year
// of the last line. Base 0 means unknown: then only runs before a line that
// states its year are resolved.
func (c *Scanner) Resolve(base int) Years {
	out := make(Years, len(c.segs))
	year, most, rolled, sure := base, base, 0, false
	for i := len(c.segs) - 1; i >= 0; i-- {
		s := &c.segs[i]
		span := YearSpan{Offset: s.offset}
		switch {
		case s.year != 0:
			year, most, rolled, sure = s.year, s.year, 0, true
			span.Stated = true
		case year == 0:
		case s.leapDay:
			if y := leapAtMost(year); y != year {
				year = y
				rolled++
			}
			most = leapAtMost(most)
		}
		span.Year, span.Max, span.Rolled, span.Sure = year, most, rolled, sure
		out[i] = span
		if year != 0 {
			year, most = year-s.step, most-s.sure
			if s.step != 0 {
				rolled++
			}
		}
	}
	return out
}

func leapAtMost(y int) int {
	for n := 0; n < 8 && !Leap(y); n++ {
		y--
	}
	return y
}

// At gives the span of the line at offset; i is a hint, the index of the span
// found before, and the index found is returned.
func (y Years) At(offset int64, i int) (*YearSpan, int) {
	if len(y) == 0 {
		return nil, 0
	}
	if i < 0 || i >= len(y) || y[i].Offset > offset {
		i = max(sort.Search(len(y), func(k int) bool { return y[k].Offset > offset })-1, 0)
	}
	for i+1 < len(y) && y[i+1].Offset <= offset {
		i++
	}
	return &y[i], i
}
