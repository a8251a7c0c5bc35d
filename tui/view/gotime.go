package view

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// Target is where "go to" leads: an instant, or one of the named places.
type Target struct {
	Time  int64
	Named string // "", "first", "last", "first finding", "last finding", "@name"
}

// ParseTarget reads what a user types at "go to". now is the present, here the
// instant under the cursor (steps count from there).
func ParseTarget(s string, now, here time.Time, zone *time.Location) (Target, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch s {
	case "first", "last", "first finding", "last finding":
		return Target{Named: s}, nil
	case "":
		return Target{}, fmt.Errorf("type a time: 2024-04-11 09:00, 04-11, 09:00, -2h, yesterday 9pm, first finding, @bookmark")
	case "now":
		return Target{Time: now.UnixNano()}, nil
	}
	if s[0] == '@' {
		return Target{Named: s}, nil
	}
	if s[0] == '+' || s[0] == '-' {
		d, err := step(s[1:])
		if err != nil {
			return Target{}, err
		}
		if s[0] == '-' {
			d = -d
		}
		return held(here.Add(d))
	}
	t, err := instant(s, now.In(zone), here.In(zone), zone)
	if err != nil {
		return Target{}, err
	}
	return held(t)
}

// held refuses an instant that has no place in a timeline: 64 bits of ns reach
// from 1677-09-21 to 2262-04-11.
func held(t time.Time) (Target, error) {
	if t.Before(time.Unix(0, event.MinTime+1)) || t.After(time.Unix(0, event.MaxTime-1)) {
		return Target{}, fmt.Errorf("%s is outside of what a timeline can hold (1677-09-22 to 2262-04-11)", t.Format("2006-01-02"))
	}
	return Target{Time: t.UnixNano()}, nil
}

// longest is the longest step: 280 years.
const longest = 280 * 365 * 24 * time.Hour

// step reads 90s, 15m, 2h, 3d, 1w, also joined: 1d12h.
func step(s string) (time.Duration, error) {
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	var total time.Duration
	rest := strings.ReplaceAll(s, " ", "")
	for rest != "" {
		i := 0
		for i < len(rest) && (rest[i] >= '0' && rest[i] <= '9') {
			i++
		}
		if i == 0 || i == len(rest) || units[rest[i]] == 0 {
			return 0, fmt.Errorf("step %q: want a number and s, m, h, d or w, as in -2h", s)
		}
		n, err := strconv.ParseInt(rest[:i], 10, 32)
		unit := units[rest[i]]
		if err != nil || n > int64(longest/unit) || total > longest-time.Duration(n)*unit {
			return 0, fmt.Errorf("step %q is too long", s)
		}
		total += time.Duration(n) * unit
		rest = rest[i+1:]
	}
	if s == "" {
		return 0, fmt.Errorf("a step needs a number and s, m, h, d or w, as in -2h")
	}
	return total, nil
}

func instant(s string, now, here time.Time, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(s)); err == nil {
		return t, nil
	}
	for _, l := range []string{"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15", "2006-01-02", "2006-01", "2006"} {
		if t, err := time.ParseInLocation(strings.ToLower(l), s, zone); err == nil {
			return t, nil
		}
	}
	day, clock, _ := strings.Cut(s, " ")
	base, ok := dayWord(day, now, here)
	if !ok {
		if h, m, sec, ok := clockTime(s); ok {
			return time.Date(here.Year(), here.Month(), here.Day(), h, m, sec, 0, zone), nil
		}
		return time.Time{}, fmt.Errorf("%q is no time; try 2024-04-11 09:00, 04-11, 09:00, -2h, yesterday 9pm, first finding, @bookmark", s)
	}
	h, m, sec := 0, 0, 0
	if clock != "" {
		if h, m, sec, ok = clockTime(strings.TrimSpace(clock)); !ok {
			return time.Time{}, fmt.Errorf("%q is no time of day; try 09:00, 9pm", clock)
		}
	}
	return time.Date(base.Year(), base.Month(), base.Day(), h, m, sec, 0, zone), nil
}

// dayWord reads today, yesterday, or month-day; a day without a year is in the
// year of the cursor.
func dayWord(s string, now, here time.Time) (time.Time, bool) {
	switch s {
	case "today":
		return now, true
	case "yesterday":
		return now.AddDate(0, 0, -1), true
	}
	if t, err := time.Parse("01-02", s); err == nil {
		d := time.Date(here.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
		return d, d.Day() == t.Day() // 02-29 only in a leap year
	}
	return time.Time{}, false
}

func clockTime(s string) (h, m, sec int, ok bool) {
	s = strings.ReplaceAll(s, " ", "")
	for _, l := range []string{"15:04:05", "15:04", "3:04pm", "3pm"} {
		if t, err := time.Parse(l, s); err == nil {
			return t.Hour(), t.Minute(), t.Second(), true
		}
	}
	return 0, 0, 0, false
}
