package parser

import (
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/parse/format/syslog"
)

// stampAt reads the date and time with which a line of a program's own log
// begins and gives the index after it; -1 for none. All forms state the year:
//
//	2024-03-03T02:14:07.123+09:00   RFC 3339, also with a space, / or . between
//	2024-03-03  2:14:07             MariaDB before ten o'clock
//	03-Mar-2024 02:14:07.123        named, PHP
//	03 Mar 2024 02:14:07.123        Redis, behind "812:M "
//	Sun, 03 Mar 2024 02:14:07       RFC 5322
//	Sun Mar  3 02:14:07 2024        asctime(3), also with a zone before the year
//	240303  2:14:07                 MySQL
//	24/3/3@02:14:07                 xinetd
//	1709432047.123                  seconds since 1970
func stampAt(s string, t *syslog.Stamp) int {
	if len(s) < 13 {
		return -1
	}
	if !syslog.DigitStart(s[0]) {
		return namedDay(s, t)
	}
	switch {
	case len(s) > 19 && s[4] == '-' && s[10] == ' ' && s[11] == ' ':
		return syslog.RFC3339(s[:11]+"0"+s[12:], t)
	case s[4] == '-':
		return syslog.RFC3339(s, t)
	case len(s) > 18 && (s[4] == '/' || s[4] == '.') && s[7] == s[4]:
		return syslog.RFC3339(s[:4]+"-"+s[5:7]+"-"+s[8:], t)
	case s[2] == '-' || s[2] == ' ':
		return dayMonth(s, t)
	case s[10] == '.':
		return sinceEpoch(s, t)
	case s[6] == ' ':
		return shortDate(s, t)
	}
	if i := strings.IndexByte(s[:13], '@'); i > 0 {
		return xinetdDate(s, i, t)
	}
	if i := strings.IndexByte(s[:8], ':'); i > 0 && number(s[:i]) && len(s) > i+3 && s[i+2] == ' ' { // Redis: the pid and its role
		if n := dayMonth(s[i+3:], t); n > 0 {
			return i + 3 + n
		}
	}
	return -1
}

// namedDay reads a time that begins with the day of the week.
func namedDay(s string, t *syslog.Stamp) int {
	day := syslog.Weekday(s)
	if day == 0 || len(s) < 24 {
		return -1
	}
	n := -1
	if s[3] == ',' {
		if n = dayMonth(s[5:], t); n > 0 {
			n += 5
		}
	} else if n = syslog.BSD(s[4:], t); n > 0 {
		n += 4
		if !t.HasYear && !zoneYear(s[n:], t) {
			return -1
		}
	}
	t.Weekday = day
	return n
}

// zoneYear finds the year behind the zone, as date(1) writes it: " KST 2024".
func zoneYear(s string, t *syslog.Stamp) bool {
	zone, rest := token(strings.TrimPrefix(s, " "))
	year, _ := token(rest)
	if len(zone) < 3 || len(zone) > 5 || !upper(zone) || len(year) != 4 || !number(year) {
		return false
	}
	t.Year, t.HasYear = smallNumber(year), true
	return true
}

// dayMonth reads "03-Mar-2024 02:14:07" and "03 Mar 2024 02:14:07".
func dayMonth(s string, t *syslog.Stamp) int {
	if len(s) < 20 || s[6] != s[2] || s[2] != '-' && s[2] != ' ' || s[11] != ' ' || syslog.Month(s[3:]) == 0 || !number(s[:2]) || !number(s[7:11]) {
		return -1
	}
	n := syslog.RFC3339(s[7:11]+"-01-01 "+s[12:], t)
	t.Month, t.Day = syslog.Month(s[3:]), smallNumber(s[:2])
	if n < 0 {
		return -1
	}
	return n + 1
}

// shortDate reads "240303 02:14:07", of 2000 to 2099.
func shortDate(s string, t *syslog.Stamp) int {
	if len(s) < 15 || !number(s[:6]) {
		return -1
	}
	clock := s[7:]
	if clock[0] == ' ' {
		clock = "0" + clock[1:]
	}
	n := syslog.RFC3339("20"+s[:2]+"-"+s[2:4]+"-"+s[4:6]+" "+clock, t)
	if n < 0 || !t.Valid() {
		return -1
	}
	return n - 4
}

// xinetdDate reads "24/3/3@02:14:07", the @ at i.
func xinetdDate(s string, i int, t *syslog.Stamp) int {
	f := strings.Split(s[:i], "/")
	if len(f) != 3 || len(s) < i+9 {
		return -1
	}
	for k, v := range f {
		if !number(v) || len(v) > 2 {
			return -1
		}
		f[k] = ("0" + v)[len(v)-1:]
	}
	n := syslog.RFC3339("20"+f[0]+"-"+f[1]+"-"+f[2]+" "+s[i+1:], t)
	if n < 0 {
		return -1
	}
	return n - len("2024-03-03 ") + i + 1
}

// sinceEpoch reads seconds since 1970 with a fraction, of 2001 to 2033.
func sinceEpoch(s string, t *syslog.Stamp) int {
	end := strings.IndexByte(s, ' ')
	if end < 12 || end > 20 || s[0] != '1' {
		return -1
	}
	ns, digits, ok := fractional(s[:end])
	if !ok {
		return -1
	}
	at := time.Unix(0, ns).UTC()
	*t = syslog.Stamp{Year: at.Year(), Month: int(at.Month()), Day: at.Day(), Hour: at.Hour(), Minute: at.Minute(), Second: at.Second(),
		Nanos: at.Nanosecond(), Digits: digits, HasYear: true, HasZone: true, UTC: true}
	return end
}

// smallNumber is the value of digits, at most four.
func smallNumber(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
