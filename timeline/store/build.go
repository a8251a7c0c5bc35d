package store

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// builder turns gathered rows into the pairs of one segment. One per
// goroutine; its buffers are reused.
type builder struct {
	pk   *packer
	bw   *blockWriter
	rows []row
	cs   []cells
	fold []byte
	buf  []byte
	st   *segmentState // of the segment before
	h    heap
}

func newBuilder() (*builder, error) {
	pk, err := newPacker()
	if err != nil {
		return nil, err
	}
	return &builder{pk: pk, bw: newBlockWriter(pk), rows: make([]row, blockRows), cs: make([]cells, blockRows)}, nil
}

// segmentState is what grows while one segment is built.
type segmentState struct {
	seg      uint32
	man      manifest
	exhibits []exhibitRef // of the batch
	hosts    *interner[event.HostKey]
	exhibit  *interner[uint32]
	strings  [6]*interner[string] // source parser meaning action tag name
	kinds    [kindEnd]*pairs
	termOf   [kindEnd][]uint32 // number in the tables -> number of the term + 1
	names    []string          // field names of the row before, and their numbers
	nameIDs  []uint32
	sigs     []signature
	out      []kv
}

func newSegmentState() *segmentState {
	st := &segmentState{}
	st.hosts = newInterner(func(k event.HostKey) event.HostKey { return k })
	st.exhibit = newInterner(func(n uint32) uint32 { return n })
	for i := range st.strings {
		st.strings[i] = newInterner(strings.Clone)
	}
	for k := kindHost; k < kindEnd; k++ {
		st.kinds[k] = newPairs()
	}
	return st
}

// reset makes the state ready for another segment.
func (st *segmentState) reset(seg uint32, drawer int, exhibits []exhibitRef) {
	st.seg, st.exhibits = seg, exhibits
	st.man = manifest{drawer: drawer}
	st.hosts.reset()
	st.exhibit.reset()
	for i := range st.strings {
		st.strings[i].reset()
	}
	for k := kindHost; k < kindEnd; k++ {
		st.kinds[k].reset()
		st.termOf[k] = st.termOf[k][:0]
	}
	st.names, st.nameIDs = st.names[:0], st.nameIDs[:0]
	st.sigs, st.out = st.sigs[:0], nil
}

// build gives the pairs of the segment, the manifest last. The rows must be
// sorted.
func (b *builder) build(seg uint32, g *gather, exhibits []exhibitRef) ([]kv, error) {
	if b.st == nil {
		b.st = newSegmentState()
	}
	st := b.st
	st.reset(seg, g.drawer, exhibits)
	st.man.rows = len(g.refs)
	st.man.first, st.man.last = g.refs[0].key, g.refs[len(g.refs)-1].key
	blockOf := make([]uint16, len(g.refs))
	for first := 0; first < len(g.refs); {
		n, size := 0, 0
		for n < blockRows && first+n < len(g.refs) && (n == 0 || size+int(g.refs[first+n].n) <= blockBytes) {
			size += int(g.refs[first+n].n)
			blockOf[first+n] = uint16(len(st.man.blocks))
			n++
		}
		if err := b.block(st, g, first, n); err != nil {
			return nil, err
		}
		first += n
	}
	b.h = heap{seg: seg, out: &st.out, known: map[string]postingRef{}, buf: b.h.buf, ords: b.h.ords, cur: b.h.cur[:0]}
	h := &b.h
	for k := kindHost; k < kindEnd; k++ {
		dir, err := st.kinds[k].build(seg, k, h, b.pk, &st.out)
		if err != nil {
			return nil, err
		}
		st.man.directories[k] = dir
	}
	h.flush()
	st.man.postings = h.chunks
	st.man.sigs = packSignature(seg, st.sigs, b.pk, &st.out)
	st.man.ids = packIDs(seg, g, blockOf, &st.out)
	st.out = append(st.out, kv{segKey('t', seg), packMinutes(g, b.pk)})
	st.tables()
	out := append(st.out, kv{segKey('m', seg), st.man.pack(b.pk)})
	st.out, st.exhibits = nil, nil
	return out, nil
}

func (st *segmentState) tables() {
	t := &st.man.tab
	t.hosts = st.hosts.values
	t.sources, t.parsers, t.meanings = st.strings[0].values, st.strings[1].values, st.strings[2].values
	t.actions, t.tags, t.names = st.strings[3].values, st.strings[4].values, st.strings[5].values
	for _, x := range st.exhibit.values {
		t.exhibits = append(t.exhibits, st.exhibits[x])
	}
}

