package parser

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/parse/parsetest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

func utc(s string) int64 {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t.UnixNano()
}

func host(zone string) bundle.Acquisition {
	return bundle.Acquisition{RunID: "r1", Sealed: "host", Host: bundle.HostClaims{Hostname: "web01", MachineID: "m", Zone: zone}}
}

func parseLog(t *testing.T, zone, mtime, text string) *parsetest.Kept {
	t.Helper()
	m := int64(0)
	if mtime != "" {
		m = utc(mtime)
	}
	src := &parsetest.Source{Acq: host(zone), Files: []parsetest.File{{Path: "/var/log/auth.log", Data: []byte(text), Mtime: m}}}
	k, _ := parsetest.Parse(t, src, All(), 1)
	return k
}

func TestSyslogTime(t *testing.T) {
	line := "Mar  3 02:14:07 web01 sshd[812]: Server listening on 0.0.0.0 port 22.\n"
	for _, c := range []struct {
		name, zone, mtime, text string
		n                       int
		instant, first, last    string // RFC 3339; "" unbounded or none
		reasons                 string
	}{
		{"year from mtime", "Asia/Seoul", "2024-03-04T00:00:00Z", line, 0, "2024-03-02T17:14:07Z", "2024-03-02T17:14:07Z", "2024-03-02T17:14:07.999999999Z",
			"year:mtime,zone:host,resolution:second,clock:unverified"},
		{"no zone", "", "2024-03-04T00:00:00Z", line, 0, "2024-03-03T02:14:07Z", "2024-03-02T12:14:07Z", "2024-03-03T14:14:07.999999999Z",
			"year:mtime,zone:unknown,resolution:second,clock:unverified"},
		{"of another host", "Asia/Seoul", "2024-03-04T00:00:00Z", strings.ReplaceAll(line, "web01", "db02"), 0, "2024-03-02T17:14:07Z", "2024-03-02T12:14:07Z", "2024-03-03T14:14:07.999999999Z",
			"year:mtime,zone:unknown,resolution:second,clock:unverified"},
		{"of another host, with a zone", "Asia/Seoul", "", "2024-03-03T02:14:07+02:00 db02 sshd[1]: x\n", 0, "2024-03-03T00:14:07Z", "2024-03-03T00:14:07Z", "2024-03-03T00:14:07.999999999Z", "resolution:second,clock:unverified"},
		{"roll-over", "UTC", "2024-01-02T00:00:00Z", strings.ReplaceAll(line, "Mar  3", "Dec 31") + strings.ReplaceAll(line, "Mar  3", "Jan  1"), 0,
			"2023-12-31T02:14:07Z", "2023-12-31T02:14:07Z", "2023-12-31T02:14:07.999999999Z", "year:mtime,year:rollover,zone:host,resolution:second,clock:unverified"},
		{"mtime far later", "UTC", "2024-12-03T00:00:00Z", line, 0, "2024-03-03T02:14:07Z", "1980-03-03T02:14:07Z", "2024-03-03T02:14:07.999999999Z",
			"year:mtime,year:unknown,zone:host,resolution:second,clock:unverified"},
		{"mtime of 1970", "UTC", "1970-01-01T00:00:01Z", line, 0, "", "1980-03-03T02:14:07Z", "", "year:unknown,clock:unverified"},
		{"no mtime", "UTC", "", line, 0, "", "1980-03-03T02:14:07Z", "", "year:unknown,clock:unverified"},
		{"30 February", "UTC", "2024-03-04T00:00:00Z", strings.ReplaceAll(line, "Mar  3", "Feb 30"), 0, "", "", "2024-03-04T00:00:00Z", "bound:mtime,stamp:invalid"},
		{"leap day", "UTC", "2026-03-04T00:00:00Z", strings.ReplaceAll(line, "Mar  3", "Feb 29"), 0, "2024-02-29T02:14:07Z", "1980-02-29T02:14:07Z", "2024-02-29T02:14:07.999999999Z",
			"year:mtime,year:unknown,zone:host,resolution:second,clock:unverified"},
		{"rfc 3339", "UTC", "", "2106-03-03T02:14:07.123456+09:00 web01 sshd[1]: x\n", 0, "2106-03-02T17:14:07.123456Z", "2106-03-02T17:14:07.123456Z", "2106-03-02T17:14:07.123456999Z", "clock:unverified"},
		{"1900", "UTC", "", "1900-03-03T02:14:07Z web01 sshd[1]: x\n", 0, "1900-03-03T02:14:07Z", "1900-03-03T02:14:07Z", "1900-03-03T02:14:07.999999999Z", "resolution:second,clock:unverified"},
		{"set back an hour", "Europe/Berlin", "2024-10-28T00:00:00Z", strings.ReplaceAll(line, "Mar  3", "Oct 27"), 0, "2024-10-27T00:14:07Z", "2024-10-27T00:14:07Z", "2024-10-27T01:14:07.999999999Z",
			"year:mtime,zone:host,resolution:second,clock:unverified"},
		{"leap second", "UTC", "2017-01-03T00:00:00Z", "Dec 31 23:59:60 web01 sshd[812]: Server listening on 0.0.0.0 port 22.\n", 0, "2017-01-01T00:00:00Z", "2017-01-01T00:00:00Z",
			"2017-01-01T00:00:00.999999999Z", "year:mtime,zone:host,resolution:second,clock:unverified"},
		{"skipped hour", "Europe/Berlin", "2024-04-01T00:00:00Z", strings.ReplaceAll(line, "Mar  3", "Mar 31"), 0, "2024-03-31T00:14:07Z", "2024-03-31T00:14:07Z", "2024-03-31T01:14:07.999999999Z",
			"year:mtime,zone:host,resolution:second,clock:unverified"},
		{"late line", "UTC", "2024-01-02T00:00:00Z", strings.ReplaceAll(line, "Mar  3", "Jan  1") + strings.ReplaceAll(line, "Mar  3", "Dec 31") + strings.ReplaceAll(line, "Mar  3", "Jan  1"), 1,
			"2023-12-31T02:14:07Z", "2023-12-31T02:14:07Z", "2023-12-31T02:14:07.999999999Z", "year:mtime,year:rollover,zone:host,resolution:second,clock:unverified"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := parseLog(t, c.zone, c.mtime, c.text)
			if len(k.Events) <= c.n {
				t.Fatalf("%d events, warnings %+v", len(k.Events), k.Warnings)
			}
			e := k.Events[c.n]
			got := fmt.Sprint(when(e.Time.Instant), " ", when(e.Time.Earliest), " ", when(e.Time.Latest), " ", e.Time.Reasons)
			want := fmt.Sprint(c.instant, " ", c.first, " ", c.last, " ", c.reasons)
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// TestYearOfTheFuture: a last write after the acquisition says nothing of the year.
func TestYearOfTheFuture(t *testing.T) {
	acq := host("UTC")
	acq.Clock.Realtime = utc("2024-04-01T00:00:00Z")
	src := &parsetest.Source{Acq: acq, Files: []parsetest.File{{Path: "/var/log/auth.log", Mtime: utc("2031-03-04T00:00:00Z"),
		Data: []byte("Mar  3 02:14:07 web01 sshd[812]: Server listening on 0.0.0.0 port 22.\n")}}}
	k, _ := parsetest.Parse(t, src, All(), 1)
	e := k.Events[0]
	if got := when(e.Time.Instant) + " " + e.Time.Reasons.String(); !strings.HasPrefix(got, "2024-03-03T02:14:07Z ") || !e.Time.Reasons.Has(event.BoundCollection) ||
		!e.Time.Reasons.Has(event.YearUnknown) || e.Time.Reasons.Has(event.YearMtime) {
		t.Errorf("got %s", got)
	}
}

func when(ns int64) string {
	if ns == event.MinTime || ns == event.MaxTime {
		return ""
	}
	return time.Unix(0, ns).UTC().Format(time.RFC3339Nano)
}

func TestSyslogShapes(t *testing.T) {
	for _, c := range []struct{ line, host, program, pid, message string }{
		{"Mar  3 02:14:07 web01 app[12]: hello", "", "app", "12", "app[12]: hello"},
		{"<13>Mar  3 02:14:07 web01 app: hello", "", "app", "", "app: hello"},
		{"Mar  3 02:14:07 kernel: [1.2] hello", "", "kernel", "", "kernel: [1.2] hello"},
		{"Mar  3 02:14:07 loghost2 /usr/sbin/cron[9]: (root) hello", "loghost2", "cron", "9", "/usr/sbin/cron[9]: (root) hello"},
		{"Mar  3 02:14:07 web01 daemon.info ntpd[4]: hello", "", "ntpd", "4", "daemon.info ntpd[4]: hello"},
		{"2024-03-03T02:14:07+09:00 web01.example.org app[1]: hello", "", "app", "1", "app[1]: hello"},
		{"<30>1 2024-03-03T02:14:07.5Z web01 app 77 ID1 [a@1 b=\"c]\\\"d\"] hello", "", "app", "77", "app[77]: hello"},
		{"Mar  3 02:14:07 web01 Job `cron.daily' terminated", "", "", "", "Job `cron.daily' terminated"},
		{"Mar  3 2024 02:14:07 web01 app[12]: hello", "", "app", "12", "app[12]: hello"},
		{"Mar  3 02:14:07 web01 \xb0\xa1\xb3\xaa[1]: \xb4\xd9", "", "\xb0\xa1\xb3\xaa", "1", "\xb0\xa1\xb3\xaa[1]: \xb4\xd9"},
	} {
		k := parseLog(t, "UTC", "2024-03-04T00:00:00Z", c.line+"\n")
		if len(k.Events) != 1 {
			t.Errorf("%q: %d events, %+v", c.line, len(k.Events), k.Warnings)
			continue
		}
		e := k.Events[0]
		program, _ := e.Get("program")
		pid, _ := e.Get("pid")
		hostname, _ := e.Get("hostname")
		if got, want := fmt.Sprintf("%q", []string{hostname, program, pid, e.Message}), fmt.Sprintf("%q", []string{c.host, c.program, c.pid, c.message}); got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", c.line, got, want)
		}
		if held := !e.HeldBy.IsZero(); held != (c.host != "") {
			t.Errorf("%q: held_by %s, host %s", c.line, e.HeldBy, e.Host)
		}
	}
}

const authLog = `Mar  3 02:14:07 web01 sshd[812]: Accepted publickey for deploy from 203.0.113.9 port 50122 ssh2: RSA SHA256:abc
Mar  3 02:14:08 web01 sshd[812]: Failed password for invalid user admin from 198.51.100.7 port 40022 ssh2
Mar  3 02:14:09 web01 sudo:   deploy : TTY=pts/0 ; PWD=/home/deploy ; USER=root ; COMMAND=/usr/bin/cat /dev/shm/kdmtmpflush
Mar  3 02:14:10 web01 sshd[812]: message repeated 3 times: [ Failed password for root from 198.51.100.7 port 40023 ssh2]
	and goes on here

Mar  3 02:14:10 web01 backup[4]: done
MMM 22 07:54:32 web01 backup[4]: done
Mar  3 02:14:11 db02 sshd[9]: Connection closed by authenticating user root 198.51.100.7 port 1022 [preauth]
`

func TestSyslogContract(t *testing.T) {
	contract(t, parsetest.Case{Parser: "syslog", Events: 6, Source: parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{
		{Path: "/var/log/auth.log", Data: []byte(authLog), Mtime: utc("2024-03-04T00:00:00Z")}}}})
	n := 800
	if testing.Short() {
		n = 200
	}
	big := strings.Repeat(strings.Replace(authLog, "\n\n", "\n", 1), n)
	contract(t, parsetest.Case{Parser: "syslog", Events: 6 * n, Source: parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{
		{Path: "/var/log/auth.log", Data: []byte(big), Mtime: utc("2024-03-04T00:00:00Z")}}}})
}

