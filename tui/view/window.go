package view

import (
	"context"
	"time"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// window is the part of a result that is held: some screens of rows around the
// cursor, identified by event, never by number. Rows come by fetches that run
// beside the screen; each carries the generation it was asked in, and an
// answer of an older one is dropped.
type window struct {
	rows    []row
	atStart bool // rows[0] is the first of the result
	atEnd   bool
	edge    [2]timeline.Cursor // what lies beyond it was not looked at, by direction
	at      int                // index of the row under the cursor
	top     int                // index of the first row on the screen
	height  int
	gen     int
	stale   bool // rows are of the question before; drawn dim when it lasts
	old     bool // rows are of the question before, until those of the newest came
	since   time.Time
	now     func() time.Time
	busy    [2]bool
	land    bool // the next load puts the cursor a third down, with context above
	owed    int  // rows the cursor still has to go once more are there
	loaded  bool
	err     error
	undated bool
	last    latest
	scan    scanning
}

// focus says which row gets the cursor when a load arrives.
type focus int

const (
	focusAnchor focus = iota // the first row after the anchor
	focusFirst
	focusLast
)

// dimAfter is how long an answer may take before the rows held are dimmed: a
// fast answer must not cost two frames.
const dimAfter = 80 * time.Millisecond

// dimmed says whether the rows held are drawn as those of an earlier question.
func (w *window) dimmed() bool {
	return w.stale && w.now().Sub(w.since) >= dimAfter || w.old && w.err != nil
}

// batch is how many rows a fetch asks for: four screens.
func (w *window) batch() int { return max(64, 4*w.height) }

// load asks for the rows around an anchor. The rows held stay on the screen,
// dimmed, until the answer is there.
func (w *window) load(c Case, q *query.Node, anchor timeline.Cursor, f focus) Cmd {
	w.gen++
	w.old = true
	w.stale, w.since, w.owed, w.err = true, w.now(), 0, nil
	w.busy = [2]bool{true, true}
	a := around{q: q, anchor: anchor, focus: f, gen: w.gen, height: w.height, line: w.line(), undated: w.undated}
	scan := w.scan.start()
	return w.last.only(func(ctx context.Context) any { return a.fetch(timeline.WithScan(ctx, scan), c) })
}

// line is where on the screen the row goes that gets the cursor.
func (w *window) line() int {
	if w.land {
		return w.height / 3
	}
	return max(0, min(w.at-w.top, w.height-1))
}

// receive takes a load in and keeps the cursor on the screen line it is on.
func (w *window) receive(m loaded) {
	if m.gen != w.gen {
		return
	}
	w.busy = [2]bool{}
	w.stale, w.err = false, m.err
	w.loaded = true
	if m.err != nil {
		return
	}
	w.old = false
	line := w.line()
	w.land = false
	w.rows, w.at, w.atStart, w.atEnd, w.edge = m.rows, m.at, m.atStart, m.atEnd, m.edge
	w.top, w.owed = w.at-line, m.owed
	w.clamp()
}

// extend takes more rows in at one end and lets go of rows far behind.
func (w *window) extend(m extended) {
	if m.gen != w.gen {
		return
	}
	w.busy[m.dir] = false
	if m.err != nil {
		w.err = m.err
		return
	}
	w.edge[m.dir] = m.edge
	keep := 3 * w.batch()
	if m.dir == timeline.Forward {
		w.rows = append(w.rows, w.fresh(m.rows)...)
		w.atEnd = !m.more
		if cut := len(w.rows) - keep; cut > 0 && w.top-w.batch() > 0 {
			cut = min(cut, w.top-w.batch())
			w.rows = append([]row(nil), w.rows[cut:]...)
			w.at -= cut
			w.top -= cut
			w.atStart, w.edge[timeline.Backward] = false, before(&w.rows[0].Row)
		}
	} else {
		add := w.fresh(m.rows)
		w.rows = append(add[:len(add):len(add)], w.rows...)
		w.at += len(add)
		w.top += len(add)
		w.atStart = !m.more
		if far := w.top + w.height + w.batch(); len(w.rows) > keep && far < len(w.rows) {
			w.rows = append([]row(nil), w.rows[:max(far, keep)]...)
			w.atEnd, w.edge[timeline.Forward] = false, after(&w.rows[len(w.rows)-1].Row)
		}
	}
	if n := w.owed; n != 0 {
		w.owed = 0
		w.move(n)
	}
	w.clamp()
}

// wants says whether the screen has room for rows that are being looked for.
func (w *window) wants() bool {
	return w.loaded && w.err == nil && !w.atEnd && len(w.rows)-w.top < w.height
}

// fresh leaves out rows that are held already.
func (w *window) fresh(rows []row) []row {
	known := make(map[event.ID]bool, len(w.rows))
	for i := range w.rows {
		known[w.rows[i].ID] = true
	}
	out := rows[:0:0]
	for i := range rows {
		if !known[rows[i].ID] {
			out = append(out, rows[i])
		}
	}
	return out
}

// move moves the cursor by n rows; what lies beyond the rows held is owed.
func (w *window) move(n int) {
	want := w.at + n
	w.at = max(0, min(want, len(w.rows)-1))
	w.owed = 0
	if want > w.at && !w.atEnd || want < w.at && !w.atStart {
		w.owed = max(-w.batch(), min(want-w.at, w.batch()))
	}
	w.clamp()
}

// clamp keeps the cursor on the screen; at its edge the screen moves by half a
// page, so that a step costs few bytes.
func (w *window) clamp() {
	n := len(w.rows)
	if n == 0 {
		w.at, w.top = 0, 0
		return
	}
	h := max(1, w.height)
	w.at = max(0, min(w.at, n-1))
	if w.at < w.top {
		w.top = w.at - h/2
	}
	if w.at >= w.top+h {
		w.top = w.at - h + 1 + h/2
	}
	last := n - h
	if w.atEnd && h > 1 {
		last++ // one line below the last row says that it is the last
	}
	w.top = max(0, min(w.top, last))
	if w.at >= w.top+h {
		w.top = w.at - h + 1
	}
	w.top = max(0, w.top)
}

// prefetch asks for rows at an end that has come near.
func (w *window) prefetch(c Case, q *query.Node) []Cmd {
	if w.stale || !w.loaded || w.err != nil {
		return nil
	}
	var out []Cmd
	near := w.height + w.height/2
	if !w.atEnd && !w.busy[timeline.Forward] && len(w.rows)-w.top-w.height < near {
		out = append(out, w.fetch(c, q, timeline.Forward))
	}
	if !w.atStart && !w.busy[timeline.Backward] && w.top < near {
		out = append(out, w.fetch(c, q, timeline.Backward))
	}
	return out
}

// current is the row under the cursor.
func (w *window) current() *row {
	if w.at < 0 || w.at >= len(w.rows) {
		return nil
	}
	return &w.rows[w.at]
}
