package parser

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/syslog"
	"github.com/saksi-dfir/saksi/timeline/event"
)

const (
	day = int64(24 * time.Hour)
	// writtenSlack is how much later than the file's mtime its last line may
	// be stamped: zones, and a clock that was set.
	writtenSlack = 2 * day
	// writtenGap is how much earlier than the mtime the last line may be for
	// the mtime to be taken as its writing time. A copy made later has a
	// larger gap: then the year is only bounded from above.
	writtenGap = 35 * day
	// firstYear is the earliest year a syslog line can be of.
	firstYear = 1980
	// firstInstant is its beginning, ns.
	firstInstant = 315_532_800 * int64(time.Second)
)

// yearFacts is what was inferred of the years of one exhibit.
type yearFacts struct {
	years   syslog.Years
	base    event.Reason // where the last year comes from
	based   bool
	loose   bool // the base is only an upper bound
	chaotic bool
	most    int  // last possible year when none is inferred; 0 unbounded
	zoned   bool // a line states its offset from UTC
	named   bool // the year is the latest that fits the days of the week
	// later reads the stamps after all: neither head nor tail has a line
	// without a year, but one stands between them.
	later func() *yearFacts
}

// inferYears reads the stamps of the exhibit once, when lines without a year
// are among those of head and tail; else when the first one is met.
func inferYears(ctx context.Context, f *parse.Facts, x *parse.Exhibit) (*yearFacts, error) {
	if x.Tail == nil || yearless(x.Head) || yearless(x.Tail) {
		return readYears(ctx, f, x)
	}
	return &yearFacts{later: sync.OnceValue(func() *yearFacts {
		y, err := readYears(ctx, f, x)
		if err != nil { // the reading of the lines fails likewise, and says so
			return &yearFacts{}
		}
		return y
	})}, nil
}

// readYears reads the stamps of the exhibit.
func readYears(ctx context.Context, f *parse.Facts, x *parse.Exhibit) (*yearFacts, error) {
	y := &yearFacts{}
	var scan syslog.Scanner
	if err := scanStamps(ctx, x, &scan, false); err != nil {
		return nil, err
	}
	bound := x.Mtime
	y.base = event.YearMtime
	if bound < firstInstant { // unknown, or lost on the way
		bound = 0
	}
	taken := x.Started
	if taken == 0 {
		taken = f.Collected
	}
	if bound == 0 || taken != 0 && bound > taken+writtenSlack { // or set into the future
		bound, y.base = taken, event.BoundCollection
	}
	if bound != 0 {
		y.most = time.Unix(0, bound).UTC().Year() + 1
	}
	y.chaotic, y.zoned = scan.Chaotic(), scan.Zoned
	last, ok := scan.Last()
	if !ok || y.chaotic {
		return y, nil
	}
	base := 0
	if bound != 0 && !last.HasYear {
		base, y.loose = baseYear(f, &last, bound, nil)
		y.loose = y.loose || y.base != event.YearMtime
		if scan.Named() && !scan.Fits(base) { // the days of the week are of another year
			if by, _ := baseYear(f, &last, bound, &scan); by > firstYear {
				base, y.loose, y.named = by, true, true
			}
		}
		y.based = true
	}
	y.years = scan.Resolve(base)
	if y.loose && y.based { // only an upper bound: the text of a line may tell more
		var told syslog.Scanner
		if err := scanStamps(ctx, x, &told, true); err != nil {
			return nil, err
		}
		if !told.Chaotic() {
			y.years = told.Resolve(base)
			told.Follow(y.years)
		}
	}
	return y, nil
}

// baseYear is the latest year in which the stamp is not after the bound, and
// which the days of the week fit where they are named; loose says that it lies so
// far before it that the bound is no writing time.
func baseYear(f *parse.Facts, s *syslog.Stamp, bound int64, named *syslog.Scanner) (year int, loose bool) {
	w := parse.NewWall(f)
	for year = time.Unix(0, bound).UTC().Year() + 1; year > firstYear; year-- {
		c := civil(s, year)
		t := w.Local(&c)
		if !t.Dated() || named != nil && !named.Fits(year) {
			continue // 29 February
		}
		if t.Instant <= bound+writtenSlack {
			return year, t.Instant < bound-writtenGap
		}
	}
	return year, true
}

// yearless says whether a piece of a log has lines that state no year.
func yearless(b []byte) bool {
	var l syslog.Line
	for line := range bytes.Lines(b) {
		if syslogLine(unsafeString(bytes.TrimRight(line, "\r\n")), &l) == syslog.Record && !l.Stamp.HasYear && !l.Stamp.None {
			return true
		}
	}
	return false
}

// yearClock turns stamps into intervals.
type yearClock struct {
	wall *parse.Wall
	any  *parse.Wall // of no known zone
	y    *yearFacts
	hint int
	most int64 // mtime bound for undated lines
	// zones is what the file itself shows of the zone of a host's lines.
	zones func() *fileZones
	host  string // that the line at hand speaks of
	year  int    // that was inferred for it
}

