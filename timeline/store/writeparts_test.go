package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

// ascending gives n ordinals below limit, in runs of this or that length.
func ascending(rng *rand.Rand, n, limit, run int) []uint32 {
	var out []uint32
	for _, r := range rng.Perm((limit + run - 1) / run) {
		for at := r * run; at < min((r+1)*run, limit) && len(out) < n; at++ {
			out = append(out, uint32(at))
		}
	}
	slices.Sort(out)
	return out
}

// TestPostingsAreRead writes lists of every shape: what is read is the same,
// and a bitmap is as long as the one that roaring itself would write.
func TestPostingsAreRead(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	forms := [2]int{}
	for _, limit := range []int{100, 70_000, segmentRows} {
		for _, run := range []int{1, 3, 50, 5000} {
			for _, n := range []int{0, 1, 63, 64, 99, 4096, 4097, 60_000, 70_000, segmentRows} {
				if n > limit {
					continue
				}
				want := ascending(rng, n, limit, run)
				b := packPostings(nil, want)
				bm, err := unpackPostings(b, limit)
				if err != nil {
					t.Fatalf("%d of %d in runs of %d: %v", n, limit, run, err)
				}
				if !slices.Equal(bm.ToArray(), want) && n > 0 {
					t.Fatalf("%d of %d in runs of %d: other rows come back", n, limit, run)
				}
				forms[b[0]]++
				if b[0] == 1 {
					x := roaring.BitmapOf(want...)
					x.RunOptimize()
					if int(x.GetSerializedSizeInBytes()) != len(b)-1 {
						t.Errorf("%d of %d in runs of %d: %d bytes, roaring writes %d", n, limit, run, len(b)-1, x.GetSerializedSizeInBytes())
					}
				}
			}
		}
	}
	if forms[0] == 0 || forms[1] == 0 {
		t.Errorf("forms met: %v", forms)
	}
}

// TestTablesNumber compares the tables with maps.
func TestTablesNumber(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	s, n := newStrTable(), newNumTable()
	for range 3 { // tables are used again
		strs, nums := map[string]uint32{}, map[uint64]uint32{}
		for range 30_000 {
			v := strings.Repeat(fmt.Sprint(rng.IntN(9000)), rng.IntN(12))
			id := s.id(v)
			if want, ok := strs[v]; !ok {
				strs[v] = uint32(len(strs))
			} else if id != want {
				t.Fatalf("%q has the numbers %d and %d", v, id, want)
			}
			k := uint64(rng.IntN(9000)) << rng.IntN(50)
			id = n.id(k)
			if want, ok := nums[k]; !ok {
				nums[k] = uint32(len(nums))
			} else if id != want {
				t.Fatalf("%d has the numbers %d and %d", k, id, want)
			}
		}
		if s.len() != len(strs) || len(n.keys) != len(nums) {
			t.Fatalf("%d of %d strings, %d of %d numbers", s.len(), len(strs), len(n.keys), len(nums))
		}
		for i, v := range s.values() {
			if strs[v] != uint32(i) || s.at(uint32(i)) != v {
				t.Fatalf("%q has number %d, not %d", v, strs[v], i)
			}
		}
		s.reset()
		n.reset()
	}
}

// TestRowsAreSorted compares the sorter with plain sorting, at the ends of time
// and with many rows of one instant too.
func TestRowsAreSorted(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	var s sorter
	keys := map[string]func() int64{
		"anywhere": func() int64 { return int64(rng.Uint64()) },
		"a month":  func() int64 { return testBase + rng.Int64N(30*86400e9) },
		"seconds":  func() int64 { return testBase + rng.Int64N(50)*1e9 },
		"one":      func() int64 { return testBase },
	}
	for name, key := range keys {
		for _, n := range []int{0, 1, 2, 255, 256, 5000} {
			list := make([]rowRef, n)
			for i := range list {
				list[i] = rowRef{key: key(), host: rng.Uint64N(3), id: [2]uint64{rng.Uint64N(100), rng.Uint64()}, off: uint32(i)}
			}
			want := slices.SortedFunc(slices.Values(list), compareRefs)
			if got := s.sort(list); !slices.Equal(got, want) {
				t.Errorf("%d rows, keys %s: not in order", n, name)
			}
		}
	}
}

// TestHashOfTheFormat holds the hash that FORMAT.md gives: signatures that were
// written must be found.
func TestHashOfTheFormat(t *testing.T) {
	for s, want := range map[string]uint64{ // computed apart from this program, by the words of FORMAT.md
		"":                  0x1ff5c2923a788d2c,
		"a":                 0xc7c716dac6f08bf8,
		"ip":                0x3e21f7aa9e6c6ca7,
		"pid":               0x414b2a36031a9356,
		"path":              0xc79b0579f55b5744,
		"syslog":            0xc3e1ca152adb9534,
		"exe_inode":         0x5b9027a00c0867d6,
		"0123456789abcdef":  0x32367bd9c47de073,
		"0123456789abcdefg": 0x690745193769f5c5,
		strings.Repeat("0123456789abcdef", 4) + "x": 0xec52375bd9110ac8,
	} {
		if got := hashText(0, s); got != want {
			t.Errorf("H(0, %q) = %#x, want %#x", s, got, want)
		}
	}
}
