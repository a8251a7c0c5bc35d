package view

import (
	"context"
	"errors"
	"strings"

	"github.com/saksi-dfir/saksi/tui/widget"
)

// Lines draws the screen: exactly height lines of width cells.
func (t *Timeline) Lines() []string {
	w, h := t.width, t.height
	if w < 1 || h < 1 {
		return nil
	}
	cur := t.win.current()
	if t.full && t.inPane {
		return t.detail.draw(t.sh, cur, w, h, true)
	}
	out := make([]string, 0, h)
	rows := t.stripRows()
	if rows > 0 {
		here, ok := int64(0), false
		if cur != nil {
			here, ok = cur.Event.Time.Key()
		}
		out = append(out, t.strip.lines(t.sh, w, rows, here, ok)...)
	}
	left := w
	var side []string
	if t.wide() && !t.full {
		left = w - t.sideWidth() - 2
		side = t.detail.draw(t.sh, cur, t.sideWidth(), h-rows, t.inPane)
	}
	list := t.listLines(left, h-rows)
	for i, l := range list {
		if side != nil {
			l += t.bar() + " " + side[i]
		}
		out = append(out, l)
	}
	return out
}

// sideWidth is the cells of the detail beside the list.
func (t *Timeline) sideWidth() int { return min(72, max(38, t.width*36/100)) }

func (t *Timeline) bar() string {
	th := t.sh.Theme
	if th.Dim == "" {
		return th.Glyph.Bar
	}
	return th.Dim + th.Glyph.Bar + widget.Reset
}

// listLines draws the rows.
func (t *Timeline) listLines(w, h int) []string {
	out := make([]string, 0, h)
	if len(t.win.rows) == 0 {
		for i := 0; i < h; i++ {
			l := widget.NewLine(w, t.sh.Theme.Glyph.Cut)
			if i == h/3 {
				l.Add(t.sh.Theme.Dim, "  "+t.emptyWords())
			}
			out = append(out, l.Fill(""))
		}
		return out
	}
	lay := t.columnsFor(w)
	for i := t.win.top; i < t.win.top+h; i++ {
		if i < 0 || i >= len(t.win.rows) {
			out = append(out, t.beyond(i, w))
			continue
		}
		out = append(out, t.rowLine(i, w, lay))
	}
	return out
}

// failure says how reading ended: by the user's ctrl-c, or by a fault.
func failure(err error) string {
	if errors.Is(err, context.Canceled) {
		return "stopped (ctrl-r reads again)"
	}
	return "failed: " + text(err.Error())
}

func (t *Timeline) emptyWords() string {
	switch {
	case t.win.err != nil:
		return "reading events " + failure(t.win.err)
	case !t.win.loaded || t.win.stale || !t.win.atStart || !t.win.atEnd:
		return "reading" + t.win.scan.words("ctrl-c")
	case t.win.undated:
		return "no undated events match (u shows all again)"
	case t.sh.Filter.Text != "" || !t.sh.Range.All:
		return "nothing matches filter and range (backspace drops a chip, 0 shows all time)"
	}
	return "no events in this case yet: I ingests a bundle or a file"
}

// beyond is a line below the last row.
func (t *Timeline) beyond(i, w int) string {
	l := widget.NewLine(w, t.sh.Theme.Glyph.Cut)
	if i == len(t.win.rows) {
		words := "reading" + t.win.scan.words("ctrl-c")
		if t.win.atEnd {
			words = "end of events"
			if !t.sh.Range.All {
				words = "end of the range (0 shows all time)"
			}
		}
		if t.win.err != nil {
			words = "reading on " + failure(t.win.err)
		}
		l.Add(t.sh.Theme.Dim, "  "+words)
	}
	return l.Fill("")
}

// layout of a row: cells per column, 0 leaves it out.
type layout struct{ time, host, source, actor, action int }

func (t *Timeline) columnsFor(w int) layout {
	switch {
	case w >= 120:
		return layout{23, 14, 9, 12, 12}
	case w >= 110:
		return layout{23, 12, 8, 9, 12}
	case w >= 96:
		return layout{23, 11, 8, 9, 0}
	case w >= 84:
		return layout{19, 10, 8, 9, 0}
	case w >= 68:
		return layout{19, 8, 7, 0, 0}
	case w >= 56:
		return layout{19, 8, 0, 0, 0}
	case w >= 40:
		return layout{14, 6, 0, 0, 0}
	case w >= 26:
		return layout{14, 0, 0, 0, 0}
	}
	return layout{0, 0, 0, 0, 0}
}

