package timeline

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// maxSpoken bounds how many hosts without a bundle are named; those beyond it
// show their key.
const maxSpoken = 1 << 20

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
	asked  int                      // names that were looked up one by one
	whole  bool                     // every host of the store was asked for
	facets []FacetValue             // hosts of the store with their counts
	keys   []event.HostKey          // hosts of the store, nil until asked for
	all    map[event.HostKey]string // hosts without a bundle that have a name, nil until asked for
	found  map[asked][]event.HostKey
}

// asked is a question for the hosts that a name stands for; other names of
// bundles and case.toml make it another question.
type asked struct {
	names  *names
	name   string
	prefix bool
}

// maxAsked bounds how many answers are kept.
const maxAsked = 32

func (s *spoken) kept(q asked) ([]event.HostKey, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out, ok := s.found[q]
	return out, ok
}

func (s *spoken) keep(q asked, keys []event.HostKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.found == nil || len(s.found) >= maxAsked {
		s.found = map[asked][]event.HostKey{}
	}
	s.found[q] = keys
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
	if s.spoken.asked++; s.spoken.asked == manySpoken { // a listing of many hosts: the rest in one pass
		s.nameAll()
		return s.spoken.names[k]
	}
	name := ""
	p, err := s.r.Page(context.Background(), equal("host", k.String()), PageRequest{Limit: 1}, nil)
	if err == nil && len(p.Rows) > 0 {
		name, _ = p.Rows[0].Event.Get("hostname")
	}
	s.spoken.names[k] = name
	return name
}

// manyNames is from how many hosts on a name is looked up by itself: to name
// them all would take longer than most questions.
const manyNames = 4096

// spokenAs gives the hosts without a bundle that lines call by this name: the
// one whose key follows from the name, and those of the first lines that bear
// it. A shown name may end in ~ and the first hex digits of the key.
func (s *snapshot) spokenAs(name string) []event.HostKey {
	ctx := context.Background()
	plain, digits := name, ""
	if i := len(name) - 5; i > 0 && name[i] == '~' {
		plain, digits = name[:i], name[i+1:]
	}
	out := []event.HostKey{event.MakeHostKey("", plain)}
	if n, err := s.r.Count(ctx, equal("host", out[0].String()), nil); err != nil || n.N == 0 {
		out = nil
	}
	p, err := s.r.Page(ctx, equal("hostname", plain), PageRequest{Limit: 100}, nil)
	if err != nil {
		return out
	}
	for i := range p.Rows {
		if k := p.Rows[i].Event.Host; !k.IsZero() && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return slices.DeleteFunc(out, func(k event.HostKey) bool { return digits != "" && k.String()[:4] != digits })
}

// spokenAll names every host of the store that has no bundle. The map is shared
// and must not be changed.
func (s *snapshot) spokenAll() map[event.HostKey]string {
	s.spoken.mu.Lock()
	defer s.spoken.mu.Unlock()
	if s.spoken.all != nil {
		return s.spoken.all
	}
	keys, err := s.nameless()
	if err != nil {
		return nil
	}
	s.nameMany(keys)
	out := make(map[event.HostKey]string, len(s.spoken.names))
	single := 0
	for _, k := range keys {
		name, ok := s.spoken.names[k]
		if !ok {
			if single++; single > manyNames {
				continue // the pass ended before it came to it: too many to ask for one by one
			}
			name = s.nameLocked(k)
		}
		if name != "" {
			out[k] = name
		}
	}
	s.spoken.all = out
	return out
}

// nameless lists the hosts of the store that have no bundle; mu is held.
func (s *snapshot) nameless() ([]event.HostKey, error) {
	all, err := s.keysLocked(context.Background())
	if err != nil {
		return nil, err
	}
	bundled := map[event.HostKey]bool{}
	for _, b := range s.r.Bundles() {
		bundled[b.Host] = true
	}
	var keys []event.HostKey
	for _, k := range all {
		if !k.IsZero() && !bundled[k] {
			keys = append(keys, k)
		}
	}
	return keys, nil
}

// nameAll reads the names of all hosts without a bundle; mu is held.
func (s *snapshot) nameAll() {
	if keys, err := s.nameless(); err == nil {
		s.nameMany(keys)
	}
}

// hostKeys lists the hosts of the store, once per snapshot.
func (s *snapshot) hostKeys(ctx context.Context) ([]event.HostKey, error) {
	s.spoken.mu.Lock()
	defer s.spoken.mu.Unlock()
	return s.keysLocked(ctx)
}

func (s *snapshot) keysLocked(ctx context.Context) (keys []event.HostKey, err error) {
	if s.spoken.keys == nil {
		s.spoken.keys, err = s.r.Hosts(ctx)
	}
	return s.spoken.keys, err
}

// errNamed ends the reading of names.
var errNamed = errors.New("every host is named")

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
	err := s.r.Slim(context.Background(), except(bundled), nil, []string{"hostname"}, func(e *event.Slim) error {
		if rows++; len(open) == 0 || rows > maxSpokenRows {
			return errNamed
		}
		if name := e.Values[0]; name != "" && open[e.Host] {
			s.spoken.names[e.Host] = strings.Clone(name)
			delete(open, e.Host)
		}
		return nil
	})
	if err != nil {
		return // what stays open is asked for one by one
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
