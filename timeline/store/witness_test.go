package store

import (
	"cmp"
	"slices"
	"testing"
)

// TestVoices finds the parsers of each exhibit in both ways: row by row, and by
// the rows of each parser.
func TestVoices(t *testing.T) {
	x, _ := layered(t, 7)
	several := 0
	for _, s := range x.r.segs {
		one, all := voices{s: s, many: 1 << 30}, voices{s: s}
		for _, v := range []*voices{&one, &all} {
			if err := v.read(); err != nil {
				t.Fatal(err)
			}
		}
		for i := range s.man.tab.exhibits {
			rows, err := s.exact(kindExhibit, be32(uint32(i)))
			if err != nil {
				t.Fatal(err)
			}
			a, b := slices.Clone(one.of(rows)), all.of(rows)
			slices.SortFunc(a, func(x, y utterance) int { return cmp.Compare(x.parser, y.parser) })
			if !slices.Equal(a, b) {
				t.Fatalf("exhibit %d: %v row by row, %v by parser", i, a, b)
			}
			if len(a) > 1 {
				several++
			}
		}
	}
	if several == 0 {
		t.Error("no exhibit had several parsers")
	}
}
