package view

import (
	"fmt"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/keys"
)

// Record shows one event by itself: as fields, raw bytes or hex.
type Record struct {
	sh *Shared
	r  row
	d  detail
}

// NewRecord makes the view of an event. The name of its host is looked up at
// once: the case knows it from the list the event was found in.
func NewRecord(sh *Shared, r timeline.Row) *Record {
	return &Record{sh: sh, r: makeRow(sh.Case, r)}
}

// Open asks for what the present form needs.
func (x *Record) Open() []Cmd { return x.d.show(x.sh.Case, &x.r) }

// Form names the present form.
func (x *Record) Form() string { return x.d.mode.String() }

// Do moves, or changes the form.
func (x *Record) Do(a keys.Action) []Cmd {
	if a == keys.DetailMode {
		x.d.next()
		return x.Open()
	}
	x.d.do(a)
	return nil
}

// Receive takes in an answer and says whether it was this event's.
func (x *Record) Receive(msg any) bool {
	m, ok := msg.(rawLoaded)
	if !ok || m.id != x.r.ID {
		return false
	}
	x.d.receive(m)
	return true
}

// Lines draws h lines of w cells.
func (x *Record) Lines(w, h int) []string { return x.d.draw(x.sh, &x.r, w, h, true) }

// Clean makes a text safe for a note.
func Clean(s string) string { return clean.Line(s) }

// WitnessHead says which record is spoken of.
func WitnessHead(sh *Shared, r *timeline.Row) []Note {
	c := &Card{sh: sh}
	c.add(Head, "%s  %s  %s", stampOf(r.Event.Time, sh.Case.Zone(), 23), sh.Case.HostName(r.Event.Host), short(r.Event.Message))
	c.add(Faint, "One record, found in several files. The copy shown in the list has the smallest event id; that they agree says that they are copies, not that they are independent.")
	c.add(Plain, "")
	return c.Lines
}

// WitnessLine is one exhibit that holds the record: bundle, what is known of
// it, exhibit, offset.
func WitnessLine(r *timeline.Row, bundles []timeline.BundleInfo, shown bool) Note {
	known := "bundle not in the case now"
	for _, b := range bundles {
		if b.Run == r.Event.Origin.Run {
			known = "integrity " + b.Integrity + ", signer " + b.Trust
			if b.Synthetic {
				known += ", SYNTHETIC"
			}
		}
	}
	o := r.Event.Origin
	which := ""
	if shown {
		which = "  (the one in the list)"
	}
	layer := ""
	if o.Layer != "" {
		layer = " inside " + o.Layer
	}
	return Note{Text: clean.Line(fmt.Sprintf("bundle %s  %s  exhibit %d %s  offset %d, %d bytes%s%s", o.Run, known, o.Exhibit, o.Path, o.Offset, o.Length, layer, which)), Event: r.ID}
}
