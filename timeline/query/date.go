package query

import (
	"strconv"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/timeline/event"
)

const dateHint = "write 2024-03-19, 2024-03-19T02:14, 2024-03-19T02:14:07+09:00, now-2h or 2024-03-19T02:14±30m"

// span is a stretch of time, both sides inclusive, ns UTC.
type span struct{ from, to int64 }

// span reads DATE, DATE..DATE, DATE±DURATION.
func (p *parser) span(v string, col int) (span, error) {
	if a, b, ok := strings.Cut(v, ".."); ok {
		x, err := p.date(a, col)
		if err != nil {
			return x, err
		}
		y, err := p.date(b, col+len([]rune(a))+2)
		if err != nil {
			return y, err
		}
		if y.to < x.from {
			return x, p.lex.errorf(col, "put the earlier time first", "%q ends before it begins", v)
		}
		return span{x.from, y.to}, nil
	}
	for _, sign := range []string{"±", "+-"} {
		a, b, ok := strings.Cut(v, sign)
		if !ok {
			continue
		}
		x, err := p.date(a, col)
		if err != nil {
			return x, err
		}
		d, ok := duration(b)
		if !ok {
			return x, p.lex.errorf(col+len([]rune(a))+len([]rune(sign)), "write 30m, 2h, 1d, 1h30m", "%q is no duration", b)
		}
		return span{addSat(x.from, -d), addSat(x.to, d)}, nil
	}
	return p.date(v, col)
}

func addSat(t, d int64) int64 {
	s := t + d
	switch {
	case d > 0 && s < t:
		return event.MaxTime
	case d < 0 && s > t:
		return event.MinTime
	}
	return s
}

// date reads one date with an optional shift behind now, today or @SECONDS.
func (p *parser) date(v string, col int) (span, error) {
	if s, ok := p.relative(v); ok {
		return s, nil
	}
	if rest, ok := strings.CutPrefix(v, "@"); ok {
		sec, err := strconv.ParseInt(rest, 10, 64)
		if err == nil && sec > -9e9 && sec < 9e9 {
			return span{sec * 1e9, sec*1e9 + 999999999}, nil
		}
		return span{}, p.lex.errorf(col, "write @1710814447", "%q is no time in seconds since 1970", v)
	}
	body, loc, ok := zoneOf(v, p.o.Zone)
	if ok {
		for _, f := range dateForms() {
			t, err := time.ParseInLocation(f.layout, body, loc)
			if err != nil || (f.frac && !strings.Contains(body, ".")) {
				continue
			}
			s, ok := unit(t, f.end(t, body))
			if !ok {
				return s, p.lex.errorf(col, "from 1677-09-22 to 2262-04-11 can be told", "%q is outside the range of times", v)
			}
			return s, nil
		}
	}
	return span{}, p.lex.errorf(col, dateHint, "%q is no date", v)
}

// unit is [start, end), cut to the times that nanoseconds since 1970 can tell;
// ok is false when it holds none of them.
func unit(start, end time.Time) (s span, ok bool) {
	first, last := time.Unix(0, event.MinTime+1), time.Unix(0, event.MaxTime)
	if start.After(last) || !end.After(first) {
		return span{}, false
	}
	s = span{event.MinTime + 1, event.MaxTime - 1}
	if start.After(first) {
		s.from = start.UnixNano()
	}
	if !end.After(last) {
		s.to = end.UnixNano() - 1
	}
	s.to = max(s.to, s.from)
	return s, true
}

type dateForm struct {
	layout string
	frac   bool
	end    func(t time.Time, body string) time.Time // start of the next unit
}

