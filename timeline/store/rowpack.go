package store

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// Rows wait for their segment in a form that is never stored:
//
//	instant, earliest, latest, offset, length: 8 bytes each; class, exhibit,
//	reasons, ordinal: 4 bytes each; precision, flags: 1 byte each; 8 bytes
//	held_by and uv spans when the flags say so, each as zv from the end of the
//	one before and zv length;
//	lengths of actor, object, message and each field's value, 4 bytes each;
//	then these.
const (
	rowFixed   = 5*8 + 4*4 + 2
	rowClass   = 5 * 8 // place of the class, which is known only under the lock
	rowHeldBy  = 1     // flags
	rowSpanned = 2
)

// appendRow appends an event; exhibit is its number in the batch, the class
// stays open.
func appendRow(b []byte, e *event.Event, exhibit int) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Time.Instant))
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Time.Earliest))
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Time.Latest))
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Origin.Offset))
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Origin.Length))
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(exhibit))
	b = binary.LittleEndian.AppendUint32(b, uint32(e.Time.Reasons))
	b = binary.LittleEndian.AppendUint32(b, e.Ordinal)
	flags := byte(0)
	if !e.HeldBy.IsZero() {
		flags |= rowHeldBy
	}
	if len(e.Origin.Spans) > 0 {
		flags |= rowSpanned
	}
	b = append(b, byte(e.Time.Precision), flags)
	if flags&rowHeldBy != 0 {
		b = append(b, e.HeldBy[:]...)
	}
	if flags&rowSpanned != 0 {
		b = putUv(b, uint64(len(e.Origin.Spans)))
		last := int64(0)
		for _, s := range e.Origin.Spans {
			b = putLong(putLong(b, zigzag(s.Offset-last)), zigzag(s.Length))
			last = s.Offset + s.Length
		}
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(e.Actor)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(e.Object)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(e.Message)))
	for i := range e.Fields {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(e.Fields[i].Value)))
	}
	b = append(append(append(b, e.Actor...), e.Object...), e.Message...)
	for i := range e.Fields {
		b = append(b, e.Fields[i].Value...)
	}
	return b
}

// putLen is putUv for numbers that are small as a rule.
func putLen(b []byte, n int) []byte {
	if n < 0x80 {
		return append(b, byte(n))
	}
	return putUv(b, uint64(n))
}

// putLong is putUv for numbers that often take two bytes.
func putLong(b []byte, n uint64) []byte {
	switch {
	case n < 0x80:
		return append(b, byte(n))
	case n < 0x4000:
		return append(b, byte(n)|0x80, byte(n>>7))
	}
	return putUv(b, n)
}

// row is one event while its segment is built. Its strings are views of the
// arena.
type row struct {
	time            event.Time
	key             int64
	offset, length  int64
	class, ordinal  uint32
	batchExhibit    uint32 // number of the exhibit in the batch
	heldBy          event.HostKey
	spans           []event.Span
	actor, object   string
	message         string
	values          []string // of the fields
	shared          *shared  // what the class has in the tables of the segment
	host, keeper    uint32   // numbers in the tables; keeper is that of heldBy + 1, or 0
	exhibit, person uint32   // person is the number of the actor among the terms
}

func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// readRow is the inverse of appendRow, into a row whose slices are reused.
// fields gives how many fields a class has.
func readRow(b []byte, r *row, classes []shared) error {
	if len(b) < rowFixed {
		return fmt.Errorf("%w: packed row of %d bytes", errCorrupt, len(b))
	}
	r.time.Instant = int64(binary.LittleEndian.Uint64(b))
	r.time.Earliest = int64(binary.LittleEndian.Uint64(b[8:]))
	r.time.Latest = int64(binary.LittleEndian.Uint64(b[16:]))
	r.offset = int64(binary.LittleEndian.Uint64(b[24:]))
	r.length = int64(binary.LittleEndian.Uint64(b[32:]))
	r.class = binary.LittleEndian.Uint32(b[rowClass:])
	r.batchExhibit = binary.LittleEndian.Uint32(b[44:])
	r.time.Reasons = event.Reasons(binary.LittleEndian.Uint32(b[48:]))
	r.ordinal = binary.LittleEndian.Uint32(b[52:])
	r.time.Precision = event.Precision(b[56])
	if int(r.class) >= len(classes) {
		return fmt.Errorf("%w: row of class %d of %d", errCorrupt, r.class, len(classes))
	}
	r.shared = &classes[r.class]
	flags := b[57]
	r.heldBy, r.spans = event.HostKey{}, r.spans[:0]
	if flags == 0 {
		return r.readTexts(b[rowFixed:])
	}
	s := scan{b: b[rowFixed:]}
	if flags&rowHeldBy != 0 {
		copy(r.heldBy[:], s.bytes(len(r.heldBy)))
	}
	if flags&rowSpanned != 0 {
		last := int64(0)
		for range s.count() {
			x := event.Span{Offset: last + s.zv(), Length: s.zv()}
			r.spans, last = append(r.spans, x), x.Offset+x.Length
		}
	}
	if s.err != nil {
		return s.err
	}
	return r.readTexts(s.b)
}

// readTexts reads the lengths first and then cuts the texts behind them.
func (r *row) readTexts(b []byte) error {
	fields := len(r.shared.names)
	if len(b) < 4*(3+fields) {
		return fmt.Errorf("%w: packed row without its lengths", errCorrupt)
	}
	lengths, b := b[:4*(3+fields)], b[4*(3+fields):]
	bad := false
	next := func() string {
		n := int(binary.LittleEndian.Uint32(lengths))
		if lengths = lengths[4:]; n > len(b) {
			bad, n = true, len(b)
		}
		s := view(b[:n])
		b = b[n:]
		return s
	}
	r.actor, r.object, r.message = next(), next(), next()
	r.values = r.values[:0]
	for range fields {
		r.values = append(r.values, next())
	}
	if bad || len(b) > 0 {
		return fmt.Errorf("%w: packed row whose texts have other lengths", errCorrupt)
	}
	return nil
}
