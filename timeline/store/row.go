package store

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// exhibitRef is what the events of one exhibit share of their origin.
type exhibitRef struct {
	Run    string
	Number uint32
	Path   string
	Layer  string
	SHA256 [32]byte
}

func refOf(o *event.Origin) exhibitRef {
	return exhibitRef{Run: o.Run, Number: o.Exhibit, Path: o.Path, Layer: o.Layer, SHA256: o.SHA256}
}

// rowRef is a packed row's place in the arena with its sort key.
type rowRef struct {
	key   int64
	host  uint64
	id    [2]uint64
	chunk uint32
	off   uint32
	n     uint32
}

func (r *rowRef) less(o *rowRef) int {
	switch {
	case r.key != o.key:
		return cmp64(r.key, o.key)
	case r.host != o.host:
		return cmp64(r.host, o.host)
	case r.id[0] != o.id[0]:
		return cmp64(r.id[0], o.id[0])
	}
	return cmp64(r.id[1], o.id[1])
}

func cmp64[T int64 | uint64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func hostNumber(k event.HostKey) uint64 { return binary.BigEndian.Uint64(k[:]) }

func hostKey(n uint64) (k event.HostKey) {
	binary.BigEndian.PutUint64(k[:], n)
	return k
}

func idNumbers(id event.ID) [2]uint64 {
	return [2]uint64{binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])}
}

// drawerOf says in which drawer an event lies and gives its sort key.
func drawerOf(t event.Time) (drawer int, key int64) {
	key, ok := t.Key()
	switch {
	case !ok:
		return undated, 0
	case t.Earliest == event.MinTime || t.Latest == event.MaxTime, t.Earliest > key, t.Latest < key,
		uint64(key-t.Earliest) > uint64(wideAfter), uint64(t.Latest-key) > uint64(wideAfter):
		return wide, key
	}
	return narrow, key
}

// packRow appends an event in the form rows have while they wait for their
// segment; exhibit is its number in the batch. This form is never stored.
func packRow(b []byte, e *event.Event, exhibit int) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Time.Instant))
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Time.Earliest))
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Time.Latest))
	b = binary.LittleEndian.AppendUint32(b, uint32(e.Time.Reasons))
	b = append(b, byte(e.Time.Precision))
	b = append(b, e.HeldBy[:]...)
	b = putUv(b, uint64(exhibit))
	b = putZv(b, e.Origin.Offset)
	b = putZv(b, e.Origin.Length)
	b = putUv(b, uint64(e.Ordinal))
	b = putStr(b, e.Source)
	b = putStr(b, e.Parser)
	b = putStr(b, e.Meaning)
	b = putStr(b, e.Action)
	b = putStr(b, e.Actor)
	b = putStr(b, e.Object)
	b = putStr(b, e.Message)
	b = putUv(b, uint64(len(e.Fields)))
	for i := range e.Fields {
		b = putStr(b, e.Fields[i].Name)
		b = putStr(b, e.Fields[i].Value)
	}
	b = putUv(b, uint64(len(e.Tags)))
	for _, t := range e.Tags {
		b = putStr(b, t)
	}
	b = putUv(b, uint64(len(e.Origin.Spans)))
	for _, s := range e.Origin.Spans {
		b = putZv(b, s.Offset)
		b = putZv(b, s.Length)
	}
	return b
}

// row is one event while its segment is built. Its strings are views of the
// arena.
type row struct {
	event.Event
	key     int64
	exhibit int
	size    int
}

func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func (s *scan) view() string { return view(s.bytes(s.count())) }

// unpackRow is the inverse of packRow, into a row whose slices are reused.
func unpackRow(b []byte, r *row) error {
	s := scan{b: b}
	t := s.bytes(8*3 + 4 + 1 + 8)
	if s.err != nil {
		return fmt.Errorf("packed row: %w", s.err)
	}
	r.size = len(b)
	r.Time.Instant = int64(binary.LittleEndian.Uint64(t))
	r.Time.Earliest = int64(binary.LittleEndian.Uint64(t[8:]))
	r.Time.Latest = int64(binary.LittleEndian.Uint64(t[16:]))
	r.Time.Reasons = event.Reasons(binary.LittleEndian.Uint32(t[24:]))
	r.Time.Precision = event.Precision(t[28])
	copy(r.HeldBy[:], t[29:])
	r.exhibit = int(s.uv())
	r.Origin.Offset, r.Origin.Length = s.zv(), s.zv()
	r.Ordinal = uint32(s.uv())
	for _, p := range [...]*string{&r.Source, &r.Parser, &r.Meaning, &r.Action, &r.Actor, &r.Object, &r.Message} {
		*p = s.view()
	}
	r.Fields = r.Fields[:0]
	for range s.count() {
		r.Fields = append(r.Fields, event.Field{Name: s.view(), Value: s.view()})
	}
	r.Tags = r.Tags[:0]
	for range s.count() {
		r.Tags = append(r.Tags, s.view())
	}
	r.Origin.Spans = r.Origin.Spans[:0]
	for range s.count() {
		r.Origin.Spans = append(r.Origin.Spans, event.Span{Offset: s.zv(), Length: s.zv()})
	}
	return s.end()
}
