package parser

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"sync"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/syslog"
	"github.com/saksi-dfir/saksi/parse/format/weblog"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// zoneLine is how much of a line is looked at for its zone, in bytes.
const zoneLine = 1024

// inferZones makes the reading of what the lines of an exhibit show of the
// zones of their hosts, which happens when the first line without a zone is
// met; nil where nothing can come of it: the analyst gave the zone, or neither
// head nor tail hold a line that states an offset.
func inferZones(ctx context.Context, f *parse.Facts, x *parse.Exhibit, y *yearFacts) func() *fileZones {
	if f.Zone != nil && f.ZoneFrom == event.ZoneGiven {
		return nil
	}
	whole := x.Size >= 0 && int64(len(x.Head)) >= x.Size // then the tail is of the head
	if !y.zoned && !zoneStated(x.Head) && (whole || !zoneStated(x.Tail)) {
		return nil
	}
	return sync.OnceValue(func() *fileZones {
		if y.later != nil {
			y = y.later()
		}
		s := syslogZones{y: y, hint: -1}
		if err := scanLines(ctx, x, s.add); err != nil { // the reading of the lines fails likewise, and says so
			return nil
		}
		return s.scan.done()
	})
}

// zoneStated says whether a piece of a log has a line that states an offset
// from UTC, be it in its text.
func zoneStated(b []byte) bool {
	var l syslog.Line
	for line := range bytes.Lines(b) {
		s := unsafeString(bytes.TrimRight(line[:min(len(line), zoneLine)], "\r\n"))
		if syslogLine(s, &l) != syslog.Record {
			continue
		}
		if l.Stamp.HasZone && !l.Stamp.UTC {
			return true
		}
		if _, ok := zoneMoment(&l); ok {
			return true
		}
	}
	return false
}

// zoneHost is the host whose clock stamped a line; lines that name none are of
// one host. Without a program the first word need not be a host.
func zoneHost(l *syslog.Line) string {
	if l.Program == "" && l.Layout != syslog.IETFLayout {
		return ""
	}
	return l.Host
}

// syslogZones reads the lines of a log for their zones.
type syslogZones struct {
	scan zoneScan
	y    *yearFacts
	hint int
	line syslog.Line
}

func (z *syslogZones) add(line []byte, offset int64) {
	line, offset = behindNul(line, offset)
	l := &z.line
	if syslogLine(trimEOL(unsafeString(line[:min(len(line), zoneLine)])), l) != syslog.Record || !l.Stamp.Valid() {
		return
	}
	year := l.Stamp.Year
	if !l.Stamp.HasYear {
		span, hint := z.y.years.At(offset, z.hint)
		if z.hint = hint; span == nil || span.Year == 0 || z.y.chaotic {
			return
		}
		year = span.Year
	}
	c := civil(&l.Stamp, year)
	t := parse.Zoned(&c, 0)
	if !t.Dated() {
		return
	}
	host, wall := strings.Clone(zoneHost(l)), t.Instant/1e9
	switch {
	case l.Stamp.UTC:
	case l.Stamp.HasZone:
		z.scan.stated(host, offset, wall, l.Stamp.Offset, false)
	default:
		at, ok := zoneMoment(l)
		if east, near := zoneBetween(wall, at); ok && near {
			z.scan.stated(host, offset, wall, east, true)
			return
		}
		z.scan.naive(host, offset, wall)
		if strings.Contains(l.Message, "ime zone") && strings.Contains(l.Message, "hange") { // systemd-timedated: "Changed time zone to 'Asia/Seoul' (KST)."
			z.scan.moved(host)
		}
	}
}

// zoneMoment gives the instant, in seconds since 1970, at which a line without
// a zone was logged, where its text states it: NetworkManager's time, that of a
// request which a web server sent to syslog, the time= with which programs
// written in Go begin. The kernel's times are not taken: at boot they may be of a
// clock that was not yet set from local time.
func zoneMoment(l *syslog.Line) (at int64, ok bool) {
	s := l.Message
	if l.Stamp.HasZone || len(s) < 20 {
		return 0, false
	}
	var stamp string
	switch {
	case l.Program == "NetworkManager" && s[0] == '<':
		_, rest, _ := strings.Cut(s, "[")
		sec, _, found := strings.Cut(rest, ".")
		n, err := strconv.ParseInt(sec, 10, 64)
		return n, found && err == nil && len(sec) == 10
	case strings.HasPrefix(s, `time="`):
		stamp = s[len(`time="`):]
	default:
		return zoneRequest(s)
	}
	var t syslog.Stamp
	if syslog.RFC3339(stamp, &t) < 0 || !t.HasZone {
		return 0, false
	}
	c := civil(&t, t.Year)
	v := parse.Zoned(&c, t.Offset)
	return v.Instant / 1e9, v.Dated()
}

// zoneRequest reads the time of an access log's line: "[03/Mar/2024:02:14:07 +0900]".
func zoneRequest(s string) (at int64, ok bool) {
	open := strings.IndexByte(s, '[')
	if open < 0 || len(s) < open+28 || s[open+27] != ']' || !strings.Contains(s[open:], `] "`) {
		return 0, false
	}
	var t weblog.Stamp
	if weblog.CLF(s[open+1:], &t) < 0 || !t.HasZone {
		return 0, false
	}
	c := parse.Civil{Year: t.Year, Month: t.Month, Day: t.Day, Hour: t.Hour, Minute: t.Minute, Second: t.Second}
	v := parse.Zoned(&c, t.Offset)
	return v.Instant / 1e9, v.Dated()
}

// zoneBetween gives the offset from UTC, in seconds, of a clock of the wall
// that was read at an instant or up to ten seconds behind it: zones lie at whole
// quarters of an hour from -12:00 to +14:00.
func zoneBetween(wall, at int64) (east int, ok bool) {
	const quarter, late, early = 900, 10, 2
	d := wall - at + early
	r := d % quarter
	if r < 0 {
		r += quarter
	}
	d -= r
	return int(d), r <= late+early && d >= -12*3600 && d <= 14*3600
}
