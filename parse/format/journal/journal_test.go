package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read walks a file and lists its entries and everything that is not in order.
func read(t testing.TB, data []byte) (entries, odd []string) {
	t.Helper()
	return readLimit(t, data, maxObject)
}

func readLimit(t testing.TB, data []byte, limit int64) (entries, odd []string) {
	t.Helper()
	f, err := open(bytes.NewReader(data), int64(len(data)), limit)
	if err != nil {
		if !errors.Is(err, ErrNotJournal) {
			t.Fatalf("open: %v", err)
		}
		return nil, []string{"not a journal"}
	}
	defer f.Close()
	for _, d := range f.Doubts() {
		odd = append(odd, "doubt: "+d)
	}
	at := f.Start()
	_, err = f.Walk(f.Start(), int64(len(data)), func(p *Piece) error {
		if p.Offset < at || p.Offset-at > 7 || p.Size <= 0 || p.Offset+p.Size > int64(len(data)) {
			t.Fatalf("piece %+v behind %d of %d bytes", p, at, len(data))
		}
		at = p.Offset + p.Size
		if p.Kind != Whole && p.Kind != Unused || p.Why != "" {
			odd = append(odd, fmt.Sprintf("%d %s: %s", p.Kind, p.Type, p.Why))
		}
		if (p.Kind == Whole || p.Kind == Recovered) && p.Type == TypeEntry {
			e, _ := f.Entry(p.Object)
			s := fmt.Sprintf("%d %d %d", e.Seqnum, e.Realtime, e.Monotonic)
			for _, d := range e.Data {
				s += fmt.Sprintf(" %s=%.20s(%d)", f.Key(d.Key), d.Value, d.Length)
			}
			entries = append(entries, s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(data))-at > 7 && at < int64(len(data)) {
		t.Fatalf("the walk ends at %d of %d", at, len(data))
	}
	return entries, odd
}

func TestForms(t *testing.T) {
	var first []string
	for _, f := range forms() {
		entries, odd := read(t, sample(t, f, 12))
		if len(odd) > 0 || len(entries) != 12 {
			t.Errorf("%+v: %d entries, %v", f, len(entries), odd)
		}
		if first == nil {
			first = entries
		}
		if d := cmp.Diff(first, entries); d != "" {
			t.Errorf("%+v differs:\n%s", f, d)
		}
	}
	if want := "3 1709432047002000 2000 MESSAGE=entry 2(7) _PID=812(3) LONG=cccccccccccccccccccc(600)"; len(first) < 3 || first[2] != want {
		t.Errorf("third entry of %d is not %q", len(first), want)
	}
}

func TestLargeValue(t *testing.T) {
	for _, codec := range []uint8{0, 1, 2, 4} {
		w := newWriter(t, form{true, true, codec})
		w.entry(1, 1709432047000000, 5, "MESSAGE=x", "COREDUMP="+strings.Repeat("core", 1<<20))
		entries, odd := read(t, w.b)
		if len(odd) > 0 || len(entries) != 1 || !strings.HasSuffix(entries[0], "(4194304)") {
			t.Errorf("codec %d: %v %v", codec, entries, odd)
		}
	}
}

// TestBombs: values that unfold to far more than the limit are refused.
func TestBombs(t *testing.T) {
	const limit = 1 << 20
	for _, codec := range []uint8{1, 2, 4} {
		w := newWriter(t, form{true, true, codec})
		w.entry(1, 1709432047000000, 5, "MESSAGE=before")
		w.entry(2, 1709432047000001, 5, "BOMB="+string(make([]byte, limit+10)), "MESSAGE=bomb")
		w.entry(3, 1709432047000002, 5, "MESSAGE=after")
		entries, odd := readLimit(t, w.b, limit)
		if len(entries) != 3 || len(odd) == 0 || !strings.Contains(odd[0], "cannot be decompressed") {
			t.Errorf("codec %d: %v %v", codec, entries, odd)
		}
	}
}

// TestXZDictionary: a dictionary of gigabytes is not allocated.
func TestXZDictionary(t *testing.T) {
	w := newWriter(t, form{true, true, 1})
	w.entry(1, 1709432047000000, 5, "MESSAGE="+strings.Repeat("x", 500))
	i := bytes.Index(w.b, []byte{0x21, 0x01})
	w.b[i+2] = 40
	if _, odd := read(t, w.b); len(odd) == 0 || !strings.Contains(odd[0], "dictionary") {
		t.Errorf("%v", odd)
	}
}

// TestOverlap: a hostile file of overlapping objects is read in bounded time.
func TestOverlap(t *testing.T) {
	w := newWriter(t, form{false, false, 0})
	const n = 1 << 20
	for at := len(w.b); at+16 < n; at += 16 {
		h := make([]byte, 16)
		h[0] = 1
		binary.LittleEndian.PutUint64(h[8:], uint64(n-at))
		w.b = append(w.b, h...)
	}
	w.b = append(w.b, make([]byte, n-len(w.b))...)
	f, err := Open(bytes.NewReader(w.b), n)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	odd := 0
	if _, err := f.Walk(f.Start(), n, func(p *Piece) error {
		if p.Why != "" {
			odd++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if odd == 0 {
		t.Error("nothing was reported")
	}
	if most := f.allowed + 4*n; f.spent > most { // work, not time: that is the machine's
		t.Errorf("%d bytes were read, hashed or decompressed, at most %d may be", f.spent, most)
	}
}

func TestRefusals(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty": nil, "short": []byte(Signature), "text": bytes.Repeat([]byte("text "), 100), "zeros": make([]byte, 500),
	} {
		if _, err := Open(bytes.NewReader(b), int64(len(b))); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

func TestHashes(t *testing.T) {
	// Test vectors of SipHash (key 00..0f, input 00..0e) and of lookup3.
	var key [16]byte
	in := make([]byte, 15)
	for i := range key {
		key[i] = byte(i)
		if i < 15 {
			in[i] = byte(i)
		}
	}
	if got := siphash(key, in); got != 0xa129ca6149be45e5 {
		t.Errorf("siphash %x", got)
	}
	if got := jenkins([]byte("Four score and seven years ago")); got != 0x17770551ce7226e6 {
		t.Errorf("jenkins %x", got)
	}
}

// FuzzWalk: no input makes the reader panic, and all its pieces lie in order.
func FuzzWalk(f *testing.F) {
	for _, x := range forms() {
		f.Add(sample(f, x, 3))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		read(t, data)
		fromTheMiddle(t, data)
		sameByParts(t, data, 1000)
	})
}

// fromTheMiddle walks a view from the first object beyond doubt in the second half.
func fromTheMiddle(t *testing.T, data []byte) {
	size := int64(len(data))
	f, err := Open(bytes.NewReader(data), size)
	if err != nil {
		return
	}
	defer f.Close()
	v := f.View(size)
	defer v.Close()
	at, ok := v.Border(size/2, size)
	if !ok {
		return
	}
	if at < min(size/2, f.Start()) || at >= size {
		t.Fatalf("border at %d of %d", at, size)
	}
	from := at
	end, err := v.Walk(from, size, func(p *Piece) error {
		if p.Offset < at || p.Size <= 0 || p.Offset+p.Size > size {
			t.Fatalf("piece %+v behind %d of %d bytes", p, at, size)
		}
		at = p.Offset + p.Size
		return nil
	})
	if err != nil || end < size && size-end > 7 {
		t.Fatalf("walked from %d to %d of %d: %v", from, end, size, err)
	}
}

// TestViews: a view that begins in the middle meets what the walk of the whole
// file met there, and a stopped walk goes on where it stopped.
func TestViews(t *testing.T) {
	for _, form := range forms() {
		data := sample(t, form, 40)
		f, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		var whole []Object
		if _, err := f.Walk(f.Start(), f.Size(), func(p *Piece) error { whole = append(whole, p.Object); return nil }); err != nil {
			t.Fatal(err)
		}
		for at := f.Start(); at < f.Size(); at += 1000 {
			v := f.View(1 << 20)
			from, ok := v.Border(at, f.Size())
			var got []Object
			for ok && from < f.Size() {
				if from, err = v.Walk(from, f.Size(), func(p *Piece) error { got = append(got, p.Object); return ErrStop }); err != nil {
					t.Fatal(err)
				}
			}
			v.Close()
			if len(got) > len(whole) || len(got) > 0 && cmp.Diff(whole[len(whole)-len(got):], got) != "" {
				t.Fatalf("%+v from %d: %d objects are not the last of %d", form, at, len(got), len(whole))
			}
			if at == f.Start() && len(got) != len(whole) {
				t.Fatalf("%+v: %d of %d objects", form, len(got), len(whole))
			}
		}
		f.Close()
	}
}
