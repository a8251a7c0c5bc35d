package journal

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// partOf tells all that a view meets between two offsets, and what it cost.
func partOf(t *testing.T, f *File, from, to int64) string {
	t.Helper()
	v := f.View(to - from)
	defer v.Close()
	var b bytes.Buffer
	at, ok := v.Border(from, to)
	if ok {
		if _, err := v.Walk(at, to, func(p *Piece) error {
			fmt.Fprintf(&b, "%+v\n", *p)
			if (p.Kind == Whole || p.Kind == Recovered) && p.Type == TypeEntry {
				e, why := v.Entry(p.Object)
				fmt.Fprintf(&b, "%d %d %q checked %v", e.Seqnum, e.Realtime, why, e.checked)
				for _, d := range e.Data {
					fmt.Fprintf(&b, " %s=%.20q %d %d %x %q %v", v.Key(d.Key), d.Value, d.Length, d.Size, d.jenkins, d.Problem, d.Lost)
				}
				fmt.Fprintln(&b)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprintf(&b, "spent %d held %d", v.spent, v.Held())
	return b.String()
}

// sameByParts: what a view gives, and what it counts as work, does not depend on
// the views before it.
func sameByParts(t *testing.T, data []byte, stride int64) {
	t.Helper()
	size := int64(len(data))
	f, err := Open(bytes.NewReader(data), size)
	if err != nil {
		return
	}
	defer f.Close()
	for from := f.Start(); from < size; from += stride {
		to := min(from+stride, size)
		fresh, err := Open(bytes.NewReader(data), size)
		if err != nil {
			t.Fatal(err)
		}
		want := partOf(t, fresh, from, to)
		fresh.Close()
		if d := cmp.Diff(want, partOf(t, f, from, to)); d != "" {
			t.Fatalf("from %d: after other views\n%s", from, d)
		}
	}
}

// crowd is a file of n entries of a few programs: most fields are shared.
func crowd(tb testing.TB, f form, n int) []byte {
	w := newWriter(tb, f)
	for i := range n {
		k := i * 7 % 5
		w.entry(uint64(i+1), 1709432047000000+uint64(i)*1000, uint64(i)*1000, "_HOSTNAME=web01", "_TRANSPORT=syslog", fmt.Sprintf("_COMM=p%d", k),
			fmt.Sprintf("_EXE=/usr/bin/p%d", k), fmt.Sprintf("_CMDLINE=/usr/bin/p%d --%0100d", k, k), fmt.Sprintf("_PID=%d", 100+i*i%40), fmt.Sprintf("MESSAGE=entry %d", i))
	}
	return w.b
}

func TestSameByParts(t *testing.T) {
	for _, form := range forms() {
		data := crowd(t, form, 200)
		entries, odd := read(t, data)
		if len(entries) != 200 || len(odd) > 0 {
			t.Fatalf("%+v: %d entries, %q", form, len(entries), odd)
		}
		sameByParts(t, data, 8000)
		for at := 700; at < len(data); at += len(data) / 40 { // damage: sizes, hashes, values
			data[at] ^= 0x15
			data[at+1] ^= 0x80
		}
		sameByParts(t, data, 9000)
	}
}

// TestStems: entries that share their first fields are read by a stem, and are
// what they are without; an entry that names another object in the midst of
// those is not taken for one of them.
func TestStems(t *testing.T) {
	for _, form := range forms() {
		data := crowd(t, form, 200)
		f, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		long, i := 0, 0
		if _, err := f.Walk(f.Start(), f.Size(), func(p *Piece) error {
			if p.Type != TypeEntry {
				return nil
			}
			e, why := f.Entry(p.Object)
			k := i * 7 % 5
			if got := f.Key(e.Data[2].Key) + "=" + e.Data[2].Value; why != "" || len(e.Data) != 7 || got != fmt.Sprintf("_COMM=p%d", k) {
				t.Fatalf("%+v: entry %d: %d fields, third %q, %q", form, i, len(e.Data), got, why)
			}
			if e.Stem != nil {
				long = max(long, len(e.Stem.Data))
				for n, d := range e.Stem.Data {
					if e.Data[n] != d {
						t.Fatalf("%+v: entry %d: field %d is not that of its stem", form, i, n)
					}
				}
			}
			i++
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if long < 5 {
			t.Errorf("%+v: the longest stem has %d fields of 7", form, long)
		}
		f.Close()
	}
}
