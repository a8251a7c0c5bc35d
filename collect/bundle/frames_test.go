package bundle

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// TestFramesOfManyReaders: more readers than frames are kept, everywhere at
// once, one frame damaged: each gets the bytes of the frame it asked for, or
// the error of the damaged one, however often its memory went to another.
func TestFramesOfManyReaders(t *testing.T) {
	enc, err := zstd.NewWriter(nil, zstd.WithSingleSegment(true))
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	const frames, each, bad = 40, 3000, 17
	rnd := rand.New(rand.NewPCG(1, 2))
	var plain, file []byte
	var refs []frameRef
	for i := range frames {
		p := make([]byte, each+i)
		for k := range p {
			p[k] = byte(rnd.IntN(40))
		}
		stored := enc.EncodeAll(p, nil)
		refs = append(refs, frameRef{stored: uint32(len(stored)), content: uint32(len(p)), sum: sha256.Sum256(stored)})
		if i == bad {
			stored[len(stored)-1] ^= 1
		}
		plain, file = append(plain, p...), append(file, stored...)
	}
	tab, err := newFrameTable(bytes.NewReader(file), refs)
	if err != nil {
		t.Fatal(err)
	}
	defer tab.close()
	from, to := tab.plain[bad], tab.plain[bad+1]
	var wg sync.WaitGroup
	for g := range 3 * cachedFrames {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(9, uint64(g)))
			buf := make([]byte, 3*each)
			for range 200 {
				off := rnd.Int64N(int64(len(plain)))
				p := buf[:1+rnd.IntN(min(len(buf), len(plain)-int(off)))]
				n, err := tab.read(p, off)
				if !bytes.Equal(p[:n], plain[off:off+int64(n)]) {
					t.Errorf("%d bytes at %d are others", n, off)
					return
				}
				end := off + int64(len(p))
				var d *DamagedError
				switch {
				case end <= from || off >= to:
					if err != nil || n != len(p) {
						t.Errorf("%d of %d bytes at %d: %v", n, len(p), off, err)
					}
				case !errors.As(err, &d) || int64(n) != max(from-off, 0):
					t.Errorf("%d bytes at %d, damage at %d: %v", n, off, from, err)
				}
			}
		})
	}
	wg.Wait()
	if len(tab.cache) > cachedFrames {
		t.Errorf("%d frames are kept, at most %d", len(tab.cache), cachedFrames)
	}
}
