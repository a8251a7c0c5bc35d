package store

import (
	"bytes"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// blockVersion is the first byte of a block.
const blockVersion = 1

// Flags of a time in the T section.
const (
	flagNoInstant = 1 << iota
	flagNoEarliest
	flagNoLatest
)

// cells are the numbers of a row's values in the tables of its segment.
type cells struct {
	host, heldBy, source, parser, meaning, action, exhibit uint32
	tags, names                                            []uint32
}

// blockWriter packs the rows of one block; it is reused.
type blockWriter struct {
	p          *packer
	raw, raw2  []byte
	shape      []byte
	lastEnd    map[uint32]int64
	values     map[uint32][]string
	localIndex map[string]uint32
}

func newBlockWriter(p *packer) *blockWriter {
	return &blockWriter{p: p, lastEnd: map[uint32]int64{}, values: map[uint32][]string{}, localIndex: map[string]uint32{}}
}

// pack appends the block of rows to dst.
func (w *blockWriter) pack(dst []byte, rows []row, cs []cells) []byte {
	dst = append(dst, blockVersion)
	dst = putUv(dst, uint64(len(rows)))
	dst = w.p.section(dst, w.times(rows))
	dst = w.p.section(dst, w.small(rows, cs))
	dst = w.p.section(dst, w.valueSection(rows, cs))
	w.raw = w.raw[:0]
	for i := range rows {
		w.raw = putUv(w.raw, uint64(len(rows[i].Message)))
	}
	for i := range rows {
		w.raw = append(w.raw, rows[i].Message...)
	}
	return w.p.section(dst, w.raw)
}

func timeFlags(t *event.Time) byte {
	f := byte(t.Precision) << 4
	if t.Instant == event.NoInstant {
		f |= flagNoInstant
	}
	if t.Earliest == event.MinTime {
		f |= flagNoEarliest
	}
	if t.Latest == event.MaxTime {
		f |= flagNoLatest
	}
	return f
}

func (w *blockWriter) times(rows []row) []byte {
	b := w.raw[:0]
	for i := range rows {
		b = append(b, timeFlags(&rows[i].Time))
	}
	last := int64(0)
	for i := range rows {
		b = putZv(b, rows[i].key-last)
		last = rows[i].key
	}
	for i := range rows {
		if t := &rows[i].Time; t.Earliest != event.MinTime {
			b = putZv(b, rows[i].key-t.Earliest)
		}
	}
	for i := range rows {
		if t := &rows[i].Time; t.Latest != event.MaxTime {
			b = putZv(b, t.Latest-rows[i].key)
		}
	}
	w.raw = b
	return b
}

func (w *blockWriter) small(rows []row, cs []cells) []byte {
	b := w.raw[:0]
	for i := range rows {
		b = putUv(b, uint64(rows[i].Time.Reasons))
	}
	for _, get := range []func(*cells) uint32{
		func(c *cells) uint32 { return c.host }, func(c *cells) uint32 { return c.heldBy },
		func(c *cells) uint32 { return c.source }, func(c *cells) uint32 { return c.parser },
		func(c *cells) uint32 { return c.meaning }, func(c *cells) uint32 { return c.action },
		func(c *cells) uint32 { return c.exhibit },
	} {
		for i := range cs {
			b = putUv(b, uint64(get(&cs[i])))
		}
	}
	clear(w.lastEnd)
	for i := range rows {
		o := &rows[i].Origin
		b = putZv(b, o.Offset-w.lastEnd[cs[i].exhibit])
		w.lastEnd[cs[i].exhibit] = o.Offset + o.Length
	}
	for i := range rows {
		b = putZv(b, rows[i].Origin.Length)
	}
	for i := range rows {
		b = putUv(b, uint64(rows[i].Ordinal))
	}
	for i := range cs {
		b = putUv(b, uint64(len(cs[i].tags)))
		for _, t := range cs[i].tags {
			b = putUv(b, uint64(t))
		}
	}
	for i := range rows {
		b = putUv(b, uint64(len(rows[i].Origin.Spans)))
		for _, s := range rows[i].Origin.Spans {
			b = putZv(b, s.Offset)
			b = putZv(b, s.Length)
		}
	}
	w.raw = b
	return b
}

func (w *blockWriter) valueSection(rows []row, cs []cells) []byte {
	b := w.raw[:0]
	b = w.dictionary(b, rows, func(r *row) string { return r.Actor })
	b = w.dictionary(b, rows, func(r *row) string { return r.Object })
	b = w.shapes(b, cs)
	if len(w.values) > 4096 {
		clear(w.values) // a hostile record may name fields without end
	}
	lists := make([]uint32, 0, 16)
	for i := range rows {
		for j, name := range cs[i].names {
			l := w.values[name]
			if len(l) == 0 {
				lists = insert(lists, name)
			}
			w.values[name] = append(l, rows[i].Fields[j].Value)
		}
	}
	for _, name := range lists {
		l := w.values[name]
		for _, v := range l {
			b = putUv(b, uint64(len(v)))
		}
		for _, v := range l {
			b = append(b, v...)
		}
		clear(l) // the strings are views of an arena that has to go
		w.values[name] = l[:0]
	}
	w.raw = b
	return b
}

// insert puts v in its place of an ascending list of distinct numbers.
func insert(list []uint32, v uint32) []uint32 {
	i := len(list)
	for i > 0 && list[i-1] >= v {
		i--
	}
	if i < len(list) && list[i] == v {
		return list
	}
	list = append(list, 0)
	copy(list[i+1:], list[i:])
	list[i] = v
	return list
}

func (w *blockWriter) dictionary(b []byte, rows []row, get func(*row) string) []byte {
	clear(w.localIndex)
	idx := w.raw2[:0]
	var values []string
	for i := range rows {
		v := get(&rows[i])
		n, ok := w.localIndex[v]
		if !ok {
			n = uint32(len(values))
			w.localIndex[v] = n
			values = append(values, v)
		}
		idx = putUv(idx, uint64(n))
	}
	b = putUv(b, uint64(len(values)))
	for _, v := range values {
		b = putUv(b, uint64(len(v)))
	}
	for _, v := range values {
		b = append(b, v...)
	}
	if len(values) != len(rows) {
		b = append(b, idx...)
	}
	w.raw2 = idx
	clear(w.localIndex)
	return b
}

// shapes writes the distinct lists of field names, then each row's.
func (w *blockWriter) shapes(b []byte, cs []cells) []byte {
	idx := w.raw2[:0]
	var defs []byte
	seen := map[string]uint32{}
	for i := range cs {
		w.shape = putUv(w.shape[:0], uint64(len(cs[i].names)))
		for _, n := range cs[i].names {
			w.shape = putUv(w.shape, uint64(n))
		}
		n, ok := seen[string(w.shape)]
		if !ok {
			n = uint32(len(seen))
			seen[string(bytes.Clone(w.shape))] = n
			defs = append(defs, w.shape...)
		}
		idx = putUv(idx, uint64(n))
	}
	b = putUv(b, uint64(len(seen)))
	b = append(b, defs...)
	b = append(b, idx...)
	w.raw2 = idx
	return b
}
