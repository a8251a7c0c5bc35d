package bundle

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
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

// TestPartInPieces: a large part gives the same rows in any number of pieces,
// with and without an end of its last line, and the first wrong line its error.
func TestPartInPieces(t *testing.T) {
	var data []byte
	const n = 3000
	for i := range n {
		line, err := jsonLine(exhibitLine{Exhibit: Exhibit{Number: uint32(i + 7), Name: "data/files/" + strings.Repeat("n", 3+i%200), Size: int64(i), SHA256: fmt.Sprintf("%064x", i)}, At: int64(512 + i)})
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, line...)
	}
	for _, in := range [][]byte{data, data[:len(data)-1], bytes.Repeat([]byte(" "), 3*partPiece), append(bytes.Clone(data), bytes.Repeat([]byte("x"), 3*partPiece)...)} {
		want, werr := parseLines(in, 7, 7)
		got, err := parsePart(in, 7)
		if fmt.Sprint(err) != fmt.Sprint(werr) || len(got) != len(want) {
			t.Fatalf("%d rows, %v; in one piece %d, %v", len(got), err, len(want), werr)
		}
		for i := range got {
			if got[i].Number != want[i].Number || got[i].Name != want[i].Name || got[i].At != want[i].At {
				t.Fatalf("row %d: %+v, in one piece %+v", i, got[i], want[i])
			}
		}
	}
	if rows, err := parsePart(data, 7); err != nil || len(rows) != n {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if _, err := parsePart(bytes.Repeat([]byte("{}\n"), maxPartExhibits+1), 1); err == nil {
		t.Error("a part with too many exhibits is taken")
	}
}
