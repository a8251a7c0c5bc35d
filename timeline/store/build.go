package store

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// builder turns gathered rows into the pairs of one segment. One per
// goroutine; its buffers are reused.
type builder struct {
	pk      *packer
	beside  *packer              // of what is packed at the same time
	packed  [packersOfOne]chunks // blocks; used again for the next segment
	writers *blockWriters
	rows    [packersOfOne][]row // of the blocks on the way
	fold    []byte
	st      *segmentState // of the segment before
	h       heap
	x       indexer
	sorter  sorter
	blocks  []uint16 // the block of each row

	touched byte // of no use but that what is read must be read
}

func newBuilder(own *blockWriters) (*builder, error) {
	pk, err := newPacker()
	if err != nil {
		return nil, err
	}
	b := &builder{pk: pk, writers: own}
	if b.beside, err = newPacker(); err != nil {
		return nil, err
	}
	for i := range b.rows {
		b.rows[i] = make([]row, blockRows)
		p, err := newPacker()
		if err != nil {
			return nil, err
		}
		own.give(newBlockWriter(p))
	}
	return b, nil
}

// packersOfOne is how many blocks of one segment are packed at once, at most:
// packing takes twice as long as reading the rows.
const packersOfOne = 3

// classesKept is from how many classes on the tables of a segment are let go at
// its end.
const classesKept = 1 << 14

// segmentState is what grows while one segment is built.
type segmentState struct {
	seg      uint32
	man      manifest
	exhibits []exhibitRef // of the batch
	hosts    *numTable
	exhibit  *numTable // numbers in the batch
	tables   [tableEnd]*strTable
	classes  []shared
	class    []uint32 // of each row, as are the next two
	host     []uint32
	item     []uint32
	person   []uint32 // number of the actor among its terms
	terms    [kindEnd]*strTable
	ips      *pairs
	dirs     *pairs
	actors   *strTable
	quads    *numTable // IPv4 addresses, and the number of the term of each
	quadOf   []uint32
	address  *strTable // texts of other addresses
	ipOf     []uint32  // number of the text -> number of the term + 1, 0 when it is no address
	once     places    // terms that a class has
	sigs     []signature
	out      []kv
}

// The tables of the manifest that hold strings.
const (
	tableSource = iota
	tableParser
	tableMeaning
	tableAction
	tableTag
	tableName
	tableEnd
)

func newSegmentState() *segmentState {
	st := &segmentState{hosts: newNumTable(), exhibit: newNumTable(), ips: newPairs(), dirs: newPairs(), actors: newStrTable(), quads: newNumTable(), address: newStrTable()}
	for i := range st.tables {
		st.tables[i] = newStrTable()
	}
	for k := range st.terms {
		st.terms[k] = newStrTable()
	}
	return st
}

// reset makes the state ready for another segment.
func (st *segmentState) reset(seg uint32, drawer int, exhibits []exhibitRef) {
	st.seg, st.exhibits = seg, exhibits
	st.man = manifest{drawer: drawer}
	st.hosts.reset()
	st.exhibit.reset()
	for i := range st.tables {
		st.tables[i].reset()
	}
	for k := range st.terms {
		st.terms[k].reset()
	}
	st.ips.reset()
	st.dirs.reset()
	st.actors.reset()
	st.quads.reset()
	st.address.reset()
	st.quadOf, st.ipOf = st.quadOf[:0], st.ipOf[:0]
	st.class, st.host, st.item, st.person = st.class[:0], st.host[:0], st.item[:0], st.person[:0]
	st.sigs, st.out = st.sigs[:0], make([]kv, 0, 1024)
}

// build gives the pairs of the segment, the manifest last; the blocks go to
// write before, while the indexes are made. The rows must be sorted.
func (b *builder) build(seg uint32, g *gather, exhibits []exhibitRef, write func([]kv) error) ([]kv, error) {
	if b.st == nil {
		b.st = newSegmentState()
	}
	st := b.st
	st.reset(seg, g.drawer, exhibits)
	st.man.rows = len(g.refs)
	st.man.first, st.man.last = g.refs[0].key, g.refs[len(g.refs)-1].key
	st.share(g.classes.list)
	blocks, err := b.allBlocks(st, g)
	if err != nil {
		return nil, err
	}
	var wg sync.WaitGroup
	wg.Go(func() { err = write(blocks) })
	var beside []kv
	wg.Go(func() {
		pk := b.beside
		st.man.sigs = packSignature(seg, st.sigs, pk, &beside)
		st.man.ids = packIDs(seg, g, b.blocks, &beside)
		beside = append(beside, kv{segKey('t', seg), packMinutes(g, pk)})
	})
	b.h = heap{seg: seg, rows: len(g.refs), out: &st.out, known: map[string]postingRef{}, buf: b.h.buf, cur: b.h.cur[:0]}
	b.indexes(st)
	b.h.flush()
	st.man.postings = b.h.chunks
	wg.Wait()
	if err != nil {
		return nil, err
	}
	st.fillTables()
	out := append(append(st.out, beside...), kv{segKey('m', seg), st.man.pack(b.pk)})
	if st.out, st.exhibits = nil, nil; len(st.classes) > classesKept {
		b.st = nil
	}
	return out, nil
}

