package view

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/clean"
)

// shown is the most bytes of one value that are ever prepared for a row.
const shown = 2048

// text makes a value of evidence safe for the screen and composes it (NFC), so
// that Korean written in decomposed letters is drawn as syllables. The bytes
// as they are stay visible in the hex view.
func text(s string) string {
	s = clean.Line(s)
	if norm.NFC.IsNormalString(s) {
		return s
	}
	return norm.NFC.String(s)
}

// short is text of at most the first 2 KiB.
func short(s string) string {
	if len(s) > shown {
		n := shown
		for n > shown-4 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return text(s)
}

// lower folds for highlighting: ASCII only when folding would change lengths.
func lower(s string) string {
	l := strings.ToLower(s)
	if len(l) == len(s) {
		return l
	}
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// Stamp writes an instant in a zone in n characters or fewer: date and seconds
// with milliseconds from 23 on, date and seconds from 19 on, else without year.
func Stamp(t int64, zone *time.Location, n int) string {
	if t == event.MinTime || t == event.MaxTime {
		return "unknown"
	}
	layout := "2006-01-02 15:04:05"
	switch {
	case n >= 23:
		layout = "2006-01-02 15:04:05.000"
	case n < 19:
		layout = "01-02 15:04:05"
	}
	return at(t, zone).Format(layout)
}

// at is an instant in a zone. Years that a clock cannot show are still years.
func at(t int64, zone *time.Location) time.Time { return time.Unix(0, t).In(zone) }

// Exact writes an instant with all its digits and its offset; a fraction that
// is zero is left out.
func Exact(t int64, zone *time.Location) string {
	switch t {
	case event.MinTime, event.MaxTime:
		return "unbounded"
	}
	s := at(t, zone).Format("2006-01-02 15:04:05.000000000 -07:00")
	if cut := s[:len(s)-7]; strings.HasSuffix(cut, ".000000000") {
		return strings.TrimSuffix(cut, ".000000000") + s[len(s)-7:]
	}
	return s
}

// stampOf writes the time of an event as precisely as its record states it and
// no more.
func stampOf(t event.Time, zone *time.Location, n int) string {
	if !t.Dated() {
		key, ok := t.Key()
		if !ok {
			return "undated"
		}
		return "~" + strings.TrimSuffix(at(key, zone).Format("2006-01-02 15:04"), "")
	}
	full := Stamp(t.Instant, zone, n)
	if n < 23 {
		return full
	}
	switch t.Precision {
	case event.Second:
		return full[:19]
	case event.Minute:
		return full[:16]
	case event.Hour:
		return full[:13] + "h"
	case event.Day, event.Year, event.NoPrecision:
		return full[:10]
	case event.Tick:
		return full[:22]
	}
	return full
}

// unsure says whether an event's interval is wider than the unit its record
// states.
func unsure(t event.Time) bool {
	if !t.Dated() {
		return true
	}
	w := t.Width()
	return w > t.Precision.Nanos() || w == event.MaxTime
}

// SpanBetween is Span from one instant to a later one; 292 years and more are
// written as 292.
func SpanBetween(from, to int64) string { return Span(int64(min(spread(from, to), math.MaxInt64))) }

// Span writes the length of a stretch of time in its two largest units.
func Span(d int64) string {
	if d < 0 {
		return "-"
	}
	units := []struct {
		n int64
		s string
	}{{365 * 86400e9, "y"}, {86400e9, "d"}, {3600e9, "h"}, {60e9, "min"}, {1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}}
	for i, u := range units {
		if d < u.n {
			continue
		}
		out := itoa(d/u.n) + " " + u.s
		if i+1 < len(units) && i < 4 {
			if r := d % u.n / units[i+1].n; r > 0 {
				out += " " + itoa(r) + " " + units[i+1].s
			}
		}
		return out
	}
	return "0 s"
}

func itoa(n int64) string {
	var buf [24]byte
	i := len(buf)
	for {
		i--
		buf[i] = byte('0' + n%10)
		n /= 10
		if n == 0 {
			return string(buf[i:])
		}
	}
}

// wrap breaks text into lines of at most w cells, after a blank where one
// stands in the second half; it never splits a character and loses none.
func wrap(s string, w, most int) []string {
	if w < 1 {
		w = 1
	}
	var out []string
	for len(s) > 0 && len(out) < most {
		line, rest := headCells(s, w)
		if i := strings.LastIndexByte(line, ' '); rest != "" && rest[0] != ' ' && i > len(line)/2 {
			line, rest = s[:i+1], s[i+1:]
		}
		out = append(out, line)
		s = rest
	}
	if len(out) == 0 {
		out = append(out, "")
	}
	return out
}

// zoneLabel writes a zone with its offset at an instant: "Asia/Seoul +09:00".
func zoneLabel(c Case, t time.Time) string {
	off := t.In(c.Zone()).Format("-07:00")
	name := text(c.ZoneName())
	if name == "" || name == "UTC" {
		return "UTC"
	}
	return name + " " + off
}
