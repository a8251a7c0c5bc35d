package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestWritersOfOneJournalDoNotLoseLines(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 5 {
				if _, err := Append(dir, "kim", Entry{Op: Star, Events: []string{id(byte(10*i + j)).String()}}, nil, now()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	s, err := Load(dir)
	if err != nil || len(s.Entries) != 40 || !s.Files[0].Whole || len(s.Files[0].Damage) != 0 {
		t.Errorf("%d entries, %+v, %v", len(s.Entries), s.Files, err)
	}
}

func TestMergeProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		base, err := os.MkdirTemp("", "journal")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(base)
		dirs := []string{filepath.Join(base, "a"), filepath.Join(base, "b")}
		act := func(dir string, k string) {
			author := rapid.SampledFrom([]string{"kim", "lee"}).Draw(rt, "author"+k)
			switch rapid.IntRange(0, 4).Draw(rt, "what"+k) {
			case 0:
				if _, err := Undo(dir, author, nil, now()); err != nil && !errors.Is(err, ErrNothing) {
					rt.Fatal(err)
				}
			case 1:
				if _, err := Redo(dir, author, nil, now()); err != nil && !errors.Is(err, ErrNothing) {
					rt.Fatal(err)
				}
			default:
				op := rapid.SampledFrom([]string{Star, Unstar, Tag, Untag, NoteOp}).Draw(rt, "op"+k)
				e := Entry{Op: op, Text: rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "text"+k), Events: []string{id(byte(rapid.IntRange(0, 2).Draw(rt, "id"+k))).String()}}
				if _, err := Append(dir, author, e, nil, now()); err != nil {
					rt.Fatal(err)
				}
			}
		}
		for i := range rapid.IntRange(0, 4).Draw(rt, "common") {
			act(dirs[0], fmt.Sprint("c", i))
		}
		if _, err := Merge(dirs[1], dirs[0]); err != nil {
			rt.Fatal(err)
		}
		for d, dir := range dirs {
			for i := range rapid.IntRange(0, 5).Draw(rt, "own") {
				act(dir, fmt.Sprint(d, i))
			}
		}
		ab, ba := filepath.Join(base, "ab"), filepath.Join(base, "ba")
		for _, m := range [][2]string{{ab, dirs[0]}, {ab, dirs[1]}, {ba, dirs[1]}, {ba, dirs[0]}} {
			if _, err := Merge(m[0], m[1]); err != nil {
				rt.Fatal(err)
			}
		}
		if n, err := Merge(ab, dirs[0]); n != 0 || err != nil {
			rt.Fatalf("merging twice added %d lines, %v", n, err)
		}
		x, err := Load(ab)
		if err != nil {
			rt.Fatal(err)
		}
		y, err := Load(ba)
		if err != nil {
			rt.Fatal(err)
		}
		if d := cmp.Diff(x.State(), y.State(), cmpopts.EquateEmpty()); d != "" {
			rt.Fatal(d)
		}
		for _, f := range append(x.Files, y.Files...) {
			if !f.Whole || len(f.Damage) != 0 {
				rt.Fatalf("merged journal is not whole: %+v", f)
			}
		}
	})
}

func FuzzScan(f *testing.F) {
	dir := f.TempDir()
	put(f, dir, "kim", Star, "", id(1))
	put(f, dir, "kim", NoteOp, "n", id(1))
	b, err := os.ReadFile(filepath.Join(dir, "kim.jsonl"))
	if err != nil || len(b) == 0 {
		f.Fatal("no seed", err)
	}
	f.Add(b)
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"entry":{"v":1,"op":"retract","prev":"` + zeros + `","author":"kim","target":"` + zeros + `"}}` + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, entries, _ := scan("kim", b)
		s := &Set{Entries: sorted(entries)}
		st := s.State()
		for id, m := range st.Marks {
			if !m.Star && len(m.Tags) == 0 && len(m.Notes) == 0 {
				t.Fatalf("empty mark on %s", id)
			}
		}
	})
}
