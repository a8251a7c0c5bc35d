package timeline_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/detect/rule"
)

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

// TestBundleOfSeveralNames takes one bundle in under several names, of which
// any may be thrown away: its bytes are read, and the case is rebuilt, from one
// that is left, and a file of that name which is another bundle is passed by.
func TestBundleOfSeveralNames(t *testing.T) {
	c, dir := newCase(t)
	s := touched()
	first := s.write(t, dir)
	ingest(t, c, s, first)
	content, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{first, filepath.Join(dir, "second.tar.zst"), filepath.Join(dir, "third.tar.zst")}
	w, err := c.Writer(timeline.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names[1:] {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Ingest(t.Context(), name, timeline.IngestOptions{Parsers: map[string]int{"test": 1}}); !errors.Is(err, timeline.ErrKnown) {
			t.Fatalf("the same bundle as %q: %v", name, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	at := func(want string) {
		t.Helper()
		r, err := c.Raw(t.Context(), s.events[0].ID())
		if err != nil || r.Problem != "" || r.BundlePath != want || string(r.Bytes) != s.events[0].Message {
			t.Errorf("read from %q: %q %v, want it from %q", r.BundlePath, r.Problem, err, want)
		}
		lines, err := c.Ledger()
		if err != nil || len(lines) != 1 || lines[0].Path != want {
			t.Errorf("ledger: %+v %v, want %q", lines, err, want)
		}
	}
	at(names[2])
	if err := os.WriteFile(names[2], []byte("another file of this name"), 0o600); err != nil {
		t.Fatal(err)
	}
	at(names[1])
	if err := os.Remove(names[1]); err != nil {
		t.Fatal(err)
	}
	at(names[0])
	if err := errors.Join(os.Remove(names[2]), os.Rename(names[0], names[1])); err != nil {
		t.Fatal(err)
	}
	at(names[1])
	paths, err := timeline.Rebuild(dir)
	if err != nil || len(paths) != 1 || paths[0] != names[1] {
		t.Errorf("rebuild from %q: %v", paths, err)
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
