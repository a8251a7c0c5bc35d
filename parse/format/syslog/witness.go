package syslog

import (
	"bytes"
	"time"
)

// witnessDays is how far the stamp of a line may lie from the time that its
// text states: zones on both sides, and a buffer that was written later.
const witnessDays = 2

// Witness gives the year of a line without one whose text states its time in
// full, 0 for none. The kernel writes such lines: of the clock of the board
// at each boot ("setting system clock to 2024-03-03T02:14:07 UTC (1709432047)"),
// and of audit events ("audit(1709432047.123:45):") where no auditd takes them.
func Witness(line []byte, s *Stamp) int {
	i := bytes.Index(line[:min(len(line), 300)], []byte(" kernel: "))
	if i < 0 || s.HasYear || !s.Valid() {
		return 0
	}
	text := line[i:min(len(line), i+300)]
	from := -1
	if k := bytes.Index(text, []byte("audit(")); k >= 0 {
		from = k + len("audit(")
	} else if k := bytes.Index(text, []byte("setting system clock to ")); k >= 0 {
		if p := bytes.IndexByte(text[k:], '('); p >= 0 {
			from = k + p + 1
		}
	}
	if from < 0 {
		return 0
	}
	sec, n := int64(0), 0
	for n < 11 && from+n < len(text) && digit(text[from+n]) {
		sec, n = sec*10+int64(text[from+n]-'0'), n+1
	}
	if n < 9 || n > 10 {
		return 0
	}
	return nearYear(sec, s)
}

// nearYear is the year in which the stamp lies at a time, 0 when it does in none.
func nearYear(sec int64, s *Stamp) int {
	at := time.Unix(sec, 0).UTC()
	for year := at.Year() - 1; year <= at.Year()+1; year++ {
		if s.Month == 2 && s.Day == 29 && !Leap(year) {
			continue
		}
		d := time.Date(year, time.Month(s.Month), s.Day, s.Hour, s.Minute, s.Second, 0, time.UTC).Sub(at)
		if d.Abs() <= witnessDays*24*time.Hour {
			return year
		}
	}
	return 0
}

// Follow walks forward from lines that state their year: lines behind them are
// of that year, or of the one that was most likely reached since, and of that
// in y at the latest. It is for years that are only bounded from above.
func (c *Scanner) Follow(y Years) {
	year := 0
	for i := range c.segs {
		s, span := &c.segs[i], &y[i]
		if s.year != 0 {
			year = s.year
			continue
		}
		if year == 0 {
			continue
		}
		year += s.step
		for n := 0; n < 8 && s.leapDay && !Leap(year); n++ {
			year++
		}
		if !span.Sure && span.Year != 0 && year <= span.Year {
			span.Max = max(span.Max, span.Year)
			span.Year, span.Rolled, span.Sure = year, 0, true
		}
	}
}
