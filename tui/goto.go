package tui

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/view"
)

// bookmarksRead answers with the bookmarks.
type bookmarksRead struct {
	marks []timeline.Bookmark
	err   error
}

// findNamed looks for a place that has a name: the first or last event of the
// filter, the first or last cited by a finding, or a bookmark.
func findNamed(ctx context.Context, c Case, name string, q, filter, finding *query.Node) any {
	if mark, ok := strings.CutPrefix(name, "@"); ok {
		return findBookmark(ctx, c, filter, mark)
	}
	req := timeline.PageRequest{Limit: 1}
	if strings.HasPrefix(name, "last") {
		req.Direction = timeline.Backward
		req.After = timeline.Cursor{Set: true, End: true}
	}
	if strings.HasSuffix(name, "finding") {
		q = finding
	}
	p, err := c.Page(ctx, q, req)
	if err != nil {
		return said{text: err.Error(), kind: toastBad}
	}
	if len(p.Rows) == 0 {
		return said{text: "there is no " + name, kind: toastNote}
	}
	return jumpTo(ctx, c, filter, &p.Rows[0])
}

func findBookmark(ctx context.Context, c Case, filter *query.Node, name string) any {
	marks, err := c.Bookmarks(ctx)
	if err != nil {
		return said{text: err.Error(), kind: toastBad}
	}
	for _, b := range marks {
		if strings.EqualFold(b.Name, name) {
			return openEvent(ctx, c, filter, b)
		}
	}
	return said{text: fmt.Sprintf("no bookmark %q (' lists them)", name), kind: toastNote}
}

func openEvent(ctx context.Context, c Case, filter *query.Node, b timeline.Bookmark) any {
	r, ok, err := c.Get(ctx, b.Event)
	if err != nil {
		return said{text: err.Error(), kind: toastBad}
	}
	if !ok {
		return said{text: "the event of bookmark " + b.Name + " is not in the case now (its bundle may have been dropped)", kind: toastBad}
	}
	return jumpTo(ctx, c, filter, &r)
}

// previewTarget says what "go to" would do with what is typed so far.
func (m *model) previewTarget(s string) (words string, ok bool) {
	t, err := view.ParseTarget(s, m.o.Now(), m.tl.Here(), m.o.Case.Zone())
	if err != nil {
		return clean.Line(err.Error()), false
	}
	if t.Named != "" {
		if name, mark := strings.CutPrefix(t.Named, "@"); mark {
			return m.previewBookmarks(name)
		}
		return "= the " + t.Named, true
	}
	at := time.Unix(0, t.Time).In(m.o.Case.Zone())
	words = "= " + at.Format("Mon 2006-01-02 15:04:05 -07:00")
	switch here := m.tl.Here().UnixNano(); {
	case t.Time > here:
		words += ", " + view.SpanBetween(here, t.Time) + " after the cursor"
	case t.Time < here:
		words += ", " + view.SpanBetween(t.Time, here) + " before the cursor"
	}
	if from, to, dated := m.sh.CaseBounds(); dated && (t.Time < from || t.Time >= to) {
		words += "; no events there"
	}
	return words, true
}

func (m *model) previewBookmarks(prefix string) (string, bool) {
	var names []string
	for _, b := range m.marks {
		if strings.HasPrefix(strings.ToLower(b.Name), prefix) {
			names = append(names, "@"+clean.Line(b.Name))
		}
	}
	if len(names) == 0 {
		return "no bookmark of that name", false
	}
	return "= " + strings.Join(names[:min(6, len(names))], " "), true
}
