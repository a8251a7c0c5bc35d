package event

import (
	"math"
	"strings"
)

// MinTime and MaxTime stand for "no bound". NoInstant marks an event whose
// record states no time at all.
const (
	MinTime   int64 = math.MinInt64
	MaxTime   int64 = math.MaxInt64
	NoInstant int64 = math.MinInt64
)

// Precision is the width of the unit in which the record states its time.
type Precision uint8

// The precisions, from finest to none.
const (
	Nanosecond Precision = iota
	Microsecond
	Millisecond
	Tick // 10 ms, the kernel's USER_HZ
	Second
	Minute
	Hour
	Day
	Year
	NoPrecision
	precisionCount
)

func precisionNames() [precisionCount]string {
	return [...]string{"ns", "us", "ms", "10ms", "s", "min", "h", "day", "year", "none"}
}

// String gives the short name used in JSON: ns, us, ms, 10ms, s, min, h, day, year, none.
func (p Precision) String() string {
	if p >= precisionCount {
		return "none"
	}
	return precisionNames()[p]
}

// Nanos is the width of the unit in nanoseconds; 0 for year and none.
func (p Precision) Nanos() int64 {
	if p >= precisionCount {
		return 0
	}
	return [...]int64{1, 1e3, 1e6, 1e7, 1e9, 60e9, 3600e9, 86400e9, 0, 0}[p]
}

// ParsePrecision is the inverse of String.
func ParsePrecision(s string) (Precision, bool) {
	for i, n := range precisionNames() {
		if n == s {
			return Precision(i), true
		}
	}
	return NoPrecision, false
}

// Reason is a closed code that says why an interval is what it is.
type Reason uint8

// The reason codes. New ones are added at the end: stores keep the numbers.
const (
	YearMtime        Reason = iota // year:mtime — the year is taken from the file's mtime
	YearRollover                   // year:rollover — the year stepped because months went back
	YearUnknown                    // year:unknown — no year could be bounded
	ZoneHost                       // zone:host — read in the zone of the host
	ZoneFile                       // zone:file — the zone stands elsewhere in the file
	ZoneUnknown                    // zone:unknown — no zone is known; 26 h wide
	ZoneGiven                      // zone:given — the analyst named the zone
	ResolutionSecond               // resolution:second
	ResolutionMinute               // resolution:minute
	ResolutionDay                  // resolution:day
	ResolutionTick                 // resolution:tick — 10 ms ticks of the kernel
	ClockUnverified                // clock:unverified — nothing vouches for the writing clock
	ClockStep                      // clock:step — the clock was set near this record
	BootDerived                    // boot:derived — computed from a time since boot
	StampNone                      // stamp:none — the record states no time
	BoundBirth                     // bound:birth — not before the file was born
	BoundMtime                     // bound:mtime — not after the file's last write
	BoundNeighbour                 // bound:neighbour — between two dated neighbours of one proven block
	BoundCollection                // bound:collection — not after the acquisition
	StampInvalid                   // stamp:invalid — the stated time cannot exist (30 February)
	BoundHome                      // bound:home — not before the account's home directory was born
	BoundAccount                   // bound:account — not before the account was made
	YearWeekday                    // year:weekday — the latest year whose days of the week are those that the lines name
	reasonCount
)

func reasonNames() [reasonCount]string {
	return [...]string{"year:mtime", "year:rollover", "year:unknown", "zone:host", "zone:file", "zone:unknown", "zone:given",
		"resolution:second", "resolution:minute", "resolution:day", "resolution:tick", "clock:unverified", "clock:step",
		"boot:derived", "stamp:none", "bound:birth", "bound:mtime", "bound:neighbour", "bound:collection", "stamp:invalid", "bound:home", "bound:account", "year:weekday"}
}

// String gives the code as it stands in JSON, such as "year:mtime".
func (r Reason) String() string {
	if r >= reasonCount {
		return "unknown"
	}
	return reasonNames()[r]
}

// ParseReason is the inverse of String.
func ParseReason(s string) (Reason, bool) {
	for i, n := range reasonNames() {
		if n == s {
			return Reason(i), true
		}
	}
	return 0, false
}

// Reasons is a set of reason codes.
type Reasons uint32

// With adds codes to the set.
func (s Reasons) With(rs ...Reason) Reasons {
	for _, r := range rs {
		s |= 1 << r
	}
	return s
}

// Has says whether the set holds r.
func (s Reasons) Has(r Reason) bool { return s&(1<<r) != 0 }

// List gives the codes in ascending order.
func (s Reasons) List() []Reason {
	var out []Reason
	for r := Reason(0); r < reasonCount; r++ {
		if s.Has(r) {
			out = append(out, r)
		}
	}
	return out
}

// String joins the codes with commas.
func (s Reasons) String() string {
	var b strings.Builder
	for i, r := range s.List() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(r.String())
	}
	return b.String()
}

// Time is the stated instant of an event and the interval in which it lies.
// All values are nanoseconds since 1970-01-01 UTC.
type Time struct {
	Instant   int64 // NoInstant when the record states none
	Earliest  int64 // MinTime when unbounded
	Latest    int64 // MaxTime when unbounded; inclusive
	Precision Precision
	Reasons   Reasons
}

// At is a time stated in the given unit: [t, t + unit - 1 ns].
func At(t int64, p Precision, rs ...Reason) Time {
	w := p.Nanos()
	if w > 0 {
		w--
	}
	latest := t + w
	if latest < t {
		latest = MaxTime
	}
	return Time{Instant: t, Earliest: t, Latest: latest, Precision: p, Reasons: Reasons(0).With(rs...)}
}

// Between is a time of which only bounds are known.
func Between(earliest, latest int64, rs ...Reason) Time {
	return Time{Instant: NoInstant, Earliest: earliest, Latest: latest, Precision: NoPrecision, Reasons: Reasons(0).With(rs...)}
}

// Undated is a time of which nothing is known.
func Undated(rs ...Reason) Time { return Between(MinTime, MaxTime, rs...) }

// Dated says whether the record states an instant.
func (t Time) Dated() bool { return t.Instant != NoInstant }

// Bounded says whether at least one side is bounded.
func (t Time) Bounded() bool { return t.Earliest != MinTime || t.Latest != MaxTime }

// Width is Latest - Earliest, saturating; MaxTime when a side is unbounded.
func (t Time) Width() int64 {
	if t.Earliest == MinTime || t.Latest == MaxTime {
		return MaxTime
	}
	w := t.Latest - t.Earliest
	if w < 0 {
		return MaxTime
	}
	return w
}

// Key is the instant the timeline sorts by: the stated instant, else the
// earliest, else the latest bound. ok is false when there is none.
func (t Time) Key() (key int64, ok bool) {
	switch {
	case t.Instant != NoInstant:
		return t.Instant, true
	case t.Earliest != MinTime:
		return t.Earliest, true
	case t.Latest != MaxTime:
		return t.Latest, true
	}
	return 0, false
}

// Before says whether t certainly lies before u: only then is their order proven.
func (t Time) Before(u Time) bool {
	return t.Latest != MaxTime && u.Earliest != MinTime && t.Latest < u.Earliest
}
