package knowledge

import (
	"context"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

const (
	t0   = int64(1_710_000_000e9)
	hour = int64(3600e9)
	day  = 24 * hour
)

func host() event.HostKey { return event.MakeHostKey("", "web01") }

// memory answers every question with all events.
type memory []*event.Event

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

func (m memory) Acts(_ context.Context, actions, fields []string, f func(*event.Slim) error) error {
	for _, e := range slices.Backward(m) { // in no order
		if s := event.SlimOf(e, fields, nil); slices.Contains(actions, e.Action) {
			if err := f(&s); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m memory) Get(_ context.Context, id event.ID) (*event.Event, bool, error) {
	for _, e := range m {
		if e.ID() == id {
			return e, true, nil
		}
	}
	return nil, false, nil
}

func (m memory) Commands(context.Context, event.HostKey, []string) iter.Seq2[*event.Event, error] {
	return m.all()
}

func ev(n int, source, action string, at int64, fields ...string) *event.Event {
	e := &event.Event{Host: host(), Source: source, Parser: source, Action: action, Time: event.At(at, event.Second), Origin: event.Origin{Run: "r", Exhibit: 1, Offset: int64(n), Length: 1}}
	for _, f := range fields {
		name, v, _ := strings.Cut(f, "=")
		switch name {
		case "object":
			e.Object = v
		case "actor":
			e.Actor = v
		case "parser":
			e.Parser = v
		default:
			e.Fields = append(e.Fields, event.Field{Name: name, Value: v})
		}
	}
	return e
}

// infected is /dev/shm/kdmt, process 812, from t0 to t0 + 10 days.
func infected() Input {
	return Input{
		Infections: []claim.Infection{{ID: "inf", Host: host(), Implant: "exe:/dev/shm/kdmt", NotAfter: claim.Bound{Known: true, Time: t0},
			EndNotBefore: claim.Bound{Known: true, Time: t0 + 10*day}, PresentAtCollect: true}},
		Findings:  []claim.Finding{{ID: "f", Host: host(), Implant: "exe:/dev/shm/kdmt", Path: "/dev/shm/kdmt", PID: 812}},
		Collected: map[event.HostKey]int64{host(): t0 + 10*day},
		HostNames: map[event.HostKey][]string{host(): {"web01"}},
	}
}

func analyze(t *testing.T, events ...*event.Event) []claim.Sighting {
	t.Helper()
	out, err := Analyze(t.Context(), memory(events), infected())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range out {
		if !strings.Contains(s.Alternative, "an intruder using this account") || s.Person != "" || s.Kind != "account" || len(s.Events) == 0 || s.ID == "" {
			t.Errorf("sighting without alternative, events or id, or with a person: %+v", s)
		}
	}
	return out
}

func graded(ss []claim.Sighting, grade string) []claim.Sighting {
	var out []claim.Sighting
	for _, s := range ss {
		if s.Grade == grade {
			out = append(out, s)
		}
	}
	return out
}

func TestTouches(t *testing.T) {
	cases := []struct {
		name    string
		e       *event.Event
		account string // "" for no sighting
		channel string
	}{
		{"sudo names the path", ev(1, "syslog", "exec", t0+day, "actor=kim", "runas=root", "command=/usr/bin/ls -l /dev/shm/kdmt", "parser=sudo"), "kim", "sudo"},
		{"audit by login id", ev(1, "audit", "exec", t0+day, "actor=park", "auid=1001", "cmdline=rm -f /dev/shm/kdmt", "exe=/usr/bin/rm"), "park", "audit"},
		{"audit without a login", ev(1, "audit", "exec", t0+day, "actor=root", "auid=4294967295", "cmdline=rm -f /dev/shm/kdmt"), "", ""},
		{"the account that started it", ev(1, "audit", "exec", t0-hour, "actor=kim", "auid=1000", "exe=/dev/shm/kdmt", "cmdline=/dev/shm/kdmt --init"), "kim", "audit"},
		{"the implant itself opens its file", ev(1, "audit", "open", t0+day, "actor=kim", "auid=1000", "exe=/dev/shm/kdmt", "path=/dev/shm/kdmt"), "", ""},
		{"audit watch on the file", ev(1, "audit", "delete", t0+day, "actor=kim", "auid=1000", "exe=/usr/bin/rm", "path=/dev/shm/kdmt"), "kim", "audit"},
		{"history, relative, directory not known", ev(1, "history", "exec", t0+day, "actor=kim", "object=./kdmt"), "kim", "history"},
		{"by name", ev(1, "history", "exec", t0+day, "actor=kim", "object=pkill kdmt"), "kim", "history"},
		{"inside a script", ev(1, "history", "exec", t0+day, "actor=kim", `object=python3 -c 'open("/dev/shm/kdmt")'`), "kim", "history"},
		{"by pid", ev(1, "history", "exec", t0+day, "actor=kim", "object=kill -9 812"), "kim", "history"},
		{"pid before the process", ev(1, "history", "exec", t0-day, "actor=kim", "object=kill -9 812"), "", ""},
		{"another name", ev(1, "history", "exec", t0+day, "actor=kim", "object=ls /dev/shm/kdmtx /srv/akdmt"), "", ""},
		{"only the directory", ev(1, "history", "exec", t0+day, "actor=kim", "object=ls /dev/shm"), "", ""},
		{"the collector's own record", ev(1, "process", "observed", t0+day, "actor=root", "exe=/dev/shm/kdmt", "object=/dev/shm/kdmt"), "", ""},
		{"written by logger", func() *event.Event {
			e := ev(1, "journal", "exec", t0+day, "actor=kim", "command=/usr/bin/rm /dev/shm/kdmt", "parser=sudo")
			e.Tags = []string{"unvouched"}
			return e
		}(), "", ""},
		{"no account", ev(1, "history", "exec", t0+day, "object=rm /dev/shm/kdmt"), "", ""},
	}
	for _, c := range cases {
		got := graded(analyze(t, c.e), Touched)
		switch {
		case c.account == "" && len(got) != 0:
			t.Errorf("%s: %+v", c.name, got)
		case c.account != "" && (len(got) != 1 || got[0].Account != c.account || got[0].Channel != c.channel || got[0].Events[0] != c.e.ID() || got[0].Rung != "odd-event"):
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestAnotherHostIsNoSighting(t *testing.T) {
	e := ev(1, "history", "exec", t0+day, "actor=kim", "object=rm /dev/shm/kdmt")
	l := ev(2, "wtmp", "login", t0+day, "actor=kim")
	e.Host, l.Host = event.MakeHostKey("", "db01"), event.MakeHostKey("", "db01")
	if got := analyze(t, e, l); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestCommandOnAnotherHostMustNameTheInfectedOne(t *testing.T) {
	for l, want := range map[string]int{
		"ssh web01 rm -f /dev/shm/kdmt": 1, "ssh root@web01.example.net 'ls -l /dev/shm/kdmt'": 1, "scp web01:/dev/shm/kdmt /root/": 1, "ansible -i WEB01, -m shell -a 'rm /dev/shm/kdmt'": 1,
		"ssh db02 rm -f /dev/shm/kdmt": 0, "ssh web012 rm /dev/shm/kdmt": 0, "rm /dev/shm/kdmt": 0, "ssh web01 rm /dev/shm/kdmtx": 0,
	} {
		e := ev(1, "history", "exec", t0+day, "actor=kim", "object="+l)
		e.Host = event.MakeHostKey("", "bastion")
		got := graded(analyze(t, e), Touched)
		if len(got) != want || want == 1 && got[0].Host != host() {
			t.Errorf("%s: %+v", l, got)
		}
	}
}

func TestNameOfAnotherProgramDoesNotPoint(t *testing.T) {
	other := ev(2, "process", "observed", t0, "exe=/usr/sbin/kdmt")
	e := ev(1, "history", "exec", t0+day, "actor=kim", "object=systemctl status kdmt")
	if got := analyze(t, other, e); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestRecordsOfOneActAreOneSighting(t *testing.T) {
	got := graded(analyze(t,
		ev(1, "syslog", "exec", t0+day, "actor=kim", "runas=root", "command=/usr/bin/rm -f /dev/shm/kdmt", "parser=sudo"),
		ev(2, "audit", "exec", t0+day+1e9, "actor=kim", "auid=1000", "cmdline=rm -f /dev/shm/kdmt", "exe=/usr/bin/rm"),
		ev(3, "history", "exec", t0+day, "actor=kim", "object=sudo rm -f /dev/shm/kdmt"),
		ev(4, "history", "exec", t0+2*day, "actor=kim", "object=sudo rm -f /dev/shm/kdmt"),
		ev(5, "audit", "exec", t0+day, "actor=park", "auid=1001", "cmdline=rm -f /dev/shm/kdmt", "exe=/usr/bin/rm"),
	), Touched)
	if len(got) != 3 || len(got[0].Events)+len(got[1].Events) != 4 || got[0].Channel != "audit, history, sudo" && got[1].Channel != "audit, history, sudo" {
		t.Errorf("%+v", got)
	}
}

func TestUndatedHistoryKeepsItsBounds(t *testing.T) {
	e := ev(1, "history", "exec", 0, "actor=kim", "object=rm /dev/shm/kdmt")
	e.Time = event.Between(t0-30*day, t0+9*day, event.StampNone, event.BoundBirth, event.BoundMtime)
	got := graded(analyze(t, e), Touched)
	if len(got) != 1 || got[0].Earliest != t0-30*day || got[0].Latest != t0+9*day || got[0].EventDate != event.NoInstant {
		t.Errorf("%+v", got)
	}
}

func TestPresences(t *testing.T) {
	end := "session_end=2024-03-09T20:00:00Z" // t0 is 2024-03-09T16:00:00Z
	cases := []struct {
		name string
		e    *event.Event
		want bool
	}{
		{"ssh login during it", ev(1, "journal", "login", t0+day, "actor=kim", "parser=sshd"), true},
		{"before it, no end known", ev(1, "wtmp", "login", t0-hour, "actor=kim"), false},
		{"before it, lasting into it", ev(1, "wtmp", "login", t0-hour, "actor=kim", end), true},
		{"before it, ended before", ev(1, "wtmp", "login", t0-9*hour, "actor=kim", "session_end=2024-03-09T12:00:00Z"), false},
		{"logged in at the acquisition", ev(1, "utmp", "login", t0-hour, "actor=kim"), true},
		{"after the last proof", ev(1, "wtmp", "login", t0+11*day, "actor=kim"), false},
		{"failed", ev(1, "audit", "login", t0+day, "actor=kim", "success=no"), false},
		{"attempt", ev(1, "btmp", "failed-login", t0+day, "actor=kim"), false},
		{"session of sudo", ev(1, "audit", "session-start", t0+day, "actor=kim", "exe=/usr/bin/sudo"), false},
		{"session of sshd", ev(1, "audit", "session-start", t0+day, "actor=kim", "exe=/usr/sbin/sshd"), true},
		{"no name", ev(1, "wtmp", "login", t0+day), false},
	}
	for _, c := range cases {
		got := graded(analyze(t, c.e), Presence)
		if (len(got) == 1) != c.want || len(got) > 1 {
			t.Errorf("%s: %+v", c.name, got)
		}
		if len(got) == 1 && got[0].Rung != "" {
			t.Errorf("%s: presence claims knowledge: %+v", c.name, got[0])
		}
	}
}

func TestLoginsOfOneAccountAreOneRow(t *testing.T) {
	var events []*event.Event
	for i := range 200 {
		events = append(events, ev(i, "wtmp", "login", t0+int64(i)*hour, "actor=kim"))
	}
	events = append(events, ev(900, "journal", "login", t0+hour, "actor=kim", "parser=sshd"), ev(901, "wtmp", "login", t0+hour, "actor=park"))
	got := graded(analyze(t, events...), Presence)
	if len(got) != 2 || got[0].Account != "kim" || len(got[0].Events) != maxCited || got[0].Channel != "ssh, wtmp" || got[0].Latest != t0+199*hour+999999999 || !strings.HasPrefix(got[0].Alternative, "200 logins") || strings.Contains(got[1].Alternative, "logins") {
		t.Errorf("%+v", got)
	}
}

func TestNoInfectionNoSighting(t *testing.T) {
	out, err := Analyze(t.Context(), memory{ev(1, "history", "exec", t0, "actor=kim", "object=/dev/shm/kdmt")}, Input{})
	if err != nil || len(out) != 0 {
		t.Errorf("%v %v", out, err)
	}
}

func TestSchedulesAreOneRow(t *testing.T) {
	var events []*event.Event
	for i := range 100 {
		events = append(events, ev(i, "syslog", "exec", t0+int64(i)*hour, "actor=root", "command=/dev/shm/kdmt --check", "parser=cron"))
	}
	events = append(events, ev(900, "history", "exec", t0+day, "actor=root", "object=rm /dev/shm/kdmt"))
	got := graded(analyze(t, events...), Touched)
	if len(got) != 2 {
		t.Fatalf("%d rows", len(got))
	}
	s := got[0]
	if s.Earliest != t0 || s.Latest != t0+99*hour+999999999 || len(s.Events) != maxCited || !strings.Contains(s.Alternative, "100 times") || s.Channel != "cron" {
		t.Errorf("%+v", s)
	}
}

func TestAWordOfTheHostDoesNotPoint(t *testing.T) {
	var events []*event.Event
	for i := range maxNamed + 1 {
		events = append(events, ev(i, "history", "exec", t0+int64(i)*1e9, "actor=kim", "object=kdmt "+string(rune('a'+i%26))))
	}
	if got := graded(analyze(t, events...), Touched); len(got) != 0 {
		t.Errorf("%d rows", len(got))
	}
}
