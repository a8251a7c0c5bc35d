package infection

import (
	"context"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

func TestTwoStaysAreTwoRows(t *testing.T) {
	acq := func(run string, at int64) Acquisition {
		return Acquisition{Run: run, Host: host(), Collected: at, Processes: "present", Files: "present"}
	}
	a, f1 := live("r1", t0, t0+day, "/usr/bin/x")
	between := ev(1, "r2", "process", "observed", t0+5*day, "pid=1")
	c, f2 := live("r3", t0+8*day, t0+9*day, "/usr/bin/x")
	rows := analyze(t, Input{Findings: []claim.Finding{f1, f2}, Acquisitions: []Acquisition{acq("r1", t0+day), acq("r2", t0+5*day), acq("r3", t0+9*day)}}, append(append(a, between), c...)...)
	if len(rows) != 2 || rows[0].ID == rows[1].ID {
		t.Fatalf("%+v", rows)
	}
	if rows[0].PresentAtCollect || rows[0].EndNotAfter.Event != between.ID() || rows[1].NotBefore.Event != between.ID() || !rows[1].PresentAtCollect {
		t.Errorf("%+v", rows)
	}
}

func TestBootEndsWhatLivedInMemory(t *testing.T) {
	events, f := live("r1", t0, t0+day, shm)
	boot := ev(9, "r2", "wtmp", "boot", t0+3*day)
	row := one(t, analyze(t, Input{Findings: []claim.Finding{f}, Acquisitions: []Acquisition{
		{Run: "r1", Host: host(), Collected: t0 + day}, {Run: "r2", Host: host(), Collected: t0 + 4*day, Processes: "unknown"}}}, append(events, boot)...))
	if !row.EndNotAfter.Known || row.EndNotAfter.Event != boot.ID() || row.PresentAtCollect {
		t.Errorf("%+v", row)
	}
}

func TestBlindStretches(t *testing.T) {
	events, f := live("r1", t0, t0+day, shm)
	cov := []claim.Coverage{
		{Host: host(), Source: "journal", From: event.MinTime, To: t0 + hour, State: "absent"},
		{Host: host(), Source: "journal", From: t0 + hour, To: t0 + 5*hour, State: "present"},
		{Host: host(), Source: "journal", From: t0 + 5*hour, To: t0 + 6*hour, State: "unknown"},
		{Host: host(), Source: "journal", From: t0 + 6*hour, To: t0 + 7*hour, State: "absent"},
		{Host: host(), Source: "journal", From: t0 - 5*day, To: t0 - 4*day, State: "absent"},
		{Host: event.MakeHostKey("", "x"), Source: "audit", From: t0, To: t0 + day, State: "absent"},
	}
	row := one(t, analyze(t, Input{Findings: []claim.Finding{f}, Coverage: cov}, events...))
	want := []claim.Blind{{From: t0 + 999999999, To: t0 + hour, Source: "journal"}, {From: t0 + 5*hour, To: t0 + 7*hour, Source: "journal"}}
	if !slices.Equal(row.Blind, want) {
		t.Errorf("blind %+v, want %+v", row.Blind, want)
	}
}

func TestNoImplantNoRow(t *testing.T) {
	events, f := live("r1", t0, t0+day, shm)
	f.Implant = ""
	if rows := analyze(t, Input{Findings: []claim.Finding{f}}, events...); len(rows) != 0 {
		t.Errorf("%+v", rows)
	}
	if rows := analyze(t, Input{}, events...); len(rows) != 0 {
		t.Errorf("%+v", rows)
	}
}

func TestTwoDetectorsAgree(t *testing.T) {
	events, f := live("r1", t0, t0+day, shm)
	s := ev(5, "r1", "socket", "filter-attached", t0+day, "pid=812")
	g := f
	g.ID, g.Rule, g.Events = "g", "socket-filter", []event.ID{s.ID()}
	if row := one(t, analyze(t, Input{Findings: []claim.Finding{f, g}}, append(events, s)...)); row.State != "confirmed" || len(row.Findings) != 2 {
		t.Errorf("%+v", row)
	}
}

func TestBoundsNeverCross(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		start := t0 + rapid.Int64Range(-day, day).Draw(rt, "start")
		events, f := live("r1", start, t0+2*day, shm)
		n := rapid.IntRange(0, 8).Draw(rt, "n")
		for i := range n {
			at := t0 + rapid.Int64Range(-3*day, 3*day).Draw(rt, "at")
			e := rapid.SampledFrom([]*event.Event{
				ev(100+i, "r1", "wtmp", "boot", at),
				ev(100+i, "r1", "history", "exec", at, "object=/dev/shm/kdm"),
				ev(100+i, "r0", "process", "observed", t0-2*day+1e9, "pid=1"),
				ev(100+i, "r2", "process", "observed", at+3*day, "pid=1"),
			}).Draw(rt, "e")
			if rapid.Bool().Draw(rt, "open") {
				e.Time.Earliest = event.MinTime
			}
			events = append(events, e)
		}
		rows, err := Analyze(context.Background(), memory(events), Input{Findings: []claim.Finding{f}, Acquisitions: []Acquisition{
			{Run: "r0", Host: host(), Collected: t0 - 2*day, Processes: "present", Files: "present"},
			{Run: "r1", Host: host(), Collected: t0 + 2*day}, {Run: "r2", Host: host(), Collected: t0 + 3*day, Processes: "present", Files: "present"}}})
		if err != nil {
			rt.Fatal(err)
		}
		for _, r := range rows {
			if r.NotBefore.Known && r.NotBefore.Time > r.NotAfter.Time {
				rt.Fatalf("start bounds cross: %+v", r)
			}
			if r.EndNotAfter.Known && r.EndNotAfter.Time < r.EndNotBefore.Time {
				rt.Fatalf("end bounds cross: %+v", r)
			}
			for _, b := range []claim.Bound{r.NotBefore, r.NotAfter, r.EndNotBefore, r.EndNotAfter} {
				if b.Reason == "" || b.Known && b.Event == (event.ID{}) {
					rt.Fatalf("bound without reason or event: %+v", b)
				}
			}
		}
	})
}

