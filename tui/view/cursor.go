package view

import (
	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// Anchor is a place in the list of events that survives reloads.
type Anchor = timeline.Cursor

// AnchorOf is the place just before an event, so that a list loaded there has
// the cursor on it.
func AnchorOf(r *timeline.Row) Anchor { return before(r) }

// AfterRow is the place just after an event.
func AfterRow(r *timeline.Row) Anchor { return after(r) }

// after is the place just after a row.
func after(r *timeline.Row) timeline.Cursor {
	key, ok := r.Event.Time.Key()
	c := timeline.Cursor{Set: true, Host: r.Event.Host, ID: r.ID, Undated: !ok}
	if ok {
		c.Time = key
	}
	return c
}

// before is the place just before a row: its key with the event id lowered by
// one. No event needs to have that id.
func before(r *timeline.Row) timeline.Cursor {
	c := after(r)
	for i := len(c.ID) - 1; i >= 0; i-- {
		c.ID[i]--
		if c.ID[i] != 0xff {
			return c
		}
	}
	for i := len(c.Host) - 1; i >= 0; i-- { // the id was zero: end of the host before
		c.Host[i]--
		if c.Host[i] != 0xff {
			return c
		}
	}
	c.Time--
	return c
}

// atTime is the place before the first row at or after t.
func atTime(t int64) timeline.Cursor {
	return timeline.Cursor{Set: true, Time: t, Host: event.HostKey{}, ID: event.ID{}}
}
