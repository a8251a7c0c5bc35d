package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
)

// record shows one event that is not a row of the list: a further witness.
type record struct {
	row  timeline.Row
	view *view.Record
	from overlay // what esc goes back to
}

func newRecord(m *model, r timeline.Row, from overlay) *record {
	return &record{row: r, view: view.NewRecord(m.sh, r), from: from}
}

func (r *record) title() string {
	return "Record of bundle " + clean.Line(r.row.Event.Origin.Run) + ", as " + r.view.Form()
}
func (r *record) open(*model) []view.Cmd { return r.view.Open() }
func (r *record) typing() bool           { return false }
func (r *record) parent() overlay        { return r.from }
func (r *record) hint() string {
	return "v fields, raw, hex   y copy the citation   j k move   esc back"
}

func (r *record) receive(_ *model, msg any) ([]view.Cmd, bool) { return nil, r.view.Receive(msg) }

func (r *record) key(m *model, _ tea.KeyMsg, _ string, a keys.Action) tea.Cmd {
	if a == keys.CopyText {
		return m.run(m.copyText(view.Cite(m.o.Case, &r.row), "1 citation"))
	}
	return m.run(r.view.Do(a))
}

func (r *record) lines(_ *model, w, h int) []string { return r.view.Lines(w, h) }
