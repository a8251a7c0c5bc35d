package infection

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

const (
	t0   = int64(1_710_000_000e9)
	hour = int64(3600e9)
	day  = 24 * hour
	shm  = "/dev/shm/kdm"
)

func host() event.HostKey { return event.MakeHostKey("", "web01") }

// memory answers every question with all events: the analysis must look itself.
type memory []*event.Event

func (m memory) Get(_ context.Context, id event.ID) (*event.Event, bool, error) {
	for _, e := range m {
		if e.ID() == id {
			return e, true, nil
		}
	}
	return nil, false, nil
}

func (m memory) all() iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		for _, e := range m {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (m memory) Naming(context.Context, event.HostKey, []string) iter.Seq2[*event.Event, error] {
	return m.all()
}

func (m memory) Having(context.Context, event.HostKey, string, []string) iter.Seq2[*event.Event, error] {
	return m.all()
}

func ev(n int, run, source, action string, at int64, fields ...string) *event.Event {
	e := &event.Event{Host: host(), Source: source, Parser: source, Action: action, Time: event.At(at, event.Second), Origin: event.Origin{Run: run, Exhibit: 1, Offset: int64(n), Length: 1}}
	for _, f := range fields {
		name, v, _ := strings.Cut(f, "=")
		switch name {
		case "object":
			e.Object = v
		case "meaning":
			e.Meaning = v
		default:
			e.Fields = append(e.Fields, event.Field{Name: name, Value: v})
		}
	}
	return e
}

// live is a process seen by one acquisition, with the finding that cites it.
func live(run string, started, collected int64, exe string) ([]*event.Event, claim.Finding) {
	a := ev(1, run, "process", "running", started, "pid=812", "exe="+exe+" (deleted)", "exe_state=deleted")
	b := ev(2, run, "process", "observed", collected, "pid=812", "exe="+exe+" (deleted)", "exe_state=deleted")
	return []*event.Event{a, b}, claim.Finding{ID: "f-" + run, Rule: "deleted-exe", Level: claim.High, Host: host(), Implant: "exe:" + exe, PID: 812, Path: exe, Events: []event.ID{a.ID(), b.ID()}}
}

func analyze(t *testing.T, in Input, events ...*event.Event) []claim.Infection {
	t.Helper()
	rows, err := Analyze(t.Context(), memory(events), in)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func one(t *testing.T, rows []claim.Infection) claim.Infection {
	t.Helper()
	if len(rows) != 1 {
		t.Fatalf("%d rows: %+v", len(rows), rows)
	}
	return rows[0]
}

func TestProcessAloneGivesUnknownStart(t *testing.T) {
	events, f := live("r1", t0, t0+day, "/usr/bin/x")
	row := one(t, analyze(t, Input{Findings: []claim.Finding{f}, Acquisitions: []Acquisition{{Run: "r1", Host: host(), Collected: t0 + day, Processes: "present", Files: "present"}}}, events...))
	if row.NotBefore.Known || row.NotBefore.Reason == "" {
		t.Errorf("start without evidence of absence: %+v", row.NotBefore)
	}
	if !row.NotAfter.Known || row.NotAfter.Time != t0+999999999 || row.NotAfter.Event != events[0].ID() {
		t.Errorf("not after %+v", row.NotAfter)
	}
	if !row.PresentAtCollect || row.EndNotBefore.Event != events[1].ID() || row.EndNotAfter.Known {
		t.Errorf("end %+v %+v", row.EndNotBefore, row.EndNotAfter)
	}
	if row.State != "probable" || len(row.Findings) != 1 {
		t.Errorf("%+v", row)
	}
}

func TestBootBoundsMemoryPathOnly(t *testing.T) {
	boot := ev(9, "r1", "wtmp", "boot", t0-2*day)
	late := ev(10, "r1", "wtmp", "boot", t0+hour) // a boot after the start cannot bound the start
	for exe, want := range map[string]bool{shm: true, "/usr/bin/x": false} {
		events, f := live("r1", t0, t0+day, exe)
		row := one(t, analyze(t, Input{Findings: []claim.Finding{f}}, append(events, boot, late)...))
		if row.NotBefore.Known != want || want && (row.NotBefore.Time != t0-2*day || row.NotBefore.Event != boot.ID()) {
			t.Errorf("%s: %+v", exe, row.NotBefore)
		}
	}
}

func TestClockReadingGivesTheBoot(t *testing.T) {
	events, f := live("r1", t0, t0+day, shm)
	clock := ev(9, "r1", "clock", "reading", t0+day, "when=start", "boot=1709900000000000000")
	end := ev(10, "r1", "clock", "reading", t0+day+9e9, "when=end", "boot=1709900000000000007")
	bad := ev(11, "r1", "clock", "reading", t0+day, "when=start", "boot=9709900000000000000")
	row := one(t, analyze(t, Input{Findings: []claim.Finding{f}}, append(events, clock, end, bad)...))
	if !row.NotBefore.Known || row.NotBefore.Time != 1709900000000000000 || row.NotBefore.Event != clock.ID() {
		t.Errorf("%+v", row.NotBefore)
	}
}

func TestMountTableDecidesWhatIsMemory(t *testing.T) {
	boot := ev(9, "r1", "wtmp", "boot", t0-2*day)
	tmp := ev(11, "r1", "mount", "mounted", t0+day, "object=/tmp", "fstype=tmpfs")
	disk := ev(11, "r1", "mount", "mounted", t0+day, "object=/tmp", "fstype=ext4")
	for want, m := range map[bool]*event.Event{true: tmp, false: disk} {
		events, f := live("r1", t0, t0+day, "/tmp/x")
		row := one(t, analyze(t, Input{Findings: []claim.Finding{f}}, append(events, boot, m)...))
		if row.NotBefore.Known != want {
			t.Errorf("tmpfs %v: %+v", want, row.NotBefore)
		}
	}
}

func TestCommandsThatProvePresence(t *testing.T) {
	cases := []struct {
		name string
		e    *event.Event
		want bool
	}{
		{"sudo runs it", ev(20, "r1", "syslog", "exec", t0-hour, "command=/dev/shm/kdm --init"), true},
		{"history copies to it", ev(20, "r1", "history", "exec", t0-hour, "object=cp /root/a /dev/shm/kdm"), true},
		{"audit executed it", ev(20, "r1", "audit", "exec", t0-hour, "exe=/dev/shm/kdm", "success=yes"), true},
		{"audit exec failed", ev(20, "r1", "audit", "exec", t0-hour, "exe=/dev/shm/kdm", "success=no"), false},
		{"audit created it", ev(20, "r1", "audit", "open", t0-hour, "path=/dev/shm/kdm", "success=yes"), true},
		{"somebody looked for it", ev(20, "r1", "history", "exec", t0-hour, "object=ls -l /dev/shm/kdm"), false},
		{"somebody removed it", ev(20, "r1", "history", "exec", t0-hour, "object=rm -f /dev/shm/kdm"), false},
		{"another file", ev(20, "r1", "history", "exec", t0-hour, "object=/dev/shm/kdm2"), false},
		{"born", ev(20, "r0", "file", "stat", t0-hour, "object=/dev/shm/kdm", "meaning=macb"), true},
		{"born again after deletion", ev(20, "r1", "file", "stat", t0-hour, "object=/dev/shm/kdm", "meaning=macb"), false},
		{"touched, not born", ev(20, "r0", "file", "stat", t0-hour, "object=/dev/shm/kdm", "meaning=mac."), false},
	}
	for _, c := range cases {
		events, f := live("r1", t0, t0+day, shm)
		row := one(t, analyze(t, Input{Findings: []claim.Finding{f}}, append(events, c.e)...))
		if got := row.NotAfter.Event == c.e.ID(); got != c.want {
			t.Errorf("%s: not after rests on it: %v (%s)", c.name, got, row.NotAfter.Reason)
		}
	}
}

func TestEventOfAnotherHostIsNoProof(t *testing.T) {
	events, f := live("r1", t0, t0+day, shm)
	other := ev(30, "r9", "history", "exec", t0-hour, "object=/dev/shm/kdm")
	other.Host = event.MakeHostKey("", "db01")
	boot := ev(31, "r9", "wtmp", "boot", t0-hour)
	boot.Host = other.Host
	row := one(t, analyze(t, Input{Findings: []claim.Finding{f}}, append(events, other, boot)...))
	if row.NotAfter.Event != events[0].ID() || row.NotBefore.Known {
		t.Errorf("%+v", row)
	}
}

// One mount that could not be read does not spoil what was read of the others.
func TestOnlyTheMountOfThePathMustHaveBeenRead(t *testing.T) {
	before := ev(1, "r0", "process", "observed", t0-5*day+1e9, "pid=1", "exe=/sbin/init", "exe_state=plain")
	for walked, want := range map[string]bool{"true": true, "false": false} {
		events, f := live("r1", t0, t0+day, "/usr/bin/x")
		events = append(events, before,
			ev(20, "r0", "mount", "mounted", t0-5*day, "object=/", "fstype=ext4", "walked="+walked, "denied=0"),
			ev(22, "r0", "mount", "mounted", t0-5*day, "object=/", "fstype=rootfs", "walked=false"), // another one lies over it
			ev(21, "r0", "mount", "mounted", t0-5*day, "object=/mnt/old", "fstype=nfs", "walked=false"))
		row := one(t, analyze(t, Input{Findings: []claim.Finding{f}, Acquisitions: []Acquisition{
			{Run: "r0", Host: host(), Collected: t0 - 5*day, Processes: "present", Files: "unknown"},
			{Run: "r1", Host: host(), Collected: t0 + day, Processes: "present", Files: "present"}}}, events...))
		if row.NotBefore.Known != want {
			t.Errorf("root read %s: %+v", walked, row.NotBefore)
		}
	}
}

func TestEarlierAndLaterAcquisitionsBound(t *testing.T) {
	acq := func(run string, at int64, files string) Acquisition {
		return Acquisition{Run: run, Host: host(), Collected: at, Processes: "present", Files: files}
	}
	before := ev(1, "r0", "process", "observed", t0-5*day+1e9, "pid=1", "exe=/sbin/init", "exe_state=plain")
	after := ev(1, "r2", "process", "observed", t0+9*day, "pid=1", "exe=/sbin/init", "exe_state=plain")
	events, f := live("r1", t0, t0+day, "/usr/bin/x")
	events = append(events, before, after)
	in := Input{Findings: []claim.Finding{f}, Acquisitions: []Acquisition{acq("r0", t0-5*day, "present"), acq("r1", t0+day, "present"), acq("r2", t0+9*day, "present")}}
	row := one(t, analyze(t, in, events...))
	if !row.NotBefore.Known || row.NotBefore.Time != t0-5*day || row.NotBefore.Event != before.ID() {
		t.Errorf("start %+v", row.NotBefore)
	}
	if row.PresentAtCollect || !row.EndNotAfter.Known || row.EndNotAfter.Event != after.ID() {
		t.Errorf("end %+v", row.EndNotAfter)
	}
	in.Acquisitions[0].Files = "unknown" // it did not read all file systems: no proof
	if row := one(t, analyze(t, in, events...)); row.NotBefore.Known {
		t.Errorf("a partial scan proves absence: %+v", row.NotBefore)
	}
}

func TestFileSystemCreationBounds(t *testing.T) {
	events, f := live("r1", t0, t0+day, "/usr/bin/x")
	root := ev(9, "r1", "file", "stat", t0-90*day, "object=/", "meaning=...b")
	row := one(t, analyze(t, Input{Findings: []claim.Finding{f}}, append(events, root)...))
	if !row.NotBefore.Known || row.NotBefore.Event != root.ID() {
		t.Errorf("%+v", row.NotBefore)
	}
}

// Whatever the events, bounds never cross and every known bound cites an event.
