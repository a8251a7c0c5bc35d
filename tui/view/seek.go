package view

import (
	"context"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/tui/keys"
)

// found answers a search for the next or previous row.
type found struct {
	seek int
	row  *timeline.Row
	what string
	err  error
}

// seeks handles the actions that look for the next row of some kind.
func (t *Timeline) seeks(a keys.Action) ([]Cmd, bool) {
	fwd := timeline.Forward
	switch a {
	case keys.PrevHit, keys.PrevFinding, keys.PrevOfEntity:
		fwd = timeline.Backward
	}
	switch a {
	case keys.NextHit, keys.PrevHit:
		if t.sh.Search.Node == nil {
			t.status = "no search yet: / starts one"
			return nil, true
		}
		return t.find(t.sh.Search.Node, fwd, "hit of the search"), true
	case keys.NextFinding, keys.PrevFinding:
		return t.find(&query.Node{Op: query.Term, Field: "tag", Value: "finding"}, fwd, "event that a finding cites"), true
	case keys.NextOfEntity, keys.PrevOfEntity:
		f, v := t.Value()
		if v == "" {
			t.status = "no value in this column to look for"
			return nil, true
		}
		n, err := t.sh.Case.Parse(Term(f, v))
		if err != nil {
			t.status = text(err.Error())
			return nil, true
		}
		return t.find(n, fwd, "event with "+text(Term(f, v))), true
	}
	return nil, false
}

// FirstHit goes to the first hit of the search from the cursor on, the row
// under the cursor included.
func (t *Timeline) FirstHit() []Cmd {
	r := t.win.current()
	if r == nil || t.sh.Search.Node == nil {
		return nil
	}
	return t.findFrom(before(&r.Row), t.sh.Search.Node, timeline.Forward, "hit of the search")
}

// find looks for the next row within filter and range that matches n.
func (t *Timeline) find(n *query.Node, dir timeline.Direction, what string) []Cmd {
	r := t.win.current()
	if r == nil {
		return nil
	}
	from := after(&r.Row)
	if dir == timeline.Backward {
		from = before(&r.Row)
	}
	return t.findFrom(from, n, dir, what)
}

func (t *Timeline) findFrom(from timeline.Cursor, n *query.Node, dir timeline.Direction, what string) []Cmd {
	t.seek++
	seek, c, q, undated := t.seek, t.sh.Case, both(t.sh.Query(), n), t.win.undated
	t.status = "looking for the next " + what
	if dir == timeline.Backward {
		t.status = "looking for the previous " + what
	}
	t.seeking = true
	scan := t.seekScan.start()
	return []Cmd{t.seekLast.only(func(ctx context.Context) any {
		p, err := c.Page(timeline.WithScan(ctx, scan), q, timeline.PageRequest{After: from, Direction: dir, Limit: 1, Undated: undated})
		out := found{seek: seek, what: what, err: err}
		if len(p.Rows) > 0 {
			out.row = &p.Rows[0]
			if dir == timeline.Backward {
				out.row = &p.Rows[len(p.Rows)-1]
			}
		}
		return out
	})}
}

// StopSeek ends a search for the next row, if one runs.
func (t *Timeline) StopSeek() bool {
	if !t.seeking {
		return false
	}
	t.seek++ // its answer is of no use any more
	t.seekLast.end()
	t.seeking, t.status = false, ""
	return true
}

// Value is the query field and value under the cursor: of the column in the
// list, of the line in the detail pane.
func (t *Timeline) Value() (field, value string) {
	r := t.win.current()
	if r == nil {
		return "", ""
	}
	if t.inPane {
		return t.detail.value(r)
	}
	return r.value(t.col)
}

// Entity is what follow follows: the value under the cursor when it names
// something that other hosts can know, else the event's address, hash or path.
func (t *Timeline) Entity() (field, value string) {
	r := t.win.current()
	if r == nil {
		return "", ""
	}
	if f, v := t.Value(); v != "" && f != "host" && f != "source" && f != "action" {
		return f, v
	}
	return r.entity()
}

// Receive takes in an answer that is for this screen.
func (t *Timeline) Receive(msg any) ([]Cmd, bool) {
	switch m := msg.(type) {
	case loaded:
		t.win.receive(m)
		return t.settle(), true
	case extended:
		t.win.extend(m)
		return t.settle(), true
	case found:
		return t.takeFound(m), true
	case stripLoaded:
		t.strip.receive(m)
		return nil, m.of == &t.strip
	case counted:
		t.count.receive(m)
		return nil, true
	case marksRead:
		t.takeMarks(m)
		return nil, true
	case rawLoaded:
		t.detail.receive(m)
		return nil, true
	}
	return nil, false
}

func (t *Timeline) takeFound(m found) []Cmd {
	if m.seek != t.seek {
		return nil
	}
	t.seeking = false
	switch {
	case m.err != nil:
		t.status = "search " + failure(m.err)
		return nil
	case m.row == nil:
		t.status = "no further " + m.what + " in filter and range"
		return nil
	}
	t.status = ""
	for i := range t.win.rows {
		if t.win.rows[i].ID == m.row.ID && !t.win.stale {
			t.win.move(i - t.win.at)
			return t.settle()
		}
	}
	t.win.land = true
	return []Cmd{t.win.load(t.sh.Case, t.sh.Query(), before(m.row), focusAnchor)}
}

// Error is why the list could not be read, nil when it could.
func (t *Timeline) Error() error { return t.win.err }

// Busy says whether an answer is awaited.
func (t *Timeline) Busy() bool { return t.win.stale || t.win.busy[0] || t.win.busy[1] }
