package timeline

import (
	"context"
	"sync"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// maxSpoken bounds how many hosts without a bundle are named; those beyond it
// show their key.
const maxSpoken = 4096

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
	out := map[event.HostKey]string{}
	for _, v := range vs {
		k, ok := parseHostKey(v.Value)
		if !ok || k.IsZero() || bundled[k] {
			continue
		}
		if name := s.nameLocked(k); name != "" {
			out[k] = name
		}
	}
	return out
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
