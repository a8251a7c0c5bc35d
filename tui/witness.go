package tui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
)

// witnesses lists the exhibits that hold the same record as the event under
// the cursor, each with its bundle and what is known of that.
type witnesses struct {
	notes
	own  timeline.Row
	rows map[int]timeline.Row // by line
}

type witnessesRead struct {
	own     timeline.Row
	rows    []timeline.Row
	bundles []timeline.BundleInfo
	err     error
}

// openWitnesses opens the list for the event under the cursor.
func (m *model) openWitnesses() {
	r, ok := m.tl.Current()
	switch {
	case !ok:
		m.say(toastNote, "no event under the cursor")
	case r.Witnesses == 0:
		m.say(toastNote, "this record stands in one exhibit only")
	default:
		m.over = &witnesses{own: r, notes: notes{body: []view.Note{{Tone: view.Faint, Text: "reading"}}}}
	}
}

func (w *witnesses) title() string {
	return fmt.Sprintf("Witnesses: %d exhibits hold this record", w.own.Witnesses+1)
}
func (w *witnesses) typing() bool { return false }
func (w *witnesses) hint() string {
	return "enter open: its fields, and its bytes hashed again (v)   j k move   esc close"
}

func (w *witnesses) open(m *model) []view.Cmd {
	c, own := m.o.Case, w.own
	return []view.Cmd{func(ctx context.Context) any {
		out := witnessesRead{own: own}
		if out.rows, out.err = c.Witnesses(ctx, own.ID); out.err != nil {
			return out
		}
		out.bundles, out.err = c.Bundles(ctx)
		return out
	}}
}

func (w *witnesses) receive(m *model, msg any) ([]view.Cmd, bool) {
	x, ok := msg.(witnessesRead)
	if !ok || x.own.ID != w.own.ID {
		return nil, ok
	}
	if x.err != nil {
		w.body = []view.Note{{Tone: view.Fault, Text: view.Clean("the witnesses cannot be read: " + x.err.Error())}}
		return nil, true
	}
	w.rows = map[int]timeline.Row{}
	w.body = view.WitnessHead(m.sh, &w.own)
	for i, r := range append([]timeline.Row{w.own}, x.rows...) {
		w.rows[len(w.body)] = r
		w.body = append(w.body, view.WitnessLine(&r, x.bundles, i == 0))
	}
	w.at = len(w.body) - len(x.rows) - 1
	return nil, true
}

func (w *witnesses) key(m *model, _ tea.KeyMsg, _ string, a keys.Action) tea.Cmd {
	if w.move(a) {
		return nil
	}
	r, ok := w.rows[w.at]
	if !ok || a != keys.Open && a != keys.DetailMode {
		return nil
	}
	rec := newRecord(m, r, w)
	m.over = rec
	cmds := rec.open(m)
	if a == keys.DetailMode {
		cmds = append(cmds, rec.view.Do(a)...)
	}
	return m.run(cmds)
}
