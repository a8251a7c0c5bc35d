package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/timeline/event"
)

func now() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC) }

func id(n byte) event.ID { return event.ID{n} }

func put(t testing.TB, dir, author, op, text string, ids ...event.ID) *Entry {
	t.Helper()
	e := Entry{Op: op, Text: text}
	for _, i := range ids {
		e.Events = append(e.Events, i.String())
	}
	out, err := Append(dir, author, e, nil, now())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func state(t testing.TB, dir string) *State {
	t.Helper()
	s, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s.State()
}

func TestMarks(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "kim", Star, "", id(1), id(2))
	put(t, dir, "이수진", Tag, "T1036", id(1))
	put(t, dir, "kim", Tag, "lead", id(1))
	put(t, dir, "kim", Unstar, "", id(2))
	put(t, dir, "kim", NoteOp, "first use\nof the key", id(1))
	put(t, dir, "kim", BookmarkOp, "start", id(1))
	put(t, dir, "kim", Confirm, "0123456789abcdef")
	put(t, dir, "이수진", Untag, "lead", id(1))
	st := state(t, dir)
	want := map[event.ID]Mark{id(1): {Star: true, Tags: []string{"T1036"}, Notes: []Note{{Author: "kim", Time: now().UnixNano(), Text: "first use\nof the key"}}}}
	if d := cmp.Diff(want, st.Marks); d != "" {
		t.Error(d)
	}
	if len(st.Bookmarks) != 1 || st.Bookmarks[0].Event != id(1) || !st.Verdicts["0123456789abcdef"].Confirmed || len(st.Tagged["T1036"]) != 1 || len(st.Starred) != 1 {
		t.Errorf("%+v", st)
	}
}

func TestUndoRedo(t *testing.T) {
	dir := t.TempDir()
	if _, err := Undo(dir, "kim", nil, now()); !errors.Is(err, ErrNothing) {
		t.Errorf("undo of nothing: %v", err)
	}
	put(t, dir, "kim", Star, "", id(1))
	put(t, dir, "kim", Tag, "a", id(1))
	put(t, dir, "lee", Tag, "b", id(1))
	step := func(f func(string, string, Signer, time.Time) (string, error), what string, star bool, tags string) {
		t.Helper()
		got, err := f(dir, "kim", nil, now())
		if err != nil || got != what {
			t.Fatalf("%q, %v; want %q", got, err, what)
		}
		m := state(t, dir).Marks[id(1)]
		if m.Star != star || strings.Join(m.Tags, " ") != tags {
			t.Errorf("after %s: %+v", what, m)
		}
	}
	step(Undo, "tag a on 1 event", true, "b")
	step(Undo, "star on 1 event", false, "b")
	if _, err := Undo(dir, "kim", nil, now()); !errors.Is(err, ErrNothing) {
		t.Errorf("lee's tag was undone by kim: %v", err)
	}
	step(Redo, "star on 1 event", true, "b")
	step(Redo, "tag a on 1 event", true, "a b")
	if _, err := Redo(dir, "kim", nil, now()); !errors.Is(err, ErrNothing) {
		t.Errorf("redo of nothing: %v", err)
	}
	step(Undo, "tag a on 1 event", true, "b")
	put(t, dir, "kim", Tag, "c", id(1))
	if _, err := Redo(dir, "kim", nil, now()); !errors.Is(err, ErrNothing) {
		t.Errorf("redo after a new act: %v", err)
	}
}

func TestNobodyRetractsForAnother(t *testing.T) {
	dir := t.TempDir()
	e := put(t, dir, "kim", Star, "", id(1))
	if _, err := Append(dir, "lee", Entry{Op: Retract, Target: e.Hash()}, nil, now()); err != nil {
		t.Fatal(err)
	}
	if !state(t, dir).Marks[id(1)].Star {
		t.Error("lee took back what kim wrote")
	}
}

