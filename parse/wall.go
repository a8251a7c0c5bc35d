package parse

import (
	"time"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// Civil is a date and time of day as a record states it.
type Civil struct {
	Year, Month, Day     int
	Hour, Minute, Second int
	Nanos                int
	Digits               int // of the fraction; 0 for whole seconds
}

// Wall turns stated local times into intervals under the zone of the host.
// It keeps the offset of the last hour and so is not for concurrent use.
type Wall struct {
	loc     *time.Location
	reasons event.Reasons
	hour    int64 // local hour since 1970 the cached offset is for
	offset  int64 // seconds east
	single  bool  // the cached hour has one offset throughout
}

// NewWall makes a Wall for the zone in f.
func NewWall(f *Facts) *Wall {
	w := &Wall{loc: f.Zone, hour: -1 << 62}
	w.reasons = event.Reasons(0).With(event.ClockUnverified)
	if f.Zone == nil {
		w.reasons = w.reasons.With(event.ZoneUnknown)
	} else {
		w.reasons = w.reasons.With(f.ZoneFrom)
	}
	return w
}

// Widths of an unknown zone: local time is at most 14 h ahead of UTC and 12 h
// behind it.
const (
	zoneEast = 14 * 3600 * int64(1e9)
	zoneWest = 12 * 3600 * int64(1e9)
)

// 64-bit nanoseconds end on 1677-09-21 and 2262-04-11. What lies before the
// first of these years or behind this month of the last is not dated, so that
// zones, widths and windows around a time stay within them.
const (
	minYear   = 1678
	maxYear   = 2262
	lastMonth = 1
)

// days counts the days from 1970-01-01 in the Gregorian calendar.
func days(y, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int64(era)*146097 + int64(doe) - 719468
}

// ok says whether the civil time exists (a second 60 is allowed) and fits.
func (c *Civil) ok() bool {
	if c.Year < minYear || c.Year > maxYear || c.Year == maxYear && c.Month > lastMonth || c.Month < 1 || c.Month > 12 || c.Day < 1 || c.Hour > 23 || c.Minute > 59 || c.Second > 60 {
		return false
	}
	if c.Hour < 0 || c.Minute < 0 || c.Second < 0 {
		return false
	}
	switch c.Month {
	case 2:
		if c.Day == 29 {
			return c.Year%4 == 0 && (c.Year%100 != 0 || c.Year%400 == 0)
		}
		return c.Day < 29
	case 4, 6, 9, 11:
		return c.Day <= 30
	}
	return c.Day <= 31
}

// unit gives the precision that so many fraction digits state, and its width.
func unit(digits int) (event.Precision, int64) {
	digits = min(max(digits, 0), 9)
	width := [...]int64{1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100, 10, 1}[digits]
	p := [...]event.Precision{event.Second, event.Second, event.Tick, event.Millisecond, event.Millisecond,
		event.Millisecond, event.Microsecond, event.Microsecond, event.Microsecond, event.Nanosecond}[digits]
	return p, width
}

// Zoned is a stated time with its own offset from UTC (seconds east). An
// impossible time gives an undated one with reason stamp:invalid.
func Zoned(c *Civil, offset int, rs ...event.Reason) event.Time {
	if !c.ok() || offset < -24*3600 || offset > 24*3600 {
		return event.Undated(event.StampInvalid)
	}
	p, width := unit(c.Digits)
	t := seconds(c)*1e9 - int64(offset)*1e9 + int64(c.Nanos)
	out := event.Time{Instant: t, Earliest: t, Latest: t + width - 1, Precision: p}
	out.Reasons = out.Reasons.With(event.ClockUnverified).With(rs...)
	if p == event.Second {
		out.Reasons = out.Reasons.With(event.ResolutionSecond)
	}
	return out
}

func seconds(c *Civil) int64 {
	return days(c.Year, c.Month, c.Day)*86400 + int64(c.Hour)*3600 + int64(c.Minute)*60 + int64(c.Second)
}

// Local is a stated local time in the zone of the host: both readings where
// the clock was set back, 26 h wide where no zone is known. An impossible time
// gives an undated one with reason stamp:invalid.
func (w *Wall) Local(c *Civil) event.Time {
	if !c.ok() {
		return event.Undated(event.StampInvalid)
	}
	p, width := unit(c.Digits)
	out := event.Time{Precision: p, Reasons: w.reasons}
	if p == event.Second {
		out.Reasons = out.Reasons.With(event.ResolutionSecond)
	}
	local := seconds(c)
	if w.loc == nil {
		out.Instant = local*1e9 + int64(c.Nanos)
		out.Earliest = out.Instant - zoneEast
		out.Latest = out.Instant + zoneWest + width - 1
		return out
	}
	if h := floorDiv(local, 3600); h != w.hour {
		w.load(h)
	}
	lo, hi := w.offset, w.offset
	if !w.single {
		lo, hi = w.readings(local)
	}
	out.Instant = (local-hi)*1e9 + int64(c.Nanos)
	out.Earliest = out.Instant
	out.Latest = (local-lo)*1e9 + int64(c.Nanos) + width - 1
	return out
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (w *Wall) at(unix int64) int64 {
	_, off := time.Unix(unix, 0).In(w.loc).Zone()
	return int64(off)
}

// load caches the offset of a local hour when it has one throughout.
func (w *Wall) load(hour int64) {
	w.hour = hour
	lo1, hi1 := w.readings(hour * 3600)
	lo2, hi2 := w.readings(hour*3600 + 3599)
	w.offset, w.single = lo1, lo1 == hi1 && lo1 == lo2 && lo2 == hi2
}

// readings gives the smallest and largest offset under which the local second
// can be read. A second that the clock skipped has the offsets on both sides.
func (w *Wall) readings(local int64) (lo, hi int64) {
	offsets := [3]int64{w.at(local - 86400), w.at(local), w.at(local + 86400)}
	found := false
	for _, o := range offsets {
		if w.at(local-o) != o {
			continue
		}
		if !found {
			lo, hi, found = o, o, true
		}
		lo, hi = min(lo, o), max(hi, o)
	}
	if !found {
		lo = min(offsets[0], offsets[1], offsets[2])
		hi = max(offsets[0], offsets[1], offsets[2])
	}
	return lo, hi
}