func TestJournalctlText(t *testing.T) {
	k := parseLog(t, "UTC", "2024-03-04T00:00:00Z", "-- Journal begins at Sat 2024-03-02 01:00:00 KST, ends at Sun 2024-03-03 03:00:00 KST. --\n"+
		"Mar 02 23:14:07 web01 sshd[1]: Server listening on :: port 22.\n-- Boot 0123456789abcdef0123456789abcdef --\nMar 03 02:14:07 web01 kernel: x\n")
	if len(k.Events) != 2 || len(k.Warnings) != 0 || k.Events[0].Message != "sshd[1]: Server listening on :: port 22." {
		t.Errorf("%+v %+v", k.Events, k.Warnings)
	}
}

func TestHistory(t *testing.T) {
	text := "ls\n#1709431447\nid -a\nwhoami\n#1709431500\necho 'a\nb' > x\n"
	src := &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{
		{Path: "/home/kim/.bash_history", Data: []byte(text), Mtime: utc("2024-03-04T00:00:00Z"), Btime: utc("2024-03-01T00:00:00Z")},
		{Path: "/etc/passwd", Data: []byte("root:x:0:0::/root:/bin/bash\nkim:x:1000:1000::/home/kim:/bin/bash\n")}}}
	k, _ := parsetest.Parse(t, src, All(), 1)
	var got []string
	for _, e := range k.Events {
		got = append(got, fmt.Sprintf("%s %s..%s %s %q", when(e.Time.Instant), when(e.Time.Earliest), when(e.Time.Latest), e.Actor, e.Object))
	}
	want := []string{
		` 2024-03-01T00:00:00Z..2024-03-04T00:00:00Z kim "ls"`,
		`2024-03-03T02:04:07Z 2024-03-03T02:04:07Z..2024-03-03T02:04:07.999999999Z kim "id -a"`,
		` 2024-03-01T00:00:00Z..2024-03-04T00:00:00Z kim "whoami"`,
		`2024-03-03T02:05:00Z 2024-03-03T02:05:00Z..2024-03-03T02:05:00.999999999Z kim "echo 'a\nb' > x"`,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	contract(t, parsetest.Case{Parser: "shellhistory", Events: 4, Source: *src})
}

