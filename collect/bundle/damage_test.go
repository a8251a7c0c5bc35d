package bundle

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestDamagedFrame: each frame in turn is damaged. The report names what lies
// in it, everything else stays readable, and no byte of it is handed out.
func TestDamagedFrame(t *testing.T) {
	data, sum := write(t, pinned(t))
	whole := openBytes(t, data)
	for i, off := range whole.tab.stored {
		bad := bytes.Clone(data)
		bad[off+int64(whole.tab.refs[i].stored)/2] ^= 4
		b := openBytes(t, bad)
		r := verify(t, b, VerifyOptions{})
		if r.OK || r.Integrity != IntegrityDamaged || len(r.Problems) == 0 {
			t.Fatalf("frame %d: %+v", i, r)
		}
		lost := map[uint32]bool{}
		n := uint32(0)
		for x, err := range b.Exhibits() {
			if err != nil {
				continue
			}
			n++
			if intact(t, whole, b, x) {
				continue
			}
			lost[x.Number] = true
			if !named(r, x.Name) {
				t.Errorf("frame %d: %s is damaged and not named: %+v", i, x.Name, r.Problems)
			}
		}
		if n == 0 {
			t.Errorf("frame %d: nothing is usable", i)
		}
		if r.Proven.Items > int(sum.Exhibits)-len(lost) {
			t.Errorf("frame %d: %d exhibits proven, %d damaged", i, r.Proven.Items, len(lost))
		}
	}
}

func named(r Report, name string) bool {
	for _, p := range r.Problems {
		if strings.Contains(p.Where, name) {
			return true
		}
	}
	return false
}

// intact compares what can be read of an exhibit with the original; bytes
// that are given must be right.
func intact(t *testing.T, whole, b *Bundle, x Exhibit) bool {
	t.Helper()
	orig, err := whole.OpenExhibit(x)
	if err != nil {
		t.Fatal(err)
	}
	want, err := io.ReadAll(orig)
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.OpenExhibit(x)
	if err != nil {
		t.Fatal(err)
	}
	ok := true
	buf := make([]byte, 100_000)
	for off := int64(0); off < r.Size(); {
		n, err := r.ReadAt(buf[:min(int64(len(buf)), r.Size()-off)], off)
		if !bytes.Equal(buf[:n], want[off:off+int64(n)]) {
			t.Fatalf("%s: wrong bytes at %d", x.Name, off)
		}
		off += int64(n)
		var bad *DamagedError
		if errors.As(err, &bad) {
			if bad.Length == 0 {
				t.Errorf("%s: %v without a range", x.Name, err)
			}
			ok = false
			off = r.NextFrame(off)
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if ok != (len(r.Damage()) == 0) {
		t.Errorf("%s: Damage gives %v", x.Name, r.Damage())
	}
	return ok
}
