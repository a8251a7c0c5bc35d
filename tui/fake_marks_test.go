package tui

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
)

func (f *fakeCase) Marks(_ context.Context, ids []event.ID) (map[event.ID]timeline.Mark, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[event.ID]timeline.Mark{}
	for _, id := range ids {
		if m, ok := f.marks[id]; ok {
			out[id] = m
		}
	}
	return out, nil
}

func (f *fakeCase) Bookmarks(context.Context) ([]timeline.Bookmark, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.books), nil
}

func (f *fakeCase) Annotate(_ context.Context, a timeline.Annotation) error {
	f.undo, f.redo = append(f.undo, a), nil
	f.replay()
	return nil
}

// replay makes the marks anew from the acts that stand.
func (f *fakeCase) replay() {
	f.marks, f.books = map[event.ID]timeline.Mark{}, nil
	for _, a := range f.undo {
		for _, id := range a.Events {
			m := f.marks[id]
			switch a.Op {
			case "star":
				m.Star = true
			case "unstar":
				m.Star = false
			case "tag":
				m.Tags = append(m.Tags, a.Text)
			case "note":
				m.Notes = append(m.Notes, timeline.Note{Author: "kim", Time: f.base, Text: a.Text})
			case "bookmark":
				r, _, _ := f.Get(context.Background(), id)
				f.books = append(f.books, timeline.Bookmark{Name: a.Text, Event: id, Author: "kim", At: r.Event.Time.Instant})
			case "untag":
				m.Tags = slices.DeleteFunc(slices.Clone(m.Tags), func(t string) bool { return t == a.Text })
			}
			f.marks[id] = m
		}
		if a.Op == "unbookmark" {
			f.books = slices.DeleteFunc(f.books, func(b timeline.Bookmark) bool { return b.Name == a.Text })
		}
	}
}

func (f *fakeCase) Undo(context.Context) (string, error) {
	if len(f.undo) == 0 {
		return "", nil
	}
	a := f.undo[len(f.undo)-1]
	f.undo, f.redo = f.undo[:len(f.undo)-1], append(f.redo, a)
	f.replay()
	return a.Op, nil
}

func (f *fakeCase) Redo(context.Context) (string, error) {
	if len(f.redo) == 0 {
		return "", nil
	}
	a := f.redo[len(f.redo)-1]
	f.redo, f.undo = f.redo[:len(f.redo)-1], append(f.undo, a)
	f.replay()
	return a.Op, nil
}

func (f *fakeCase) Refresh() (bool, error) { return f.grown > 0, nil }

// MergeJournals takes one note on the first event in, once.
func (f *fakeCase) MergeJournals(dir string) (int, error) {
	if f.n == 0 {
		return 0, nil // notes are about events
	}
	if dir == "/nowhere" {
		return 0, fmt.Errorf("merge journals: %w", os.ErrNotExist)
	}
	for _, a := range f.undo {
		if a.Text == "from "+dir {
			return 0, nil
		}
	}
	f.undo = append(f.undo, timeline.Annotation{Op: "note", Text: "from " + dir, Events: []event.ID{f.at(0).ID}})
	f.replay()
	return 1, nil
}
