package coverage

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

const (
	hour = int64(3600e9)
	t0   = int64(1_700_000_000e9)
)

func host() event.HostKey { return event.MakeHostKey("m", "web01") }

func count(exhibit uint32, scope string, first, last uint64, from, to int64) event.Counter {
	return event.Counter{Exhibit: exhibit, Host: host(), Source: "journal", Name: "seqnum", Scope: scope, First: first, Last: last, From: from, To: to}
}

func ofSource(rows []claim.Coverage, source string) []claim.Coverage {
	var out []claim.Coverage
	for _, r := range rows {
		if r.Source == source {
			out = append(out, r)
		}
	}
	return out
}

func TestCountersAreJoinedAcrossFiles(t *testing.T) {
	// The system file alone misses 4..6; the user file holds them.
	in := Input{Counters: []event.Counter{
		count(1, "a", 1, 3, t0, t0+hour), count(2, "a", 4, 6, t0+hour, t0+2*hour), count(1, "a", 7, 9, t0+2*hour, t0+3*hour),
	}}
	got := ofSource(Build(in), "journal")
	want := []claim.Coverage{
		{Host: host(), Source: "journal", From: event.MinTime, To: t0, State: Absent, JudgedBy: "events: no record is older"},
		{Host: host(), Source: "journal", From: t0, To: t0 + 3*hour, State: Present, JudgedBy: "counter: seqnum 1 to 9 without a hole"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}

func TestCounterHoleIsAbsent(t *testing.T) {
	in := Input{Counters: []event.Counter{count(1, "a", 1, 3, t0, t0+hour), count(1, "a", 10, 12, t0+4*hour, t0+5*hour)}}
	m := NewMap(Build(in))
	for at, want := range map[int64]string{t0 + hour/2: Present, t0 + 2*hour: Absent, t0 + 9*hour/2: Present, t0 - 1: Absent, t0 + 9*hour: Unknown} {
		if got := m.State(host(), "journal", at); got != want {
			t.Errorf("State at t0%+d s = %s, want %s", (at-t0)/1e9, got, want)
		}
	}
	var words string
	for _, r := range Build(in) {
		words += r.JudgedBy + "\n"
	}
	if !strings.Contains(words, "seqnum 4 to 9 missing (6 records)") {
		t.Errorf("no row names the missing numbers:\n%s", words)
	}
}

func TestCounterRestartWithoutScopeIsUnknown(t *testing.T) {
	c := func(first, last uint64, from, to int64) event.Counter {
		return event.Counter{Host: host(), Source: "audit", Name: "serial", First: first, Last: last, From: from, To: to}
	}
	rows := ofSource(Build(Input{Counters: []event.Counter{c(500, 600, t0, t0+hour), c(1, 40, t0+2*hour, t0+3*hour), c(500, 550, t0, t0+hour/2)}}), "audit")
	m := NewMap(rows)
	if got := m.State(host(), "audit", t0+3*hour/2); got != Unknown {
		t.Errorf("between the boots: %s, want unknown", got)
	}
	for _, r := range rows {
		if strings.Contains(r.JudgedBy, "missing") {
			t.Errorf("a restart was taken for missing records: %+v", r)
		}
	}
}

func TestManyHolesAreFolded(t *testing.T) {
	var cs []event.Counter
	for i := uint64(0); i < 5000; i++ {
		at := t0 + int64(i)*int64(1e9)
		cs = append(cs, count(1, "a", 10*i+1, 10*i+5, at, at+1e8))
	}
	rows := ofSource(Build(Input{Counters: cs}), "journal")
	if len(rows) > 2*maxHoles+4 {
		t.Fatalf("%d rows", len(rows))
	}
	if !strings.Contains(rows[len(rows)-1].JudgedBy, "missing in") {
		t.Errorf("the folded holes are not told: %q", rows[len(rows)-1].JudgedBy)
	}
}

func TestSilenceOfPeriodicSource(t *testing.T) {
	g := NewGauge(600e9)
	add := func(from, to int64) {
		for at := from; at < to; at += hour {
			g.Event(&event.Event{Host: host(), Source: "syslog", Time: event.At(at, event.Second)})
		}
	}
	add(t0, t0+48*hour)
	add(t0+60*hour, t0+96*hour)
	in := Input{Series: g.Series(), Acquisitions: []Acquisition{{Run: "r", Host: host(), Collected: t0 + 96*hour}}}
	m := NewMap(Build(in))
	for at, want := range map[int64]string{t0 + 3*hour: Present, t0 + 52*hour: Unknown, t0 + 70*hour: Present, t0 + 95*hour + 1: Present, t0 - hour: Absent} {
		if got := m.State(host(), "syslog", at); got != want {
			t.Errorf("t0%+d h: %s, want %s", (at-t0)/hour, got, want)
		}
	}
	if got := m.Around(host(), "syslog", "audit", "socket"); got[0] != "syslog: present with 1 gap" || got[1] != "audit: absent" || got[2] != "socket: absent" {
		t.Errorf("Around = %q", got)
	}
}

func TestFewRecordsAreNeverPresent(t *testing.T) {
	g := NewGauge(600e9)
	for i := int64(0); i < 5; i++ {
		g.Event(&event.Event{Host: host(), Source: "wtmp", Time: event.At(t0+i*24*hour, event.Second)})
	}
	m := NewMap(Build(Input{Series: g.Series()}))
	if got := m.State(host(), "wtmp", t0+30*hour); got != Unknown {
		t.Errorf("five logins in five days prove coverage: %s", got)
	}
}

func TestUndatedAndWideEventsSayNothing(t *testing.T) {
	g := NewGauge(600e9)
	g.Event(&event.Event{Host: host(), Source: "history", Time: event.Undated(event.StampNone)})
	wide := event.At(t0, event.Second)
	wide.Earliest -= 26 * hour
	g.Event(&event.Event{Host: host(), Source: "syslog", Time: wide})
	if s := g.Series(); len(s) != 0 {
		t.Errorf("series %v", s)
	}
}

func TestOutcomes(t *testing.T) {
	at := t0
	in := Input{Acquisitions: []Acquisition{{Run: "r", Host: host(), Collected: at, Outcomes: []Outcome{
		{Source: "socket", Target: "all network namespaces", Outcome: "denied", Reason: "needs CAP_SYS_PTRACE", Errno: "EPERM"},
		{Source: "process", Target: "all processes", Outcome: "collected"},
		{Source: "logs", Target: "/var/log/audit/audit.log", Outcome: "denied", Errno: "EACCES"},
		{Source: "logs", Target: "/var/log/wtmp", Outcome: "absent", Errno: "ENOENT"},
		{Source: "logs", Target: "/var/log/journal", Outcome: "collected"},
	}}}}
	rows := Build(in)
	m := NewMap(rows)
	for source, want := range map[string]string{"socket": Unknown, "process": Present, "file": Absent, "audit": Unknown, "wtmp": Absent, "journal": Unknown, "syslog": Absent} {
		if got := m.State(host(), source, event.MinTime); got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
	for _, r := range rows {
		if r.State == "clean" {
			t.Errorf("%+v", r)
		}
	}
}

func TestPartialSnapshotIsUnknown(t *testing.T) {
	in := Input{Acquisitions: []Acquisition{{Run: "r", Host: host(), Collected: t0, Outcomes: []Outcome{{Source: "socket", Outcome: "partial", Reason: "time budget"}}}}}
	if got := NewMap(Build(in)).State(host(), "socket", event.MinTime); got != Unknown {
		t.Errorf("partial socket walk: %s", got)
	}
}

func TestFutureStampDoesNotStretchCoverage(t *testing.T) {
	g := NewGauge(600e9)
	for i := int64(0); i < 48; i++ {
		g.Event(&event.Event{Host: host(), Source: "syslog", Time: event.At(t0+i*hour, event.Second)})
	}
	g.Event(&event.Event{Host: host(), Source: "syslog", Time: event.At(t0+20000*hour, event.Second)})
	for _, r := range ofSource(Build(Input{Series: g.Series(), Acquisitions: []Acquisition{{Host: host(), Collected: t0 + 48*hour}}}), "syslog") {
		if r.To > t0+48*hour {
			t.Errorf("row beyond the acquisition: %+v", r)
		}
	}
}

// Whatever the counters, no row is inside out, and rows of a source with
// scoped numbers never judge one instant both present and present again.
func TestBuildProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var cs []event.Counter
		for range rapid.IntRange(0, 12).Draw(rt, "n") {
			first := rapid.Uint64().Draw(rt, "first")
			cs = append(cs, event.Counter{Host: host(), Source: "journal", Name: "seqnum", Scope: rapid.SampledFrom([]string{"", "a"}).Draw(rt, "scope"),
				First: first, Last: first + rapid.Uint64().Draw(rt, "len"), From: rapid.Int64().Draw(rt, "from"), To: rapid.Int64().Draw(rt, "to")})
		}
		rows := Build(Input{Counters: cs, Acquisitions: []Acquisition{{Host: host(), Collected: t0}}})
		for _, r := range rows {
			if r.From > r.To {
				rt.Fatalf("row inside out: %+v", r)
			}
			if r.State != Present && r.State != Absent && r.State != Unknown {
				rt.Fatalf("state %q", r.State)
			}
		}
	})
}

