package timeline_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/collect/seal"
	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect/rule"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/journal"
)

// t0 is 2024-03-19T00:00:00Z.
const (
	t0   = int64(1_710_806_400e9)
	hour = int64(3600e9)
	day  = 24 * hour
)

// sample is one bundle in the making: exhibits by bag name, and the events that
// point into them.
type sample struct {
	host      string
	machine   string
	run       string
	collected int64
	files     map[string][]byte
	outcomes  []bundle.Outcome
	events    []*event.Event
	layers    map[string]string
}

func newSample(host, run string, collected int64) *sample {
	return &sample{host: host, run: run, collected: collected, files: map[string][]byte{}, layers: map[string]string{}}
}

// add appends a line to an exhibit and makes the event that points at it.
func (s *sample) add(name, line string, e event.Event, fields ...string) *event.Event {
	b := s.files[name]
	e.Host = event.MakeHostKey("", s.host)
	e.Parser = e.Source
	e.Message = line
	e.Origin = event.Origin{Run: s.run, Path: name, Offset: int64(len(b)), Length: int64(len(line))}
	for _, f := range fields {
		k, v, _ := strings.Cut(f, "=")
		e.Fields = append(e.Fields, event.Field{Name: k, Value: v})
	}
	slices.SortFunc(e.Fields, func(a, b event.Field) int { return strings.Compare(a.Name, b.Name) })
	s.files[name] = append(append(b, line...), '\n')
	s.events = append(s.events, &e)
	return &e
}

