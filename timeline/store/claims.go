package store

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// claimsChunk is the size of the pieces in which claims are kept.
const claimsChunk = 4 << 20

// PutClaims replaces the claims of the detection run before, and with them the
// levels and detector tags of events: every cited event gets the tag
// "finding", the rule's name, and the highest level of its findings.
func (w *Writer) PutClaims(c Claims) (err error) {
	g, err := w.newGen()
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	pairs, err := w.claimPairs(c)
	if err == nil {
		err = g.put(pairs)
	}
	if err != nil {
		return errors.Join(err, g.drop())
	}
	sum, err := g.close()
	if err != nil {
		return errors.Join(err, g.drop())
	}
	return w.publish(func(gens []genRef) []genRef {
		return append(slices.DeleteFunc(gens, func(x genRef) bool { return w.claimGens[x.name] }), w.claimGen(filepath.Base(g.dir), sum))
	})
}

// claimGen notes that a generation holds nothing but claims, so that the next
// detection run replaces it.
func (w *Writer) claimGen(name, sum string) genRef {
	clear(w.claimGens)
	w.claimGens[name] = true
	return genRef{name: name, sum: sum}
}

func (w *Writer) claimPairs(c Claims) (pairs []kv, err error) {
	r, err := Open(w.dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	var buf bytes.Buffer
	if err := gob.NewEncoder(&buf).Encode(c); err != nil {
		return nil, fmt.Errorf("store: claims: %w", err)
	}
	pairs = append(pairs, kv{[]byte{'C'}, putUv(nil, uint64(buf.Len()))})
	for i, part := range slices.Collect(slices.Chunk(buf.Bytes(), claimsChunk)) {
		pairs = append(pairs, kv{numberKey('c', uint64(i)), part})
	}
	over, err := r.overlays(c.Findings)
	return append(pairs, over...), err
}

// overlay is what findings say about the rows of one segment.
type overlay struct {
	levels map[uint32]claim.Level
	tags   map[string]*roaring.Bitmap
}

// overlays finds the cited events and packs their levels and tags by segment.
func (r *Reader) overlays(findings []claim.Finding) ([]kv, error) {
	bySeg := map[*segment]*overlay{}
	cited := map[event.ID][]int{}
	for i := range findings {
		for _, id := range findings[i].Events {
			cited[id] = append(cited[id], i)
		}
	}
	for id, list := range cited {
		for _, s := range r.segs {
			ord, ok, err := s.find(id)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
			o := bySeg[s]
			if o == nil {
				o = &overlay{levels: map[uint32]claim.Level{}, tags: map[string]*roaring.Bitmap{}}
				bySeg[s] = o
			}
			for _, i := range list {
				o.cite(uint32(ord), &findings[i])
			}
		}
	}
	var out []kv
	for _, s := range r.segs {
		if o := bySeg[s]; o != nil {
			v, err := o.pack()
			if err != nil {
				return nil, err
			}
			out = append(out, kv{otherKey("o", s.gen.name, s.no), v})
		}
	}
	return out, nil
}

func (o *overlay) cite(ord uint32, f *claim.Finding) {
	if l, ok := o.levels[ord]; !ok || f.Level.Rank() > l.Rank() {
		o.levels[ord] = f.Level
	}
	for _, t := range []string{"finding", f.Rule} {
		if t == "" {
			continue
		}
		if o.tags[t] == nil {
			o.tags[t] = roaring.New()
		}
		o.tags[t].Add(ord)
	}
}

// pack writes uv levels (str, uv length, postings), uv tags (the same).
func (o *overlay) pack() ([]byte, error) {
	levels := map[string]*roaring.Bitmap{}
	for ord, l := range o.levels {
		if levels[string(l)] == nil {
			levels[string(l)] = roaring.New()
		}
		levels[string(l)].Add(ord)
	}
	var b []byte
	for _, m := range []map[string]*roaring.Bitmap{levels, o.tags} {
		b = putUv(b, uint64(len(m)))
		names := make([]string, 0, len(m))
		for n := range m {
			names = append(names, n)
		}
		slices.Sort(names)
		for _, n := range names {
			p, err := packPostings(nil, m[n].ToArray())
			if err != nil {
				return nil, err
			}
			b = putStr(putStr(b, n), p)
		}
	}
	return b, nil
}

func (s *segment) readOverlay(value []byte) error {
	f := scan{b: value}
	for part := range 2 {
		for range f.count() {
			name := f.str()
			rows, err := unpackPostings(f.bytes(f.count()), s.man.rows)
			if f.err != nil || err != nil {
				return errors.Join(f.err, err)
			}
			if part == 0 {
				s.levels[claim.Level(name)] = rows
			} else {
				s.tags[name] = rows
			}
		}
	}
	return f.end()
}

// Claims gives what the last detection run said; empty when there was none.
func (r *Reader) Claims() (Claims, error) {
	var c Claims
	if r.claims == nil {
		return c, nil
	}
	var buf []byte
	if err := r.claims.each([]byte{'c'}, func(_, v []byte) error {
		buf = append(buf, v...)
		return nil
	}); err != nil {
		return c, err
	}
	if err := gob.NewDecoder(bytes.NewReader(buf)).Decode(&c); err != nil {
		return Claims{}, fmt.Errorf("%w: claims: %w", errCorrupt, err)
	}
	return c, nil
}