// A process that nobody may look into (pid 1 of some containers) ran before,
// during and after: it is not what came and went.
func TestUnreadableProcessThatWasThereAllAlong(t *testing.T) {
	dark := func(run, start string, at int64) *event.Event {
		return ev(1, run, "process", "observed", at, "pid=1", "exe_state=unreadable", "start_ticks="+start)
	}
	acq := func(run string, at int64) Acquisition {
		return Acquisition{Run: run, Host: host(), Collected: at, Processes: "unknown", Files: "present", Unread: 1}
	}
	for name, c := range map[string]struct {
		start  string
		unread int
		known  bool
	}{"the same process": {"25", 1, true}, "another one": {"777", 1, false}, "more than the outcome says": {"25", 2, false}} {
		events, f := live("r1", t0, t0+day, "/usr/bin/x")
		events = append(events, dark("r0", "25", t0-5*day+1e9), dark("r1", c.start, t0+day), dark("r2", "25", t0+9*day))
		in := Input{Findings: []claim.Finding{f}, Acquisitions: []Acquisition{acq("r0", t0-5*day), acq("r1", t0+day), acq("r2", t0+9*day)}}
		in.Acquisitions[0].Unread, in.Acquisitions[2].Unread = c.unread, c.unread
		row := one(t, analyze(t, in, events...))
		if row.NotBefore.Known != c.known || row.EndNotAfter.Known != c.known {
			t.Errorf("%s: start %+v, end %+v", name, row.NotBefore, row.EndNotAfter)
		}
	}
}

// The host where the implant is proven earliest comes first, whatever its key.
func TestInfectionsComeInTheOrderOfTheirProof(t *testing.T) {
	var in Input
	var all []*event.Event
	for i, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		h := event.MakeHostKey("", name)
		events, f := live("r"+name, t0-int64(i)*day, t0+day, shm)
		f.Host = h
		for _, e := range events {
			e.Host = h
		}
		in.Findings = append(in.Findings, f)
		in.Acquisitions = append(in.Acquisitions, Acquisition{Run: "r" + name, Host: h, Collected: t0 + day})
		all = append(all, events...)
	}
	rows := analyze(t, in, all...)
	if len(rows) != 7 {
		t.Fatalf("%d rows", len(rows))
	}
	for i := range rows[1:] {
		if rows[i].NotAfter.Time >= rows[i+1].NotAfter.Time {
			t.Errorf("row %d is shown from %d, the next from %d", i, rows[i].NotAfter.Time, rows[i+1].NotAfter.Time)
		}
	}
}
