package parse

import (
	"github.com/saksi-dfir/saksi/timeline/event"
)

// Slabs begin small, since most pieces of a bundle with many exhibits are, and
// grow eightfold.
const (
	firstEvents = 4
	eventSlab   = 512
	firstFields = 64
	fieldSlab   = 4096
	firstSpans  = 64
	spanSlab    = 16384
)

// Batch gathers what a parser makes of one piece of an exhibit, so that
// pieces can be parsed in parallel and handed over in order. It allocates
// events and fields in slabs. The zero Batch is ready for use.
type Batch struct {
	slabs    [][]event.Event
	events   int // slabs that hold events
	fields   []event.Field
	open     int             // index in fields of the first field of the record being made
	full     [][]event.Field // slabs before fields
	free     [][]event.Field // slabs that may be used again
	spans    []event.Span
	spent    [][]event.Span // slabs before spans
	room     [][]event.Span // slabs that may be used again
	sorter   fieldSorter
	texts    texts
	warnings []event.Warning
	padding  []event.Span
	counters []event.Counter
}

// Event gives a new event to fill.
func (b *Batch) Event() *event.Event {
	n := b.events
	if n == 0 || len(b.slabs[n-1]) == cap(b.slabs[n-1]) {
		if n == len(b.slabs) {
			size := firstEvents
			if n > 0 {
				size = min(8*cap(b.slabs[n-1]), eventSlab)
			}
			b.slabs = append(b.slabs, make([]event.Event, 0, size))
		}
		n++
		b.events = n
	}
	s := &b.slabs[n-1]
	*s = (*s)[:len(*s)+1]
	return &(*s)[len(*s)-1]
}

// Field adds a field to the record being made; empty values are left out.
func (b *Batch) Field(name, value string) {
	if value == "" {
		return
	}
	if len(b.fields) == cap(b.fields) {
		b.moreFields()
	}
	b.fields = append(b.fields, event.Field{Name: name, Value: value})
}

// Fields adds fields that are all there, of which none is empty, to the record
// being made. The list is copied.
func (b *Batch) Fields(list []event.Field) {
	for len(b.fields)+len(list) > cap(b.fields) {
		if len(list) > fieldSlab/2 { // more than a slab should hold
			for _, f := range list {
				b.Field(f.Name, f.Value)
			}
			return
		}
		b.moreFields()
	}
	b.fields = append(b.fields, list...)
}

// moreFields goes on in another slab, with the fields of the record being made.
func (b *Batch) moreFields() {
	made := b.fields[b.open:]
	need := max(min(8*max(cap(b.fields), firstFields/8), fieldSlab), 2*len(made))
	var next []event.Field
	if n := len(b.free); n > 0 && cap(b.free[n-1]) > len(made) {
		next, b.free = b.free[n-1], b.free[:n-1]
	} else {
		next = make([]event.Field, 0, need)
	}
	if cap(b.fields) > 0 {
		b.full = append(b.full, b.fields)
	}
	b.fields, b.open = append(next, made...), 0
}

// Spans gives room for the spans of one event, at most so many: what is
// appended to it lies in memory of the batch.
func (b *Batch) Spans(most int) []event.Span {
	if cap(b.spans)-len(b.spans) < most {
		b.moreSpans(most)
	}
	n := len(b.spans)
	b.spans = b.spans[:n+most]
	return b.spans[n : n : n+most]
}

func (b *Batch) moreSpans(most int) {
	need := max(most, min(max(8*cap(b.spans), firstSpans), spanSlab))
	if cap(b.spans) > 0 {
		b.spent = append(b.spent, b.spans)
	}
	if n := len(b.room); n > 0 && cap(b.room[n-1]) >= most {
		b.spans, b.room = b.room[n-1], b.room[:n-1]
		return
	}
	b.spans = make([]event.Span, 0, need)
}

// Get gives the value of a field of the record being made, "" for none.
func (b *Batch) Get(name string) string {
	for _, f := range b.fields[b.open:] {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Set changes a field of the record being made; it must be there.
func (b *Batch) Set(name, value string) {
	for i := range b.fields[b.open:] {
		if f := &b.fields[b.open+i]; f.Name == name {
			f.Value = value
			return
		}
	}
}

// Mark and Reset undo fields added since the mark.
func (b *Batch) Mark() int { return len(b.fields) - b.open }

// Reset drops the fields added since Mark gave n.
func (b *Batch) Reset(n int) { b.fields = b.fields[:b.open+n] }

// Take gives the fields added since the last Take, sorted by name. Of two
// fields with one name the first is kept before the second.
func (b *Batch) Take() []event.Field {
	f := b.fields[b.open:len(b.fields):len(b.fields)]
	b.open = len(b.fields)
	if len(f) == 0 {
		return nil
	}
	b.sorter.sort(f)
	return f
}

// Warning adds a warning. One that continues the one before, with the same
// code and message, makes it longer.
func (b *Batch) Warning(offset, length int64, code, message string) {
	b.warnings = append(b.warnings, event.Warning{Offset: offset, Length: length, Code: code, Message: message})
}

// Extend makes the last warning longer when it ends at offset and has the
// code, else it adds a new one: for runs of unreadable lines.
func (b *Batch) Extend(offset, length int64, code, message string) {
	if n := len(b.warnings); n > 0 {
		w := &b.warnings[n-1]
		if w.Code == code && w.Message == message && w.Offset+w.Length == offset {
			w.Length += length
			return
		}
	}
	b.Warning(offset, length, code, message)
}

// Padding accounts for bytes that carry nothing.
func (b *Batch) Padding(offset, length int64) {
	if length <= 0 {
		return
	}
	if n := len(b.padding); n > 0 && b.padding[n-1].Offset+b.padding[n-1].Length == offset {
		b.padding[n-1].Length += length
		return
	}
	b.padding = append(b.padding, event.Span{Offset: offset, Length: length})
}

// Counter adds a counter reading.
func (b *Batch) Counter(c event.Counter) { b.counters = append(b.counters, c) }

// Deliver hands everything to a sink: events in the order they were made,
// with the padding that lies before each, then warnings and counters.
func (b *Batch) Deliver(s Sink) error {
	pad := 0
	for _, slab := range b.slabs[:b.events] {
		for i := range slab {
			for ; pad < len(b.padding) && b.padding[pad].Offset < slab[i].Origin.Offset; pad++ {
				if err := s.Padding(b.padding[pad].Offset, b.padding[pad].Length); err != nil {
					return err
				}
			}
			if err := s.Event(&slab[i]); err != nil {
				return err
			}
		}
	}
	for _, p := range b.padding[pad:] {
		if err := s.Padding(p.Offset, p.Length); err != nil {
			return err
		}
	}
	for i := range b.warnings {
		if err := s.Warning(b.warnings[i]); err != nil {
			return err
		}
	}
	for i := range b.counters {
		if err := s.Counter(b.counters[i]); err != nil {
			return err
		}
	}
	return nil
}
