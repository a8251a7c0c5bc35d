package bundle

import (
	"bytes"
	"testing"
)

// TestPieces: the pieces of an exhibit are its bytes, each in the frame that
// holds it; there is none of a damaged frame, and none outside.
func TestPieces(t *testing.T) {
	data, _ := write(t, pinned(t))
	whole := openBytes(t, data)
	middle := len(whole.tab.stored) / 2
	bad := bytes.Clone(data)
	bad[whole.tab.stored[middle]+int64(whole.tab.refs[middle].stored)/2] ^= 4
	b := openBytes(t, bad)
	pieces, refused := 0, 0
	for x, err := range whole.Exhibits() {
		if err != nil {
			t.Fatal(err)
		}
		r, err := whole.OpenExhibit(x)
		if err != nil {
			t.Fatal(err)
		}
		want := make([]byte, x.Size)
		if _, err := r.ReadAt(want, 0); err != nil && x.Size > 0 {
			t.Fatal(err)
		}
		got := []byte(nil)
		for off := int64(0); off < x.Size; {
			p, from, done, err := r.Piece(off)
			if err != nil || from > off || from+int64(len(p)) <= off {
				t.Fatalf("%s: piece at %d: %d bytes from %d: %v", x.Name, off, len(p), from, err)
			}
			got, off = append(got, p[off-from:]...), from+int64(len(p))
			done()
			pieces++
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: its pieces are other bytes", x.Name)
		}
		for _, off := range []int64{-1, x.Size} {
			if _, _, _, err := r.Piece(off); err == nil {
				t.Errorf("%s: a piece at %d of %d", x.Name, off, x.Size)
			}
		}
		h := &ExhibitReader{tab: b.tab, at: r.at, size: r.size}
		for off := int64(0); off < x.Size; {
			p, from, done, err := h.Piece(off)
			if err != nil {
				refused++
				off = h.NextFrame(off)
				continue
			}
			if !bytes.Equal(p, want[from:from+int64(len(p))]) {
				t.Errorf("%s: other bytes beside a damaged frame", x.Name)
			}
			off = from + int64(len(p))
			done()
		}
	}
	if pieces == 0 || refused == 0 {
		t.Errorf("%d pieces, %d refused", pieces, refused)
	}
}
