package parser

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

func TestWtmpContract(t *testing.T) {
	for name, events := range map[string]int{"wtmp": 12, "btmp": 4, "utmp": 5} {
		t.Run(name, func(t *testing.T) {
			src := parsetest.Source{Files: []parsetest.File{{Path: "/var/log/" + name, Data: wtmpFixture(t, name)}}}
			contract(t, parsetest.Case{Parser: "wtmp", Source: src, Events: events})
		})
	}
}

func wtmpFixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/wtmp", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestWtmpSessions: logins, logouts and boots are joined.
func TestWtmpSessions(t *testing.T) {
	s := binParse(t, newWtmp(), nil, "/x.bin", wtmpFixture(t, "wtmp"))
	var got []string
	for _, e := range s.events {
		get := func(n string) string { v, _ := e.Get(n); return v }
		got = append(got, strings.Join([]string{e.Source, e.Action, e.Actor, get("ip"), get("ended_by"), get("duration"), get("session_start")}, "|"))
	}
	want := []string{
		"wtmp|boot|||shutdown|255595|",
		"wtmp|runlevel|||||",
		"wtmp|getty|LOGIN||||",
		"wtmp|login|deploy|203.0.113.9|logout|1799|",
		"wtmp|login|admin|2001:db8::17|shutdown|96000|",
		"wtmp|logout|deploy|||1799|2024-03-03T02:14:07.912345Z",
		"wtmp|login|root||shutdown|93600|",
		"wtmp|shutdown||||255595|2024-03-01T06:00:05.123456Z",
		"wtmp|boot|||boot|71930|",
		"wtmp|login|deploy|192.0.2.7|boot|61199|",
		"wtmp|boot|||open||",
		"wtmp|login|deploy|192.0.2.7|open||",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(s.warnings) != 0 {
		t.Errorf("warnings of a good file: %+v", s.warnings)
	}
}

func TestWtmpFailedLogins(t *testing.T) {
	s := binParse(t, newWtmp(), nil, "/x.bin", wtmpFixture(t, "btmp"))
	e := s.events[1]
	if len(s.events) != 4 || e.Source != "btmp" || e.Action != "failed-login" || e.Message != "failed login as admin on ssh:notty from 198.51.100.23" {
		t.Errorf("%d events, second %+v", len(s.events), e)
	}
	if e.Time != event.At(1709427604e9, event.Second, event.ClockUnverified, event.ResolutionSecond) {
		t.Errorf("whole seconds are stated as %+v", e.Time)
	}
}

// TestWtmpOracle compares type, pid, line, user, host and time with utmpdump.
func TestWtmpOracle(t *testing.T) {
	tool, err := exec.LookPath("utmpdump")
	if err != nil {
		t.Skip("utmpdump is not installed")
	}
	for _, name := range []string{"wtmp", "btmp", "utmp"} {
		out, err := exec.Command(tool, filepath.Join("testdata/wtmp", name)).Output()
		if err != nil {
			t.Skipf("utmpdump: %v", err)
		}
		var want []string
		for line := range strings.Lines(string(out)) {
			f := strings.Split(strings.Trim(line, "[]\n"), "] [")
			for i := range f {
				f[i] = strings.TrimSpace(f[i])
			}
			at, err := time.Parse("2006-01-02T15:04:05,999999-07:00", f[7])
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(f[1])
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, strings.Join([]string{f[0], strconv.Itoa(pid), f[3], f[4], f[5], at.UTC().String()}, "|"))
		}
		var got []string
		for _, e := range binParse(t, newWtmp(), nil, "/x.bin", wtmpFixture(t, name)).events {
			get := func(n string) string { v, _ := e.Get(n); return v }
			pid := get("pid")
			if pid == "" {
				pid = "0"
			}
			got = append(got, strings.Join([]string{get("type"), pid, get("user"), get("tty"), get("rhost") + get("kernel"),
				time.Unix(0, e.Time.Instant).UTC().String()}, "|"))
		}
		if d := cmp.Diff(want, got); d != "" || len(want) == 0 {
			t.Errorf("%s: utmpdump and we differ:\n%s", name, d)
		}
	}
}

