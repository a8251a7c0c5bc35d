package store

import (
	"encoding/binary"

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

// packRow appends the contents of an event, for digests and for comparing
// copies; exhibit is its number. This form is never stored.
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
