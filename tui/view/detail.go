package view

import (
	"context"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/keys"
)

// mode is how the detail shows an event.
type mode int

const (
	modeFields mode = iota
	modeRaw
	modeHex
	modes
)

func (m mode) String() string { return [...]string{"fields", "raw", "hex"}[m] }

// detail is the pane that shows one event.
type detail struct {
	mode   mode
	top    int // first line shown
	at     int // line under the cursor, of the lines that hold a value
	lines  int // lines of the last drawing
	height int
	gen    int
	id     event.ID // event of raw, or the one asked for
	raw    *timeline.Raw
	err    error
	asked  bool
	fields []pair   // of the last drawing, for the cursor
	cache  struct { // lines of the raw and hex forms
		raw  *timeline.Raw
		mode mode
		w    int
		body []pair
	}
}

// pair is one line of the fields form: a name, a value that can be filtered
// for, or a plain remark.
type pair struct {
	name  string
	value string // as shown
	field string // query field, "" when the line cannot be filtered for
	raw   string // value as evidence has it
	style int
}

const (
	plainLine = iota
	dimLine
	headLine
	badLine
	goodLine
)

type rawLoaded struct {
	gen int
	id  event.ID
	raw timeline.Raw
	err error
}

func (d *detail) next() { d.mode, d.top, d.at = (d.mode+1)%modes, 0, 0 }

// show asks for the raw bytes of a row when the form needs them.
func (d *detail) show(c Case, r *row) []Cmd {
	if d.id != r.ID {
		d.top, d.at = 0, 0
		d.raw, d.err, d.asked = nil, nil, false
		d.id = r.ID
	}
	if d.mode == modeFields || d.asked {
		return nil
	}
	d.asked = true
	d.gen++
	gen, id := d.gen, r.ID
	return []Cmd{func(ctx context.Context) any {
		raw, err := c.Raw(ctx, id)
		return rawLoaded{gen: gen, id: id, raw: raw, err: err}
	}}
}

func (d *detail) receive(m rawLoaded) {
	if m.gen != d.gen || m.id != d.id {
		return
	}
	d.err = m.err
	if m.err == nil {
		d.raw = &m.raw
	}
}

// do moves inside the pane.
func (d *detail) do(a keys.Action) bool {
	page := max(1, d.height-1)
	switch a {
	case keys.Down:
		d.move(1)
	case keys.Up:
		d.move(-1)
	case keys.HalfDown:
		d.move(page / 2)
	case keys.HalfUp:
		d.move(-page / 2)
	case keys.PageDown:
		d.move(page)
	case keys.PageUp:
		d.move(-page)
	case keys.Top:
		d.move(-d.lines)
	case keys.End:
		d.move(d.lines)
	default:
		return false
	}
	return true
}

func (d *detail) move(n int) {
	d.at = max(0, min(d.at+n, d.lines-1))
	if d.at < d.top {
		d.top = d.at
	}
	if d.height > 0 && d.at >= d.top+d.height {
		d.top = d.at - d.height + 1
	}
	d.top = max(0, min(d.top, d.lines-d.height))
}

// value is what the line under the cursor can be filtered for.
func (d *detail) value(r *row) (field, value string) {
	if d.mode != modeFields || d.id != r.ID || d.at >= len(d.fields) {
		return "", ""
	}
	p := d.fields[d.at]
	return p.field, p.raw
}
