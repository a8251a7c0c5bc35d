package store

import (
	"encoding/binary"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// tape holds events as bytes without pointers, so that those which wait for
// their turn cost the garbage collector of the measured code nothing: nor do
// events wait in an ingest. Reading them from the tape is part of what is
// timed, so that it does as little as can be: no event of synth has spans, a
// holder, a tag or an ordinal, and numbers have fixed places.
type tape struct {
	chunks  [][]byte
	origins []event.Origin // one of each exhibit
	n       int
}

// tapeTexts are the texts of an event beside its fields.
func tapeTexts(e *event.Event) [7]*string {
	return [...]*string{&e.Source, &e.Parser, &e.Meaning, &e.Action, &e.Actor, &e.Object, &e.Message}
}

func (t *tape) add(e *event.Event) {
	x := 0
	for ; x < len(t.origins); x++ {
		if o := &t.origins[x]; o.Exhibit == e.Origin.Exhibit && o.Run == e.Origin.Run {
			break
		}
	}
	if x == len(t.origins) {
		t.origins = append(t.origins, event.Origin{Run: e.Origin.Run, Exhibit: e.Origin.Exhibit, Path: e.Origin.Path, SHA256: e.Origin.SHA256})
	}
	if n := len(t.chunks); n == 0 || len(t.chunks[n-1]) > 1<<20 {
		t.chunks = append(t.chunks, make([]byte, 0, 1<<20+4096))
	}
	c := &t.chunks[len(t.chunks)-1]
	b := append(*c, e.Host[:]...)
	for _, n := range [...]int64{e.Time.Instant, e.Time.Earliest, e.Time.Latest, e.Origin.Offset, e.Origin.Length} {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	b = append(binary.LittleEndian.AppendUint32(b, uint32(e.Time.Reasons)), byte(e.Time.Precision), byte(x), byte(len(e.Fields)))
	for _, s := range tapeTexts(e) {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(*s)))
	}
	for i := range e.Fields {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(e.Fields[i].Name)))
		b = binary.LittleEndian.AppendUint16(b, uint16(len(e.Fields[i].Value)))
	}
	for _, s := range tapeTexts(e) {
		b = append(b, *s...)
	}
	for i := range e.Fields {
		b = append(append(b, e.Fields[i].Name...), e.Fields[i].Value...)
	}
	*c = b
	t.n++
}

// each hands over all events, one after another in the same place.
func (t *tape) each(f func(*event.Event) error) error {
	var e event.Event
	last := -1
	for _, c := range t.chunks {
		for len(c) > 0 {
			if x := int(c[53]); x != last {
				e.Origin, last = t.origins[x], x
			}
			c = c[readTape(c, &e):]
			if err := f(&e); err != nil {
				return err
			}
		}
	}
	return nil
}

// readTape reads the first event of b but for its exhibit, and gives its bytes.
func readTape(b []byte, e *event.Event) int {
	number := func(at int) int64 { return int64(binary.LittleEndian.Uint64(b[at:])) }
	copy(e.Host[:], b)
	e.Time.Instant, e.Time.Earliest, e.Time.Latest = number(8), number(16), number(24)
	e.Origin.Offset, e.Origin.Length = number(32), number(40)
	e.Time.Reasons, e.Time.Precision = event.Reasons(binary.LittleEndian.Uint32(b[48:])), event.Precision(b[52])
	fields := int(b[54])
	const lengths = 55
	at := lengths + 2*7 + 4*fields
	next := func(i int) string {
		n := int(binary.LittleEndian.Uint16(b[lengths+2*i:]))
		s := view(b[at : at+n])
		at += n
		return s
	}
	for i, s := range tapeTexts(e) {
		*s = next(i)
	}
	e.Fields = e.Fields[:0]
	for i := range fields {
		e.Fields = append(e.Fields, event.Field{Name: next(7 + 2*i), Value: next(8 + 2*i)})
	}
	return at
}
