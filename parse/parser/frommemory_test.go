package parser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/seal"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// fixtureBundle seals every fixture of this package and gives their bytes by
// number of the exhibit.
func fixtureBundle(t *testing.T) (*bundle.Bundle, map[uint32][]byte) {
	t.Helper()
	key, err := seal.NewRunKey(bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, err := bundle.NewWriter(&out, bundle.Options{Acquisition: bundle.Acquisition{RunID: "h-desk-000000000000000000000000", Sealed: "desk"},
		Plan: []bundle.PlanItem{{Item: 1, Source: "plain", Target: "testdata"}}, Signer: key})
	if err != nil {
		t.Fatal(err)
	}
	files := map[uint32][]byte{}
	add := func(path string, data []byte) {
		x, err := w.Bytes(bundle.Exhibit{Item: 1, Path: []byte(path), Method: "desk", Stat: &bundle.Stat{Mode: 0o100644, Size: int64(len(data)), Mtime: 1709432047e9}}, data)
		if err != nil {
			t.Fatal(err)
		}
		files[x.Number] = data
	}
	if err := filepath.WalkDir("testdata", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil && len(data) > 0 {
			add("/"+filepath.ToSlash(path), data)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"online", "offline", "regular", "compact"} {
		add("/var/log/journal/"+name+".journal", journalFixture(t, name))
	}
	add("/var/log/auth.log", bytes.Repeat([]byte("Mar  3 02:14:07 web01 sshd[812]: Accepted publickey for deploy from 203.0.113.9 port 50022 ssh2\n"), 3_000))
	if err := w.Outcome(bundle.Outcome{Item: 1, Source: "plain", Target: "testdata", Outcome: bundle.Collected, Exhibits: len(files)}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := bundle.OpenReader(bytes.NewReader(out.Bytes()), int64(out.Len()), bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b, files
}

// mappedFiles holds exhibits in memory of their own, which can be made unreadable:
// whoever reads on then stops the test.
type mappedFiles struct {
	t     *testing.T
	files map[uint32][]byte
}

func holdMapped(t *testing.T, files map[uint32][]byte) *mappedFiles {
	t.Helper()
	m := &mappedFiles{t, map[uint32][]byte{}}
	for n, data := range files {
		p, err := syscall.Mmap(-1, 0, len(data), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = syscall.Munmap(p) })
		copy(p, data)
		m.files[n] = p
	}
	return m
}

func (m *mappedFiles) bytes(x bundle.Exhibit) ([]byte, bool) {
	p, ok := m.files[x.Number]
	return p, ok
}

func (m *mappedFiles) forbid() {
	for _, p := range m.files {
		if err := syscall.Mprotect(p, syscall.PROT_NONE); err != nil {
			m.t.Fatal(err)
		}
	}
}

// toldSink keeps everything as it is handed over, and may end the run.
type toldSink struct {
	parsetest.Kept
	met   atomic.Int64
	after int64 // events until stop is called; 0: never
	stop  func() error
}

func (s *toldSink) Event(e *event.Event) error {
	if err := s.Kept.Event(e); err != nil {
		return err
	}
	if n := s.met.Add(1); s.after > 0 && n >= s.after {
		return s.stop()
	}
	return nil
}

// tell gives all of it as text, in one order.
func (s *toldSink) tell() (out []string) {
	for _, e := range s.Events {
		out = append(out, fmt.Sprintf("%+v", *e))
	}
	for _, w := range s.Warnings {
		out = append(out, fmt.Sprintf("%+v", w))
	}
	for _, c := range s.Counters {
		out = append(out, fmt.Sprintf("%+v", c))
	}
	slices.Sort(out)
	return out
}

// TestFromMemoryHoldsNothing: nothing that comes out of exhibits in memory lies
// in that memory, and nobody reads there once the run is over.
func TestFromMemoryHoldsNothing(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	b, files := fixtureBundle(t)
	run := func(src parse.Source, workers int) (parse.Result, *toldSink) {
		s := &toldSink{}
		res, err := parse.RunSource(t.Context(), src, All(), parse.Options{Sink: s, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		return res, s
	}
	tell := func(res parse.Result, s *toldSink) []string {
		out := s.tell()
		for _, x := range res.Exhibits {
			out = append(out, fmt.Sprintf("%+v", x))
		}
		f := res.Facts
		return append(out, fmt.Sprint(f.Hostname, f.MachineID, f.Zone, f.ZoneFrom, f.Accounts))
	}
	want := tell(run(parse.FromBundle(b), 2))
	if len(want) < 4_000 {
		t.Fatalf("only %d events, warnings and exhibits", len(want))
	}
	for _, workers := range []int{3, 1} {
		if workers == 1 && testing.Short() {
			continue
		}
		m := holdMapped(t, files)
		res, s := run(parse.FromMemory(b, m.bytes), workers)
		m.forbid()
		if d := cmp.Diff(want, tell(res, s)); d != "" {
			t.Fatalf("%d workers:\n%.2000s", workers, d)
		}
	}
}

// TestFromMemoryStops: a run that a sink or the context ends early has nobody
// left who reads.
func TestFromMemoryStops(t *testing.T) {
	b, files := fixtureBundle(t)
	failed := errors.New("the sink is full")
	for _, after := range []int64{1, 400, 3000} {
		for _, cancelled := range []bool{false, true} {
			leak := goleak.IgnoreCurrent()
			m := holdMapped(t, files)
			ctx, cancel := context.WithCancel(t.Context())
			s := &toldSink{after: after, stop: func() error { return failed }}
			want := failed
			if cancelled {
				s.stop, want = func() error { cancel(); return nil }, context.Canceled
			}
			_, err := parse.RunSource(ctx, parse.FromMemory(b, m.bytes), All(), parse.Options{Sink: s, Workers: 3})
			m.forbid()
			cancel()
			if !errors.Is(err, want) {
				t.Errorf("after %d events: %v, want %v", after, err, want)
			}
			if err := goleak.Find(leak); err != nil {
				t.Errorf("after %d events, cancelled %t: %v", after, cancelled, err)
			}
		}
	}
}
