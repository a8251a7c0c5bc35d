package timeline_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/detect/rule"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// everything is all claims of a case.
func everything(t *testing.T, c *timeline.Case) []any {
	t.Helper()
	fs, err := c.Findings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ins, err := c.Infections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ss, err := c.Sightings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cov, err := c.Coverage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(fs) == 0 || len(ins) == 0 || len(ss) == 0 || len(cov) == 0 {
		t.Fatalf("nothing to compare: %d findings, %d infections, %d sightings, %d rows of coverage", len(fs), len(ins), len(ss), len(cov))
	}
	return []any{fs, ins, ss, cov}
}

// The same inputs give the same claims: in any order of ingest, and when the
// detectors run again.
func TestClaimsDoNotDependOnTheOrder(t *testing.T) {
	a, dirA := newCase(t)
	for _, s := range []*sample{infected(), touched()} {
		ingest(t, a, s, s.write(t, dirA))
	}
	b, dirB := newCase(t)
	for _, s := range []*sample{touched(), infected()} {
		ingest(t, b, s, s.write(t, dirB))
	}
	first := everything(t, a)
	if d := cmp.Diff(first, everything(t, b)); d != "" {
		t.Errorf("another order of ingest: %s", d)
	}
	if err := a.Detect(t.Context(), rule.All()); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(first, everything(t, a)); d != "" {
		t.Errorf("a second detection: %s", d)
	}
	da, err := a.Digest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db, err := b.Digest(t.Context())
	if err != nil || da.SHA256 != db.SHA256 {
		t.Errorf("digests %v %v %v", da, db, err)
	}
}

// A log that lies in /tmp proves neither coverage nor what an account did.
func TestAStrayLogProvesNothing(t *testing.T) {
	c, dir := newCase(t)
	s := infected()
	var stray []*event.Event
	for i := range int64(100) {
		stray = append(stray, s.add("data/files/tmp/auth.log", "sudo: park : COMMAND=/usr/bin/rm /dev/shm/kdm", event.Event{Source: "audit", Action: "exec", Actor: "park", Object: "/usr/bin/rm",
			Time: event.At(t0+i*hour, event.Second)}, "auid=1001", "command=/usr/bin/rm /dev/shm/kdm"))
	}
	s.sources = map[string]string{"data/files/tmp/auth.log": "scratch"}
	ingest(t, c, s, s.write(t, dir))
	ss, err := c.Sightings(t.Context())
	if err != nil || len(ss) != 2 {
		t.Errorf("%+v %v", ss, err)
	}
	cov, err := c.Coverage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range cov {
		if r.Source == "audit" && r.State == "present" {
			t.Errorf("%+v", r)
		}
	}
	if row, ok, err := c.Get(t.Context(), stray[0].ID()); err != nil || !ok || row.Event.Actor != "park" {
		t.Errorf("the record itself must stay: %v %v", ok, err)
	}
}
