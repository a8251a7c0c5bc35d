package tui

import (
	"context"
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
)

// works handles the actions that write: annotations, copies, exports. Nothing
// here changes evidence; annotations go to the analyst's journal.
func (m *model) works(a keys.Action) ([]view.Cmd, bool) {
	switch a {
	case keys.Star:
		return m.star(), true
	case keys.Tag, keys.Note, keys.Bookmark:
		if len(m.tl.Marked()) == 0 {
			m.say(toastNote, "no event under the cursor")
			return nil, true
		}
		m.ask(map[keys.Action]promptKind{keys.Tag: promptTag, keys.Note: promptNote, keys.Bookmark: promptBookmark}[a], "")
		return nil, true
	case keys.Undo:
		return []view.Cmd{m.revert("undone", m.o.Case.Undo)}, true
	case keys.Redo:
		return []view.Cmd{m.revert("done again", m.o.Case.Redo)}, true
	case keys.Confirm, keys.Reject:
		return m.judge(a), true
	case keys.MergeNotes:
		m.ask(promptMerge, "")
		return nil, true
	case keys.NextMark:
		return m.nextBookmark(1), true
	case keys.PrevMark:
		return m.nextBookmark(-1), true
	case keys.CopyText:
		return m.copyEvents(), true
	case keys.Export:
		return m.openExport(), true
	}
	return nil, false
}

// star stars the marked events, or takes the star off when the event under the
// cursor has one.
func (m *model) star() []view.Cmd {
	ids := m.tl.Marked()
	if len(ids) == 0 {
		m.say(toastNote, "no event under the cursor")
		return nil
	}
	op, words := "star", "starred"
	if m.tl.Starred() {
		op, words = "unstar", "star taken off"
	}
	return m.annotate(timeline.Annotation{Op: op, Events: ids}, words)
}

// annotate writes one annotation to the journal and shows it when it is there.
func (m *model) annotate(a timeline.Annotation, words string) []view.Cmd {
	c := m.o.Case
	if n := len(a.Events); n > 1 {
		words += fmt.Sprintf(" (%d events)", n)
	}
	return []view.Cmd{func(ctx context.Context) any {
		// An annotation is not a query: ctrl-c must not lose it half way.
		if err := c.Annotate(context.WithoutCancel(ctx), a); err != nil {
			return said{text: "not saved: " + err.Error(), kind: toastBad}
		}
		return m.remarked(ctx, c, words+"; U undoes it")
	}}
}

// remarked reads the bookmarks again and has the screen do so with the marks.
func (m *model) remarked(ctx context.Context, c Case, words string) any {
	marks, err := c.Bookmarks(ctx)
	return said{text: words, kind: toastGood, then: func(m *model) []view.Cmd {
		if err == nil {
			m.marks = marks
		}
		m.relist()
		return append(m.tl.Remark(), m.rereadFindings()...)
	}}
}

func (m *model) revert(words string, act func(context.Context) (string, error)) view.Cmd {
	c := m.o.Case
	return func(ctx context.Context) any {
		what, err := act(context.WithoutCancel(ctx))
		if err != nil {
			return said{text: err.Error(), kind: toastBad}
		}
		if what == "" {
			return said{text: "nothing to be " + words, kind: toastNote}
		}
		return m.remarked(ctx, c, words+": "+what)
	}
}

// acceptWork takes the line of a prompt that writes something.
func (m *model) acceptWork(k promptKind, text string) []view.Cmd {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	ids := m.tl.Marked()
	switch k {
	case promptTag:
		if off, ok := strings.CutPrefix(text, "-"); ok {
			return m.annotate(timeline.Annotation{Op: "untag", Events: ids, Text: off}, "tag "+off+" taken off")
		}
		return m.annotate(timeline.Annotation{Op: "tag", Events: ids, Text: text}, "tagged "+text)
	case promptNote:
		return m.annotate(timeline.Annotation{Op: "note", Events: ids, Text: text}, "note saved")
	case promptBookmark:
		if r, ok := m.tl.Current(); ok {
			ids = []event.ID{r.ID}
		}
		return m.annotate(timeline.Annotation{Op: "bookmark", Events: ids, Text: text}, "bookmark "+text)
	case promptMerge:
		return m.mergeNotes(text)
	case promptIngest:
		return m.startIngest(text)
	case promptExport:
		return m.export(text)
	}
	return nil
}