func TestPlainInputHasNoAcquisition(t *testing.T) {
	for _, r := range Build(Input{Acquisitions: []Acquisition{{Run: "r", Host: host(), Plain: true}}}) {
		if r.From != event.MinTime || r.To != event.MaxTime || r.State != Absent {
			t.Errorf("%+v", r)
		}
	}
}

func TestUndatedRecordsAreNotAbsent(t *testing.T) {
	rows := ofSource(Build(Input{Acquisitions: []Acquisition{{Run: "r", Host: host(), Plain: true, Sources: []string{"history"}}}}), "history")
	if len(rows) != 1 || rows[0].State != Unknown || strings.Contains(rows[0].JudgedBy, "not among") {
		t.Errorf("a history without stamps: %+v", rows)
	}
}

func TestEventSources(t *testing.T) {
	for _, c := range []struct{ source, target, want string }{
		{"logs", "/var/log/audit/audit.log.1", "audit"}, {"security", "/etc/audit/rules.d/audit.rules", ""}, {"security", "/etc/audit/auditd.conf", ""},
		{"logs", "/var/log/journal/0a1b/system.journal", "journal"}, {"security", "/etc/systemd/journald.conf", ""}, {"logs", "/run/log/journal/0a1b/user-1000.journal", "journal"},
		{"logins", "/var/log/wtmp", "wtmp"}, {"logins", "/var/log/wtmp.1.gz", "wtmp"}, {"logins", "/run/utmp", "utmp"}, {"cron", "/etc/crontab", ""}, {"cron", "/etc/cron.d/x", ""},
		{"logs", "/var/log/cron-20240303", "syslog"}, {"logs", "/var/log/auth.log.2.gz", "syslog"}, {"history", "/root/.bash_history", "history"}, {"logs", "/var/log/shop/shop.log", ""},
		{"filestat", "/ (ext4, mount 25)", "file"}, {"process", "all processes", "process"}, {"paths", "/etc/logrotate.d/wtmp", ""},
	} {
		if got := strings.Join(EventSources(c.source, c.target), " "); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.source, c.target, got, c.want)
		}
	}
}
