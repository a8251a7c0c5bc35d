package timeline_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect/rule"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// t0 is 2024-03-19T00:00:00Z.
const (
	t0   = int64(1_710_806_400e9)
	hour = int64(3600e9)
	day  = 24 * hour
)

// sample is one bundle in the making: exhibits by bag name, and the events that
// point into them.
// add appends a line to an exhibit and makes the event that points at it.
// write seals the sample into a bundle.
// ingest takes a bundle and its events into the case.
// infected is a host with an implant in /dev/shm, a login and a touch.
// touched is a host where the same account ran the same command, without an implant.
func TestCaseAnswersTheThreeQuestions(t *testing.T) {
	c, dir := newCase(t)
	web, db := infected(), touched()
	ingest(t, c, web, web.write(t, dir))
	rep := ingest(t, c, db, db.write(t, dir))
	if !rep.OK || rep.Signer != "unknown" {
		t.Errorf("report %+v", rep)
	}
	ctx := t.Context()
	fs, err := c.Findings(ctx)
	if err != nil || len(fs) != 2 {
		t.Fatalf("findings %+v %v", fs, err)
	}
	ins, err := c.Infections(ctx)
	if err != nil || len(ins) != 1 {
		t.Fatalf("infections %+v %v", ins, err)
	}
	x := ins[0]
	if c.HostName(x.Host) != "web01" || !x.PresentAtCollect || !x.NotBefore.Known || x.NotBefore.Time != t0-day || x.NotAfter.Time != t0+1e7-1 || x.State != "confirmed" {
		t.Errorf("infection %+v", x)
	}
	var auditBlind bool
	for _, b := range x.Blind {
		auditBlind = auditBlind || b.Source == "audit"
	}
	if !auditBlind {
		t.Errorf("audit is absent, and the row does not say so: %+v", x.Blind)
	}
	ss, err := c.Sightings(ctx)
	if err != nil || len(ss) != 2 || ss[0].Grade != "K3" || ss[0].Account != "kim" || ss[0].Channel != "sudo" || ss[1].Grade != "K0" {
		t.Errorf("sightings %+v %v", ss, err)
	}
	hosts, err := c.Hosts(ctx)
	if err != nil || len(hosts) != 2 || hosts[0].Name != "db01" || hosts[0].State != "no sign" || hosts[1].State != "confirmed" || hosts[1].Findings[claim.High] != 2 {
		t.Errorf("hosts %+v %v", hosts, err)
	}
	st, err := c.Stat(ctx)
	if err != nil || st.Bundles != 2 || st.Hosts != 2 || st.Events != int64(len(web.events)+len(db.events)) || st.Undated != 1 || st.Warnings != 2 || st.Name != "exercise" || st.Trust["unknown"] != 2 || st.Partial {
		t.Errorf("stat %+v %v", st, err)
	}
}

func TestWithoutTheInfectedBundleNothingIsClaimed(t *testing.T) {
	c, dir := newCase(t)
	s := touched()
	ingest(t, c, s, s.write(t, dir))
	fs, _ := c.Findings(t.Context())
	ins, _ := c.Infections(t.Context())
	ss, _ := c.Sightings(t.Context())
	if len(fs)+len(ins)+len(ss) != 0 {
		t.Errorf("%v %v %v", fs, ins, ss)
	}
}

