package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Commit makes the batch visible: all of it, in one step. info says what the
// store keeps of the bundle; exhibits named with Exhibit and their counts of
// events are added. After an error the batch is gone and the store is as it
// was.
func (b *Batch) Commit(info BundleInfo) error {
	if !b.end() {
		return ErrClosed
	}
	var err error
	if info.Run != b.run {
		err = fmt.Errorf("store: a batch of bundle %q was to be committed as %q", b.run, info.Run)
	} else {
		err = b.commit(info)
	}
	b.inFlight.Wait()
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	b.done()
	if err != nil {
		err = errors.Join(err, b.remove())
	}
	return err
}

// drain builds the segments that are not full.
func (b *Batch) drain() error {
	for d, g := range b.gathers {
		b.gathers[d] = nil
		if g == nil {
			continue
		}
		if err := b.submit(g); err != nil {
			return err
		}
	}
	b.inFlight.Wait()
	return b.failed()
}

func (b *Batch) commit(info BundleInfo) error {
	if err := b.drain(); err != nil {
		return err
	}
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	old, known := b.w.known[info.Run]
	whole := b.merge(info, old)
	p, err := bundlePair(whole)
	if err != nil {
		return err
	}
	if !known {
		if err := b.finish([]kv{p}); err != nil {
			return err
		}
		if err := b.w.publish(append(slices.Clone(b.w.cur.gens), b.closed...)); err != nil {
			return err
		}
	} else if err := b.replaceOld(info.Run, p); err != nil {
		return err
	}
	b.w.known[info.Run] = whole
	return nil
}

// finish writes the last pairs, with the warnings and counters that wait, and
// closes the last generation, which brings all to the disk.
func (b *Batch) finish(pairs []kv) error {
	for i := range b.notes {
		if len(b.notes[i].body) > 0 {
			pairs = append(pairs, b.notes[i].take())
		}
	}
	if err := b.gen.write(pairs); err != nil {
		return err
	}
	return b.closeGen()
}

// replaceOld ends a batch that replaces what the store holds of its exhibits.
// mu of the writer is held.
func (b *Batch) replaceOld(run string, p kv) (err error) {
	r, err := Open(b.w.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	claims, err := r.Claims()
	if err != nil {
		return err
	}
	named := maps.Clone(b.infos)
	for n := range b.events { // rows that came without a word about their exhibit replace the old ones, too
		named[n] = b.infos[n]
	}
	masks, err := r.hide(run, named, b.replace)
	if err != nil {
		return err
	}
	if err := b.finish(append(masks, p)); err != nil {
		return err
	}
	return b.w.publishRows(context.Background(), append(r.rowGens(), b.closed...), claims, r.derived != nil)
}

func bundlePair(info BundleInfo) (kv, error) {
	j, err := json.Marshal(info)
	if err != nil {
		return kv{}, fmt.Errorf("store: bundle %q: %w", info.Run, err)
	}
	return kv{append([]byte{'B'}, info.Run...), j}, nil
}

// merge joins what Commit says, what Exhibit announced, and what the store
// knew of the bundle.
func (b *Batch) merge(info, old BundleInfo) BundleInfo {
	byNumber := map[uint32]ExhibitInfo{}
	if !b.replace {
		for _, x := range old.Exhibits {
			byNumber[x.Number] = x
		}
	}
	for _, x := range info.Exhibits {
		if _, ok := b.infos[x.Number]; !ok {
			if o, ok := byNumber[x.Number]; ok && x.Events == 0 {
				x.Events = o.Events
			}
			byNumber[x.Number] = x
		}
	}
	for n, x := range b.infos {
		if x.Events == 0 {
			x.Events = b.events[n]
		}
		byNumber[n] = x
	}
	info.Exhibits = nil
	for _, x := range byNumber {
		if x.Events == 0 {
			x.Events = b.events[x.Number]
		}
		info.Exhibits = append(info.Exhibits, x)
	}
	slices.SortFunc(info.Exhibits, func(x, y ExhibitInfo) int { return int(x.Number) - int(y.Number) })
	parsers := map[string]int{}
	if !b.replace {
		for n, v := range old.Parsers {
			parsers[n] = v
		}
	}
	for n, v := range info.Parsers {
		parsers[n] = max(v, parsers[n])
	}
	info.Parsers = parsers
	return info
}
