package store

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/dgraph-io/badger/v4/y"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// storeSeeds gives real values of every key of a small store.
func storeSeeds(tb testing.TB) (values map[byte][][]byte, man *manifest) {
	tb.Helper()
	dir := tb.TempDir()
	w := writer(tb, dir)
	list := randomEvents(rand.New(rand.NewPCG(1, 9)), "run-a", 2500)
	ingest(tb, w, info("run-a", 1), list)
	f := claim.Finding{Rule: "r", Level: claim.High}
	f.Events = append(f.Events, list[0].ID(), list[9].ID())
	if err := w.PutClaims(Claims{Findings: []claim.Finding{f}}); err != nil {
		tb.Fatal(err)
	}
	r := open(tb, dir)
	values = map[byte][][]byte{}
	for _, g := range r.gens {
		err := g.each(nil, func(key, value []byte) error {
			if len(values[key[0]]) < 12 {
				values[key[0]] = append(values[key[0]], value)
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	for _, s := range r.segs {
		if man == nil || s.man.rows > man.rows {
			man = s.man
		}
	}
	if len(values) < 10 || len(values['b']) == 0 {
		tb.Fatalf("only %d kinds of values in a store", len(values))
	}
	return values, man
}

// FuzzDecoders feeds every decoder of stored values: errors are right, panics
// and memory without bound are not.
func FuzzDecoders(f *testing.F) {
	values, man := storeSeeds(f)
	for k, list := range values {
		for _, v := range list {
			f.Add(k, v)
		}
	}
	for _, v := range values['b'][:3] { // unpacked, so that what is changed is not the compression
		f.Add(byte('b'), plainBlock(f, v))
	}
	for _, v := range values['m'][:1] {
		f.Add(byte('m'), append([]byte{Format}, wrap(inner(f, v[1:]))...))
	}
	for _, k := range []byte{'t', 'i'} {
		for _, v := range values[k] {
			f.Add(k, wrap(inner(f, v)))
		}
	}
	w := &witnessed{hidden: []uint32{1, 5}, more: map[uint32]int{0: 1, 4: 2}}
	f.Add(byte('k'), w.pack())
	u, err := newUnpacker()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		s := &segment{man: man, levels: map[claim.Level]*roaring.Bitmap{}, tags: map[string]*roaring.Bitmap{}}
		switch kind {
		case 'b':
			fuzzBlock(resealed(data), man, u)
		case 'm':
			if m, err := readManifest(data, u); err == nil && m.blockAt(m.rows-1) >= len(m.blocks) {
				t.Fatal("the last row lies in no block")
			}
		case 't':
			if m, err := readMinutes(data, man.rows, u); err == nil && int(m.before(1<<62)) != man.rows {
				t.Fatal("a minute table of other rows was taken")
			}
		case 'd':
			if places, err := findID(data, 0x0123456789abcdef, man.rows); err == nil && len(places) > len(data) {
				t.Fatal("more places than entries")
			}
		case 'i':
			if p, err := sectionOf(data, u); err == nil {
				if _, err := readTerms(p, man.rows); err != nil {
					return
				}
			}
		case 'p', 'x':
			if bm, err := unpackPostings(data, man.rows); err == nil && !bm.IsEmpty() && int(bm.Maximum()) >= man.rows {
				t.Fatal("postings beyond the segment were taken")
			}
		case 'o':
			if s.readOverlay(data) != nil {
				return
			}
		case 'k':
			if s.readWitnesses(data) != nil {
				return
			}
		case 'w', 'n':
			for x := (scan{b: data}); len(x.b) > 0; {
				if kind == 'w' {
					x.warning()
				} else {
					x.counter()
				}
			}
		case 'C':
			if c, err := parseCurrent("CURRENT", string(data)); err == nil && c.next < 1 {
				t.Fatal("a CURRENT without number was taken")
			}
		}
	})
}

func sectionOf(data []byte, u *unpacker) ([]byte, error) {
	s := scan{b: data}
	p := s.packed(termsSection)
	if s.err != nil {
		return nil, s.err
	}
	return u.open(p)
}

// fuzzBlock reads all of a block that may hold anything.
func fuzzBlock(data []byte, man *manifest, u *unpacker) {
	for _, n := range []int{man.blocks[0].rows, man.blocks[len(man.blocks)-1].rows} {
		b, err := openBlock(data, n, &man.tab, u)
		if err != nil {
			continue
		}
		for i := range b.n {
			e, err := b.event(i)
			if err != nil {
				break
			}
			query.Match(&query.Node{Op: query.Text, Value: "x"}, query.Row{Event: &e}, nil)
		}
		if c, at, err := b.folded(b.n - 1); err == nil {
			c.fold(at)
		}
	}
}

// plainBlock is a block whose sections are not compressed.
func plainBlock(tb testing.TB, value []byte) []byte {
	rows, parts := partsOf(tb, value)
	for i := range parts {
		parts[i] = wrap(inner(tb, parts[i]))
	}
	return joinBlock(uint64(rows), parts)
}

// resealed gives a block the checksums that its bytes have, so that what lies
// behind them is reached.
func resealed(data []byte) []byte {
	out := bytes.Clone(data)
	s := scan{b: out}
	s.byte()
	n := s.num(blockRows + 1)
	var sums []scan
	var sizes []int
	for range blockParts + 2*((n+pieceRows-1)/pieceRows) {
		at := s
		at.uv()
		at.uv()
		sums, sizes = append(sums, at), append(sizes, s.sealed(blockSection).size)
	}
	head := s
	s.bytes(crc32.Size)
	for i, size := range sizes {
		if sum := crc32.Checksum(s.bytes(size), y.CastagnoliCrcTable); s.err == nil {
			binary.LittleEndian.PutUint32(sums[i].b, sum)
		}
	}
	if s.err == nil {
		binary.LittleEndian.PutUint32(head.b, crc32.Checksum(out[:len(out)-len(head.b)], y.CastagnoliCrcTable))
	}
	return out
}

// FuzzBadgerFiles feeds the checks of Badger's own files, with every checksum
// right so that what lies behind is reached.
func FuzzBadgerFiles(f *testing.F) {
	dir := tamperBase(f)
	table, err := os.ReadFile(filepath.Join(dir, "g000001", "000001.sst"))
	if err != nil {
		f.Fatal(err)
	}
	manifest, err := os.ReadFile(filepath.Join(dir, "g000001", "MANIFEST"))
	if err != nil {
		f.Fatal(err)
	}
	if checkTable(table) != nil {
		f.Fatal("a real table is refused")
	}
	s := tailReader{table}
	s.last(s.number())
	f.Add(byte(0), s.last(s.number()))
	s = tailReader{s.b}
	s.last(s.number())
	f.Add(byte(1), s.b)
	f.Add(byte(2), manifest[16:])
	f.Add(byte(3), table)
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		sum := putUv([]byte{2 << 3}, uint64(crc32.Checksum(data, y.CastagnoliCrcTable)))
		sealed := binary.BigEndian.AppendUint32(append(bytes.Clone(data), sum...), uint32(len(sum)))
		info := fileInfo{name: "000001.sst"}
		switch kind {
		case 0: // an index behind the blocks of a real table
			blocks := tailReader{table}
			blocks.last(blocks.number())
			blocks.last(blocks.number())
			index := binary.BigEndian.AppendUint32(bytes.Clone(data), uint32(len(data)))
			sealed = slices.Concat(blocks.b, index, sum)
			_ = info.checkContent(binary.BigEndian.AppendUint32(sealed, uint32(len(sum))))
		case 1:
			_, _ = checkTableBlock(sealed, nil, nil, badgerVersions, func(tableEntry) error { return nil })
		case 2:
			_, _ = applyChanges(data, []uint64{1})
		default:
			_ = info.checkContent(data)
		}
	})
}
