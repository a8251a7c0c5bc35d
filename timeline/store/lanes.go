package store

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// maxLanes bounds the hosts of one heat table.
const maxLanes = 4096

// Lanes counts the matching rows by host and bucket: the heat table of lanes.
// Buckets are those of Histogram for the same arguments; edges holds their
// borders, one more than buckets.
func (r *Reader) Lanes(ctx context.Context, q *query.Node, from, to int64, n int, res query.Resolver) (edges []int64, lanes map[event.HostKey][]int64, err error) {
	if n < 1 || n > maxBuckets || to <= from {
		return nil, nil, fmt.Errorf("store: heat table of %d buckets from %d to %d", n, from, to)
	}
	edges = edgesOf(from, to, n)
	p, err := r.newPlan(ctx, q, res)
	if err != nil {
		return nil, nil, err
	}
	lanes = map[event.HostKey][]int64{}
	var mu sync.Mutex
	err = r.each(ctx, func(s *segment) error {
		if s.man.drawer == undated || s.man.last < from || s.man.first >= to {
			return nil
		}
		sp, err := p.bind(s, false)
		if err != nil {
			return err
		}
		rows, err := sp.exactRows(ctx)
		if err != nil || rows.IsEmpty() {
			return err
		}
		ords, err := s.edgeOrdinals(edges)
		if err != nil {
			return err
		}
		read := &postings{s: s}
		return s.eachTerm(kindHost, "", func(e *termEntry) (bool, error) {
			have, err := read.rows(e)
			if err != nil {
				return false, err
			}
			counts := countBetween(roaring.And(have, rows), ords, s.man.rows)
			mu.Lock()
			defer mu.Unlock()
			k := event.HostKey([]byte(e.term))
			if lanes[k] == nil {
				if len(lanes) >= maxLanes {
					return false, fmt.Errorf("store: more than %d hosts: narrow the query", maxLanes)
				}
				lanes[k] = make([]int64, len(edges)-1)
			}
			for i, c := range counts {
				lanes[k][i] += c
			}
			return true, ctx.Err()
		})
	})
	return edges, lanes, err
}

// edgeOrdinals gives for each edge the number of rows before it; edges ascend.
func (s *segment) edgeOrdinals(edges []int64) ([]uint32, error) {
	ords := make([]uint32, len(edges))
	var m *minutes
	at := 0
	for i, e := range edges {
		var err error
		if e%minuteNanos != 0 || e <= s.man.first || e > s.man.last {
			if ords[i], err = s.before(e); err != nil {
				return nil, err
			}
			continue
		}
		if m == nil {
			if m, err = s.minuteTable(); err != nil {
				return nil, err
			}
		}
		at = m.next(at, e/minuteNanos)
		ords[i] = m.start[at]
	}
	return ords, nil
}

// Hosts gives the keys of all hosts that rows of the store name, ascending,
// also of rows that are hidden.
func (r *Reader) Hosts(ctx context.Context) ([]event.HostKey, error) {
	var mu sync.Mutex
	var out []event.HostKey
	err := r.each(ctx, func(s *segment) error {
		var own []event.HostKey
		if err := s.eachTerm(kindHost, "", func(e *termEntry) (bool, error) {
			if len(e.term) == 8 {
				own = append(own, event.HostKey([]byte(e.term)))
			}
			return true, ctx.Err()
		}); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		out = append(out, own...)
		return nil
	})
	slices.SortFunc(out, compareHosts)
	return slices.Compact(out), err
}