func TestDescriptions(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range All() {
		parsetest.Describes(t, p)
		if seen[p.Describe().Name] {
			t.Errorf("two parsers are called %s", p.Describe().Name)
		}
		seen[p.Describe().Name] = true
	}
}

// TestSyslogBehindCodec: a rotated, packed log gives what the plain one gives.
func TestSyslogBehindCodec(t *testing.T) {
	text := strings.Repeat("Dec 31 23:59:59 web01 app[1]: old\n", 20) + strings.Repeat("Jan  1 00:00:01 web01 app[1]: new\n", 20)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var got [2]string
	for i, f := range []parsetest.File{{Path: "/var/log/syslog.1", Data: []byte(text)}, {Path: "/var/log/syslog.1.gz", Data: b.Bytes()}} {
		f.Mtime = utc("2024-01-01T00:00:02Z")
		k, _ := parsetest.Parse(t, &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{f}}, All(), 2)
		for _, e := range k.Events {
			got[i] += fmt.Sprintln(e.Origin.Offset, e.Origin.Length, when(e.Time.Instant), e.Time.Reasons, e.Message)
		}
	}
	if got[0] != got[1] || !strings.Contains(got[0], "2023-12-31T23:59:59Z") || strings.Count(got[0], "\n") != 40 {
		t.Errorf("plain:\n%s\npacked:\n%s", got[0], got[1])
	}
}

