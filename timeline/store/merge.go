package store

import (
	"context"
	"errors"
	"slices"
)

const (
	copyRows = 64 << 10 // segments of so many rows are copied as they are
	smallGen = 1 << 20  // rows of a generation that merge takes in
	someGens = 4        // small generations that may stay apart
)

// Merge brings the store into the shape in which it is fastest and smallest:
// small generations are joined, hidden rows are left out, space is given back,
// and copies of records become witnesses of one row. Ingest ends with it.
func (w *Writer) Merge(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.merge(ctx)
}

func (w *Writer) merge(ctx context.Context) (err error) {
	r, err := Open(w.dir)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, r.Close())
		if err == nil {
			err = w.sweep()
		}
	}()
	claims, err := r.Claims()
	if err != nil {
		return err
	}
	take := r.toMerge(w.limits.small)
	if len(take) == 0 {
		return w.renewWitnesses(ctx, r, claims)
	}
	b, err := w.newBatch()
	if err != nil {
		return err
	}
	if err := b.rewrite(ctx, r, take); err != nil {
		b.inFlight.Wait()
		return errors.Join(err, b.remove())
	}
	gens := slices.DeleteFunc(r.rowGens(), func(g genRef) bool { return take[g.name] })
	if err := w.publishRows(ctx, append(gens, b.closed...), claims, r.derived != nil); err != nil {
		return errors.Join(err, b.remove())
	}
	return nil
}

// renewWitnesses finds the witnesses of r, which is the state of the store,
// anew, and publishes them unless they are those that are kept.
func (w *Writer) renewWitnesses(ctx context.Context, r *Reader, claims Claims) error {
	now, err := r.findWitnesses(ctx)
	if err != nil {
		return err
	}
	old, err := r.witnessPairs()
	if err != nil || samePairs(old, now) {
		return err
	}
	return w.publishWith(r, r.rowGens(), claims, now, r.derived != nil)
}

// samePairs says whether two lists, in which no key comes twice, are equal but
// for their order.
func samePairs(a, b []kv) bool {
	if len(a) != len(b) {
		return false
	}
	have := make(map[string]string, len(a))
	for _, p := range a {
		have[string(p.key)] = string(p.value)
	}
	for _, p := range b {
		if v, ok := have[string(p.key)]; !ok || v != string(p.value) {
			return false
		}
	}
	return true
}

// toMerge names the generations to rewrite.
func (r *Reader) toMerge(limit int) map[string]bool {
	rows, hidden := map[string]int{}, map[string]int{}
	for _, s := range r.segs {
		rows[s.gen.name] += s.man.rows
		if s.hidden != nil {
			hidden[s.gen.name] += int(s.hidden.GetCardinality())
		}
	}
	take, small := map[string]bool{}, 0
	for _, g := range r.rowGens() {
		switch {
		case hidden[g.name] > 0:
			take[g.name] = true
		case rows[g.name] < limit:
			small++
		}
	}
	if small > someGens || len(take) > 0 && small > 0 {
		for _, g := range r.rowGens() {
			if rows[g.name] < limit {
				take[g.name] = true
			}
		}
	}
	return take
}

// rewrite brings what is visible of the named generations into a new batch.
func (b *Batch) rewrite(ctx context.Context, r *Reader, take map[string]bool) error {
	part := &Reader{dir: r.dir, cur: r.cur, bundles: r.bundles, gone: r.gone, u: r.u, cache: r.cache}
	whole := map[*genReader][]*segment{}
	for _, s := range r.segs {
		switch {
		case !take[s.gen.name]:
		case s.hidden == nil && s.man.rows >= b.w.limits.copy:
			whole[s.gen] = append(whole[s.gen], s)
		default:
			part.segs = append(part.segs, s)
		}
	}
	for _, g := range r.gens {
		if len(whole[g]) == 0 {
			continue
		}
		if err := b.takeOver(ctx, r, g, whole[g]); err != nil {
			return err
		}
	}
	for row, err := range part.iterate(ctx, nil, nil, true) {
		if err != nil {
			return err
		}
		if err := b.Event(&row.Event); err != nil {
			return err
		}
	}
	part.gens = slices.DeleteFunc(slices.Clone(r.gens), func(g *genReader) bool { return !take[g.name] })
	if err := b.copyNotes(ctx, part); err != nil {
		return err
	}
	if err := b.drain(); err != nil {
		return err
	}
	pairs, err := r.rest(take)
	if err != nil {
		return err
	}
	return b.finish(pairs)
}

// rest gives what the merged generation has to say beside rows: the bundles as
// they are, and what is hidden in generations that stay.
func (r *Reader) rest(take map[string]bool) ([]kv, error) {
	var pairs []kv
	for _, g := range r.gens {
		if take[g.name] {
			continue
		}
		// a bundle that is gone must stay gone
		err := g.each([]byte{'B'}, func(key, _ []byte) error {
			if _, ok := r.bundles[string(key[1:])]; !ok {
				pairs = append(pairs, kv{key, nil})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		prefix := goneKey(g.name, "")
		for k, x := range r.gone {
			if len(k) > len(prefix) && k[:len(prefix)] == prefix {
				pairs = append(pairs, x.pair(k))
			}
		}
	}
	for _, s := range r.segs {
		if s.hidden == nil || take[s.gen.name] {
			continue
		}
		pairs = append(pairs, maskPair(s))
	}
	for _, info := range r.Bundles() {
		p, err := bundlePair(info)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
	return pairs, nil
}

// Drop takes a bundle out of the store: its events, warnings and counters are
// gone, copies that other bundles hold of its records are shown instead, and
// the space is given back. A bundle that is not there is an error.
func (w *Writer) Drop(run string) (err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.known[run]; !ok {
		return &UnknownBundleError{Run: run}
	}
	if err := w.hideBundle(run); err != nil {
		return err
	}
	delete(w.known, run)
	return w.merge(context.Background())
}

func (w *Writer) hideBundle(run string) (err error) {
	r, err := Open(w.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	claims, err := r.Claims()
	if err != nil {
		return err
	}
	pairs, err := r.hide(run, nil, true)
	if err != nil {
		return err
	}
	b, err := w.newBatch()
	if err != nil {
		return err
	}
	if err := b.finish(append(pairs, kv{append([]byte{'B'}, run...), nil})); err != nil {
		return errors.Join(err, b.remove())
	}
	return w.publishRows(context.Background(), append(r.rowGens(), b.closed...), claims, r.derived != nil)
}
