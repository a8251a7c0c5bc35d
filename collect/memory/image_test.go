package memory

import (
	"bytes"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestRangesAgainstPages: the arithmetic of ranges equals that of sets of pages.
func TestRangesAgainstPages(t *testing.T) {
	const pages = 64
	list := rapid.Custom(func(t *rapid.T) []Range {
		var rs []Range
		for range rapid.IntRange(0, 6).Draw(t, "n") {
			a, b := rapid.Uint64Range(0, pages).Draw(t, "a"), rapid.Uint64Range(0, pages).Draw(t, "b")
			rs = append(rs, Range{min(a, b) * PageSize, max(a, b) * PageSize})
		}
		return rs
	})
	set := func(rs []Range) (s [pages]bool) {
		for _, r := range rs {
			for p := r.Start / PageSize; p < r.End/PageSize; p++ {
				s[p] = true
			}
		}
		return s
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := list.Draw(t, "a"), list.Draw(t, "b")
		n := rapid.Uint64Range(0, pages).Draw(t, "n") * PageSize
		sa, sb := set(a), set(b)
		sub, both := set(Subtract(a, b)), set(Intersect(a, b))
		count := uint64(0)
		for p := range pages {
			if sub[p] != (sa[p] && !sb[p]) || both[p] != (sa[p] && sb[p]) {
				t.Fatalf("page %d: subtract %v, intersect %v of %v and %v", p, sub[p], both[p], a, b)
			}
			if sa[p] {
				count += PageSize
			}
		}
		norm := Normal(a)
		for i := 1; i < len(norm); i++ {
			if norm[i].Start <= norm[i-1].End {
				t.Fatalf("not normal: %v", norm)
			}
		}
		head, rest := Head(norm, n)
		if Total(norm) != count || Total(head) != min(n, count) || Total(head)+Total(rest) != count || set(append(head, rest...)) != sa {
			t.Fatalf("head %v, rest %v of %v at %d", head, rest, norm, n)
		}
	})
}

func FuzzParseRange(f *testing.F) {
	for _, s := range []string{"1000-9efff", "0x100000-0x1fffffff", "0-0", "ffffffffffffffff-0", "-", "10", "1000-fffffffffffffffe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRange(s)
		if err != nil {
			return
		}
		if r.End <= r.Start || r.Start%PageSize != 0 || r.End%PageSize != 0 {
			t.Fatalf("%q gives %v", s, r)
		}
		if again, err := ParseRange(Join([]Range{r})); err != nil || again != r {
			t.Fatalf("%q gives %v, written and read again %v, %v", s, r, again, err)
		}
	})
}

// closer counts how many parts are open at once.
type closer struct {
	*bytes.Reader
	open *int
}

func (c closer) Close() error { *c.open--; return nil }

// TestImageJoins: of two bundles the first counts, unless it could not read;
// what neither has is zeros, what nobody covers an error.
func TestImageJoins(t *testing.T) {
	open := 0
	part := func(start uint64, b byte, pages int, bad ...Range) Part {
		data := bytes.Repeat([]byte{b}, pages*PageSize)
		return Part{Range: Range{start, start + uint64(len(data))}, Unreadable: bad, Open: func() (ReadAtCloser, error) {
			open++
			return closer{bytes.NewReader(data), &open}, nil
		}}
	}
	im := NewImage([]Part{
		part(0x10000, 'a', 4, Range{0x11000, 0x13000}),
		part(0x12000, 'b', 4),
		part(0x20000, 'c', 1),
	})
	if got := Join(im.Ranges()); got != "10000-15fff,20000-20fff" {
		t.Errorf("ranges %s", got)
	}
	if got := Join(im.Unreadable()); got != "11000-11fff" {
		t.Errorf("unreadable %s", got)
	}
	p := make([]byte, 6*PageSize)
	if n, err := im.ReadAt(p, 0x10000); n != len(p) || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	for i, want := range []byte{'a', 0, 'b', 'a', 'b', 'b'} {
		if p[i*PageSize] != want || p[(i+1)*PageSize-1] != want {
			t.Errorf("page %d is %q, want %q", i, p[i*PageSize], want)
		}
	}
	if n, err := im.ReadAt(p, 0x15ff0); n != 16 || !errors.Is(err, ErrNotImaged) {
		t.Errorf("over the end: %d, %v", n, err)
	}
	if n, err := im.ReadAt(p[:1], 0xffff); n != 0 || !errors.Is(err, ErrNotImaged) {
		t.Errorf("before the start: %d, %v", n, err)
	}
	if open > 1 {
		t.Errorf("%d parts are open", open)
	}
	if err := im.Close(); err != nil || open != 0 {
		t.Errorf("close: %v, %d open", err, open)
	}
	for _, s := range im.Sources([]Range{{0x12000, 0x14000}, {0, 0x1000}}) {
		b, err := io.ReadAll(s.Data)
		if err != nil || len(b) != 0x2000 || b[0] != 'b' || b[0x1000] != 'a' {
			t.Errorf("%v: %d bytes, %v", s.Range, len(b), err)
		}
	}
}

// slow answers after its time.
type slow struct {
	wait time.Duration
	n    atomic.Int64
}

func (s *slow) ReadAt(p []byte, _ int64) (int, error) {
	if s.n.Add(1)%2 == 0 {
		time.Sleep(s.wait)
	}
	return copy(p, "answer"), nil
}

// TestPatient: an answer that comes late reaches nobody, and reading goes on
// until too many hang.
func TestPatient(t *testing.T) {
	p := NewPatient(&slow{wait: 200 * time.Millisecond}, 20*time.Millisecond)
	defer p.Close()
	stalls, answers := 0, 0
	for range 20 {
		b := make([]byte, 6)
		switch _, err := p.ReadAt(b, 0); {
		case errors.Is(err, ErrStalled):
			stalls++
			if !bytes.Equal(b, make([]byte, 6)) {
				t.Error("a late answer was given")
			}
		case errors.Is(err, ErrGivenUp):
		case err == nil && string(b) == "answer":
			answers++
		default:
			t.Fatalf("%q, %v", b, err)
		}
	}
	if stalls != maxStuck || answers == 0 || !p.Stuck() {
		t.Errorf("%d stalls, %d answers", stalls, answers)
	}
}
