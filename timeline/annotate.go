package timeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/journal"
)

func (c *Case) journalPath() string { return filepath.Join(c.dir, journalDir) }

// journalSizes tells whether a journal has changed since it was read.
func (c *Case) journalSizes() string {
	des, err := os.ReadDir(c.journalPath())
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, de := range des {
		if fi, err := de.Info(); err == nil {
			fmt.Fprintf(&b, "%s %d %d\n", de.Name(), fi.Size(), fi.ModTime().UnixNano())
		}
	}
	return b.String()
}

// journals gives what all analysts put on events.
func (c *Case) journals() (*journal.State, error) {
	c.mu.RLock()
	st := c.notes
	c.mu.RUnlock()
	if st != nil {
		return st, nil
	}
	at := c.journalSizes() // before reading: a later line makes it stale, never lost
	set, err := journal.Load(c.journalPath())
	if err != nil {
		return nil, err
	}
	st = set.State()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notes, c.notesAt = st, at
	return st, nil
}

func (c *Case) writer() (author string, s journal.Signer) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.author, c.signer
}

func (c *Case) annotated() {
	c.mu.Lock()
	c.notes = nil
	c.mu.Unlock()
}

// Annotate writes one act into the journal of the analyst, with the place of
// every event's bytes beside its id.
func (c *Case) Annotate(ctx context.Context, a Annotation) error {
	e := journal.Entry{Op: a.Op, Text: a.Text}
	for _, id := range a.Events {
		row, ok, err := c.Get(ctx, id)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("event %s: %w", id, os.ErrNotExist)
		}
		o := row.Event.Origin
		e.Events = append(e.Events, id.String())
		e.Anchors = append(e.Anchors, journal.Anchor{Run: o.Run, Exhibit: o.Exhibit, Offset: o.Offset, Length: o.Length})
	}
	author, signer := c.writer()
	if _, err := journal.Append(c.journalPath(), author, e, signer, c.now()); err != nil {
		return err
	}
	c.annotated()
	return nil
}

// Undo takes back the analyst's last act and says what it was.
// journal.ErrNothing when there is none.
func (c *Case) Undo(context.Context) (what string, err error) {
	author, signer := c.writer()
	what, err = journal.Undo(c.journalPath(), author, signer, c.now())
	c.annotated()
	return what, err
}

// Redo brings back what was taken back last. journal.ErrNothing when nothing was.
func (c *Case) Redo(context.Context) (what string, err error) {
	author, signer := c.writer()
	what, err = journal.Redo(c.journalPath(), author, signer, c.now())
	c.annotated()
	return what, err
}

// Marks gives what analysts put on the events.
func (c *Case) Marks(_ context.Context, ids []event.ID) (map[event.ID]Mark, error) {
	st, err := c.journals()
	if err != nil {
		return nil, err
	}
	out := map[event.ID]Mark{}
	for _, id := range ids {
		m, ok := st.Marks[id]
		if !ok {
			continue
		}
		x := Mark{Star: m.Star, Tags: m.Tags}
		for _, n := range m.Notes {
			x.Notes = append(x.Notes, Note(n))
		}
		out[id] = x
	}
	return out, nil
}

// Bookmarks gives the named events, by name. A bookmark whose event is not in
// the store now keeps its id and has no instant.
func (c *Case) Bookmarks(ctx context.Context) ([]Bookmark, error) {
	st, err := c.journals()
	if err != nil {
		return nil, err
	}
	out := make([]Bookmark, 0, len(st.Bookmarks))
	for _, b := range st.Bookmarks {
		row, ok, err := c.Get(ctx, b.Event)
		if err != nil {
			return nil, err
		}
		x := Bookmark{Name: b.Name, Event: b.Event, Author: b.Author, At: event.NoInstant}
		if ok {
			x.At = row.Event.Time.Instant
		}
		out = append(out, x)
	}
	return out, nil
}

// Verdicts gives the analysts' words on findings, by finding id.
func (c *Case) Verdicts(context.Context) (map[string]journal.Verdict, error) {
	st, err := c.journals()
	if err != nil {
		return nil, err
	}
	return st.Verdicts, nil
}

// MergeJournals adds the annotations of another copy of the case and gives the
// number of lines that were new. dir is that copy, or its journal directory.
func (c *Case) MergeJournals(dir string) (int, error) {
	if fi, err := os.Stat(filepath.Join(dir, journalDir)); err == nil && fi.IsDir() {
		dir = filepath.Join(dir, journalDir)
	} else if fi, err := os.Stat(dir); err != nil {
		return 0, fmt.Errorf("merge journals: %w", err)
	} else if !fi.IsDir() {
		return 0, fmt.Errorf("merge journals: %q is no directory", dir)
	} else if !Exists(dir) && !holdsJournal(dir) {
		return 0, fmt.Errorf("merge journals: %q is no case and holds no journal; name the directory of the other copy", dir)
	}
	n, err := journal.Merge(c.journalPath(), dir)
	c.annotated()
	return n, err
}

// holdsJournal says whether a directory has files of journals.
func holdsJournal(dir string) bool {
	list, err := os.ReadDir(dir)
	return err != nil || slices.ContainsFunc(list, func(e os.DirEntry) bool { return filepath.Ext(e.Name()) == ".jsonl" })
}

// JournalState is what is known of one analyst's journal.
type JournalState struct {
	Author  string
	Entries int
	Whole   bool             // every line follows one that is there
	Damage  []journal.Damage // lines that could not be read, or whose predecessor is missing
	Signers map[string]int   // "unsigned", who signed, or why a signature is not good -> entries
}

// CheckJournals reads all journals of the case, follows their chains and has
// the verifier judge every signature (nil: signatures are not checked).
func (c *Case) CheckJournals(v journal.Verifier) ([]JournalState, error) {
	set, err := journal.Load(c.journalPath())
	if err != nil {
		return nil, err
	}
	words := set.Check(v)
	out := make([]JournalState, 0, len(set.Files))
	for _, f := range set.Files {
		st := JournalState{Author: f.Author, Entries: f.Entries, Whole: f.Whole, Damage: f.Damage, Signers: map[string]int{}}
		for _, e := range set.Entries {
			if e.Author == f.Author {
				st.Signers[words[e.Hash()]]++
			}
		}
		out = append(out, st)
	}
	return out, nil
}