func TestRefusesBadEntries(t *testing.T) {
	dir := t.TempDir()
	for name, e := range map[string]Entry{
		"no event": {Op: Star}, "no text": {Op: Tag, Events: []string{id(1).String()}}, "unknown": {Op: "erase", Events: []string{id(1).String()}},
		"bad id": {Op: Star, Events: []string{"xyz"}}, "no target": {Op: Retract}, "long": {Op: NoteOp, Text: strings.Repeat("x", MaxText+1), Events: []string{id(1).String()}},
		"escape in a tag": {Op: Tag, Text: "a\x1b[2J", Events: []string{id(1).String()}},
	} {
		if _, err := Append(dir, "kim", e, nil, now()); !errors.Is(err, ErrEntry) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", "../x", "a/b", ".x", "a\nb", strings.Repeat("x", 65), "a\x00", " a", "\xff"} {
		if _, err := Append(dir, name, Entry{Op: Star, Events: []string{id(1).String()}}, nil, now()); !errors.Is(err, ErrEntry) {
			t.Errorf("analyst %q: %v", name, err)
		}
	}
}

func TestDamageIsToldAndSkipped(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "kim", Star, "", id(1))
	put(t, dir, "kim", Tag, "a", id(1))
	put(t, dir, "kim", Tag, "b", id(1))
	file := filepath.Join(dir, "kim.jsonl")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// Change a letter of the second line: the third no longer follows it.
	if err := os.WriteFile(file, []byte(strings.Replace(string(b), `"text":"a"`, `"text":"z"`, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if s.Files[0].Whole || len(s.Files[0].Damage) == 0 {
		t.Errorf("the change was not noticed: %+v", s.Files[0])
	}
	// A torn last line: told, skipped, and the next write begins on its own line.
	if err := os.WriteFile(file, append(b, []byte(`{"entry":{"v":1,`)...), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := state(t, dir).Marks[id(1)].Tags; len(got) != 2 {
		t.Errorf("tags before the torn line: %q", got)
	}
	put(t, dir, "kim", Tag, "c", id(1))
	if got := state(t, dir).Marks[id(1)].Tags; len(got) != 3 {
		t.Errorf("tags after the torn line: %q", got)
	}
	s, err = Load(dir)
	if err != nil || !s.Files[0].Whole || len(s.Files[0].Damage) != 1 {
		t.Errorf("%+v %v", s.Files, err)
	}
}

func TestRemovedLineBreaksTheChain(t *testing.T) {
	dir := t.TempDir()
	for i := range byte(3) {
		put(t, dir, "kim", Star, "", id(i))
	}
	file := filepath.Join(dir, "kim.jsonl")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(b), "\n")
	if err := os.WriteFile(file, []byte(lines[0]+lines[2]), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Load(dir)
	if err != nil || s.Files[0].Whole {
		t.Errorf("%+v %v", s.Files, err)
	}
}

type fakeSigner struct{}

func (fakeSigner) Sign(ns string, m []byte) ([]byte, error) {
	return fmt.Appendf(nil, "%s over %d", ns, len(m)), nil
}

func TestSignatures(t *testing.T) {
	dir := t.TempDir()
	a := put(t, dir, "kim", Star, "", id(1))
	b, err := Append(dir, "kim", Entry{Op: Tag, Text: "x", Events: []string{id(1).String()}}, fakeSigner{}, now())
	if err != nil {
		t.Fatal(err)
	}
	s, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	good := s.Check(func(m, sig []byte) (string, error) {
		if want := fmt.Sprintf("saksi.journal over %d", len(m)); string(sig) != want {
			return "", fmt.Errorf("%q, want %q", sig, want)
		}
		return "kim's key", nil
	})
	if good[a.Hash()] != "unsigned" || good[b.Hash()] != "kim's key" {
		t.Errorf("%v", good)
	}
	bad := s.Check(func([]byte, []byte) (string, error) { return "", errors.New("no") })
	if !strings.HasPrefix(bad[b.Hash()], "bad signature") {
		t.Errorf("%v", bad)
	}
}

// Merging is union: it does not matter in which order, and twice is once.
