package timeline_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// Keys that may stand for one host are named with the reason, until case.toml
// joins them; hosts that have nothing in common are not.
func TestAlikeHosts(t *testing.T) {
	host := func(name, machine, run string) *sample {
		s := newSample(name, run, t0+10*day)
		s.machine, s.outcomes = machine, []bundle.Outcome{{Source: "logs", Target: "/var/log/auth.log", Outcome: bundle.Collected}}
		e := s.add("data/files/var/log/auth.log", "sshd: hello "+run, event.Event{Source: "syslog", Action: "logged", Time: event.At(t0, event.Second)})
		e.Host = event.MakeHostKey(machine, name)
		return s
	}
	spoken := host("loghost", "m9", "r9")
	e := spoken.add("data/files/var/log/remote.log", "web01 sshd: hello", event.Event{Source: "syslog", Action: "logged", Time: event.At(t0, event.Second)}, "hostname=web01")
	e.HeldBy, e.Host = e.Host, event.MakeHostKey("", "web01")
	for name, tt := range map[string]struct {
		bundles []*sample
		want    []string // host of the group and a word of the reason
	}{
		"renamed":             {[]*sample{host("web01", "m1", "r1"), host("web01-old", "m1", "r2")}, []string{"web01-old renamed"}},
		"installed anew":      {[]*sample{host("web01", "m1", "r1"), host("web01", "m2", "r2")}, []string{"web01 anew"}},
		"plain logs":          {[]*sample{host("web01", "m1", "r1"), host("web01", "", "r2")}, []string{"web01 plain"}},
		"domain":              {[]*sample{host("web01.example.com", "m1", "r1"), host("WEB01", "", "r2")}, []string{"web01 plain"}},
		"loghost":             {[]*sample{host("web01", "m1", "r1"), spoken}, []string{"web01 plain"}},
		"twice the same":      {[]*sample{host("web01", "m1", "r1"), host("web01", "m1", "r2")}, nil},
		"two hosts":           {[]*sample{host("web01", "m1", "r1"), host("web02", "m2", "r2")}, nil},
		"addresses":           {[]*sample{host("10.0.0.1", "", "r1"), host("10.0.0.2", "", "r2")}, nil},
		"nothing to tell by":  {[]*sample{host("localhost", "", "r1"), host("localhost.localdomain", "", "r2")}, nil},
		"renamed, anew, logs": {[]*sample{host("a", "m1", "r1"), host("b", "m1", "r2"), host("b", "m2", "r3"), host("a", "", "r4")}, []string{"a plain", "b anew", "b renamed"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, dir := newCase(t)
			for _, s := range tt.bundles {
				ingest(t, c, s, s.write(t, dir))
			}
			var got []string
			list, err := c.Alike(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list {
				word := ""
				for _, w := range []string{"renamed", "anew", "plain"} {
					if strings.Contains(a.Why, w) {
						word = w
					}
				}
				got = append(got, a.Name+" "+word)
				if len(a.Keys) < 2 || len(a.Shown) != len(a.Keys) {
					t.Errorf("%+v", a)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
			joinAll(t, c, list)
		})
	}
}

// joinAll joins what was named; then nothing may be left.
func joinAll(t *testing.T, c *timeline.Case, list []timeline.Alike) {
	t.Helper()
	var keys []event.HostKey
	for _, a := range list {
		keys = append(keys, a.Keys...)
	}
	if len(keys) == 0 {
		return
	}
	if err := c.Join("one", keys); err != nil {
		t.Fatal(err)
	}
	if left, err := c.Alike(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("joined, and still %+v %v", left, err)
	}
}
