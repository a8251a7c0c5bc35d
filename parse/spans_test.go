package parse

import (
	"math/rand/v2"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestCoverageInAnyOrder: spans in file order, in the order of records that
// share objects, and in no order cover just their bytes.
func TestCoverageInAnyOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 5))
	const size = 6000
	for round := range 300 {
		var c coverage
		var have [size]bool
		add := func(s event.Span) {
			c.add(s.Offset, s.Length)
			for i := s.Offset; i < s.Offset+s.Length; i++ {
				have[i] = true
			}
		}
		for at := int64(0); at < size-400; {
			// Objects of one record: what aligns them first, then they, then some shared before.
			var objects, pads []event.Span
			for range 1 + rnd.IntN(60) {
				n := int64(1 + rnd.IntN(9))
				if at+n+8 > size {
					break
				}
				objects = append(objects, event.Span{Offset: at, Length: n})
				pads = append(pads, event.Span{Offset: at + n, Length: (8 - n%8) % 8})
				at += n + (8-n%8)%8
			}
			for _, s := range pads {
				add(s)
			}
			for range rnd.IntN(6) {
				from := rnd.Int64N(at)
				add(event.Span{Offset: from, Length: min(rnd.Int64N(40), at-from)})
			}
			if round%3 == 0 {
				rnd.Shuffle(len(objects), func(i, j int) { objects[i], objects[j] = objects[j], objects[i] })
			}
			for _, s := range objects[rnd.IntN(2)*rnd.IntN(len(objects)):] {
				add(s)
			}
		}
		for _, g := range c.gaps(size) {
			for i := g.Offset; i < g.Offset+g.Length; i++ {
				if have[i] {
					t.Fatalf("round %d: byte %d is covered and in a gap", round, i)
				}
				have[i] = true
			}
		}
		for i, ok := range have {
			if !ok {
				t.Fatalf("round %d: byte %d is not covered and in no gap", round, i)
			}
		}
	}
}
