package view

import (
	"context"
	"time"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// loaded answers a load: rows around an anchor.
type loaded struct {
	gen            int
	rows           []row
	at             int
	atStart, atEnd bool
	edge           [2]timeline.Cursor // how far was looked, by direction
	owed           int                // rows from at to the one that gets the cursor, not found yet
	err            error
}

// extended answers a fetch at one end.
type extended struct {
	gen  int
	dir  timeline.Direction
	rows []row
	more bool
	edge timeline.Cursor
	err  error
}

// firstRows and moreRows are how long rows are looked for that no index finds,
// before those found so far are shown.
const (
	firstRows = 150 * time.Millisecond
	moreRows  = 500 * time.Millisecond
)

// around is a load: the rows of one screen around an anchor, no more, so that
// they are there soon. What lies beyond is fetched ahead when they are shown.
type around struct {
	q            *query.Node
	anchor       timeline.Cursor
	focus        focus
	gen          int
	height, line int
	undated      bool
}

func (a around) fetch(ctx context.Context, c Case) any {
	q, anchor, f, undated := a.q, a.anchor, a.focus, a.undated
	out := loaded{gen: a.gen}
	n := a.height + 1
	var fwd, back timeline.Page
	if f != focusLast {
		req := timeline.PageRequest{After: anchor, Limit: n, Undated: undated, Budget: firstRows}
		if f == focusFirst {
			req.After = timeline.Cursor{}
		}
		if fwd, out.err = c.Page(ctx, q, req); out.err != nil {
			return out
		}
		n = max(a.line, a.height-len(fwd.Rows)) + 1
	}
	if f != focusFirst {
		req := timeline.PageRequest{After: anchor, Direction: timeline.Backward, Limit: n, Undated: undated, Budget: firstRows}
		if f == focusLast {
			req.After = timeline.Cursor{Set: true, End: true}
		}
		if back, out.err = c.Page(ctx, q, req); out.err != nil {
			return out
		}
	}
	out.edge = [2]timeline.Cursor{timeline.Forward: fwd.Last, timeline.Backward: back.First}
	out.atStart = f == focusFirst || !back.More
	out.atEnd = f == focusLast || !fwd.More
	rows := back.Rows
	known := map[event.ID]bool{}
	for i := range rows {
		known[rows[i].ID] = true
	}
	out.at = len(rows)
	for _, r := range fwd.Rows {
		if !known[r.ID] {
			rows = append(rows, r)
		}
	}
	if f == focusAnchor && out.at > 0 && out.at == len(rows) && fwd.More {
		out.owed = 1
	}
	out.at = max(0, min(out.at, len(rows)-1))
	out.rows = prepare(ctx, c, rows)
	return out
}

// fetch asks for more rows at one end. A page that comes back short of time is
// taken in like any other, and the next one goes on where it ended.
func (w *window) fetch(c Case, q *query.Node, dir timeline.Direction) Cmd {
	w.busy[dir] = true
	gen, scan := w.gen, &timeline.Scan{}
	if dir == timeline.Forward || w.atEnd { // one share is told, not two in turn
		scan = w.scan.begin()
	}
	req := timeline.PageRequest{After: w.edge[dir], Direction: dir, Limit: w.batch(), Undated: w.undated, Budget: moreRows}
	return func(ctx context.Context) any {
		p, err := c.Page(timeline.WithScan(ctx, scan), q, req)
		if err != nil {
			return extended{gen: gen, dir: dir, err: err}
		}
		edge := p.Last
		if dir == timeline.Backward {
			edge = p.First
		}
		return extended{gen: gen, dir: dir, rows: prepare(ctx, c, p.Rows), more: p.More, edge: edge}
	}
}