// A byte that is changed anywhere in the bundle either is told by Raw or does
// not lie under the record: never are other bytes shown without a word.
func TestJoinedHostsAreOne(t *testing.T) {
	c, dir := newCase(t)
	web := infected()
	old := newSample("web01-old", "run-old", t0+10*day)
	old.add("data/files/home/park/.bash_history", "rm -f /dev/shm/kdm", event.Event{Source: "history", Action: "exec", Actor: "park", Object: "rm -f /dev/shm/kdm", Time: event.At(t0+5*day, event.Second)})
	old.outcomes = []bundle.Outcome{{Source: "history", Target: "/home/park/.bash_history", Outcome: bundle.Collected}}
	ingest(t, c, web, web.write(t, dir))
	ingest(t, c, old, old.write(t, dir))
	if ss, _ := c.Sightings(t.Context()); len(ss) != 2 {
		t.Fatalf("before the join: %+v", ss)
	}
	if err := c.Join("web01", []event.HostKey{event.MakeHostKey("", "web01"), event.MakeHostKey("", "web01-old")}); err != nil {
		t.Fatal(err)
	}
	if err := c.Detect(t.Context(), rule.All()); err != nil {
		t.Fatal(err)
	}
	ss, err := c.Sightings(t.Context())
	if err != nil || len(ss) != 3 {
		t.Errorf("after the join: %+v %v", ss, err)
	}
	hosts, err := c.Hosts(t.Context())
	if err != nil || len(hosts) != 1 || len(hosts[0].Bundles) != 2 || hosts[0].Name != "web01" {
		t.Errorf("%+v %v", hosts, err)
	}
	fv, err := c.Facets(t.Context(), nil, "host", 0)
	if err != nil || len(fv) != 1 || fv[0].Value != "web01" {
		t.Errorf("%+v %v", fv, err)
	}
	again, err := timeline.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if got := again.HostName(event.MakeHostKey("", "web01-old")); got != "web01" {
		t.Errorf("after reopening: %q", got)
	}
	q, err := again.Parse("host:web01")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := again.Count(t.Context(), q); err != nil || n.N != int64(len(web.events)+len(old.events)) {
		t.Errorf("%+v %v", n, err)
	}
}

func TestConcurrentUse(t *testing.T) {
	c, dir := newCase(t)
	s := infected()
	path := s.write(t, dir)
	ingest(t, c, s, path)
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for j := range 5 {
				id := s.events[(i*7+j)%len(s.events)].ID()
				if _, err := c.Page(t.Context(), nil, timeline.PageRequest{Limit: 5}); err != nil {
					t.Error(err)
				}
				if _, err := c.Raw(t.Context(), id); err != nil {
					t.Error(err)
				}
				if err := c.Annotate(t.Context(), timeline.Annotation{Op: "star", Events: []event.ID{id}}); err != nil {
					t.Error(err)
				}
				if _, err := c.Hosts(t.Context()); err != nil {
					t.Error(err)
				}
				if _, err := c.Refresh(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		if err := c.Detect(t.Context(), rule.All()); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
}

func TestClosedCase(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "case")
	if err := timeline.Create(dir, timeline.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	c, err := timeline.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Page(t.Context(), nil, timeline.PageRequest{Limit: 1}); !errors.Is(err, timeline.ErrClosed) {
		t.Errorf("%v", err)
	}
	if _, err := c.Refresh(); !errors.Is(err, timeline.ErrClosed) {
		t.Errorf("%v", err)
	}
}

func TestCreateAndConfigMistakes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "case")
	if err := timeline.Create(dir, timeline.CreateOptions{Zone: "Asia/Nowhere"}); err == nil {
		t.Error("a zone that does not exist")
	}
	if _, err := timeline.Open(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no case: %v", err)
	}
	if err := timeline.Create(dir, timeline.CreateOptions{Zone: "Asia/Seoul"}); err != nil {
		t.Fatal(err)
	}
	if err := timeline.Create(dir, timeline.CreateOptions{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("created over a case: %v", err)
	}
	file := filepath.Join(dir, "case.toml")
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"unknown entry": string(good) + "\nzoen = \"UTC\"\n",
		"bad toml":      "version = ",
		"version":       "version = 99\nzone = \"UTC\"\n",
		"bad key":       string(good) + "\n[[host]]\nname = \"a\"\nkeys = [\"xyz\"]\n",
		"two hosts":     string(good) + "\n[[host]]\nname = \"a\"\nkeys = [\"0123456789abcdef\"]\n[[host]]\nname = \"b\"\nkeys = [\"0123456789abcdef\"]\n",
		"bad zone":      "version = 1\nzone = \"../../etc/passwd\"\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := timeline.Open(dir); !errors.Is(err, timeline.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
