package view

import (
	"context"
	"strings"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// Column is a part of a row that a cursor can stand on.
type Column int

// The columns, from left to right.
const (
	ColTime Column = iota
	ColHost
	ColSource
	ColActor
	ColAction
	ColMessage
	columns
)

// row is an event prepared for drawing.
type row struct {
	timeline.Row
	hostName, heldName          string // as the case names them; looked up beside the screen
	host, source, actor, action string // cleaned
	message, folded             string // cleaned; folded for highlighting
	mark                        timeline.Mark
}

// prepare turns rows of the store into rows of the screen. It runs beside the
// screen, not in it.
func prepare(ctx context.Context, c Case, in []timeline.Row) []row {
	out := make([]row, len(in))
	ids := make([]event.ID, len(in))
	for i := range in {
		ids[i] = in[i].ID
		out[i] = makeRow(c, in[i])
	}
	if marks, err := c.Marks(ctx, ids); err == nil {
		for i := range out {
			out[i].mark = marks[out[i].ID]
		}
	}
	return out
}

func makeRow(c Case, in timeline.Row) row {
	e := &in.Event
	name := c.HostName(e.Host)
	r := row{Row: in, hostName: name, host: short(name), source: short(e.Source), actor: short(e.Actor), action: short(e.Action)}
	if !e.HeldBy.IsZero() && e.HeldBy != e.Host {
		r.heldName = c.HostName(e.HeldBy)
	}
	r.message = short(e.Message)
	if r.message == "" {
		r.message = strings.TrimSpace(r.action + " " + short(e.Object))
	}
	r.folded = lower(r.message)
	return r
}

// value gives the query field and value of a column.
func (r *row) value(c Column) (field, value string) {
	e := &r.Event
	switch c {
	case ColHost:
		return "host", r.hostName
	case ColSource:
		return "source", e.Source
	case ColActor:
		return "actor", e.Actor
	case ColAction:
		return "action", e.Action
	case ColMessage:
		for _, f := range []string{"ip", "path", "exe", "hash", "sha256"} {
			if v, ok := e.Get(f); ok && pivots(f, v) {
				return f, v
			}
		}
		if e.Object != "" {
			return "object", e.Object
		}
	}
	return "", ""
}

// pivots says whether the filter language can name a value; a field "ip" may
// hold what is no address.
func pivots(field, value string) bool {
	_, ok := Pivot(field, value)
	return ok && value != ""
}

// entity is what `w` follows: the address, hash or path of an event, else its
// object or actor.
func (r *row) entity() (field, value string) {
	for _, f := range []string{"ip", "sha256", "hash", "path", "exe"} {
		if v, ok := r.Event.Get(f); ok && pivots(f, v) {
			return f, v
		}
	}
	if r.Event.Object != "" {
		return "object", r.Event.Object
	}
	if r.Event.Actor != "" {
		return "actor", r.Event.Actor
	}
	return "", ""
}

// sequence is what is known of the order of a row and the one above it.
type sequence int

const (
	proven   sequence = iota // above first
	unproven                 // their intervals overlap
	reversed                 // one log holds both, and this one first
)

// follows tells the order of a row after the one above: proven when their
// intervals are disjoint, or when one log holds both in this order. Rows of
// one instant are listed by their ids, so a log may hold them the other way.
func follows(above, r *row) sequence {
	a, b := &above.Event, &r.Event
	if a.Time.Before(b.Time) {
		return proven
	}
	one := a.Origin.Run == b.Origin.Run && a.Origin.Exhibit == b.Origin.Exhibit
	if !one || a.Meaning != b.Meaning || a.Meaning != "logged" && a.Meaning != "request-end" { // written as it happens
		return unproven
	}
	if b.Origin.Offset < a.Origin.Offset {
		return reversed
	}
	return proven
}

// sign is how the order is shown in front of a row.
func (s sequence) sign() string { return [...]string{" ", "~", "^"}[s] }

// words says the order in the line below the list.
func (s sequence) words() string {
	return [...]string{"", "~ order after the row above is not proven", "^ its log has it before the row above"}[s]
}
