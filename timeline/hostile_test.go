package timeline_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/detect/rule"
	"github.com/saksi-dfir/saksi/timeline/event"
)

func TestCutBundleIsTakenAsFarAsItIsProven(t *testing.T) {
	c, dir := newCase(t)
	s := infected()
	path := s.write(t, dir)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b[:len(b)*9/10], 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := c.Writer(timeline.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	in, err := w.Ingest(t.Context(), path, timeline.IngestOptions{Parsers: map[string]int{"test": 1}})
	if err != nil {
		t.Fatal(err)
	}
	if in.Report.OK || in.Report.Integrity != "cut" {
		t.Errorf("a cut bundle passes: %+v", in.Report)
	}
	if err := errors.Join(in.Commit(), w.Close()); err != nil {
		t.Fatal(err)
	}
	hosts, err := c.Hosts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hosts {
		if h.Integrity != "cut" {
			t.Errorf("the cut is not told: %+v", h)
		}
	}
}

func TestDamagedStoreIsToldAndRebuilt(t *testing.T) {
	c, dir := newCase(t)
	s := infected()
	ingest(t, c, s, s.write(t, dir))
	before, err := c.Digest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Annotate(t.Context(), timeline.Annotation{Op: "star", Events: []event.ID{s.events[0].ID()}}); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	cur := filepath.Join(dir, "store", "CURRENT")
	b, err := os.ReadFile(cur)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(cur, b, 0o600); err != nil {
		t.Fatal(err)
	}
	var damaged *timeline.DamagedError
	if _, err := timeline.Open(dir); !errors.As(err, &damaged) || !strings.Contains(damaged.Error(), "CURRENT") {
		t.Fatalf("damage is not named: %v", err)
	}
	if ps, err := timeline.Check(t.Context(), dir); err == nil && len(ps) == 0 {
		t.Error("check finds nothing wrong")
	}
	paths, err := timeline.Rebuild(dir)
	if err != nil || len(paths) != 1 {
		t.Fatalf("%v %v", paths, err)
	}
	again, err := timeline.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if st, err := again.Stat(t.Context()); err != nil || !st.Partial || st.Events != 0 {
		t.Errorf("between emptying and ingest the case must say that it is not all: %+v %v", st, err)
	}
	ingest(t, again, s, paths[0])
	after, err := again.Digest(t.Context())
	if err != nil || after.SHA256 != before.SHA256 {
		t.Errorf("digest after rebuild %v, before %v, %v", after, before, err)
	}
	if m, err := again.Marks(t.Context(), []event.ID{s.events[0].ID()}); err != nil || !m[s.events[0].ID()].Star {
		t.Errorf("the star is lost: %v %v", m, err)
	}
}

func TestRebuildIsRefusedWhileTheCaseIsWritten(t *testing.T) {
	c, dir := newCase(t)
	w, err := c.Writer(timeline.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var locked *timeline.LockedError
	if _, err := timeline.Rebuild(dir); !errors.As(err, &locked) {
		t.Errorf("%v", err)
	}
	if err := c.Detect(t.Context(), rule.All()); !errors.As(err, &locked) {
		t.Errorf("%v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := timeline.Rebuild(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("rebuild of what is no case: %v", err)
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	c, dir := newCase(t)
	s := infected()
	path := s.write(t, dir)
	w, err := c.Writer(timeline.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	in, err := w.Ingest(t.Context(), path, timeline.IngestOptions{Parsers: map[string]int{"test": 1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range s.events {
		if err := in.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Abort(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	st, err := c.Stat(t.Context())
	if err != nil || st.Events != 0 || st.Bundles != 0 || !st.Partial {
		t.Errorf("%+v %v", st, err)
	}
	ingest(t, c, s, path) // it continues
	if st, err := c.Stat(t.Context()); err != nil || st.Events != int64(len(s.events)) || st.Partial {
		t.Errorf("%+v %v", st, err)
	}
}

func TestTornLedgerLine(t *testing.T) {
	c, dir := newCase(t)
	s := touched()
	path := s.write(t, dir)
	ledger := filepath.Join(dir, "bundles.jsonl")
	if err := os.WriteFile(ledger, []byte(`{"run":"run-x","seal":"ab","pa`), 0o600); err != nil {
		t.Fatal(err)
	}
	ingest(t, c, s, path)
	lines, err := c.Ledger()
	if err != nil || len(lines) != 1 || lines[0].Run != "run-db01" || lines[0].Path != path {
		t.Errorf("%+v %v", lines, err)
	}
	if err := os.WriteFile(ledger, []byte("junk\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Ledger(); !errors.Is(err, timeline.ErrConfig) {
		t.Errorf("%v", err)
	}
}

func TestCopyKeepsTheBundleInTheCase(t *testing.T) {
	c, _ := newCase(t)
	s := touched()
	path := s.write(t, t.TempDir())
	if err := os.WriteFile(path+bundle.ReceiptSuffix, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := c.Writer(timeline.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	in, err := w.Ingest(t.Context(), path, timeline.IngestOptions{Copy: true, Parsers: map[string]int{"test": 1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range s.events {
		if err := in.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(in.Commit(), w.Close(), os.Remove(path)); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadDir(c.BundleDir())
	if err != nil || len(kept) != 2 || kept[1].Name() != kept[0].Name()+bundle.ReceiptSuffix {
		t.Errorf("%v %v", kept, err)
	}
	r, err := c.Raw(t.Context(), s.events[0].ID())
	if err != nil || r.Problem != "" || string(r.Bytes) != s.events[0].Message {
		t.Errorf("%+v %v", r, err)
	}
}

func TestTwoHostsOfOneNameAreToldApart(t *testing.T) {
	c, dir := newCase(t)
	a, b := touched(), touched()
	b.run = "run-db01-b"
	for _, e := range b.events {
		e.Origin.Run = b.run
		e.Host = event.MakeHostKey("machine-2", "db01")
	}
	ingest(t, c, a, a.write(t, dir))
	b.machine = "machine-2"
	ingest(t, c, b, b.write(t, dir))
	hosts, err := c.Hosts(t.Context())
	if err != nil || len(hosts) != 2 || hosts[0].Name == hosts[1].Name || !strings.HasPrefix(hosts[0].Name, "db01~") {
		t.Fatalf("%+v %v", hosts, err)
	}
	for text, want := range map[string]int64{"host:db01": 2, "host:" + hosts[0].Name: 1, "host:" + hosts[0].Key.String(): 1, "host:nobody": 0} {
		q, err := c.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := c.Count(t.Context(), q); err != nil || n.N != want {
			t.Errorf("%s: %+v %v, want %d", text, n, err, want)
		}
	}
}

// A source with more events than are read one by one, dense over a longer time
// than one question to the minute tables spans, with one silence.
func TestRhythmOfADenseSource(t *testing.T) {
	c, dir := newCase(t)
	s := newSample("web01", "run-dense", t0+60*day)
	s.outcomes = touched().outcomes
	const n = 70_000
	for i := range int64(n) {
		at := t0 + i*60e9
		if i > n/2 {
			at += 2 * day
		}
		s.add("data/files/var/log/syslog", "tick", event.Event{Source: "syslog", Action: "logged", Time: event.At(at, event.Second)})
	}
	ingest(t, c, s, s.write(t, dir))
	rows, err := c.Coverage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var states []string
	hole := int64(0)
	for _, r := range rows {
		if r.Source == "syslog" {
			states = append(states, r.State)
			if r.State == "unknown" && hole == 0 {
				hole = r.To - r.From
			}
		}
	}
	if got := strings.Join(states, " "); got != "absent present unknown present unknown" || hole < 2*day-hour || hole > 2*day+hour {
		t.Errorf("states %q, silence of %d h, want 48 h", got, hole/hour)
	}
}
