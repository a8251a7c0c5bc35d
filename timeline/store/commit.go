package store

import (
	"encoding/json"
	"fmt"
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
	if err := b.commit(info); err != nil {
		b.inFlight.Wait()
		if rerr := b.remove(); rerr != nil {
			return fmt.Errorf("%w (and: %w)", err, rerr)
		}
		return err
	}
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	b.w.open--
	return nil
}

func (b *Batch) commit(info BundleInfo) error {
	for d, g := range b.gathers {
		b.gathers[d] = nil
		if len(g.refs) == 0 {
			continue
		}
		if err := b.submit(g); err != nil {
			return err
		}
	}
	b.inFlight.Wait()
	if err := b.failed(); err != nil {
		return err
	}
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	old, known := b.w.known[info.Run]
	whole := b.merge(info, old)
	pairs, err := b.last(whole)
	if err != nil {
		return err
	}
	if known {
		masks, err := b.w.supersede(info.Run, b.infos, b.replace)
		if err != nil {
			return err
		}
		pairs = append(pairs, masks...)
	}
	if err := b.gen.put(pairs); err != nil {
		return err
	}
	if err := b.closeGen(); err != nil {
		return err
	}
	if err := b.w.publish(func(gens []genRef) []genRef { return append(gens, b.closed...) }); err != nil {
		return err
	}
	b.w.known[info.Run] = whole
	return nil
}

// last gives the pairs that end the batch: bundle, warnings, counters.
func (b *Batch) last(info BundleInfo) ([]kv, error) {
	j, err := json.Marshal(info)
	if err != nil {
		return nil, fmt.Errorf("store: bundle: %w", err)
	}
	pairs := []kv{{append([]byte{'B'}, info.Run...), j}}
	for i := range b.notes {
		if len(b.notes[i].body) > 0 {
			pairs = append(pairs, b.notes[i].take())
		}
	}
	return pairs, nil
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
