package tui

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/tui/term"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// Encoder writes rows in one form: the same code that `saksi events` prints
// with, so that screen and command line cannot differ.
type Encoder interface {
	Row(r *timeline.Row) error
	Flush() error
}

// Formats are the names of the forms an export can have.
func Formats() []string { return []string{"csv", "jsonl", "cite"} }

func formatWords(f string) string {
	return map[string]string{
		"csv":   "CSV: one event a line, for a spreadsheet",
		"jsonl": "JSON lines: every field, one event a line",
		"cite":  "Citations: event, bundle, exhibit, offset, length, SHA-256",
	}[f]
}

// openExport asks for the form first, then for the file.
func (m *model) openExport() []view.Cmd {
	if m.o.Encode == nil {
		m.say(toastNote, "export is not available here; use: saksi events --case "+m.o.Dir+" QUERY --csv")
		return nil
	}
	what := "all events of filter and range"
	if n := m.tl.MarkedCount(); n > 0 {
		what = plural(int64(n), "marked event")
	}
	var items []widget.Item
	for _, f := range Formats() {
		items = append(items, widget.Item{ID: f, Label: formatWords(f)})
	}
	m.over = &picker{head: "Export " + what, menu: widget.NewMenu(items), take: func(m *model, id string) []view.Cmd {
		m.format = id
		m.ask(promptExport, "events."+strings.Replace(id, "cite", "txt", 1))
		return nil
	}}
	return nil
}

// export writes the rows to a new file, which must not exist yet.
func (m *model) export(path string) []view.Cmd {
	c, q, format, encode := m.o.Case, m.sh.Query(), m.format, m.o.Encode
	var ids []event.ID
	if m.tl.MarkedCount() > 0 {
		ids = m.tl.Marked()
	}
	m.say(toastNote, "writing "+path+" (ctrl-c stops)")
	return []view.Cmd{func(ctx context.Context) any {
		n, err := exportFile(ctx, path, func(w io.Writer) (int64, error) {
			enc, err := encode(format, w)
			if err != nil {
				return 0, err
			}
			return writeRows(ctx, c, q, ids, enc)
		})
		if err != nil {
			return said{text: "export: " + err.Error(), kind: toastBad}
		}
		return said{text: plural(n, "event") + " written to " + path, kind: toastGood}
	}}
}

// exportFile creates a file and fills it; a file that could not be finished is
// removed again.
func exportFile(ctx context.Context, path string, fill func(io.Writer) (int64, error)) (int64, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err // the path is named once
		}
		return 0, fmt.Errorf("%w: %q", err, path)
	}
	w := bufio.NewWriterSize(f, 1<<16)
	n, err := fill(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = os.Remove(path)
		return n, fmt.Errorf("write %q: %w", path, err)
	}
	return n, nil
}

// writeRows writes the events named, or all that match.
func writeRows(ctx context.Context, c Case, q *query.Node, ids []event.ID, enc Encoder) (n int64, err error) {
	if ids != nil {
		rows, err := rowsOf(ctx, c, ids)
		if err != nil {
			return 0, err
		}
		for i := range rows {
			if err := enc.Row(&rows[i]); err != nil {
				return n, err
			}
			n++
		}
		return n, enc.Flush()
	}
	var cur timeline.Cursor
	for {
		p, err := c.Page(ctx, q, timeline.PageRequest{After: cur, Limit: 512})
		if err != nil {
			return n, err
		}
		for i := range p.Rows {
			if err := enc.Row(&p.Rows[i]); err != nil {
				return n, err
			}
			n++
		}
		if !p.More || len(p.Rows) == 0 {
			return n, enc.Flush()
		}
		cur = view.AfterRow(&p.Rows[len(p.Rows)-1])
	}
}

// rowsOf reads events by id, in the order of the timeline.
func rowsOf(ctx context.Context, c Case, ids []event.ID) ([]timeline.Row, error) {
	rows := make([]timeline.Row, 0, len(ids))
	for _, id := range ids {
		r, ok, err := c.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if ok {
			rows = append(rows, r)
		}
	}
	view.SortRows(rows)
	return rows, nil
}

// copyEvents puts citations of the marked events, or of the one under the
// cursor, into the clipboard.
func (m *model) copyEvents() []view.Cmd {
	ids := m.tl.Marked()
	if len(ids) == 0 {
		m.say(toastNote, "no event under the cursor")
		return nil
	}
	c := m.o.Case
	return []view.Cmd{func(ctx context.Context) any {
		rows, err := rowsOf(ctx, c, ids)
		if err != nil {
			return said{text: err.Error(), kind: toastBad}
		}
		var b strings.Builder
		for i := range rows {
			b.WriteString(view.Cite(c, &rows[i]))
		}
		return said{then: func(m *model) []view.Cmd { return m.copyText(b.String(), plural(int64(len(rows)), "citation")) }}
	}}
}

// copyText hands text to the terminal's clipboard.
func (m *model) copyText(text, what string) []view.Cmd {
	s, via := m.screen, m.via
	return []view.Cmd{func(context.Context) any {
		if s == nil {
			return said{text: "no terminal to copy to", kind: toastBad}
		}
		if err := s.Copy(text, via); err != nil {
			return said{text: err.Error(), kind: toastBad}
		}
		how := map[term.Via]string{term.Tmux: " through tmux (needs set-clipboard on or allow-passthrough on there)", term.GNUScreen: " through screen"}
		return said{text: "copied " + what + " with OSC 52" + how[via], kind: toastGood}
	}}
}
