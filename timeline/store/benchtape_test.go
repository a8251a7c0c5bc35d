package store

import (
	"encoding/binary"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// tape holds events as bytes without pointers, so that those which wait for
// their turn cost the garbage collector of the measured code nothing: nor do
// events wait in an ingest. Reading them from the tape is part of what is timed.
type tape struct {
	chunks  [][]byte
	origins []event.Origin // one of each exhibit
	n       int
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
	*c = append(*c, e.Host[:]...)
	at := len(*c)
	*c = packRow(append(*c, 0, 0, 0, 0), e, x)
	binary.LittleEndian.PutUint32((*c)[at:], uint32(len(*c)-at-4))
	t.n++
}

// each hands over all events, one after another in the same place.
func (t *tape) each(f func(*event.Event) error) error {
	var e event.Event
	for _, c := range t.chunks {
		for len(c) > 0 {
			copy(e.Host[:], c)
			n := binary.LittleEndian.Uint32(c[8:])
			t.read(c[12:12+n], &e)
			c = c[12+n:]
			if err := f(&e); err != nil {
				return err
			}
		}
	}
	return nil
}

// read is the inverse of packRow.
func (t *tape) read(b []byte, e *event.Event) {
	e.Time.Instant = int64(binary.LittleEndian.Uint64(b))
	e.Time.Earliest = int64(binary.LittleEndian.Uint64(b[8:]))
	e.Time.Latest = int64(binary.LittleEndian.Uint64(b[16:]))
	e.Time.Reasons = event.Reasons(binary.LittleEndian.Uint32(b[24:]))
	e.Time.Precision = event.Precision(b[28])
	copy(e.HeldBy[:], b[29:])
	s := scan{b: b[37:]}
	e.Origin = t.origins[s.uv()]
	e.Origin.Offset, e.Origin.Length = s.zv(), s.zv()
	e.Ordinal = uint32(s.uv())
	for _, p := range [...]*string{&e.Source, &e.Parser, &e.Meaning, &e.Action, &e.Actor, &e.Object, &e.Message} {
		*p = view(s.bytes(s.count()))
	}
	e.Fields = e.Fields[:0]
	for range s.count() {
		e.Fields = append(e.Fields, event.Field{Name: view(s.bytes(s.count())), Value: view(s.bytes(s.count()))})
	}
	e.Tags = e.Tags[:0]
	for range s.count() {
		e.Tags = append(e.Tags, view(s.bytes(s.count())))
	}
	e.Origin.Spans = nil
	for range s.count() {
		e.Origin.Spans = append(e.Origin.Spans, event.Span{Offset: s.zv(), Length: s.zv()})
	}
}