// TestNotWhatTheNameSays: a file that bears the name of a log and is none is
// claimed by its name and warned about, not passed over.
func TestNotWhatTheNameSays(t *testing.T) {
	noise := bytes.Repeat([]byte("\x7fELF\x00\x01\x02\x03\xff\xfe\n"), 500)
	for path, parser := range map[string]string{"/var/log/auth.log": "syslog", "/var/log/syslog.1": "syslog", "/var/log/nginx/access.log": "weblog", "/root/.bash_history": "shellhistory"} {
		k, res := parsetest.Parse(t, &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: path, Data: noise}}}, All(), 2)
		if res.Exhibits[0].Parser != parser || len(k.Warnings) == 0 || len(k.Events) != 0 {
			t.Errorf("%s: claimed by %q, %d events, %d warnings", path, res.Exhibits[0].Parser, len(k.Events), len(k.Warnings))
		}
	}
}

// TestYearInTheMiddle: lines without a year that stand between long runs of
// lines with one get theirs.
func TestYearInTheMiddle(t *testing.T) {
	dated := strings.Repeat("2024-03-03T02:14:07.000001+00:00 web01 backup[4]: done\n", 2000)
	k, res := parsetest.Parse(t, &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: "/var/log/auth.log", Mtime: utc("2024-03-04T00:00:00Z"),
		Data: []byte(dated + "Mar  3 02:14:07 web01 backup[4]: once\n" + dated)}}}, All(), 2)
	n := 0
	for _, e := range k.Events {
		if strings.HasSuffix(e.Message, "once") {
			n++
			if e.Time.Instant != utc("2024-03-03T02:14:07Z") || !e.Time.Reasons.Has(event.BoundNeighbour) {
				t.Errorf("%+v", e.Time)
			}
		}
	}
	if n != 1 || res.Exhibits[0].Events != 4001 {
		t.Errorf("%d of %d events", n, res.Exhibits[0].Events)
	}
}
