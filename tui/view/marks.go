package view

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// marksRead answers with the marks of the rows held.
type marksRead struct {
	gen   int
	marks map[event.ID]timeline.Mark
	err   error
}

// Remark reads the marks of the rows held again, after an annotation.
func (t *Timeline) Remark() []Cmd {
	if len(t.win.rows) == 0 {
		return nil
	}
	ids := make([]event.ID, len(t.win.rows))
	for i := range t.win.rows {
		ids[i] = t.win.rows[i].ID
	}
	gen, c := t.win.gen, t.sh.Case
	return []Cmd{func(ctx context.Context) any {
		marks, err := c.Marks(ctx, ids)
		return marksRead{gen: gen, marks: marks, err: err}
	}}
}

func (t *Timeline) takeMarks(m marksRead) {
	if m.gen != t.win.gen || m.err != nil {
		return
	}
	for i := range t.win.rows {
		t.win.rows[i].mark = m.marks[t.win.rows[i].ID]
	}
}

// Starred says whether the event under the cursor has a star.
func (t *Timeline) Starred() bool {
	r := t.win.current()
	return r != nil && r.mark.Star
}

// MarkedCount is the number of marked rows.
func (t *Timeline) MarkedCount() int { return len(t.marked) }

// SortRows puts rows in the order of the timeline.
func SortRows(rows []timeline.Row) {
	slices.SortFunc(rows, func(a, b timeline.Row) int {
		ka, oka := a.Event.Time.Key()
		kb, okb := b.Event.Time.Key()
		switch {
		case oka != okb && oka:
			return -1
		case oka != okb:
			return 1
		case ka != kb && ka < kb:
			return -1
		case ka != kb:
			return 1
		}
		if c := slices.Compare(a.Event.Host[:], b.Event.Host[:]); c != 0 {
			return c
		}
		return slices.Compare(a.ID[:], b.ID[:])
	})
}

// Cite writes an event and where its bytes stand, for a report: two lines.
func Cite(c Case, r *timeline.Row) string {
	e := &r.Event
	when := "undated"
	if e.Time.Dated() {
		when = Exact(e.Time.Instant, c.Zone()) + " (" + e.Time.Precision.String() + ")"
	} else if e.Time.Bounded() {
		when = Exact(e.Time.Earliest, c.Zone()) + " .. " + Exact(e.Time.Latest, c.Zone())
	}
	layer := ""
	if e.Origin.Layer != "" {
		layer = " inside " + e.Origin.Layer
	}
	return text(fmt.Sprintf("%s  %s  %s  %s", when, c.HostName(e.Host), e.Source, e.Message)) + "\n" +
		text(fmt.Sprintf("  event %s, bundle %s, exhibit %s, offset %d, %d bytes%s, sha256 %s", r.ID, e.Origin.Run, e.Origin.Path,
			e.Origin.Offset, e.Origin.Length, layer, hex.EncodeToString(e.Origin.SHA256[:]))) + "\n"
}

// Line describes the row under the cursor in one line: position, column,
// whether its order is proven.
func (t *Timeline) Line() string {
	r := t.win.current()
	if r == nil {
		return ""
	}
	f, v := t.Value()
	words := ""
	if f != "" && v != "" {
		words = text(f) + " = " + short(v)
	}
	if o := t.follows(t.win.at); o != proven {
		words += t.sh.Theme.Glyph.Dot + o.words()
	}
	if r.Witnesses > 0 {
		words += t.sh.Theme.Glyph.Dot + "same record in " + exhibits(r.Witnesses) + " (W)"
	}
	return words
}

// follows is the order of row i after the one above it.
func (t *Timeline) follows(i int) sequence {
	if i <= 0 {
		return proven
	}
	return follows(&t.win.rows[i-1], &t.win.rows[i])
}

// Held is the number of rows in memory.
func (t *Timeline) Held() int { return len(t.win.rows) }

// Click puts the cursor on the row at line y of the screen, if one is there.
func (t *Timeline) Click(x, y int) []Cmd {
	i := t.win.top + y - t.stripRows()
	if y < t.stripRows() || i >= len(t.win.rows) || t.full && t.inPane {
		return nil
	}
	t.inPane = t.wide() && x > t.width-t.sideWidth()
	if !t.inPane {
		t.win.move(i - t.win.at)
	}
	return t.settle()
}

// Click puts the cursor on the host at line y of the screen, if one is there.
func (o *Overview) Click(y int) {
	i := o.top + y - o.stripRows() - o.chrome()
	if i >= o.top && i < min(len(o.hosts), o.top+o.page) {
		o.at = i
	}
}
