// Package syslog decodes lines of the syslog family: the BSD form of RFC 3164
// as written by sysklogd, rsyslog, syslog-ng and busybox, lines that begin
// with an RFC 3339 stamp, and the RFC 5424 layout. It knows bytes and stated
// times, not events. It is a leaf. All strings it gives are parts of the line.
package syslog

import "strings"

// Stamp is the time a line states, as it states it.
type Stamp struct {
	Year    int // 0 when HasYear is false
	Month   int // 1..12
	Day     int
	Hour    int
	Minute  int
	Second  int // 60 in a leap second
	Nanos   int
	Digits  int // of the fraction: 0 for whole seconds
	Offset  int // seconds east of UTC, when HasZone
	HasYear bool
	HasZone bool
	UTC     bool // the offset is written as Z: UTC was asked for, whatever the zone
	Weekday int  // 1 Sunday to 7 Saturday, as the line says; 0 when it says none
	None    bool // RFC 5424's NILVALUE: the sender knew no time, nothing else is set
	Spaced  bool // an RFC 3339 stamp with a space for the T: many logs begin so
}

// Valid says whether the stated time can exist in some year (in its own year
// when it has one): 30 February and 25:61 cannot.
func (s *Stamp) Valid() bool {
	if s.Month < 1 || s.Month > 12 || s.Day < 1 || s.Hour > 23 || s.Minute > 59 || s.Second > 60 {
		return false
	}
	if s.Day > MonthDays(s.Month) {
		return false
	}
	return !s.HasYear || s.Month != 2 || s.Day < 29 || Leap(s.Year)
}

// MonthDays is the largest day a month has in any year.
func MonthDays(month int) int {
	switch month {
	case 2:
		return 29
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// Leap says whether a year has a 29 February.
func Leap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

// YearDay is the day within a leap year, 1..366: a key that orders days
// without a year.
func YearDay(month, day int) int {
	n := day
	for m := 1; m < month; m++ {
		n += MonthDays(m)
	}
	return n
}

// month reads an English three-letter month name; 0 for none.
func month(s string) int {
	if len(s) < 3 {
		return 0
	}
	switch s[:3] {
	case "Jan":
		return 1
	case "Feb":
		return 2
	case "Mar":
		return 3
	case "Apr":
		return 4
	case "May":
		return 5
	case "Jun":
		return 6
	case "Jul":
		return 7
	case "Aug":
		return 8
	case "Sep":
		return 9
	case "Oct":
		return 10
	case "Nov":
		return 11
	case "Dec":
		return 12
	}
	return 0
}

// Weekday reads the English three-letter name of a day at the start of s, with
// a space or comma behind it: 1 Sunday to 7 Saturday; 0 for none.
func Weekday(s string) int {
	if len(s) < 4 || s[3] != ' ' && s[3] != ',' {
		return 0
	}
	i := strings.Index("SunMonTueWedThuFriSat", s[:3])
	if i < 0 || i%3 != 0 {
		return 0
	}
	return i/3 + 1
}

// Month reads an English three-letter month name at the start of s; 0 for none.
func Month(s string) int { return month(s) }

func digit(c byte) bool { return c-'0' < 10 }

// two reads two digits at i; -1 when there are none.
func two(s string, i int) int {
	if i+2 > len(s) || !digit(s[i]) || !digit(s[i+1]) {
		return -1
	}
	return int(s[i]-'0')*10 + int(s[i+1]-'0')
}

// four reads four digits at i; -1 when there are none.
func four(s string, i int) int {
	a, b := two(s, i), two(s, i+2)
	if a < 0 || b < 0 {
		return -1
	}
	return a*100 + b
}

// clock reads HH:MM:SS with an optional fraction at i and returns the index
// after it; -1 when there is none.
func clock(s string, i int, t *Stamp) int {
	if i+8 > len(s) || s[i+2] != ':' || s[i+5] != ':' {
		return -1
	}
	t.Hour, t.Minute, t.Second = two(s, i), two(s, i+3), two(s, i+6)
	if t.Hour < 0 || t.Minute < 0 || t.Second < 0 {
		return -1
	}
	i += 8
	if i+1 < len(s) && (s[i] == '.' || s[i] == ',') && digit(s[i+1]) {
		scale := 100_000_000
		for i++; i < len(s) && digit(s[i]); i++ {
			if t.Digits < 9 {
				t.Nanos += int(s[i]-'0') * scale
				scale /= 10
				t.Digits++
			}
		}
	}
	return i
}

// BSD reads "Mar  3 02:14:07", with a fraction or a year after the day or
// after the time where there is one, and returns the index after it; -1 when
// the line does not begin with such a stamp.
func BSD(s string, t *Stamp) int {
	if len(s) < 14 || s[3] != ' ' {
		return -1
	}
	*t = Stamp{Month: month(s)}
	if t.Month == 0 {
		return -1
	}
	i := 4
	if s[i] == ' ' {
		i++
	}
	if !digit(s[i]) {
		return -1
	}
	t.Day = int(s[i] - '0')
	i++
	if digit(s[i]) {
		t.Day = t.Day*10 + int(s[i]-'0')
		i++
	}
	if s[i] != ' ' {
		return -1
	}
	i++
	if y := four(s, i); y >= 0 && i+4 < len(s) && s[i+4] == ' ' {
		t.Year, t.HasYear = y, true
		i += 5
	}
	i = clock(s, i, t)
	if i < 0 || t.HasYear {
		return i
	}
	if i+5 < len(s) && s[i] == ' ' && s[i+5] == ' ' && (s[i+1] == '1' || s[i+1] == '2') {
		if y := four(s, i+1); y >= 1970 && y < 2200 {
			t.Year, t.HasYear = y, true
			return i + 5
		}
	}
	return i
}

// RFC3339 reads "2024-03-03T02:14:07.123456+09:00", also with a space for the
// T and without a zone, and returns the index after it; -1 when there is none.
func RFC3339(s string, t *Stamp) int {
	if len(s) < 19 || s[4] != '-' || s[7] != '-' || (s[10] != 'T' && s[10] != ' ') {
		return -1
	}
	*t = Stamp{Year: four(s, 0), Month: two(s, 5), Day: two(s, 8), HasYear: true, Spaced: s[10] == ' '}
	if t.Year < 0 || t.Month < 0 || t.Day < 0 {
		return -1
	}
	i := clock(s, 11, t)
	if i < 0 || i == len(s) {
		return i
	}
	return zone(s, i, t)
}

// Zone reads Z, +09:00, +0900 or +09 at the start of s and returns the index
// after it, 0 for none.
func Zone(s string, t *Stamp) int {
	if s == "" {
		return 0
	}
	return zone(s, 0, t)
}

// zone reads Z, +09:00, +0900 or +09 at i and returns the index after it, or i.
func zone(s string, i int, t *Stamp) int {
	switch {
	case s[i] == 'Z' || s[i] == 'z':
		t.HasZone, t.UTC = true, true
		return i + 1
	case s[i] != '+' && s[i] != '-':
		return i
	}
	h := two(s, i+1)
	if h < 0 {
		return i
	}
	j, m := i+3, 0
	if k := j; k < len(s) {
		if s[k] == ':' {
			k++
		}
		if v := two(s, k); v >= 0 {
			m, j = v, k+2
		}
	}
	t.HasZone, t.Offset = true, h*3600+m*60
	if s[i] == '-' {
		t.Offset = -t.Offset
	}
	return j
}

// DigitStart says whether c can begin an RFC 3339 stamp.
func DigitStart(c byte) bool { return digit(c) }