// rowLine draws one row: gutter, time, host, source, actor, action, message.
// The gutter has the cursor, the mark, whether the order after the row above
// is unproven or reversed, and the level of a finding that cites the event.
func (t *Timeline) rowLine(i, w int, lay layout) string {
	th := t.sh.Theme
	r := &t.win.rows[i]
	cur := i == t.win.at
	base, dim := "", th.Dim
	switch {
	case cur && !t.inPane:
		base, dim = th.Select, th.Select
	case cur:
		base, dim = th.Idle, th.Idle
	case t.win.dimmed():
		base, dim = th.Dim, th.Dim
	}
	l := widget.NewLine(w, th.Glyph.Cut)
	t.gutter(l, i, r, base)
	cell := func(c Column, style, s string, n int) {
		if n == 0 {
			return
		}
		if cur && c == t.col {
			style = th.Cell
		}
		l.AddFit(style, s, n)
		l.Add(base, " ")
	}
	cell(ColTime, dim, stampOf(r.Event.Time, t.sh.Case.Zone(), lay.time), lay.time)
	cell(ColHost, base, r.host, lay.host)
	cell(ColSource, dim, r.source, lay.source)
	cell(ColActor, base, r.actor, lay.actor)
	cell(ColAction, base, r.action, lay.action)
	style := base
	if cur && t.col == ColMessage {
		style = th.Cell
	}
	t.message(l, r, style)
	return l.Fill(base)
}

func (t *Timeline) gutter(l *widget.Line, i int, r *row, base string) {
	th := t.sh.Theme
	mark := func(on bool, s string) {
		if on {
			l.Add(base, s)
		} else {
			l.Add(base, " ")
		}
	}
	mark(i == t.win.at, ">")
	mark(t.marked[r.ID], "+")
	l.Add(base, t.follows(i).sign())
	if k := r.Level.Rank(); k >= 0 {
		style := th.Levels[k]
		if base != "" {
			style = base
		}
		l.Add(style, [...]string{"i", "L", "M", "H"}[k])
	} else {
		l.Add(base, " ")
	}
	switch {
	case r.mark.Star:
		l.Add(base, "*")
	case len(r.mark.Notes) > 0:
		l.Add(base, "n")
	case len(r.mark.Tags) > 0:
		l.Add(base, "t")
	default:
		l.Add(base, " ")
	}
}

// message draws the message with the hits of the search marked.
func (t *Timeline) message(l *widget.Line, r *row, base string) {
	words := t.sh.Search.Words
	s, folded := r.message, r.folded
	for len(words) > 0 && l.Left() > 0 {
		from, to := firstHit(folded, words)
		if from < 0 || len(folded) != len(s) {
			break
		}
		l.Add(base, s[:from]).Add(t.sh.Theme.Match, s[from:to])
		s, folded = s[to:], folded[to:]
	}
	l.Add(base, s)
}

func firstHit(s string, words []string) (from, to int) {
	from = -1
	for _, w := range words {
		if w == "" {
			continue
		}
		if i := strings.Index(s, w); i >= 0 && (from < 0 || i < from) {
			from, to = i, i+len(w)
		}
	}
	return from, to
}

// Counts writes "1,204 of 48,200,000" for the line of chips.
func (t *Timeline) Counts() string {
	if t.win.undated {
		return "undated events only (u shows all)"
	}
	s := t.count.words()
	if t.sh.StatOK && (t.sh.Filter.Text != "" || !t.sh.Range.All) {
		s += " of " + widget.Number(t.sh.Stat.Events)
	}
	if n := len(t.marked); n > 0 {
		s += ", " + widget.Number(int64(n)) + " marked"
	}
	if t.sh.StatOK && t.sh.Stat.Undated > 0 {
		s += ", " + widget.Number(t.sh.Stat.Undated) + " undated (u)"
	}
	return s
}
