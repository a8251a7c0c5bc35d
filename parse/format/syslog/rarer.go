package syslog

import (
	"strings"
	"time"
)

// StampAt reads the time at the start of a line in any form that syslog daemons
// write and gives the index after it; -1 for none.
func StampAt(s string, t *Stamp) int {
	if s == "" {
		return -1
	}
	n := -1
	if digit(s[0]) {
		n = RFC3339(s, t)
	} else {
		n = BSD(s, t)
	}
	if n < 0 {
		n = rarer(s, t)
	}
	return n
}

// rarer reads what templates of syslog-ng put before the host besides the
// usual: "Sun Mar  3 02:14:07" ($WEEKDAY $DATE), "2024 Mar  3 02:14:07"
// ($FULLDATE), "1709432047" ($UNIXTIME). A day of the week with a year behind
// the time is asctime(3): programs' own logs begin so, not those of syslog.
func rarer(s string, t *Stamp) int {
	if len(s) < 14 {
		return -1
	}
	if day := Weekday(s); day != 0 && s[3] == ' ' {
		n := BSD(s[4:], t)
		if n < 0 || t.HasYear {
			return -1
		}
		t.Weekday = day
		return n + 4
	}
	if y := four(s, 0); y > 0 && s[4] == ' ' && len(s) > 19 {
		n := BSD(s[5:], t)
		if n < 0 || t.HasYear {
			return -1
		}
		t.Year, t.HasYear = y, true
		return n + 5
	}
	if s[0] == '1' && s[10] == ' ' && number(s[:10]) && !strings.HasPrefix(s[11:], " ") {
		sec := int64(0)
		for i := range 10 {
			sec = sec*10 + int64(s[i]-'0')
		}
		at := time.Unix(sec, 0).UTC()
		*t = Stamp{Year: at.Year(), Month: int(at.Month()), Day: at.Day(), Hour: at.Hour(), Minute: at.Minute(), Second: at.Second(), HasYear: true, HasZone: true, UTC: true}
		return 10
	}
	return -1
}

// weekdayCycle is after how many years the days of the week fall on the same
// dates again; between 1901 and 2099 this is so without exception.
const weekdayCycle = 28

// vote counts the years in which the day of the week that a line states fits
// its date.
func (g *segment) vote(s *Stamp) {
	if s.Weekday == 0 || s.HasYear {
		return
	}
	if g.fits == nil {
		g.fits = new([weekdayCycle]int)
	}
	g.named++
	for i := range g.fits {
		if WeekdayOf(2000+i, s.Month, s.Day) == s.Weekday {
			g.fits[i]++
		}
	}
}

// WeekdayOf is the day of the week of a date, 1 Sunday to 7 Saturday; 0 for 29
// February of a year that has none.
func WeekdayOf(year, month, day int) int {
	if month == 2 && day == 29 && !Leap(year) {
		return 0
	}
	return int(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Weekday()) + 1
}

// Named says whether the last lines of the scan name days of the week.
func (c *Scanner) Named() bool { return len(c.segs) > 0 && c.segs[len(c.segs)-1].named > 0 }

// Fits says whether the days of the week that the last lines name are those of
// a year; one line in ten may be wrong.
func (c *Scanner) Fits(year int) bool {
	if len(c.segs) == 0 || year < 1901 || year > 2099 {
		return false
	}
	g := &c.segs[len(c.segs)-1]
	return g.named > 0 && g.fits[(year-2000+10*weekdayCycle)%weekdayCycle]*10 >= g.named*9
}
