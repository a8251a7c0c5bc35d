package journal

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// ErrNothing says that there is nothing to undo or redo.
var ErrNothing = errors.New("nothing to take back")

// Note is a remark on an event.
type Note struct {
	Author string
	Time   int64 // ns UTC
	Text   string
	Signed bool // the line carries a signature; whether it is good CheckJournals tells
}

// Mark is what analysts put on one event, retracted acts left out.
type Mark struct {
	Star  bool
	Tags  []string // sorted
	Notes []Note
}

// Bookmark is a named event.
type Bookmark struct {
	Name   string
	Event  event.ID
	Author string
}

// Verdict is an analyst's word on a finding.
type Verdict struct {
	Finding   string
	Confirmed bool
	Author    string
	Time      int64
}

// State is what all journals together say.
type State struct {
	Marks     map[event.ID]Mark
	Bookmarks []Bookmark // sorted by name
	Verdicts  map[string]Verdict
	Tagged    map[string][]event.ID // tag -> events, sorted
	Starred   []event.ID            // sorted
}

// State applies the entries that count, in order.
func (s *Set) State() *State {
	counts := counting(s.Entries)
	st := &State{Marks: map[event.ID]Mark{}, Verdicts: map[string]Verdict{}, Tagged: map[string][]event.ID{}}
	names := map[string]Bookmark{}
	for _, e := range s.Entries {
		if !counts[e.hash] {
			continue
		}
		switch e.Op {
		case BookmarkOp:
			names[e.Text] = Bookmark{Name: e.Text, Event: e.ids[0], Author: e.Author}
		case Unbookmark:
			delete(names, e.Text)
		case Confirm, Reject:
			st.Verdicts[e.Text] = Verdict{Finding: e.Text, Confirmed: e.Op == Confirm, Author: e.Author, Time: e.Time()}
		default:
			for _, id := range e.ids {
				m := st.Marks[id]
				m.apply(e)
				st.Marks[id] = m
			}
		}
	}
	for _, b := range names {
		st.Bookmarks = append(st.Bookmarks, b)
	}
	slices.SortFunc(st.Bookmarks, func(a, b Bookmark) int { return cmp.Compare(a.Name, b.Name) })
	st.index()
	return st
}

func (m *Mark) apply(e *Entry) {
	switch e.Op {
	case Star:
		m.Star = true
	case Unstar:
		m.Star = false
	case Tag:
		if !slices.Contains(m.Tags, e.Text) {
			m.Tags = append(slices.Clone(m.Tags), e.Text)
			slices.Sort(m.Tags)
		}
	case Untag:
		m.Tags = slices.DeleteFunc(slices.Clone(m.Tags), func(t string) bool { return t == e.Text })
	case NoteOp:
		m.Notes = append(m.Notes, Note{Author: e.Author, Time: e.Time(), Text: e.Text, Signed: e.Signed()})
	}
}

func (st *State) index() {
	byID := func(a, b event.ID) int { return slices.Compare(a[:], b[:]) }
	for id, m := range st.Marks {
		if !m.Star && len(m.Tags) == 0 && len(m.Notes) == 0 {
			delete(st.Marks, id)
			continue
		}
		if m.Star {
			st.Starred = append(st.Starred, id)
		}
		for _, t := range m.Tags {
			st.Tagged[t] = append(st.Tagged[t], id)
		}
	}
	slices.SortFunc(st.Starred, byID)
	for _, ids := range st.Tagged {
		slices.SortFunc(ids, byID)
	}
}

// counting says which entries are not retracted. A retraction names an
// earlier entry of the same author, so one pass from the end decides.
func counting(entries []*Entry) map[string]bool {
	at := make(map[string]int, len(entries))
	counts := make(map[string]bool, len(entries))
	for i, e := range entries {
		at[e.hash] = i
		counts[e.hash] = true
	}
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i]
		if e.Op != Retract || !counts[e.hash] {
			continue
		}
		if j, ok := at[e.Target]; ok && j < i && entries[j].Author == e.Author {
			counts[e.Target] = false
		}
	}
	return counts
}

// Undo retracts the last counting act of the author and says what it was.
func Undo(dir, author string, s Signer, now time.Time) (what string, err error) {
	set, err := Load(dir)
	if err != nil {
		return "", err
	}
	counts := counting(set.Entries)
	for _, e := range slices.Backward(set.Entries) {
		if e.Author == author && e.Op != Retract && counts[e.hash] {
			_, err := Append(dir, author, Entry{Op: Retract, Target: e.hash}, s, now)
			return e.words(), err
		}
	}
	return "", ErrNothing
}

// Redo brings back what the author retracted last, unless a new act followed.
func Redo(dir, author string, s Signer, now time.Time) (what string, err error) {
	set, err := Load(dir)
	if err != nil {
		return "", err
	}
	counts := counting(set.Entries)
	byHash := make(map[string]*Entry, len(set.Entries))
	for _, e := range set.Entries {
		byHash[e.hash] = e
	}
	for _, e := range slices.Backward(set.Entries) {
		if e.Author != author {
			continue
		}
		if e.Op != Retract {
			break // a new act ends what could be brought back
		}
		t := byHash[e.Target]
		if !counts[e.hash] || t == nil || t.Op == Retract {
			continue
		}
		_, err := Append(dir, author, Entry{Op: Retract, Target: e.hash}, s, now)
		return t.words(), err
	}
	return "", ErrNothing
}

// words says what an entry did, for the status line.
func (e *Entry) words() string {
	w := e.Op
	if e.Text != "" {
		t := strings.ReplaceAll(e.Text, "\n", " ")
		if r := []rune(t); len(r) > 40 {
			t = string(r[:40]) + "..."
		}
		w += " " + t
	}
	switch n := len(e.Events); {
	case n == 1:
		w += " on 1 event"
	case n > 1:
		w += " on " + strconv.Itoa(n) + " events"
	}
	return w
}
