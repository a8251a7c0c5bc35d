package timeline_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
)

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

// The bundle is replaced, flipped and taken away while the case is open.
func TestRawNoticesWhatHappensToAnOpenBundle(t *testing.T) {
	c, dir := newCase(t)
	s := infected()
	path := s.write(t, dir)
	ingest(t, c, s, path)
	e := s.events[0]
	ask := func() timeline.Raw {
		t.Helper()
		r, err := c.Raw(t.Context(), e.ID())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := ask(); r.Problem != "" {
		t.Fatal(r.Problem)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	for at := range whole { // every byte of the open file is turned over
		whole[at] ^= 0xff
	}
	_, err = f.WriteAt(whole, 0)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if r := ask(); r.Problem == "" || r.FrameOK || len(r.Bytes) != 0 {
		t.Errorf("flipped in place: %q %q", r.Problem, r.Bytes)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if r := ask(); !strings.Contains(r.Problem, "not at") {
		t.Errorf("taken away: %q", r.Problem)
	}
	s.write(t, dir)
	if r := ask(); r.Problem != "" || string(r.Bytes) != e.Message {
		t.Errorf("brought back: %q", r.Problem)
	}
}

// TestRawOfRelativeCase: a case that is named from the working directory reads
// the bundles that lie in it, and those that do not.
func TestRawOfRelativeCase(t *testing.T) {
	for _, inside := range []bool{true, false} {
		c, dir := newCase(t)
		s := infected()
		if inside {
			dir = filepath.Join(c.Dir(), "bundles")
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		ingest(t, c, s, s.write(t, dir))
		t.Chdir(filepath.Dir(c.Dir()))
		near, err := timeline.Open(filepath.Base(c.Dir()))
		if err != nil {
			t.Fatal(err)
		}
		r, err := near.Raw(t.Context(), s.events[0].ID())
		if err != nil || r.Problem != "" || !r.FrameOK || string(r.Bytes) != s.events[0].Message {
			t.Errorf("inside %v: %v, %q of %q", inside, err, r.Problem, r.BundlePath)
		}
		if err := near.Close(); err != nil {
			t.Error(err)
		}
	}
}
