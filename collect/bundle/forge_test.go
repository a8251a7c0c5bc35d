package bundle

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// forge takes a bundle apart, lets edit change the tar, and packs it again
// with valid frames at the old places. With relist the attacker makes
// frames.txt, index.txt and the tag manifest anew too, keeping the old seal or
// sealing with a key of his own.
type forge struct {
	t     *testing.T
	led   *ledger
	tar   []byte
	spans []span
	mtime int64
}

// span is one frame of the original.
type span struct {
	from, to int
	skip     []byte
}

func takeApart(t *testing.T, data []byte) *forge {
	t.Helper()
	s, err := readTail(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	f := &forge{t: t, led: s.led, mtime: s.mtime}
	dec, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer dec.Close()
	off := 0
	for i := range s.hashed {
		stored := data[off : off+int(s.led.frames[i].stored)]
		off += len(stored)
		if s.led.frames[i].content == 0 {
			f.spans = append(f.spans, span{skip: stored})
			continue
		}
		from := len(f.tar)
		if f.tar, err = dec.DecodeAll(stored, f.tar); err != nil {
			t.Fatal(err)
		}
		f.spans = append(f.spans, span{from: from, to: len(f.tar)})
	}
	return f
}

// replace changes bytes of the same length inside the tar.
func (f *forge) replace(old, new string) {
	f.t.Helper()
	if len(old) != len(new) || !bytes.Contains(f.tar, []byte(old)) {
		f.t.Fatalf("cannot replace %q by %q", old, new)
	}
	f.tar = bytes.ReplaceAll(f.tar, []byte(old), []byte(new))
}

// header changes the tar header of an entry and repairs its checksum.
func (f *forge) header(name string, at int, value string) {
	f.t.Helper()
	i := bytes.Index(f.tar, append([]byte(name), 0))
	if i < 0 || i%tarBlock != 0 {
		f.t.Fatalf("no header of %q", name)
	}
	h := f.tar[i : i+tarBlock]
	copy(h[at:], value)
	copy(h[148:156], "        ")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
}

// pack makes the file again. key nil keeps the old signature.
func (f *forge) pack(key *seal.Key) []byte {
	f.t.Helper()
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithSingleSegment(true))
	if err != nil {
		f.t.Fatal(err)
	}
	defer enc.Close()
	led := newLedger(f.led.run, "")
	var out []byte
	for _, s := range f.spans {
		stored, content := s.skip, 0
		if s.skip == nil {
			stored, content = enc.EncodeAll(f.tar[s.from:s.to], nil), s.to-s.from
		}
		led.frame(frameRef{stored: uint32(len(stored)), content: uint32(content), sum: sha256.Sum256(stored)})
		out = append(out, stored...)
	}
	own := len(f.led.tags) - 4
	for _, tag := range f.led.tags[:own] {
		tag.sum = sha256.Sum256(f.tar[tag.at : tag.at+tag.size])
		led.tags = append(led.tags, tag)
	}
	sign := func(m []byte) ([]byte, error) { return key.Sign(seal.NamespaceSeal, m) }
	if key == nil {
		sign = func([]byte) ([]byte, error) { return testKey(f.t, 1).Sign(seal.NamespaceSeal, []byte("the old text")) }
	}
	tail, _, err := led.tail(f.mtime, sign)
	if err != nil {
		f.t.Fatal(err)
	}
	stored, refs := rawFrames(tail)
	out = append(out, stored...)
	return append(out, seekTable(append(led.frames, refs...))...)
}
