package store

import (
	"context"
	"fmt"
	"math/bits"
	"sort"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// maxBuckets bounds a histogram.
const maxBuckets = 1 << 20

// Histogram counts the matching rows whose sort key lies in [from, to) in n
// buckets, and of them the rows cited by findings, by level. Buckets of a
// minute or more begin at whole minutes; From and To of each say where. Rows
// without any time are in no bucket.
func (r *Reader) Histogram(ctx context.Context, q *query.Node, from, to int64, n int, res query.Resolver) ([]Bucket, error) {
	if n < 1 || n > maxBuckets || to <= from {
		return nil, fmt.Errorf("store: histogram of %d buckets from %d to %d: want 1 to %d buckets and from before to", n, from, to, maxBuckets)
	}
	edges := edgesOf(from, to, n)
	n = len(edges) - 1
	buckets := make([]Bucket, n)
	for i := range buckets {
		buckets[i] = Bucket{From: edges[i], To: edges[i+1]}
	}
	p, err := r.newPlan(ctx, q, res)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	err = r.each(ctx, func(s *segment) error {
		if s.man.drawer == undated || s.man.last < from || s.man.first >= to {
			return nil
		}
		return s.count(ctx, p, edges, buckets, &mu)
	})
	if err != nil {
		return nil, err
	}
	return buckets, nil
}

// edgesOf cuts [from, to) into at most n parts.
func edgesOf(from, to int64, n int) []int64 {
	span := uint64(to) - uint64(from)
	minutes := span/uint64(n) >= uint64(minuteNanos)
	edges := make([]int64, 0, n+1)
	edges = append(edges, from)
	for i := 1; i < n; i++ {
		hi, lo := bits.Mul64(span, uint64(i))
		d, _ := bits.Div64(hi, lo, uint64(n))
		e := int64(uint64(from) + d)
		if minutes {
			e = floorMinute(e) * minuteNanos
		}
		if e > edges[len(edges)-1] && e < to {
			edges = append(edges, e)
		}
	}
	return append(edges, to)
}

// count adds the rows of one segment.
func (s *segment) count(ctx context.Context, p *plan, edges []int64, buckets []Bucket, mu *sync.Mutex) error {
	sp, err := p.bind(s, false)
	if err != nil {
		return err
	}
	rows, err := sp.exactRows(ctx)
	if err != nil || rows.IsEmpty() {
		return err
	}
	// only the edges inside the segment matter
	lo := sort.Search(len(edges), func(i int) bool { return edges[i] > s.man.first })
	hi := sort.Search(len(edges), func(i int) bool { return edges[i] > s.man.last })
	lo = max(lo-1, 0)
	hi = min(hi, len(edges)-1)
	ords, err := s.edgeOrdinals(edges[lo : hi+1])
	if err != nil {
		return err
	}
	counts := countBetween(rows, ords, s.man.rows)
	cited := map[claim.Level][]int64{}
	for _, l := range s.levelNames() {
		if x := roaring.And(rows, s.levels[l]); !x.IsEmpty() {
			cited[l] = countBetween(x, ords, s.man.rows)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for i, n := range counts {
		buckets[lo+i].Count += n
	}
	for l, list := range cited {
		for i, n := range list {
			if n == 0 {
				continue
			}
			b := &buckets[lo+i]
			if b.Cited == nil {
				b.Cited = map[claim.Level]int64{}
			}
			b.Cited[l] += n
		}
	}
	return nil
}

// countBetween gives the number of rows between neighbouring ordinals.
func countBetween(rows *roaring.Bitmap, ords []uint32, all int) []int64 {
	out := make([]int64, max(len(ords)-1, 0))
	card := rows.GetCardinality()
	switch {
	case card == uint64(all):
		for i := range out {
			out[i] = int64(ords[i+1] - ords[i])
		}
	case card < 4*uint64(len(ords)):
		countEach(rows, ords, out)
	default:
		countDense(rows, ords, all, out)
	}
	return out
}

// countDense is countBetween for many rows: it counts word by word.
func countDense(rows *roaring.Bitmap, ords []uint32, all int, out []int64) {
	const container = 1 << 16 // rows of one container of a roaring bitmap
	words := make([]uint64, (all/container+1)*container/64)
	rows.WriteDenseTo(words)
	w, sum := 0, 0
	before := func(o uint32) int64 {
		for ; w < int(o/64); w++ {
			sum += bits.OnesCount64(words[w])
		}
		return int64(sum + bits.OnesCount64(words[w]&(1<<(o%64)-1)))
	}
	last := before(ords[0])
	for i := range out {
		now := before(ords[i+1])
		out[i], last = now-last, now
	}
}

// countEach is countBetween for few rows: it looks at each of them.
func countEach(rows *roaring.Bitmap, ords []uint32, out []int64) {
	var buf [512]uint32
	i := 0
	it := rows.ManyIterator()
	for n := it.NextMany(buf[:]); n > 0; n = it.NextMany(buf[:]) {
		for _, o := range buf[:n] {
			for i < len(out) && o >= ords[i+1] {
				i++
			}
			if i == len(out) {
				return
			}
			if o >= ords[i] {
				out[i]++
			}
		}
	}
}

// before gives the number of rows whose key lies before t.
func (s *segment) before(t int64) (uint32, error) {
	switch {
	case t <= s.man.first:
		return 0, nil
	case t > s.man.last:
		return uint32(s.man.rows), nil
	case t%minuteNanos == 0:
		m, err := s.minuteTable()
		if err != nil {
			return 0, err
		}
		return m.before(t / minuteNanos), nil
	}
	// the first block whose first key is at or after t, then the one before it
	b := sort.Search(len(s.man.blocks), func(i int) bool { return s.man.blocks[i].first >= t })
	if b == 0 {
		return 0, nil
	}
	blk, err := s.block(b-1, true)
	if err != nil {
		return 0, err
	}
	c, err := blk.time()
	if err != nil {
		return 0, err
	}
	i := sort.Search(len(c.keys), func(i int) bool { return c.keys[i] >= t })
	return uint32(s.man.starts[b-1] + i), nil
}
