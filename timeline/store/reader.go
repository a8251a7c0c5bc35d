package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/dgraph-io/badger/v4"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// Reader answers queries over one complete state of a store: the one that
// CURRENT named when it was opened. It never blocks a writer and is safe for
// concurrent use.
type Reader struct {
	dir     string
	cur     *current
	gens    []*genReader
	segs    []*segment
	bundles map[string]BundleInfo
	gone    map[string]removed // by goneKey
	derived *genReader         // holds claims, overlays and witnesses; nil when there are none
	u       *unpacker
	cache   *blockCache

	placesMu sync.Mutex
	places   map[event.ID]located // of events that were looked up
}

// removed says what a generation holds of a bundle that no longer counts: all
// of it, or what comes from some exhibits.
type removed struct {
	all      bool
	exhibits map[uint32]bool
}

func goneKey(gen, run string) string { return gen + "\x00" + run }

// genReader is an open generation.
type genReader struct {
	name string
	n    int // place in CURRENT
	db   *badger.DB
	txns chan *badger.Txn // free ones: beginning one costs as much as finding a key
	hold *os.File         // its directory, locked: nobody removes it before it is closed

	places *blockPlaces
}

// segment is an open segment with what later generations say about it.
type segment struct {
	r      *Reader
	gen    *genReader
	no     uint32
	man    *manifest
	at     []logPointer    // where its blocks lie, as far as that is known
	hidden *roaring.Bitmap // rows of dropped bundles and superseded parsers
	copies *roaring.Bitmap // further witnesses of a row shown elsewhere
	more   map[uint32]int  // further witnesses of rows that are shown
	levels map[claim.Level]*roaring.Bitmap
	tags   map[string]*roaring.Bitmap
	terms  *termCache
}

// Open opens the store in dir as CURRENT names it. A store that does not exist
// is empty. Damage is a *DamagedError that names the file.
func Open(dir string) (*Reader, error) {
	var last error
	for range 20 { // a generation may go between reading CURRENT and opening it
		cur, err := readCurrent(dir)
		if err != nil {
			return nil, err
		}
		r, err := openAt(dir, cur)
		if err == nil {
			return r, nil
		}
		now, cerr := readCurrent(dir)
		if cerr != nil || now.String() == cur.String() {
			return nil, err
		}
		last = err
	}
	return nil, last
}

func openAt(dir string, cur *current) (r *Reader, err error) {
	u, err := newUnpacker()
	if err != nil {
		return nil, err
	}
	r = &Reader{dir: dir, cur: cur, u: u, bundles: map[string]BundleInfo{}, gone: map[string]removed{}, cache: newBlockCache()}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
			r = nil
		}
	}()
	for i, g := range cur.gens {
		if err := r.openGen(i, g); err != nil {
			return r, err
		}
	}
	for _, g := range r.gens {
		if err := r.loadOverlays(g); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (r *Reader) openGen(i int, ref genRef) error {
	dir := filepath.Join(r.dir, ref.name)
	hold, err := holdGen(dir)
	if err != nil {
		return err
	}
	g := &genReader{name: ref.name, n: i, hold: hold, txns: make(chan *badger.Txn, freeTxns)}
	r.gens = append(r.gens, g)
	if g.places, err = checkedFiles(dir, ref.sum, false); err != nil {
		return err
	}
	g.places.keep()
	if g.db, err = openDB(dir); err != nil {
		return err
	}
	v, err := g.get([]byte{'v'})
	if err != nil {
		return err
	}
	if string(v) != strconv.Itoa(Format) {
		return &DamagedError{File: dir, What: fmt.Sprintf("is of format %q, not %d", v, Format)}
	}
	err = g.each([]byte{'m'}, func(key, value []byte) error {
		m, err := readManifest(value, r.u)
		if err != nil {
			return err
		}
		no := be(key[1:])
		s := &segment{r: r, gen: g, no: no, man: m, at: g.places.blocks[no], terms: newTermCache(),
			levels: map[claim.Level]*roaring.Bitmap{}, tags: map[string]*roaring.Bitmap{}}
		r.segs = append(r.segs, s)
		return nil
	})
	if err != nil {
		return err
	}
	return r.loadBundles(g)
}

func be(b []byte) uint32 {
	n := uint32(0)
	for _, c := range b {
		n = n<<8 | uint32(c)
	}
	return n
}

// loadBundles reads bundles and what was removed, and whether the generation
// is the derived one.
func (r *Reader) loadBundles(g *genReader) error {
	err := g.each([]byte{'D'}, func(key, value []byte) error {
		s := scan{b: value}
		x := r.gone[string(key[1:])]
		if x.exhibits == nil {
			x.exhibits = map[uint32]bool{}
		}
		if s.byte() == 0 {
			x.all = true
		} else {
			for range s.count() {
				x.exhibits[uint32(s.uv())] = true
			}
		}
		r.gone[string(key[1:])] = x
		return s.end()
	})
	if err != nil {
		return err
	}
	if err := g.each([]byte{'B'}, func(key, value []byte) error {
		run := string(key[1:])
		if len(value) == 0 {
			delete(r.bundles, run)
			return nil
		}
		var b BundleInfo
		if err := json.Unmarshal(value, &b); err != nil {
			return fmt.Errorf("%w: bundle %q: %w", errCorrupt, run, err)
		}
		if b.Run != run {
			return fmt.Errorf("%w: bundle %q lies under the name of %q", errCorrupt, b.Run, run)
		}
		r.bundles[run] = b
		return nil
	}); err != nil {
		return err
	}
	if ok, err := g.has([]byte("C")); err != nil || !ok {
		return err
	}
	r.derived = g
	return nil
}

// loadOverlays reads masks of any generation, and levels, tags and witnesses
// of the derived one. What speaks of a segment that was merged away is ignored.
func (r *Reader) loadOverlays(g *genReader) error {
	byName := map[string]*segment{}
	for _, s := range r.segs {
		byName[string(otherKey("", s.gen.name, s.no))] = s
	}
	each := func(prefix byte, f func(*segment, []byte) error) error {
		return g.each([]byte{prefix}, func(key, value []byte) error {
			if s := byName[string(key[1:])]; s != nil {
				return f(s, value)
			}
			return nil
		})
	}
	err := each('x', func(s *segment, value []byte) error {
		bm, err := unpackPostings(value, s.man.rows)
		if err == nil && s.hidden != nil {
			bm.Or(s.hidden)
		}
		s.hidden = bm
		return err
	})
	if err != nil || r.derived != g {
		return err
	}
	return errors.Join(each('o', (*segment).readOverlay), each('k', (*segment).readWitnesses))
}

// Bundles lists the bundles of the store by run id.
func (r *Reader) Bundles() []BundleInfo {
	out := make([]BundleInfo, 0, len(r.bundles))
	for _, b := range r.bundles {
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b BundleInfo) int {
		if a.Run < b.Run {
			return -1
		}
		return 1
	})
	return out
}

// Generation names the state that the reader sees: it differs from that of
// another reader exactly when CURRENT was replaced in between.
func (r *Reader) Generation() string { return sumOf(r.cur.String()) }

// Stale says whether CURRENT names another state by now.
func (r *Reader) Stale() (bool, error) {
	now, err := readCurrent(r.dir)
	if err != nil {
		return false, err
	}
	return now.String() != r.cur.String(), nil
}

// Close ends the reader.
func (r *Reader) Close() error {
	var errs []error
	for _, g := range r.gens {
		errs = append(errs, g.close())
	}
	r.gens, r.segs = nil, nil
	r.u.dec.Close()
	return errors.Join(errs...)
}
