package store

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
)

// claimsChunk is the size of the pieces in which claims are kept.
const claimsChunk = 4 << 20

// PutClaims replaces the claims of the detection run before, and with them the
// levels and detector tags of events: every cited event gets the tag
// "finding", the rule's name, and the highest level of its findings.
func (w *Writer) PutClaims(c Claims) (err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, err := Open(w.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	witnesses, err := r.witnessPairs()
	if err != nil {
		return err
	}
	ref, err := w.writeDerived(r, c, witnesses)
	if err != nil {
		return err
	}
	return w.publish(append(r.rowGens(), ref))
}

// rowGens lists the generations of a reader without the derived one.
func (r *Reader) rowGens() []genRef {
	return slices.DeleteFunc(slices.Clone(r.cur.gens), func(x genRef) bool { return r.derived != nil && x.name == r.derived.name })
}

// witnessPairs gives the witnesses as they are kept now.
func (r *Reader) witnessPairs() (out []kv, err error) {
	if r.derived == nil {
		return nil, nil
	}
	err = r.derived.each([]byte{'k'}, func(key, value []byte) error {
		out = append(out, kv{key, value})
		return nil
	})
	return out, err
}

// writeDerived writes the generation that holds what can be computed from the
// rest: claims, their overlays over the segments of r, and witnesses.
func (w *Writer) writeDerived(r *Reader, c Claims, witnesses []kv) (genRef, error) {
	var buf bytes.Buffer
	if err := gob.NewEncoder(&buf).Encode(c); err != nil {
		return genRef{}, fmt.Errorf("store: claims: %w", err)
	}
	pairs := append(witnesses, kv{[]byte{'C'}, putUv(nil, uint64(buf.Len()))})
	for part := range slices.Chunk(buf.Bytes(), claimsChunk) {
		pairs = append(pairs, kv{numberKey('c', uint64(len(pairs))), part})
	}
	over, err := r.overlays(c.Findings)
	if err != nil {
		return genRef{}, err
	}
	g, err := w.newGen()
	if err != nil {
		return genRef{}, err
	}
	if err := g.put(append(pairs, over...)); err != nil {
		return genRef{}, errors.Join(err, g.drop())
	}
	sum, err := g.close()
	if err != nil {
		return genRef{}, errors.Join(err, g.drop())
	}
	return genRef{name: filepath.Base(g.dir), sum: sum}, nil
}

// publishRows makes a new list of row generations the state of the store,
// with claims and witnesses computed anew for it; mu is held. claims are those
// of the state before.
func (w *Writer) publishRows(ctx context.Context, gens []genRef, claims Claims, had bool) (err error) {
	r, err := openAt(w.dir, &current{next: 1, gens: gens})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	witnesses, err := r.findWitnesses(ctx)
	if err != nil {
		return err
	}
	return w.publishWith(r, gens, claims, witnesses, had)
}

// publishWith publishes the row generations of r with claims and witnesses.
func (w *Writer) publishWith(r *Reader, gens []genRef, claims Claims, witnesses []kv, had bool) error {
	if had || len(witnesses) > 0 {
		ref, err := w.writeDerived(r, claims, witnesses)
		if err != nil {
			return err
		}
		gens = append(gens, ref)
	}
	return w.publish(gens)
}

// Claims gives what the last detection run said; empty when there was none.
func (r *Reader) Claims() (Claims, error) {
	var c Claims
	if r.derived == nil {
		return c, nil
	}
	var buf []byte
	if err := r.derived.each([]byte{'c'}, func(_, v []byte) error {
		buf = append(buf, v...)
		return nil
	}); err != nil {
		return c, err
	}
	head, err := r.derived.get([]byte{'C'})
	if err != nil {
		return c, err
	}
	s := scan{b: head}
	if n := s.uv(); s.end() != nil || n != uint64(len(buf)) {
		return c, fmt.Errorf("%w: generation %q: claims of %d bytes, %d announced", errCorrupt, r.derived.name, len(buf), n)
	}
	if err := gob.NewDecoder(bytes.NewReader(buf)).Decode(&c); err != nil {
		return Claims{}, fmt.Errorf("%w: generation %q: claims: %w", errCorrupt, r.derived.name, err)
	}
	return c, nil
}