func newYearClock(f *parse.Facts, x *parse.Exhibit, y *yearFacts, zones func() *fileZones) *yearClock {
	c := &yearClock{wall: parse.NewWall(f), any: parse.NewWall(&parse.Facts{}), y: y, hint: -1, most: event.MaxTime, zones: zones}
	if x.Mtime != 0 {
		c.most = x.Mtime
	}
	return c
}

func civil(s *syslog.Stamp, year int) parse.Civil {
	return parse.Civil{Year: year, Month: s.Month, Day: s.Day, Hour: s.Hour, Minute: s.Minute, Second: s.Second, Nanos: s.Nanos, Digits: s.Digits}
}

// at gives the interval of the line at offset. A foreign line is of another
// host: it was stamped there, in a zone that the host's own zone says nothing of.
func (c *yearClock) at(offset int64, s *syslog.Stamp, foreign bool) event.Time {
	if s.None {
		return c.invalid(event.Undated(event.StampNone))
	}
	if s.HasYear {
		v := civil(s, s.Year)
		if s.HasZone {
			return parse.Zoned(&v, s.Offset)
		}
		return c.invalid(c.shown(offset, &v, foreign))
	}
	if !s.Valid() {
		return c.invalid(event.Undated(event.StampInvalid))
	}
	if c.y.later != nil {
		c.y = c.y.later()
	}
	span, hint := c.y.years.At(offset, c.hint)
	c.hint = hint
	if span == nil || span.Year == 0 || c.y.chaotic {
		return c.anyYear(s, foreign)
	}
	v := civil(s, span.Year)
	c.year = span.Year
	t := c.shown(offset, &v, foreign)
	if !t.Dated() { // 29 February under a year that has none: a late line
		return c.anyYear(s, foreign)
	}
	switch {
	case c.y.based && !(c.y.loose && span.Sure):
		t.Reasons = t.Reasons.With(c.y.base)
	default:
		t.Reasons = t.Reasons.With(event.BoundNeighbour)
	}
	if c.y.named && !span.Stated {
		t.Reasons = t.Reasons.With(event.YearWeekday)
	}
	if span.Rolled > 0 {
		t.Reasons = t.Reasons.With(event.YearRollover)
	}
	if span.Max != span.Year {
		if l, ok := c.inYear(s, span.Max, foreign); ok {
			t.Latest = max(t.Latest, l.Latest)
		}
	}
	if c.y.loose && !span.Sure {
		t.Reasons = t.Reasons.With(event.YearUnknown)
		if l, ok := c.inYear(s, firstYear, foreign); ok {
			t.Earliest = min(t.Earliest, l.Earliest)
		}
	}
	return t
}

// inYear reads a stamp in another year; 29 February in one without becomes 1 March.
func (c *yearClock) inYear(s *syslog.Stamp, year int, foreign bool) (event.Time, bool) {
	v := civil(s, year)
	if v.Month == 2 && v.Day == 29 && !syslog.Leap(year) {
		v.Month, v.Day = 3, 1
	}
	t := c.local(&v, foreign)
	return t, t.Dated()
}

// shown reads a stamped time in the zone that the file shows of its line, else
// in that of the host.
func (c *yearClock) shown(offset int64, v *parse.Civil, foreign bool) event.Time {
	t := c.local(v, foreign)
	if c.zones == nil || !t.Dated() {
		return t
	}
	if s := c.zones().at(c.host, offset); s != nil {
		return s.read(v, t, foreign)
	}
	return t
}

// local reads a stamped time. A foreign one keeps the host's zone for its
// instant, which is the likeliest, and is as wide as an unknown zone, unless
// the analyst gave a zone.
func (c *yearClock) local(v *parse.Civil, foreign bool) event.Time {
	t := c.wall.Local(v)
	host := event.Reasons(0).With(event.ZoneHost)
	if !foreign || !t.Dated() || t.Reasons&host == 0 {
		return t
	}
	u := c.any.Local(v)
	t.Earliest, t.Latest = min(t.Earliest, u.Earliest), max(t.Latest, u.Latest)
	t.Reasons = (t.Reasons &^ host).With(event.ZoneUnknown)
	return t
}

// anyYear is the interval of a stamp whose year is not known.
func (c *yearClock) anyYear(s *syslog.Stamp, foreign bool) event.Time {
	t := event.Undated(event.YearUnknown, event.ClockUnverified)
	if l, ok := c.inYear(s, firstYear, foreign); ok {
		t.Earliest = l.Earliest
	}
	if c.y.most != 0 {
		if l, ok := c.inYear(s, c.y.most, foreign); ok {
			t.Latest = l.Latest
		}
	}
	return t
}

// invalid bounds a time that cannot exist by the file's last write.
func (c *yearClock) invalid(t event.Time) event.Time {
	if t.Dated() || c.most == event.MaxTime {
		return t
	}
	t.Latest = c.most
	t.Reasons = t.Reasons.With(event.BoundMtime)
	return t
}
