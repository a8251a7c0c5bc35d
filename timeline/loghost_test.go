package timeline_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// A loghost's lines speak of hosts that have no bundle of their own.
func TestHostsThatOnlyALoghostNames(t *testing.T) {
	c, dir := newCase(t)
	s := touched()
	e := s.add("data/files/var/log/remote.log", "Mar  3 app07 sshd: hello", event.Event{Source: "syslog", Action: "logged", Time: event.At(t0, event.Second)}, "hostname=app07")
	e.HeldBy, e.Host = e.Host, event.MakeHostKey("", "app07")
	ingest(t, c, s, s.write(t, dir))
	if got := c.HostName(e.Host); got != "app07" {
		t.Errorf("named %q", got)
	}
	q, err := c.Parse("host:app07")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := c.Count(t.Context(), q); err != nil || n.N != 1 {
		t.Errorf("%+v %v", n, err)
	}
	hosts, err := c.Hosts(t.Context())
	if err != nil || len(hosts) != 2 || hosts[0].Name != "app07" || len(hosts[0].Bundles) != 0 {
		t.Errorf("%+v %v", hosts, err)
	}
}

// Many hosts on few lines are read in one pass: names, rows and rhythm must be
// what asking one by one gives.
func TestManyHostsOfOneLoghost(t *testing.T) {
	c, dir := newCase(t)
	s := touched()
	const hosts, lines = 150, 30
	for i := range hosts * lines {
		name := fmt.Sprintf("cell%03d", i%hosts)
		e := s.add("data/files/var/log/remote.log", name+" sshd: hello", event.Event{Source: "syslog", Action: "logged", Time: event.At(t0+int64(i/hosts)*600e9, event.Second)}, "hostname="+name)
		e.HeldBy, e.Host = e.Host, event.MakeHostKey("", name)
	}
	ingest(t, c, s, s.write(t, dir))
	got, err := c.Hosts(t.Context())
	if err != nil || len(got) != hosts+1 {
		t.Fatalf("%d hosts, %v", len(got), err)
	}
	if got[0].Name != "cell000" || got[hosts-1].Name != fmt.Sprintf("cell%03d", hosts-1) || got[7].Events != lines {
		t.Errorf("%+v ... %+v", got[0], got[hosts-1])
	}
	rows, err := c.Coverage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[event.HostKey]bool{}
	for _, r := range rows {
		if r.Source == "syslog" && r.From == t0 && r.To >= t0+(lines-1)*600e9 && strings.HasPrefix(r.JudgedBy, "events:") {
			seen[r.Host] = true
		}
	}
	if len(seen) < hosts {
		t.Errorf("%d of %d hosts have their stretch of syslog", len(seen), hosts)
	}
}
