package parsetest

import (
	"slices"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// Alone is the rule by which the events of a parser are told by their own
// bytes. The zero rule with a newline as Blank, that of every text, is the
// strictest: the spans of an event, and nothing else, give the event again.
type Alone struct {
	// Blank stands in place of all other bytes.
	Blank byte
	// Frame leaves the bytes that belong to no event: headers, hash tables,
	// page headers and cell pointers, without which a record cannot be found.
	Frame bool
	// Neighbours names fields that come of other records: the other end of a
	// session, say. They are not compared, nor are tags of that name.
	Neighbours []string
	// Named names actions whose account, and so the wording, is that of a
	// neighbour: a logout of wtmp states the terminal only.
	Named []string
	// Compared names actions of events that the parser makes by comparing
	// records: what is missing elsewhere has no bytes. Of these only the object
	// must stand in the bytes.
	Compared []string
}

// AloneRule gives the rule of a parser. A rule is of the format, never of a
// fixture.
func AloneRule(parser string) Alone {
	switch parser {
	case "journal":
		return Alone{Frame: true, Neighbours: []string{"entries", "last_entry"}}
	case "lastlog2", "wtmpdb":
		return Alone{Frame: true, Neighbours: []string{"recovered"}} // a log's checksums run over all of it
	case "wtmp":
		return Alone{Neighbours: []string{"clock_set", "duration", "ended_by", "session_end", "session_start", "step"}, Named: []string{"logout"}}
	case "lastlog", "faillog":
		return Alone{}
	case "module":
		return Alone{Blank: '\n', Compared: []string{"hidden", "view"}}
	}
	return Alone{Blank: '\n'}
}

// only gives a copy of the exhibit without anything that is not of the chosen
// events, nor of the frame.
func (r Alone) only(data []byte, chosen, all []*event.Event) []byte {
	out := make([]byte, len(data))
	if r.Frame {
		copy(out, data)
		for _, e := range all {
			for _, s := range spans(e) {
				fill(out[s.Offset:s.Offset+s.Length], r.Blank)
			}
		}
	} else {
		fill(out, r.Blank)
	}
	for _, e := range chosen {
		for _, s := range spans(e) {
			copy(out[s.Offset:s.Offset+s.Length], data[s.Offset:])
		}
	}
	return out
}

func fill(b []byte, v byte) {
	for i := range b {
		b[i] = v
	}
}

// spans are the pieces of an event.
func spans(e *event.Event) []event.Span {
	if len(e.Origin.Spans) > 0 {
		return e.Origin.Spans
	}
	return []event.Span{{Offset: e.Origin.Offset, Length: e.Origin.Length}}
}

// bare is an event without what its neighbours gave, and without the hash of
// the exhibit. A time says itself that it is bounded by neighbours, or that
// the clock was set since the record before.
func (r Alone) bare(e *event.Event) event.Event {
	out := *e
	out.Origin.SHA256 = [32]byte{}
	out.Fields = nil
	for _, f := range e.Fields {
		if !slices.Contains(r.Neighbours, f.Name) {
			out.Fields = append(out.Fields, f)
		}
	}
	if slices.ContainsFunc(e.Tags, func(tag string) bool { return slices.Contains(r.Neighbours, tag) }) {
		out.Tags = slices.DeleteFunc(slices.Clone(e.Tags), func(tag string) bool { return slices.Contains(r.Neighbours, tag) })
		if len(out.Tags) == 0 {
			out.Tags = nil
		}
	}
	if slices.Contains(r.Named, e.Action) {
		out.Actor, out.Message = "", ""
	}
	step := event.Reasons(0).With(event.ClockStep)
	out.Time.Reasons &^= step
	return out
}