// allBlocks packs the rows. Blocks are read one after another, each by who packs
// it then, while its rows are near the processor; meanwhile others pack those
// before. What comes out does not depend on who is done first, and holds until
// the next segment is built.
func (b *builder) allBlocks(st *segmentState, g *gather) ([]kv, error) {
	r := blockReader{b: b, st: st, g: g, sizes: b.cut(g)}
	out := make([]kv, len(r.sizes))
	var wg sync.WaitGroup
	for i := range min(packersOfOne, runtime.GOMAXPROCS(0)) {
		room, buf := &b.packed[i], b.rows[i]
		room.reset()
		wg.Go(func() {
			for n, rows := r.next(buf); rows != nil; n, rows = r.next(buf) {
				w := b.writers.take()
				value := w.pack(room.free(blockRoom), rows)
				b.writers.give(w)
				room.take(value)
				out[n] = kv{blockKey(st.seg, n), value}
			}
		})
	}
	wg.Wait()
	return out, r.err
}

// blockReader reads the blocks of a segment in their order, for several.
type blockReader struct {
	b  *builder
	st *segmentState
	g  *gather

	mu    sync.Mutex
	sizes []int // of the blocks
	n     int   // blocks that were read
	first int   // row that the next begins with
	err   error
}

// next reads the next block into buf and gives its number; nil at the end.
func (r *blockReader) next(buf []row) (n int, rows []row) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil || r.n == len(r.sizes) {
		return 0, nil
	}
	n, rows = r.n, buf[:r.sizes[r.n]]
	if r.err = r.b.block(r.st, r.g, r.first, rows); r.err != nil {
		return 0, nil
	}
	r.n, r.first = n+1, r.first+len(rows)
	return n, rows
}

// cut gives the number of rows of each block, and notes the block of each row.
func (b *builder) cut(g *gather) (sizes []int) {
	b.blocks = b.blocks[:0]
	for first := 0; first < len(g.refs); {
		n, size := 0, 0
		for n < blockRows && first+n < len(g.refs) && (n == 0 || size+int(g.refs[first+n].n) <= blockBytes) {
			size += int(g.refs[first+n].n)
			b.blocks = append(b.blocks, uint16(len(sizes)))
			n++
		}
		sizes = append(sizes, n)
		first += n
	}
	return sizes
}

func (st *segmentState) fillTables() {
	t := &st.man.tab
	for _, n := range st.hosts.keys {
		t.hosts = append(t.hosts, hostKey(n))
	}
	for i, list := range []*[]string{&t.sources, &t.parsers, &t.meanings, &t.actions, &t.tags, &t.names} {
		*list = st.tables[i].values()
	}
	for _, x := range st.exhibit.keys {
		t.exhibits = append(t.exhibits, st.exhibits[x])
	}
}

// block reads the rows of a block, from the row first on, and feeds the indexes.
func (b *builder) block(st *segmentState, g *gather, first int, rows []row) error {
	info := blockInfo{rows: len(rows), first: g.refs[first].key}
	st.sigs = append(st.sigs, signature{})
	sig := &st.sigs[len(st.sigs)-1]
	b.touched += g.touch(first, len(rows))
	for i := range rows {
		r := &rows[i]
		if err := readRow(g.packed(first+i), r, st.classes); err != nil {
			return err
		}
		ref := &g.refs[first+i]
		r.key = ref.key
		if int(r.batchExhibit) >= len(st.exhibits) {
			return fmt.Errorf("%w: row of exhibit %d of %d", errCorrupt, r.batchExhibit, len(st.exhibits))
		}
		st.note(r, ref.host, uint32(first+i))
		b.fold = query.AppendFold(b.fold[:0], r.message)
		sig.addText(b.fold)
		for j, v := range r.values {
			sig.addValue(r.shared.fields[j].hash, v)
		}
		if r.object != "" {
			sig.addField("object", r.object)
		}
		before, after := sides(&r.time, r.key)
		info.before, info.after = max(info.before, before), max(info.after, after)
	}
	st.man.blocks = append(st.man.blocks, info)
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