func (s *sample) names() []string {
	var out []string
	for n := range s.files {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

func testKey(t testing.TB, n byte) *seal.Key {
	t.Helper()
	k, err := seal.NewRunKey(bytes.NewReader(bytes.Repeat([]byte{n}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// write seals the sample into a bundle.
func (s *sample) write(t testing.TB, dir string) string {
	t.Helper()
	path := filepath.Join(dir, s.run+".tar.zst")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	plan := []bundle.PlanItem{}
	for i, o := range s.outcomes {
		plan = append(plan, bundle.PlanItem{Item: i + 1, Source: o.Source, Target: o.Target, Bytes: -1})
	}
	n := int64(0)
	w, err := bundle.NewWriter(f, bundle.Options{
		Acquisition: bundle.Acquisition{RunID: s.run, Sealed: "host", Synthetic: true, Tool: bundle.Tool{Name: "test", Version: "1"},
			Host: bundle.HostClaims{Hostname: s.host, MachineID: s.machine, Zone: "UTC"}, Clock: record.Clock{When: "start", Realtime: s.collected}},
		Plan: plan, Signer: testKey(t, 7), Now: func() time.Time { n++; return time.Unix(0, s.collected+n) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range s.names() {
		data := s.files[name]
		if s.layers[name] == "gz" {
			var z bytes.Buffer
			g := gzip.NewWriter(&z)
			if _, err := g.Write(data); err != nil {
				t.Fatal(err)
			}
			if err := g.Close(); err != nil {
				t.Fatal(err)
			}
			data = z.Bytes()
		}
		x, err := w.Bytes(bundle.Exhibit{Name: name, Item: 1, Source: "logs", Path: record.Bytes("/" + strings.TrimPrefix(name, "data/files/")), Method: "copy"}, data)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		for _, e := range s.events {
			if e.Origin.Path == name {
				e.Origin.Exhibit, e.Origin.Path, e.Origin.Layer, e.Origin.SHA256 = x.Number, x.Name, s.layers[name], sum
			}
		}
	}
	for i, o := range s.outcomes {
		o.Item = i + 1
		if err := w.Outcome(o); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// ingest takes a bundle and its events into the case.
func ingest(t testing.TB, c *timeline.Case, s *sample, path string) bundle.Report {
	t.Helper()
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
	if err := in.Warning(event.Warning{Run: s.run, Path: "data/files/x", Host: event.MakeHostKey("", s.host), Code: "truncated", Message: "cut"}); err != nil {
		t.Fatal(err)
	}
	if err := in.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := w.Detect(t.Context(), rule.All()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return in.Report
}

// infected is a host with an implant in /dev/shm, a login and a touch.
func infected() *sample {
	s := newSample("web01", "run-web01", t0+10*day)
	for i := range int64(200) { // a heartbeat, so that syslog is periodic
		s.add("data/files/var/log/syslog", fmt.Sprintf("cron %d", i), event.Event{Source: "syslog", Action: "logged", Time: event.At(t0-2*day+i*hour, event.Second)})
	}
	s.add("data/files/var/log/wtmp", "boot", event.Event{Source: "wtmp", Action: "boot", Time: event.At(t0-day, event.Microsecond)})
	s.add("data/files/var/log/wtmp", "login kim", event.Event{Source: "wtmp", Action: "login", Actor: "kim", Time: event.At(t0+day, event.Microsecond)})
	s.add("data/files/var/log/auth.log", "sudo: kim : COMMAND=/usr/bin/ls -l /dev/shm/kdm", event.Event{Source: "syslog", Action: "exec", Actor: "kim", Object: "/usr/bin/ls",
		Time: event.At(t0+2*day, event.Second)}, "command=/usr/bin/ls -l /dev/shm/kdm", "runas=root")
	proc := []string{"pid=812", "start_ticks=4711", "exe=/dev/shm/kdm (deleted)", "exe_state=deleted", "ppid=1"}
	s.add("data/records/process.00001.jsonl", `{"t":"process","pid":812}`, event.Event{Source: "process", Action: "running", Meaning: "started", Time: event.At(t0, event.Tick)}, proc...)
	s.add("data/records/process.00001.jsonl", `{"t":"process","pid":812,"x":1}`, event.Event{Source: "process", Action: "observed", Meaning: "observed", Time: event.At(t0+10*day+1e9, event.Nanosecond)}, proc...)
	s.add("data/records/socket.00001.jsonl", `{"t":"socket","ino":99}`, event.Event{Source: "socket", Action: "filter-attached", Meaning: "observed", Time: event.At(t0+10*day+2e9, event.Nanosecond)},
		"pid=812", "start_ticks=4711", "domain=17", "ifindex=0", "filter_payload=0x5293,0x7255", "filter_protocols=tcp,udp,icmp", "filter_shape=payload-magic", "filter_asm=ldh [12]; jeq #0x800, 0, 27")
	s.add("data/files/home/kim/.bash_history", "ls", event.Event{Source: "history", Action: "exec", Actor: "kim", Object: "ls", Time: event.Undated(event.StampNone)})
	s.outcomes = []bundle.Outcome{{Source: "process", Target: "all processes", Outcome: bundle.Collected}, {Source: "socket", Target: "all sockets", Outcome: bundle.Collected},
		{Source: "logs", Target: "/var/log/audit/audit.log", Outcome: bundle.Absent, Errno: "ENOENT"}}
	return s
}

// touched is a host where the same account ran the same command, without an implant.
func touched() *sample {
	s := newSample("db01", "run-db01", t0+10*day)
	s.add("data/files/var/log/auth.log", "sudo: kim : COMMAND=/usr/bin/ls -l /dev/shm/kdm", event.Event{Source: "syslog", Action: "exec", Actor: "kim", Object: "/usr/bin/ls",
		Time: event.At(t0+2*day, event.Second)}, "command=/usr/bin/ls -l /dev/shm/kdm", "runas=root")
	s.outcomes = []bundle.Outcome{{Source: "process", Target: "all processes", Outcome: bundle.Collected}}
	return s
}

func newCase(t testing.TB) (*timeline.Case, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "case")
	if err := timeline.Create(dir, timeline.CreateOptions{Name: "exercise", Zone: "Asia/Seoul"}); err != nil {
		t.Fatal(err)
	}
	c, err := timeline.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c, dir
}

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

func TestRawGivesTheVeryBytes(t *testing.T) {
	c, dir := newCase(t)
	s := infected()
	s.layers["data/files/var/log/syslog"] = "gz"
	e := s.add("data/files/scattered", "AAAA-BBBB", event.Event{Source: "journal", Time: event.At(t0, event.Second)})
	e.Origin.Spans = []event.Span{{Offset: 5, Length: 4}, {Offset: 0, Length: 4}}
	path := s.write(t, dir)
	ingest(t, c, s, path)
	for i, e := range s.events {
		r, err := c.Raw(t.Context(), e.ID())
		if err != nil || r.Problem != "" || !r.FrameOK {
			t.Fatalf("event %d: %v %q", i, err, r.Problem)
		}
		want := e.Message
		if len(e.Origin.Spans) > 0 {
			want = "BBBBAAAA"
		}
		if string(r.Bytes) != want {
			t.Errorf("event %d (%s layer %q): %q, want %q", i, e.Origin.Path, e.Origin.Layer, r.Bytes, want)
		}
	}
	if _, err := c.Raw(t.Context(), event.ID{1}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unknown event: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := c.Raw(ctx, s.events[0].ID()); err == nil {
		t.Error("a cancelled read went on")
	}
}

func TestRawSaysWhatIsWrong(t *testing.T) {
	c, dir := newCase(t)
	s := infected()
	path := s.write(t, dir)
	ingest(t, c, s, path)
	id := s.events[0].ID()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reopen := func() *timeline.Case {
		c2, err := timeline.Open(c.Dir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c2.Close() })
		return c2
	}
	check := func(what, want string) {
		t.Helper()
		r, err := reopen().Raw(t.Context(), id)
		if err != nil || r.Problem == "" || r.FrameOK || len(r.Bytes) != 0 || !strings.Contains(r.Problem, want) {
			t.Errorf("%s: %v, problem %q, frame ok %v, %d bytes", what, err, r.Problem, r.FrameOK, len(r.Bytes))
		}
	}
	other := touched()
	other.write(t, dir)
	if err := os.Rename(filepath.Join(dir, other.run+".tar.zst"), path); err != nil {
		t.Fatal(err)
	}
	check("another bundle at the path", "another run")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	check("missing", "not at")
	if err := os.WriteFile(path, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := reopen().Raw(t.Context(), id); err != nil || r.Problem == "" {
		t.Errorf("cut bundle: %v %q", err, r.Problem)
	}
	if err := os.WriteFile(path, []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	check("junk", "cannot be read")
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := reopen().Raw(t.Context(), id); err != nil || r.Problem != "" {
		t.Errorf("brought back: %v %q", err, r.Problem)
	}
}

// A byte that is changed anywhere in the bundle either is told by Raw or does
// not lie under the record: never are other bytes shown without a word.
func TestRawNeverShowsChangedBytes(t *testing.T) {
	c, dir := newCase(t)
	s := infected()
	path := s.write(t, dir)
	ingest(t, c, s, path)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 7; at < len(whole); at += len(whole)/40 + 1 {
		b := bytes.Clone(whole)
		b[at] ^= 0x40
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		c2, err := timeline.Open(c.Dir())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range []*event.Event{s.events[0], s.events[len(s.events)-1]} {
			r, err := c2.Raw(t.Context(), e.ID())
			if err != nil {
				t.Fatal(err)
			}
			if r.Problem == "" && string(r.Bytes) != e.Message {
				t.Errorf("byte %d changed: %q shown for %q", at, r.Bytes, e.Message)
			}
		}
		if err := c2.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestIngestTwiceIsKnown(t *testing.T) {
	c, dir := newCase(t)
	s := touched()
	path := s.write(t, dir)
	ingest(t, c, s, path)
	w, err := c.Writer(timeline.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	in, err := w.Ingest(t.Context(), path, timeline.IngestOptions{Parsers: map[string]int{"test": 1}})
	if !errors.Is(err, timeline.ErrKnown) || !in.Report.OK {
		t.Errorf("%v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	lines, err := c.Ledger()
	if err != nil || len(lines) != 1 {
		t.Errorf("%+v %v", lines, err)
	}
}

func TestSecondWriterIsRefusedWithThePid(t *testing.T) {
	c, _ := newCase(t)
	w, err := c.Writer(timeline.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var locked *timeline.LockedError
	if _, err := c.Writer(timeline.WriterOptions{}); !errors.As(err, &locked) || locked.PID != os.Getpid() {
		t.Errorf("%v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestForeignSignerIsMarked(t *testing.T) {
	c, dir := newCase(t)
	line := testKey(t, 9).AllowedSignersLine("run-other")
	if err := os.WriteFile(filepath.Join(dir, "allowed_signers"), []byte(line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := touched()
	rep := ingest(t, c, s, s.write(t, dir))
	if rep.OK {
		t.Errorf("a foreign key passes: %+v", rep)
	}
	hosts, err := c.Hosts(t.Context())
	if err != nil || hosts[0].Trust == "ok" || hosts[0].Trust == "" {
		t.Errorf("%+v %v", hosts, err)
	}
}

func TestReadersSeeTheLastCompleteState(t *testing.T) {
	c, dir := newCase(t)
	reader, err := timeline.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if n, err := reader.Count(t.Context(), nil); err != nil || n.N != 0 {
		t.Errorf("%+v %v", n, err)
	}
	s := touched()
	ingest(t, c, s, s.write(t, dir))
	if n, _ := reader.Count(t.Context(), nil); n.N != 0 {
		t.Errorf("an open reader moved by itself: %+v", n)
	}
	changed, err := reader.Refresh()
	if err != nil || !changed {
		t.Errorf("%v %v", changed, err)
	}
	if n, _ := reader.Count(t.Context(), nil); n.N != 1 {
		t.Errorf("%+v", n)
	}
	if changed, err := reader.Refresh(); err != nil || changed {
		t.Errorf("nothing new, but changed: %v %v", changed, err)
	}
}

func TestAnnotations(t *testing.T) {
	c, dir := newCase(t)
	s := infected()
	ingest(t, c, s, s.write(t, dir))
	ctx, id := t.Context(), s.events[0].ID()
	if err := c.As("kim", testKey(t, 3)); err != nil {
		t.Fatal(err)
	}
	for _, a := range []timeline.Annotation{{Op: "star", Events: []event.ID{id}}, {Op: "tag", Text: "lead", Events: []event.ID{id}},
		{Op: "note", Text: "look", Events: []event.ID{id}}, {Op: "bookmark", Text: "start", Events: []event.ID{id}}} {
		if err := c.Annotate(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	q, err := c.Parse("tag:lead")
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Page(ctx, q, timeline.PageRequest{Limit: 10})
	if err != nil || len(p.Rows) != 1 || p.Rows[0].ID != id || !slices.Contains(p.Rows[0].Tags, "lead") || !slices.Contains(p.Rows[0].Tags, "starred") {
		t.Errorf("%+v %v", p.Rows, err)
	}
	m, err := c.Marks(ctx, []event.ID{id})
	if err != nil || !m[id].Star || len(m[id].Notes) != 1 || m[id].Notes[0].Author != "kim" {
		t.Errorf("%+v %v", m, err)
	}
	bm, err := c.Bookmarks(ctx)
	if err != nil || len(bm) != 1 || bm[0].At != s.events[0].Time.Instant {
		t.Errorf("%+v %v", bm, err)
	}
	what, err := c.Undo(ctx)
	if err != nil || what != "bookmark start on 1 event" {
		t.Errorf("%q %v", what, err)
	}
	if bm, _ := c.Bookmarks(ctx); len(bm) != 0 {
		t.Errorf("%+v", bm)
	}
	if _, err := c.Redo(ctx); err != nil {
		t.Error(err)
	}
	if err := c.Annotate(ctx, timeline.Annotation{Op: "star", Events: []event.ID{{1}}}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an event that does not exist was starred: %v", err)
	}
	set, err := journal.Load(filepath.Join(dir, "journal"))
	if err != nil || set.Files[0].Signed != set.Files[0].Entries || !set.Files[0].Whole {
		t.Errorf("%+v %v", set.Files, err)
	}
	for h, w := range set.Check(func(m, sig []byte) (string, error) {
		k, err := seal.Verify(sig, m, seal.NamespaceJournal)
		if err != nil {
			return "", err
		}
		return seal.Fingerprint(k), nil
	}) {
		if w != testKey(t, 3).Fingerprint() {
			t.Errorf("entry %s: %s", h, w)
		}
	}
}

func TestAnnotationsOfOthersAreSeenAfterRefresh(t *testing.T) {
	c, dir := newCase(t)
	s := touched()
	ingest(t, c, s, s.write(t, dir))
	id := s.events[0].ID()
	if m, err := c.Marks(t.Context(), []event.ID{id}); err != nil || len(m) != 0 {
		t.Fatalf("%v %v", m, err)
	}
	if _, err := journal.Append(filepath.Join(dir, "journal"), "lee", journal.Entry{Op: journal.Star, Events: []string{id.String()}}, nil, time.Unix(0, t0)); err != nil {
		t.Fatal(err)
	}
	if changed, err := c.Refresh(); err != nil || !changed {
		t.Errorf("%v %v", changed, err)
	}
	if m, _ := c.Marks(t.Context(), []event.ID{id}); !m[id].Star {
		t.Errorf("%v", m)
	}
}

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

func TestDropTakesOutAllOfABundle(t *testing.T) {
	c, dir := newCase(t)
	web, db := infected(), touched()
	ingest(t, c, web, web.write(t, dir))
	ingest(t, c, db, db.write(t, dir))
	w, err := c.Writer(timeline.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Drop("run-web01"); err != nil {
		t.Fatal(err)
	}
	if err := w.Drop("run-nobody"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if err := w.Detect(t.Context(), rule.All()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	fs, _ := c.Findings(t.Context())
	lines, _ := c.Ledger()
	n, _ := c.Count(t.Context(), nil)
	if len(fs) != 0 || len(lines) != 1 || n.N != int64(len(db.events)) {
		t.Errorf("%v %v %v", fs, lines, n)
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
