package timeline

import (
	"context"
	"sync"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// maxSpoken bounds how many hosts without a bundle are named; those beyond it
// show their key.
const maxSpoken = 1 << 17

// manySpoken is from how many nameless hosts on their lines are read in one
// pass instead of one by one, and maxSpokenRows bounds that pass.
const (
	manySpoken    = 64
	maxSpokenRows = 20_000_000
)

// spoken names hosts that have no bundle: those that lines of a loghost speak
// of. The name is what such a line calls its host. Naming is a comfort: what
// cannot be read leaves the key in its hex form.
type spoken struct {
	mu     sync.Mutex
	names  map[event.HostKey]string // "" for a key that no line names
	whole  bool                     // every host of the store was asked for
	facets []FacetValue             // hosts of the store with their counts
}

// spokenName gives the name that lines give a host, "" when none does.
func (s *snapshot) spokenName(k event.HostKey) string {
	s.spoken.mu.Lock()
	defer s.spoken.mu.Unlock()
	return s.nameLocked(k)
}

func (s *snapshot) nameLocked(k event.HostKey) string {
	if name, ok := s.spoken.names[k]; ok || len(s.spoken.names) >= maxSpoken {
		return name
	}
	if s.spoken.names == nil {
		s.spoken.names = map[event.HostKey]string{}
	}
	name := ""
	p, err := s.r.Page(context.Background(), equal("host", k.String()), PageRequest{Limit: 1}, nil)
	if err == nil && len(p.Rows) > 0 {
		name, _ = p.Rows[0].Event.Get("hostname")
	}
	s.spoken.names[k] = name
	return name
}

// spokenAll names every host of the store that has no bundle.
func (s *snapshot) spokenAll() map[event.HostKey]string {
	vs, err := s.hostFacets(context.Background())
	if err != nil {
		return nil
	}
	bundled := map[event.HostKey]bool{}
	for _, b := range s.r.Bundles() {
		bundled[b.Host] = true
	}
	s.spoken.mu.Lock()
	defer s.spoken.mu.Unlock()
	var keys []event.HostKey
	for _, v := range vs {
		if k, ok := parseHostKey(v.Value); ok && !k.IsZero() && !bundled[k] {
			keys = append(keys, k)
		}
	}
	s.nameMany(keys)
	out := map[event.HostKey]string{}
	for _, k := range keys {
		if name := s.nameLocked(k); name != "" {
			out[k] = name
		}
	}
	return out
}

// nameMany reads the lines of many nameless hosts in one pass over the store.
func (s *snapshot) nameMany(keys []event.HostKey) {
	if s.spoken.names == nil {
		s.spoken.names = map[event.HostKey]string{}
	}
	open := map[event.HostKey]bool{}
	for _, k := range keys {
		if _, ok := s.spoken.names[k]; !ok && len(open) < maxSpoken {
			open[k] = true
		}
	}
	if len(open) < manySpoken {
		return
	}
	var bundled []*query.Node
	for _, b := range s.r.Bundles() {
		bundled = append(bundled, equal("host", b.Host.String()))
	}
	rows := 0
	for row, err := range s.r.Iterate(context.Background(), except(bundled), nil) {
		if err != nil {
			return // what stays open is asked for one by one
		}
		if rows++; len(open) == 0 || rows > maxSpokenRows {
			return
		}
		if !open[row.Event.Host] {
			continue
		}
		if name, ok := row.Event.Get("hostname"); ok && name != "" {
			s.spoken.names[row.Event.Host] = name
			delete(open, row.Event.Host)
		}
	}
	for k := range open {
		s.spoken.names[k] = "" // the store was read to its end: no line names it
	}
}

// hostFacets counts the events of every host, once per snapshot.
func (s *snapshot) hostFacets(ctx context.Context) ([]FacetValue, error) {
	s.spoken.mu.Lock()
	defer s.spoken.mu.Unlock()
	if s.spoken.whole {
		return s.spoken.facets, nil
	}
	vs, err := s.r.Facets(ctx, nil, "host", 0, nil)
	if err != nil {
		return nil, err
	}
	s.spoken.facets, s.spoken.whole = vs, true
	return vs, nil
}
