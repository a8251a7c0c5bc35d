package store

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// unframe reads frames as any reader of zstd does.
func unframe(t testing.TB) func(frame []byte) ([]byte, error) {
	t.Helper()
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dec.Close)
	return func(frame []byte) ([]byte, error) { return dec.DecodeAll(frame, nil) }
}

// drawText gives n bytes of a kind that rng chooses: noise, few letters, one
// letter, lines alike, copies of earlier parts.
func drawText(rng *rand.Rand, n int) []byte {
	b := make([]byte, 0, n)
	for len(b) < n {
		switch m := 1 + rng.IntN(1+rng.IntN(1+n/2)); rng.IntN(6) {
		case 0:
			for range m {
				b = append(b, byte(rng.Uint32()))
			}
		case 1:
			for range m {
				b = append(b, "0123456789abcdef"[rng.IntN(16)])
			}
		case 2:
			b = append(b, bytes.Repeat([]byte{byte(rng.Uint32())}, m)...)
		case 3:
			for range m / 40 {
				b = append(b, "session opened for user root(uid=0) by (uid=0) pid "...)
				b = append(b, byte('0'+rng.IntN(10)), byte('0'+rng.IntN(10)))
			}
		default:
			if len(b) > 0 {
				at := rng.IntN(len(b))
				b = append(b, b[at:min(len(b), at+m)]...)
			}
		}
	}
	return b[:n]
}

// TestFrames wants every text back from its frame, with tables that it brings
// along or that a text before it brought.
func TestFrames(t *testing.T) {
	read := unframe(t)
	f := newFramer()
	rounds := 4000
	if testing.Short() {
		rounds = 400
	}
	for seed := range rounds {
		rng := rand.New(rand.NewPCG(uint64(seed), 1))
		f.begin()
		for kind := range frameKinds {
			for range 1 + rng.IntN(4) {
				n := frameLeast + rng.IntN(1<<(3+rng.IntN(14)))
				f.add(append(f.spare(), drawText(rng, min(n, frameMost))...), kind)
			}
		}
		f.learn()
		for i := range f.parts[:f.n] {
			part := &f.parts[i]
			frame := f.append(nil, part)
			if len(frame) >= len(part.raw) {
				continue // stored as it is
			}
			if back, err := read(frame); err != nil || !bytes.Equal(back, part.raw) {
				t.Fatalf("seed %d: kind %d, %d bytes in a frame of %d come back as %d: %v", seed, part.kind, len(part.raw), len(frame), len(back), err)
			}
		}
	}
}

// FuzzFrames wants any bytes back from frames, cut into sections that share
// their tables.
func FuzzFrames(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		f.Add(drawText(rng, 1<<(6+rng.IntN(8))), uint16(rng.Uint32()))
	}
	f.Add(bytes.Repeat([]byte("ab"), 400), uint16(64))
	read := unframe(f)
	fr := newFramer()
	f.Fuzz(func(t *testing.T, data []byte, size uint16) {
		fr.begin()
		kind := 0
		for len(data) >= frameLeast {
			n := min(len(data), max(int(size), frameLeast), frameMost)
			fr.add(append(fr.spare(), data[:n]...), kind%frameKinds)
			kind, data = kind+1, data[n:]
		}
		fr.learn()
		for i := range fr.parts[:fr.n] {
			p := &fr.parts[i]
			if !p.fits() {
				continue
			}
			frame := fr.append(nil, p)
			if len(frame) >= len(p.raw) {
				continue
			}
			if back, err := read(frame); err != nil || !bytes.Equal(back, p.raw) {
				t.Fatalf("kind %d, %d bytes in a frame of %d come back as %d: %v", p.kind, len(p.raw), len(frame), len(back), err)
			}
		}
	})
}
