package parser

import (
	"bytes"
	"context"
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/syslog"
	"github.com/saksi-dfir/saksi/parse/format/weblog"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// zoneReader reads the time of a line for the scan of zones: its clock of the
// wall as if it were UTC, and the offset it states. ok is false for a line that
// tells nothing.
type zoneReader func(line string) (wall int64, east int, stated, ok bool)

// lineZones is what a log of one host shows of its own zone; nil for nothing.
// Only a log whose head or tail hold lines of both kinds is read for it.
func lineZones(ctx context.Context, f *parse.Facts, x *parse.Exhibit, read zoneReader) *fileZones {
	if f.Zone != nil && f.ZoneFrom == event.ZoneGiven {
		return nil
	}
	var naive, stated bool
	for _, b := range [...][]byte{x.Head, x.Tail} {
		for line := range bytes.Lines(b) {
			if _, _, s, ok := read(trimEOL(unsafeString(line[:min(len(line), zoneLine)]))); ok {
				naive, stated = naive || !s, stated || s
			}
		}
	}
	if !naive || !stated {
		return nil
	}
	var z zoneScan
	err := scanLines(ctx, x, func(line []byte, offset int64) {
		line, offset = behindNul(line, offset)
		wall, east, s, ok := read(trimEOL(unsafeString(line[:min(len(line), zoneLine)])))
		switch {
		case !ok:
		case s:
			z.stated("", offset, wall, east, false)
		default:
			z.naive("", offset, wall)
		}
	})
	if err != nil { // the reading of the lines fails likewise, and says so
		return nil
	}
	return z.done()
}

// wallOf is a civil time as if it were UTC, in seconds; ok is false for one
// that cannot exist.
func wallOf(c *parse.Civil) (wall int64, ok bool) {
	t := parse.Zoned(c, 0)
	return t.Instant / 1e9, t.Dated()
}

// textZone is the zoneReader of textlog.
func textZone(line string) (wall int64, east int, stated, ok bool) {
	var t syslog.Stamp
	n := stampEnd(line, &t)
	if n < 0 || t.UTC {
		return 0, 0, false, false
	}
	textOffset(&t, line[n:])
	c := civil(&t, t.Year)
	wall, ok = wallOf(&c)
	return wall, t.Offset, t.HasZone, ok
}

// textOffset reads an offset that stands behind a stamp and a space: " +0900".
func textOffset(t *syslog.Stamp, rest string) (after string) {
	if t.HasZone {
		return rest
	}
	word, after := token(strings.TrimPrefix(rest, " "))
	word = strings.TrimRight(word, "]:")
	if len(word) < 5 || word[0] != '+' && word[0] != '-' || syslog.Zone(word, t) != len(word) {
		t.HasZone, t.Offset = false, 0
		return rest
	}
	return after
}

// webZone is the zoneReader of web logs: error logs state no offset.
func webZone(formats []*weblog.Format) zoneReader {
	r := weblogReader{formats: formats}
	return func(line string) (wall int64, east int, stated, ok bool) {
		if line == "" || !r.read(line) || r.rec.Time.Epoch {
			return 0, 0, false, false
		}
		t := &r.rec.Time
		c := webCivil(t)
		wall, ok = wallOf(&c)
		return wall, t.Offset, t.HasZone, ok
	}
}

func webCivil(t *weblog.Stamp) parse.Civil {
	return parse.Civil{Year: t.Year, Month: t.Month, Day: t.Day, Hour: t.Hour, Minute: t.Minute, Second: t.Second, Nanos: t.Nanos, Digits: t.Digits}
}
