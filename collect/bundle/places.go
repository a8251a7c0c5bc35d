package bundle

import (
	"sort"
	"sync"
)

// partCache keeps the part that was read last, and where the exhibits lie of
// those that were read before: 16 bytes each.
type partCache struct {
	mu     sync.Mutex
	index  int // 1 + place in parts; 0 none
	rows   []exhibitLine
	places map[int][]place // by place in parts
	kept   int             // places
}

type place struct{ at, size int64 }

const keptPlaces = 1 << 20

// keep notes where the exhibits of a part lie; mu is held.
func (c *partCache) keep(i int, rows []exhibitLine) {
	if c.places[i] != nil || c.kept+len(rows) > keptPlaces {
		return
	}
	if c.places == nil {
		c.places = map[int][]place{}
	}
	list := make([]place, len(rows))
	for k := range rows {
		list[k] = place{rows[k].At, rows[k].Size}
	}
	c.places[i], c.kept = list, c.kept+len(rows)
}

// place finds where an exhibit lies, if that is known by now.
func (b *Bundle) place(n uint32) (place, bool) {
	i := sort.Search(len(b.parts), func(i int) bool { return b.parts[i].first > n }) - 1
	if i < 0 || b.inside != nil && b.inside.Number == n {
		return place{}, false
	}
	b.cache.mu.Lock()
	defer b.cache.mu.Unlock()
	if k, list := n-b.parts[i].first, b.cache.places[i]; int(k) < len(list) {
		return list[k], true
	}
	return place{}, false
}