// block packs the rows first..first+n and feeds the indexes.
func (b *builder) block(st *segmentState, g *gather, first, n int) error {
	info := blockInfo{rows: n, first: g.refs[first].key}
	st.sigs = append(st.sigs, signature{})
	sig := &st.sigs[len(st.sigs)-1]
	for i := range n {
		r, c := &b.rows[i], &b.cs[i]
		if err := unpackRow(g.packed(first+i), r); err != nil {
			return err
		}
		r.key, r.Host = g.refs[first+i].key, hostKey(g.refs[first+i].host)
		if r.exhibit >= len(st.exhibits) {
			return fmt.Errorf("%w: row of exhibit %d of %d", errCorrupt, r.exhibit, len(st.exhibits))
		}
		st.cells(r, c)
		st.index(r, c, uint32(first+i))
		b.fold = query.AppendFold(b.fold[:0], r.Message)
		sig.addText(b.fold)
		for j := range r.Fields {
			sig.addField(r.Fields[j].Name, r.Fields[j].Value)
		}
		if r.Object != "" {
			sig.addField("object", r.Object)
		}
		before, after := sides(&r.Time, r.key)
		info.before, info.after = max(info.before, before), max(info.after, after)
	}
	st.man.blocks = append(st.man.blocks, info)
	b.buf = b.bw.pack(b.buf[:0], b.rows[:n], b.cs[:n])
	st.out = append(st.out, kv{blockKey(st.seg, len(st.man.blocks)-1), bytes.Clone(b.buf)})
	return nil
}

// sides gives how far an interval reaches before and after its key.
// An interval that does not hold its key gives more than unboundedSide.
func sides(t *event.Time, key int64) (before, after uint64) {
	if t.Earliest > key || t.Latest < key {
		return unboundedSide + 1, unboundedSide + 1
	}
	before, after = unboundedSide, unboundedSide
	if t.Earliest != event.MinTime {
		before = uint64(key) - uint64(t.Earliest)
	}
	if t.Latest != event.MaxTime {
		after = uint64(t.Latest) - uint64(key)
	}
	return before, after
}

// cells looks a row's values up in the tables of the segment.
func (st *segmentState) cells(r *row, c *cells) {
	c.host = st.hosts.id(r.Host)
	if c.heldBy = 0; !r.HeldBy.IsZero() {
		c.heldBy = st.hosts.id(r.HeldBy) + 1
	}
	c.source, c.parser = st.strings[0].id(r.Source), st.strings[1].id(r.Parser)
	c.meaning, c.action = st.strings[2].id(r.Meaning), st.strings[3].id(r.Action)
	c.exhibit = st.exhibit.id(uint32(r.exhibit))
	c.tags, c.names = c.tags[:0], c.names[:0]
	for _, t := range r.Tags {
		c.tags = append(c.tags, st.strings[4].id(t))
	}
	for i := range r.Fields {
		c.names = append(c.names, st.nameID(i, r.Fields[i].Name))
	}
}

// nameID numbers a field name; rows of one kind have the same names at the
// same places.
func (st *segmentState) nameID(i int, name string) uint32 {
	if i < len(st.names) && st.names[i] == name {
		return st.nameIDs[i]
	}
	id := st.strings[5].id(name)
	if i == len(st.names) {
		st.names, st.nameIDs = append(st.names, ""), append(st.nameIDs, 0)
	}
	if i < len(st.names) {
		st.names[i], st.nameIDs[i] = st.strings[5].values[id], id
	}
	return id
}

// note files a row under a value that has a number in the tables.
func (st *segmentState) note(kind int, number uint32, value string, ord uint32) {
	m := st.termOf[kind]
	for int(number) >= len(m) {
		m = append(m, 0)
	}
	st.termOf[kind] = m
	p := st.kinds[kind]
	if m[number] == 0 {
		m[number] = p.terms.id(cutTerm(value)) + 1
	}
	p.addID(m[number]-1, ord)
}

// index notes a row under its terms.
func (st *segmentState) index(r *row, c *cells, ord uint32) {
	k := &st.kinds
	st.note(kindHost, c.host, view(r.Host[:]), ord)
	st.note(kindSource, c.source, r.Source, ord)
	st.note(kindParser, c.parser, r.Parser, ord)
	k[kindActor].add(r.Actor, ord)
	st.note(kindAction, c.action, r.Action, ord)
	st.note(kindMeaning, c.meaning, r.Meaning, ord)
	st.note(kindBundle, c.exhibit, st.exhibits[r.exhibit].Run, ord)
	x := [4]byte{byte(c.exhibit >> 24), byte(c.exhibit >> 16), byte(c.exhibit >> 8), byte(c.exhibit)}
	st.note(kindExhibit, c.exhibit, view(x[:]), ord)
	for i, t := range r.Tags {
		st.note(kindTag, c.tags[i], t, ord)
	}
	for i := range r.Fields {
		f := &r.Fields[i]
		st.note(kindField, c.names[i], f.Name, ord)
		if a, ok := query.FieldIP(f.Name, f.Value); ok {
			b := a.As16()
			k[kindIP].add(view(b[:]), ord)
		}
		if query.PathName(f.Name) {
			st.directory(f.Value, ord)
		}
	}
	if strings.HasPrefix(r.Object, "/") {
		st.directory(r.Object, ord)
	}
}

func (st *segmentState) directory(path string, ord uint32) {
	if d, ok := dirOf(path); ok {
		st.kinds[kindDir].add(d, ord)
	}
}

// dirOf gives the directory term of a path; paths without a slash have none.
func dirOf(path string) (string, bool) {
	i := strings.LastIndexByte(path, '/')
	switch {
	case i < 0:
		return "", false
	case i == 0:
		return "/", true
	}
	return path[:i], true
}
