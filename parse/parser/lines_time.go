package parser

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/syslog"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// civilAt reads "2024-03-03 02:14:07" (or with T, or two spaces, or a fraction)
// without a zone and gives the index after it; -1 for none.
func civilAt(s string, c *parse.Civil) int {
	var t syslog.Stamp
	skip := 0
	if len(s) > 12 && s[10] == ' ' && s[11] == ' ' { // apt writes two spaces
		n := syslog.RFC3339(s[:10]+s[11:], &t)
		skip = 1
		if n < 0 || t.HasZone {
			return -1
		}
		*c = civil(&t, t.Year)
		return n + skip
	}
	n := syslog.RFC3339(s, &t)
	if n < 0 || t.HasZone {
		return -1
	}
	*c = civil(&t, t.Year)
	return n
}

// zonedAt reads an RFC 3339 stamp; without a zone it is UTC when utc says so,
// else in the zone of the host.
func (r *lineRecord) zonedAt(s string, utc bool) (event.Time, int) {
	var t syslog.Stamp
	n := syslog.RFC3339(s, &t)
	if n < 0 {
		return event.Time{}, -1
	}
	c := civil(&t, t.Year)
	if t.HasZone || utc {
		return parse.Zoned(&c, t.Offset), n
	}
	return r.wall.Local(&c), n
}

// ctimeAt reads "Sun Mar  3 02:14:07 2024" in the zone of the host and gives
// the index after it; -1 for none.
func (r *lineRecord) ctimeAt(s string) (event.Time, int) {
	if len(s) < 24 || s[3] != ' ' || strings.Index("SunMonTueWedThuFriSat", s[:3])%3 != 0 {
		return event.Time{}, -1
	}
	var t syslog.Stamp
	n := syslog.BSD(s[4:], &t)
	if n < 0 || !t.HasYear {
		return event.Time{}, -1
	}
	t.Weekday = syslog.Weekday(s)
	r.doubt = weekdayDoubt(&t)
	c := civil(&t, t.Year)
	return r.wall.Local(&c), n + 4
}

// weekdayDoubt says what is wrong with a line that names a day of the week
// which its date is not; "" for nothing.
func weekdayDoubt(t *syslog.Stamp) string {
	if t.Weekday == 0 || !t.HasYear || !t.Valid() {
		return ""
	}
	day := time.Date(t.Year, time.Month(t.Month), t.Day, 0, 0, 0, 0, time.UTC)
	if int(day.Weekday())+1 == t.Weekday {
		return ""
	}
	return fmt.Sprintf("the line says %s, but %s was a %s: the year or the day was changed, or the clock's calendar was wrong",
		time.Weekday(t.Weekday-1), day.Format("2 January 2006"), day.Weekday())
}

// lastSecond is the last that is dated, in seconds since 1970 (the year 2255):
// 64-bit nanoseconds end in 2262.
const lastSecond = 9_000_000_000

// fractional reads seconds since 1970 with a fraction of up to nine digits.
func fractional(s string) (ns int64, digits int, ok bool) {
	whole, frac, _ := strings.Cut(s, ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || sec > lastSecond || sec < -lastSecond || len(frac) > 9 || frac != "" && !number(frac) {
		return 0, 0, false
	}
	n, _ := strconv.ParseInt((frac + "000000000")[:9], 10, 64)
	if strings.HasPrefix(whole, "-") {
		n = -n
	}
	return sec*1e9 + n, len(frac), true
}
