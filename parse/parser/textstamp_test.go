package parser

import (
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/syslog"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestTextStamps: the times with which logs of real programs begin.
func TestTextStamps(t *testing.T) {
	const at, ms = "2024-03-03T02:14:07Z", "2024-03-03T02:14:07.123Z"
	for line, want := range map[string]string{
		"2024-03-03T02:14:07Z x":                               at,
		"2024-03-03 02:14:07 x":                                at,
		"2024/03/03 02:14:07 kid1| x":                          at,
		"2024.03.03 02:14:07 x":                                at,
		"[2024/03/03 02:14:07.123456,  1] ../../x.c:7(main)":   "2024-03-03T02:14:07.123456Z",
		"2024-03-03  2:14:07 0 [Note] x":                       at,
		"[2024-03-03 11:14:07 +0900] [812] [INFO] x":           at,
		"[2024-03-03 02:14:07 +0000] [812] [INFO] x":           at,
		"2024-03-03 02:14:07.123 UTC [812] LOG:  x":            ms,
		"03-Mar-2024 02:14:07.123 general: info: x":            ms,
		"[03-Mar-2024 02:14:07] NOTICE: fpm is running":        at,
		"[03-Mar-2024 11:14:07 Asia/Seoul] PHP Warning:  x":    at,
		"[03-Mar-2024 02:14:07 UTC] PHP Fatal error:  x":       at,
		"812:M 03 Mar 2024 02:14:07.123 * Ready":               ms,
		"Sun, 03 Mar 2024 11:14:07 +0900 x":                    at,
		"Sun Mar  3 02:14:07 2024 192.0.2.1:1194 TLS: x":       at,
		"Sun Mar  3 02:14:07 UTC 2024 x":                       at,
		"240303  2:14:07 [Note] x":                             at,
		"240303 02:14:07\t    3 Connect\troot@localhost":       at,
		"# Time: 240303 02:14:07":                              at,
		"# Time: 2024-03-03T02:14:07.123Z":                     ms,
		"24/3/3@02:14:07: START: ftp pid=7 from=192.0.2.1":     at,
		"1709432047.123     12 192.0.2.1 TCP_MISS/200 9 GET x": ms,
	} {
		s := binParse(t, newTextlog(), &parse.Facts{Zone: mustZone(t, "UTC"), ZoneFrom: event.ZoneHost}, "/x.log", []byte(line+"\n"))
		if len(s.events) != 1 || len(s.warnings) != 0 || s.events[0].Time.Instant != utc(want) {
			t.Errorf("%q: %d events, %v", line, len(s.events), s.warnings)
			continue
		}
		if !s.events[0].Time.Dated() || newTextlog().Claim(binExhibit("/x.bin", []byte(line+"\n"+line+"\n"))) == parse.No {
			t.Errorf("%q is not claimed", line)
		}
	}
	for _, line := range []string{"", "12345678901234567890", "2024-03-03", "99-Abc-2024 02:14:07.1", "Sun is shining on us all day long", "Sun Mar  3 02:14:07 web01 x: y",
		"991399 02:14:07 x", "1/2/3/4@02:14:07: x", "a/b/c@02:14:07: x", "1709432047.123", "9709432047.123 1 2", "123456 apples and pears", "12:34:56 no date at all"} {
		if n := stampEnd(line, new(syslog.Stamp)); n >= 0 {
			t.Errorf("%q is taken for a time of %d bytes", line, n)
		}
	}
}

// TestWeekdays: a line whose day of the week is not that of its date keeps its
// time and is warned about; 30 February has none.
func TestWeekdays(t *testing.T) {
	for line, want := range map[string]string{
		"Sun Mar  3 02:14:07 2024 [pid 1] x": "",
		"Mon Mar  3 02:14:07 2024 [pid 1] x": "the line says Monday, but 3 March 2024 was a Sunday",
		"Fri Feb 30 02:14:07 2024 [pid 1] x": "",
	} {
		s := binParse(t, newTextlog(), nil, "/x.log", []byte(line+"\n"))
		if len(s.events) != 1 || s.events[0].Time.Dated() == strings.Contains(line, "Feb 30") {
			t.Errorf("%q: %+v", line, s.events)
		}
		if got := len(s.warnings); got != map[bool]int{true: 1}[want != ""] || got == 1 && !strings.HasPrefix(s.warnings[0].Message, want) {
			t.Errorf("%q: %v", line, s.warnings)
		}
	}
}

// TestYearByWeekday: lines that name the day of the week and no year, in a file
// whose own time is that of a copy.
func TestYearByWeekday(t *testing.T) {
	const tue = "Tue Dec 31 02:14:07 web01 app[1]: x\n" // 2024, 2019, 2013
	for _, tt := range []struct {
		name, mtime, text string
		year              []string // of the events
		reason            string
		warnings          int
	}{
		{"fits", "2025-01-01T00:00:00Z", tue, []string{"2024"}, "year:mtime,zone:host,resolution:second,clock:unverified", 0},
		{"a copy", "2026-11-01T00:00:00Z", tue, []string{"2024"}, "year:mtime,year:unknown,zone:host,resolution:second,clock:unverified,year:weekday", 0},
		{"over a new year", "2026-11-01T00:00:00Z", tue + "Wed Jan  1 02:14:07 web01 app[1]: x\n", []string{"2024", "2025"}, "", 0},
		{"one wrong of many", "2025-01-01T00:00:00Z", strings.Repeat(tue, 19) + strings.Replace(tue, "Tue", "Wed", 1), nil, "", 1},
		{"30 February", "2025-01-01T00:00:00Z", "Fri Feb 30 02:14:07 web01 app[1]: x\n", []string{""}, "", 0},
	} {
		k := parseLog(t, "UTC", tt.mtime, tt.text)
		if len(k.Warnings) != tt.warnings {
			t.Errorf("%s: %v", tt.name, k.Warnings)
		}
		for i, year := range tt.year {
			e := k.Events[i]
			if year == "" {
				if e.Time.Dated() {
					t.Errorf("%s: %+v", tt.name, e.Time)
				}
				continue
			}
			if from, to := utc(year+"-01-01T00:00:00Z"), utc(year+"-12-31T23:59:59Z"); e.Time.Instant < from || e.Time.Instant > to {
				t.Errorf("%s: event %d is not of %s (%v)", tt.name, i, year, e.Time)
			}
			if tt.reason != "" && e.Time.Reasons.String() != tt.reason {
				t.Errorf("%s: %s", tt.name, e.Time.Reasons)
			}
		}
	}
}

// TestSyslogTemplates: what templates of syslog-ng put before the host.
func TestSyslogTemplates(t *testing.T) {
	for _, stamp := range []string{"Sun Mar  3 02:14:07", "2024 Mar  3 02:14:07", "1709432047"} {
		k := parseLog(t, "UTC", "2024-03-04T00:00:00Z", strings.Repeat(stamp+" web01 sshd[812]: Server listening on 0.0.0.0 port 22.\n", 3))
		if len(k.Events) != 3 || k.Events[0].Parser != "sshd" || k.Events[0].Time.Instant != utc("2024-03-03T02:14:07Z") || len(k.Warnings) != 0 {
			t.Errorf("%s: %d events, %v", stamp, len(k.Events), k.Warnings)
		}
	}
	if got := newSyslog().Claim(binExhibit("/x.bin", []byte(strings.Repeat("1709432047 12 7 3\n", 9)))); got != parse.No {
		t.Errorf("a table of numbers is claimed %v", got)
	}
	k := parseLog(t, "UTC", "2024-03-04T00:00:00Z", strings.Repeat(`{"PROGRAM":"sshd","PRIORITY":"info","PID":"812","MESSAGE":"Server listening on 0.0.0.0 port 22.","HOST":"web01","DATE":"Mar  3 02:14:07"}`+"\n", 3))
	if len(k.Events) != 3 || k.Events[0].Time.Instant != utc("2024-03-03T02:14:07Z") || !k.Events[0].Time.Reasons.Has(event.YearMtime) {
		t.Errorf("JSON: %+v", k.Events)
	}
}

// TestZoneOfMixedLogs: error lines beside access lines, and lines of a program
// whose pattern was changed.
func TestZoneOfMixedLogs(t *testing.T) {
	web := "2024/03/03 11:14:06 [notice] 1#1: start\n" +
		`192.0.2.1 - - [03/Mar/2024:11:14:07 +0900] "GET / HTTP/1.1" 404 1 "-" "-"` + "\n2024/03/03 11:14:07 [error] 1#1: *1 open() failed\n" +
		`192.0.2.1 - - [03/Mar/2024:11:15:07 +0900] "GET / HTTP/1.1" 404 1 "-" "-"` + "\n"
	app := "2024-03-03 11:14:06 INFO a\n2024-03-03 11:14:07 +0900 INFO b\n2024-03-03 11:14:07 INFO c\n2024-03-03 11:15:08 +0900 INFO d\n"
	for _, tt := range []struct {
		parser parse.Parser
		text   string
	}{{newWeblog(), web}, {newTextlog(), app}} {
		s := binParse(t, tt.parser, nil, "/x.log", []byte(tt.text))
		if len(s.events) != 4 || zoneOf(s.events[0].Time) != "02:14~" || zoneOf(s.events[1].Time) != "stated" || zoneOf(s.events[2].Time) != "02:14" {
			t.Errorf("%s: %d events, %v, %v", tt.parser.Describe().Name, len(s.events), s.events[0].Time, s.events[2].Time)
		}
	}
}
