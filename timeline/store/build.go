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
	}
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
		c.names = append(c.names, st.strings[5].id(r.Fields[i].Name))
	}
}

// index notes a row under its terms.
func (st *segmentState) index(r *row, c *cells, ord uint32) {
	k := &st.kinds
	k[kindHost].add(view(r.Host[:]), ord)
	k[kindSource].add(r.Source, ord)
	k[kindParser].add(r.Parser, ord)
	k[kindActor].add(r.Actor, ord)
	k[kindAction].add(r.Action, ord)
	k[kindMeaning].add(r.Meaning, ord)
	k[kindBundle].add(st.exhibits[r.exhibit].Run, ord)
	x := [4]byte{byte(c.exhibit >> 24), byte(c.exhibit >> 16), byte(c.exhibit >> 8), byte(c.exhibit)}
	k[kindExhibit].add(view(x[:]), ord)
	for _, t := range r.Tags {
		k[kindTag].add(t, ord)
	}
	for i := range r.Fields {
		f := &r.Fields[i]
		k[kindField].add(f.Name, ord)
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
