package parser

import (
	"strings"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// zoneCase is a log, and what is expected of the zone of the lines in it.
type zoneCase struct {
	name  string
	zone  string // of the host; "" unknown; "+NN:NN" is given by the analyst
	lines []string
	want  []string // for each line, see zoneOf
}

func iso(at, offset, text string) string { return at + offset + " web01 app[1]: " + text }

const kst = "+09:00"

func zoneCases() []zoneCase {
	naive := func(at, host string) string { return at + " " + host + " app[1]: text" }
	return []zoneCase{
		{"template changed", "", []string{naive("Mar  3 11:14:07", "web01"), naive("Mar  3 11:20:00", "web01"), iso("2024-03-03T11:21:00", kst, "x")},
			[]string{"02:14~", "02:20~", "stated"}},
		{"there and back", "", []string{iso("2024-03-03T11:00:00", kst, "x"), naive("Mar  3 11:14:07", "web01"), naive("Mar  9 11:20:00", "web01"), iso("2024-03-09T11:21:00", kst, "x")},
			[]string{"stated", "02:14", "02:20", "stated"}},
		{"summer time began between", "", []string{iso("2024-03-31T01:59:50", "+01:00", "x"), naive("Mar 31 03:00:05", "web01"), iso("2024-03-31T03:01:00", "+02:00", "x")},
			[]string{"stated", "02:00?", "stated"}},
		{"half a year between", "", []string{iso("2024-01-01T10:00:00", "+01:00", "x"), naive("Jan  1 10:00:05", "web01"), naive("Jul  1 10:00:05", "web01"), iso("2024-12-01T10:01:00", "+01:00", "x")},
			[]string{"stated", "09:00~", "unknown", "stated"}},
		{"another zone in the file", "", []string{iso("2024-03-03T11:00:00", kst, "x"), naive("Mar  3 11:14:07", "web01"), iso("2024-03-03T03:15:00", "+00:00", "x")},
			[]string{"stated", "unknown", "stated"}},
		{"one foreign line", "", []string{iso("2024-03-03T11:00:00", kst, "x"), "2024-03-03T02:00:09+00:00 db01 app[1]: x", naive("Mar  3 11:14:07", "web01"), naive("Mar  3 11:14:08", "db01"), iso("2024-03-03T11:15:00", kst, "x")},
			[]string{"stated", "stated", "02:14", "unknown", "stated"}},
		{"loghost", "", []string{iso("2024-03-03T11:00:00", kst, "x"), "2024-03-03T02:00:09+00:00 db01 app[1]: x", naive("Mar  3 11:14:07", "web01"), naive("Mar  3 02:14:08", "db01"), naive("Mar  3 02:14:09", "mail01")},
			[]string{"stated", "stated", "02:14~", "02:14~", "unknown"}},
		{"UTC asked for", "", []string{naive("Mar  3 11:14:07", "web01"), iso("2024-03-03T02:15:00", "Z", "x")}, []string{"unknown", "stated"}},
		{"a template in UTC, the host is not", "", []string{naive("Mar  3 11:14:07", "web01"), iso("2024-03-03T02:15:00", "+00:00", "x")}, []string{"unknown", "stated"}},
		{"the same to the west", "", []string{naive("Mar  3 06:14:07", "web01"), iso("2024-03-03T11:15:00", "+00:00", "x")}, []string{"unknown", "stated"}},
		{"the analyst knows better", "+02:00", []string{naive("Mar  3 11:14:07", "web01"), iso("2024-03-03T11:15:00", kst, "x")}, []string{"given", "stated"}},
		{"the host's zone agrees", "Asia/Seoul", []string{naive("Mar  3 11:14:07", "web01"), iso("2024-03-03T11:15:00", kst, "x")}, []string{"host", "stated"}},
		{"the host's zone is another now", "Etc/UTC", []string{naive("Mar  3 11:14:07", "web01"), iso("2024-03-03T11:15:00", kst, "x")}, []string{"host+file", "stated"}},
		{"the zone was set", "", []string{iso("2024-03-03T11:00:00", kst, "x"), naive("Mar  3 11:00:07", "web01"), "Mar  3 11:00:08 web01 systemd-timedated[7]: Changed time zone to 'Etc/UTC' (UTC).", naive("Mar  3 02:01:00", "web01"), iso("2024-03-03T02:02:00", "+00:00", "x")},
			[]string{"stated", "02:00~", "02:00~", "02:01~", "stated"}},
		{"a gap", "", []string{naive("Mar  3 11:14:07", "web01"), iso("2024-03-03T18:15:00", kst, "x")}, []string{"unknown", "stated"}},
		{"the text states it", "", []string{naive("Mar  3 11:14:00", "web01"), `Mar  3 11:14:07 web01 containerd[9]: time="2024-03-03T02:14:06.9Z" level=info msg=x`, naive("Mar  3 11:14:09", "web01")},
			[]string{"02:14~", "02:14", "02:14~"}},
		{"NetworkManager", "", []string{"Mar  3 11:14:07 web01 NetworkManager[9]: <info>  [1709432047.1234] manager: x"}, []string{"02:14"}},
		{"an access line", "", []string{`Mar  3 11:14:07 web01 nginx: 192.0.2.1 - - [03/Mar/2024:02:14:06 +0000] "GET / HTTP/1.1" 200 1 "-" "-"`}, []string{"stated"}},
		{"a time that is another moment", "", []string{`Mar  3 11:14:07 web01 app[9]: time="2024-03-03T02:20:00Z" level=info msg=x`}, []string{"unknown"}},
		{"backwards", "", []string{iso("2024-03-03T11:00:00", kst, "x"), naive("Mar  3 11:01:07", "web01"), naive("Mar  3 02:02:08", "web01")}, []string{"stated", "02:01~", "unknown"}},
	}
}

// TestZoneFile: what lines that state their offset from UTC prove of their
// neighbours, and of whom they prove nothing.
func TestZoneFile(t *testing.T) {
	for _, c := range zoneCases() {
		t.Run(c.name, func(t *testing.T) {
			f := &parse.Facts{HostFor: func(string) event.HostKey { return event.HostKey{} }}
			if c.zone != "" {
				f.Zone, f.ZoneFrom = mustZone(t, c.zone), event.ZoneHost
				if c.zone[0] == '+' {
					f.ZoneFrom = event.ZoneGiven
				}
			}
			x := binExhibit("/var/log/syslog", []byte(strings.Join(c.lines, "\n")+"\n"))
			x.Mtime = utc("2024-04-03T00:00:00Z")
			if strings.Contains(c.name, "half a year") {
				x.Mtime = utc("2024-12-20T00:00:00Z")
			}
			s := parseExhibit(t, newSyslog(), f, x)
			if len(s.events) != len(c.lines) {
				t.Fatalf("%d events of %d lines", len(s.events), len(c.lines))
			}
			for i, e := range s.events {
				if got := zoneOf(e.Time); got != c.want[i] {
					t.Errorf("line %d: %s, want %s (%v)", i+1, got, c.want[i], e.Time.Reasons)
				}
			}
		})
	}
}

func mustZone(t *testing.T, name string) *time.Location {
	t.Helper()
	l, err := parse.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// zoneOf tells of a time what its zone comes from; of one that the file shows
// also the time of day in UTC, and ~ for one that is an hour wide on both sides.
func zoneOf(e event.Time) string {
	switch {
	case e.Reasons.Has(event.ZoneFile) && e.Reasons.Has(event.ZoneHost):
		return "host+file"
	case e.Reasons.Has(event.ZoneFile):
		out := time.Unix(0, e.Instant).UTC().Format("15:04")
		switch time.Duration(e.Latest - e.Earliest + 1) {
		case time.Second:
			return out
		case 2*time.Hour + time.Second:
			return out + "~"
		}
		return out + "?"
	case e.Reasons.Has(event.ZoneUnknown):
		return "unknown"
	case e.Reasons.Has(event.ZoneGiven):
		return "given"
	case e.Reasons.Has(event.ZoneHost):
		return "host"
	}
	return "stated"
}