// TestWtmpDamage: bytes lost, added or wiped cost only the records they touch.
func TestWtmpDamage(t *testing.T) {
	good := wtmpFixture(t, "wtmp")
	cat := func(p ...[]byte) (b []byte) {
		for _, x := range p {
			b = append(b, x...)
		}
		return b
	}
	tests := []struct {
		name    string
		data    []byte
		records int // that say what they said before
		code    string
	}{
		{"trailing", cat(good, good[:100]), 12, "trailing"},
		{"bytes lost", cat(good[:1000], good[1007:]), 11, "damaged"},
		{"bytes added", cat(good[:384*3], []byte("some 21 strange bytes"), good[384*3:]), 12, "damaged"},
		{"record wiped", cat(good[:384*3], make([]byte, 384), good[384*4:]), 11, "zeroed"},
		{"two records overwritten", cat(good[:384*3], []byte(strings.Repeat("\xee", 768)), good[384*5:]), 10, "damaged"},
		{"records swapped", cat(good[:384*3], good[384*4:384*5], good[384*3:384*4], good[384*5:]), 12, "time-backwards"},
	}
	want := map[string]bool{}
	for _, e := range binParse(t, newWtmp(), nil, "/x.bin", good).events {
		want[wtmpTell(e)] = true
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := binParse(t, newWtmp(), nil, "/var/log/wtmp", tt.data)
			n := 0
			for _, e := range s.events {
				if want[wtmpTell(e)] {
					n++
				}
			}
			if n != tt.records || s.codes()[tt.code] == 0 {
				t.Errorf("%d records came out, want %d; warnings %+v", n, tt.records, s.warnings)
			}
		})
	}
}

func wtmpTell(e *event.Event) string {
	pid, _ := e.Get("pid")
	user, _ := e.Get("user")
	return strings.Join([]string{e.Action, user, e.Object, pid, strconv.FormatInt(e.Time.Instant, 10)}, "|")
}

// TestWtmpZeroed: a wiped record is an event between its neighbours.
func TestWtmpZeroed(t *testing.T) {
	good := wtmpFixture(t, "wtmp")
	clear(good[384*4 : 384*5])
	s := binParse(t, newWtmp(), nil, "/x.bin", good)
	e := s.events[4]
	if e.Action != "empty" || e.Time.Dated() || e.Time.Earliest != s.events[3].Time.Instant || e.Time.Latest != s.events[5].Time.Latest ||
		!e.Time.Reasons.Has(event.BoundNeighbour) {
		t.Errorf("%+v", e)
	}
}

// TestWtmpZeroedAroundDamage: two stretches of NULs with damage between them
// are two stretches, and every byte of both is told.
func TestWtmpZeroedAroundDamage(t *testing.T) {
	good := wtmpFixture(t, "wtmp")
	clear(good[384*3 : 384*7])
	copy(good[384*4:384*5], strings.Repeat("\xee", 384))
	src := &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Name: "a", Path: "/var/log/wtmp", Data: good}}}
	k, _ := parsetest.Parse(t, src, []parse.Parser{newWtmp()}, 1)
	var got []string
	for _, w := range k.Warnings {
		got = append(got, fmt.Sprintf("%s %d+%d", w.Code, w.Offset/384, w.Length/384))
	}
	if d := cmp.Diff([]string{"damaged 4+1", "zeroed 3+1", "zeroed 5+2"}, got, cmpopts.SortSlices(strings.Compare)); d != "" {
		t.Error(d)
	}
}

// TestWtmpClockSet: the two records of a clock change are joined.
func TestWtmpClockSet(t *testing.T) {
	data := wtmpFixture(t, "wtmp")[:384*4]
	data[384], data[384*2] = 4, 3
	s := binParse(t, newWtmp(), nil, "/x.bin", data)
	if step, _ := s.events[2].Get("step"); step != "0.500000" || s.events[2].Action != "clock-new" || !s.events[2].Time.Reasons.Has(event.ClockStep) {
		t.Errorf("step %q of %+v", step, s.events[2])
	}
}

// TestWtmpSource: the three files are told apart by content when the name is lost.
func TestWtmpSource(t *testing.T) {
	for _, name := range []string{"wtmp", "btmp", "utmp"} {
		for _, e := range binParse(t, newWtmp(), nil, "/x.bin", wtmpFixture(t, name)).events {
			if e.Source != name {
				t.Fatalf("%s: an event of source %q", name, e.Source)
			}
		}
	}
}
