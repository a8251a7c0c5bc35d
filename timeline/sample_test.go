package timeline_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/collect/seal"
	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/detect/rule"
	"github.com/saksi-dfir/saksi/timeline/event"
)

type sample struct {
	host      string
	machine   string
	run       string
	collected int64
	files     map[string][]byte
	outcomes  []bundle.Outcome
	events    []*event.Event
	layers    map[string]string
	to        []age.Recipient
	sources   map[string]string // collect source of an exhibit; "logs" otherwise
}

func newSample(host, run string, collected int64) *sample {
	return &sample{host: host, run: run, collected: collected, files: map[string][]byte{}, layers: map[string]string{}}
}

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

func (s *sample) source(name string) string {
	if x, ok := s.sources[name]; ok {
		return x
	}
	return "logs"
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
		Plan: plan, Signer: testKey(t, 7), Recipients: s.to, Now: func() time.Time { n++; return time.Unix(0, s.collected+n) },
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
		x, err := w.Bytes(bundle.Exhibit{Name: name, Item: 1, Source: s.source(name), Path: record.Bytes("/" + strings.TrimPrefix(name, "data/files/")), Method: "copy"}, data)
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
	for x, err := range in.Bundle.Exhibits() {
		if err != nil {
			t.Fatal(err)
		}
		in.Exhibit(timeline.ExhibitInfo{Number: x.Number, Name: x.Name, Source: x.Source, Size: x.Size, SHA256: x.SHA256, Parser: "test"})
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