func dateForms() []dateForm {
	add := func(d time.Duration) func(time.Time, string) time.Time {
		return func(t time.Time, _ string) time.Time { return t.Add(d) }
	}
	date := func(y, m, d int) func(time.Time, string) time.Time {
		return func(t time.Time, _ string) time.Time {
			return time.Date(t.Year()+y, t.Month()+time.Month(m), t.Day()+d, 0, 0, 0, 0, t.Location())
		}
	}
	return []dateForm{
		{layout: "2006-01-02T15:04:05", frac: true, end: fraction},
		{layout: "2006-01-02 15:04:05", frac: true, end: fraction},
		{layout: "2006-01-02T15:04:05", end: add(time.Second)},
		{layout: "2006-01-02 15:04:05", end: add(time.Second)},
		{layout: "2006-01-02T15:04", end: add(time.Minute)},
		{layout: "2006-01-02 15:04", end: add(time.Minute)},
		{layout: "2006-01-02T15", end: add(time.Hour)},
		{layout: "2006-01-02", end: date(0, 0, 1)},
		{layout: "2006-01", end: date(0, 1, 0)},
		{layout: "2006", end: date(1, 0, 0)},
	}
}

// fraction gives the end of a stamp with decimals: one unit of the last digit.
func fraction(t time.Time, body string) time.Time {
	unit := time.Second
	for range body[strings.IndexByte(body, '.')+1:] {
		unit /= 10
	}
	if unit < 1 {
		unit = 1
	}
	return t.Add(unit)
}

// zoneOf cuts Z or an offset off the end of a stamp that has a time of day.
func zoneOf(v string, zone *time.Location) (string, *time.Location, bool) {
	t := strings.IndexAny(v, "T ")
	if t < 0 {
		return v, zone, true
	}
	if body, ok := strings.CutSuffix(v, "Z"); ok {
		return body, time.UTC, true
	}
	i := strings.LastIndexAny(v, "+-")
	if i < t {
		return v, zone, true
	}
	digits := strings.Replace(v[i+1:], ":", "", 1)
	n, err := strconv.Atoi(digits)
	if err != nil || len(digits) != 4 || n/100 > 15 || n%100 > 59 {
		return v, zone, false
	}
	sec := n/100*3600 + n%100*60
	if v[i] == '-' {
		sec = -sec
	}
	return v[:i], time.FixedZone("", sec), true
}

// relative reads now, today, yesterday, with +DURATION or -DURATION behind.
func (p *parser) relative(v string) (span, bool) {
	for _, w := range []string{"now", "today", "yesterday"} {
		rest, ok := strings.CutPrefix(v, w)
		if !ok || p.o.Now.IsZero() {
			continue
		}
		t := p.o.Now.In(p.o.Zone)
		s := span{t.UnixNano(), t.UnixNano()}
		if w != "now" {
			d := t.Day()
			if w == "yesterday" {
				d--
			}
			s.from = time.Date(t.Year(), t.Month(), d, 0, 0, 0, 0, p.o.Zone).UnixNano()
			s.to = time.Date(t.Year(), t.Month(), d+1, 0, 0, 0, 0, p.o.Zone).UnixNano() - 1
		}
		if rest == "" {
			return s, true
		}
		d, ok := duration(rest[1:])
		switch {
		case !ok:
			return s, false
		case rest[0] == '-':
			return span{addSat(s.from, -d), addSat(s.to, -d)}, true
		case rest[0] == '+':
			return span{addSat(s.from, d), addSat(s.to, d)}, true
		}
	}
	return span{}, false
}

// duration reads 90s, 1h30m, 2d, 1w into ns.
func duration(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	total := 0.0
	for s != "" {
		i := 0
		for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.') {
			i++
		}
		j := i
		for j < len(s) && s[j] >= 'a' && s[j] <= 'z' {
			j++
		}
		n, err := strconv.ParseFloat(s[:i], 64)
		unit, ok := map[string]float64{"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9, "sec": 1e9, "m": 60e9, "min": 60e9,
			"h": 3600e9, "d": 86400e9, "w": 7 * 86400e9, "y": 365 * 86400e9}[s[i:j]]
		if err != nil || !ok {
			return 0, false
		}
		total += n * unit
		s = s[j:]
	}
	if total > 9e18 {
		return 0, false
	}
	return int64(total), true
}
