package store

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

// strict is the verdict of roaring's own reader and check.
func strict(b []byte) bool {
	bm := roaring.New()
	n, err := bm.ReadFrom(bytes.NewReader(b))
	return err == nil && int(n) == len(b) && bm.Validate() == nil
}

// sampleBitmaps gives bitmaps of every kind of container, in both forms.
func sampleBitmaps(t testing.TB) map[string][]byte {
	t.Helper()
	every := func(step, n uint32) *roaring.Bitmap {
		bm := roaring.New()
		for i := range n {
			bm.Add(i * step)
		}
		return bm
	}
	pairs := roaring.New()
	for i := range uint32(5000) {
		pairs.AddRange(uint64(i*7), uint64(i*7+1+i%3))
	}
	full, mixed := roaring.New(), every(5, 60_000)
	full.AddRange(0, 200_000)
	mixed.AddRange(300_000, 360_000)
	out := map[string][]byte{}
	for name, bm := range map[string]*roaring.Bitmap{"array": every(3, 900), "bits": every(2, 30_000), "runs": pairs, "full": full, "mixed": mixed, "one": every(1, 1), "none": roaring.New()} {
		for form, pack := range map[string]bool{"": false, " packed": true} {
			c := bm.Clone()
			if pack {
				c.RunOptimize()
			}
			b, err := c.ToBytes()
			if err != nil {
				t.Fatal(err)
			}
			out[name+form] = b
		}
	}
	return out
}

// What the library writes passes; what a byte more, less or another makes of it
// gets the verdict that the library's own check gives.
func TestCheckBitmapAgreesWithTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	good, bad := 0, 0
	for name, b := range sampleBitmaps(t) {
		if err := checkBitmap(b); err != nil || !strict(b) {
			t.Errorf("%s: %v", name, err)
		}
		for range 400 {
			c := bytes.Clone(b)
			switch at := r.IntN(min(len(c), 64)); r.IntN(5) {
			case 0:
				c = c[:r.IntN(len(c))]
			case 1:
				c = append(c, byte(r.IntN(256)))
			case 2:
				c[at] = byte(r.IntN(256))
			case 3:
				c[r.IntN(len(c))] ^= 1 << r.IntN(8)
			default:
				c[len(c)-1-r.IntN(min(len(c), 64))] = byte(r.IntN(4))
			}
			err, want := checkBitmap(c), strict(c)
			if (err == nil) != want {
				t.Fatalf("%s: %v, the library says %v: %x", name, err, want, c[:min(len(c), 80)])
			}
			if want {
				good++
			} else {
				bad++
			}
		}
	}
	if good < 50 || bad < 500 {
		t.Errorf("only %d good and %d bad ones tried", good, bad)
	}
}

func FuzzCheckBitmap(f *testing.F) {
	for _, b := range sampleBitmaps(f) {
		f.Add(b[:min(len(b), 20_000)])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if err, want := checkBitmap(b), strict(b); (err == nil) != want {
			t.Fatalf("%v, the library says %v", err, want)
		}
	})
}
