package parser

import (
	enc "encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// journalUsed is the end of the last object of a fixture.
func journalUsed(data []byte) int { return int(enc.LittleEndian.Uint64(data[136:])) + 512 }

// key names an entry across damaged copies.
func journalKey(e *event.Event) string {
	seq, _ := e.Get("seqnum")
	return seq + " " + e.Message
}

// TestJournalCut: a file cut anywhere yields every entry that lies whole
// before the cut.
func TestJournalCut(t *testing.T) {
	for _, name := range []string{"regular", "compact", "online"} {
		data := journalFixture(t, name)
		all := journalEntries(binParse(t, newJournal(), nil, "/x.bin", data))
		end := journalUsed(data)
		cuts := []int{0, 1, 7, 100, 207, 208, 271, 272, 300}
		step, stride := 2111, 64<<10
		if testing.Short() {
			step, stride = 10*step, 5*stride
		}
		for n := stride; n < len(data); n += stride {
			cuts = append(cuts, n)
		}
		for n := end - 70000; n < end; n += step { // where the entries are
			cuts = append(cuts, max(n, 0))
		}
		for _, cut := range cuts {
			s := binParse(t, newJournal(), nil, "/x.journal", data[:cut])
			got := map[string]bool{}
			for _, e := range journalEntries(s) {
				got[journalKey(e)] = true
			}
			for _, e := range all {
				if e.Origin.Offset+e.Origin.Length <= int64(cut) && !got[journalKey(e)] {
					t.Fatalf("%s cut at %d: entry %q at %d is lost", name, cut, e.Message, e.Origin.Offset)
				}
			}
			if len(s.events) < len(all) && len(s.warnings) == 0 {
				t.Errorf("%s cut at %d: %d of %d entries and no warning", name, cut, len(s.events), len(all))
			}
		}
	}
}

// TestJournalFlipped: one byte is changed; every entry but those that hold it
// still comes out as it was, and the change is reported.
func TestJournalFlipped(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	for _, name := range []string{"regular", "compact"} {
		data := journalFixture(t, name)
		all := journalEntries(binParse(t, newJournal(), nil, "/x.bin", data))
		first, end := int(all[0].Origin.Spans[0].Offset)-64, journalUsed(data)
		silent := 0
		tries := 120
		if testing.Short() {
			tries = 12
		}
		for range tries {
			at := first + rnd.IntN(end-first)
			bad := append([]byte(nil), data...)
			bad[at] ^= 1 << rnd.IntN(8)
			s := binParse(t, newJournal(), nil, "/x.bin", bad)
			got := map[string]bool{}
			for _, e := range journalEntries(s) {
				got[journalKey(e)] = true
			}
			for _, e := range all {
				if !journalHolds(e, int64(at)) && !got[journalKey(e)] {
					t.Fatalf("%s byte %d changed: entry %q at %d is lost\n%+v", name, at, e.Message, e.Origin.Offset, s.warnings)
				}
			}
			if len(s.warnings) == 0 {
				silent++
			}
		}
		// Chains and arrays that we do not follow, and alignment, may change unseen.
		if silent > tries/2 {
			t.Errorf("%s: %d of %d changes went unreported", name, silent, tries)
		}
	}
}

// journalHolds says whether a byte lies in one of the objects of an entry.
func journalHolds(e *event.Event, at int64) bool {
	for _, s := range e.Origin.Spans {
		if at >= s.Offset && at < s.Offset+s.Length+8 {
			return true
		}
	}
	return false
}

// journalUnlist takes entries out of the list of a compact file.
func journalUnlist(t *testing.T, b []byte, gone ...event.Origin) {
	t.Helper()
	le, n := enc.LittleEndian, 0
	for at := le.Uint64(b[176:]); at != 0; at = le.Uint64(b[at+16:]) {
		items := b[at+24 : at+le.Uint64(b[at+8:])]
		kept := items[:0]
		for i := 0; i+4 <= len(items); i += 4 {
			off := int64(le.Uint32(items[i:]))
			if slices.ContainsFunc(gone, func(o event.Origin) bool { return o.Offset == off }) {
				n++
				continue
			}
			kept = append(kept, items[i:i+4]...)
		}
		clear(items[len(kept):])
	}
	if n != len(gone) {
		t.Fatalf("%d of %d entries are in the list", n, len(gone))
	}
}

// TestJournalBootsBetween: entries of two boots lie between one another, as in
// a file of a loghost: each boot is told with all its entries, and a step of
// the clock is seen between entries of one boot.
func TestJournalBootsBetween(t *testing.T) {
	data := journalFixture(t, "compact")
	other := []byte("another boot  id")
	le := enc.LittleEndian
	all := journalEntries(binParse(t, newJournal(), nil, "/x.bin", data))
	for i, e := range all {
		at, b := e.Origin.Offset, other
		if i%2 == 0 {
			b = []byte("one boot, its id")
		}
		copy(data[at+40:], b)
		real := uint64(1717200000e6) + uint64(i)*2e6
		if i >= 60 {
			real -= 7200e6
		}
		le.PutUint64(data[at+24:], real)
		le.PutUint64(data[at+32:], 3e6+uint64(i)*2e6)
	}
	s := binParse(t, newJournal(), nil, "/x.bin", data)
	boots, steps := map[string]string{}, 0
	for _, e := range s.events {
		switch e.Action {
		case "boot":
			if e.Ordinal == 1 {
				id, _ := e.Get("boot")
				boots[id], _ = e.Get("entries")
			}
		case "clock-step":
			steps++
			if e.Object != "-2h0m0s" {
				t.Errorf("step of %s", e.Object)
			}
		}
	}
	if len(boots) != 2 || boots[fmt.Sprintf("%x", other)] != "60" || boots[fmt.Sprintf("%x", "one boot, its id")] != "61" || steps != 2 {
		t.Errorf("boots %v, %d steps", boots, steps)
	}
}

// TestJournalTampered: what an intruder does to a file, and what we say of it.
func TestJournalTampered(t *testing.T) {
	data := journalFixture(t, "compact")
	s := binParse(t, newJournal(), nil, "/x.bin", data)
	entries := journalEntries(s)
	victim := entries[10]
	change := func(f func(b []byte)) *binSink {
		b := append([]byte(nil), data...)
		f(b)
		return binParse(t, newJournal(), nil, "/x.bin", b)
	}
	find := func(s *binSink, code, text string) bool {
		for _, w := range s.warnings {
			if w.Code == code && strings.Contains(w.Message, text) {
				return true
			}
		}
		return false
	}
	t.Run("message edited", func(t *testing.T) {
		s := change(func(b []byte) {
			i := strings.Index(string(b), "192.0.2.10 ")
			copy(b[i:], "192.0.2.99")
		})
		if !find(s, "mismatch", "it was changed after it was written") || len(s.events) != 124 {
			t.Errorf("%d events, %+v", len(s.events), s.warnings)
		}
	})
	t.Run("entry wiped", func(t *testing.T) {
		s := change(func(b []byte) { clear(b[victim.Origin.Offset:][:victim.Origin.Length]) })
		if !find(s, "zeroed", "wiped") || !find(s, "orphan", "MESSAGE=") || !find(s, "header-mismatch", "entries: 121, found 120") {
			t.Errorf("%+v", s.warnings)
		}
		if len(s.counters) != 2 {
			t.Errorf("the hole in the seqnums is not seen: %+v", s.counters)
		}
	})
	t.Run("entry hidden in the size of the one before", func(t *testing.T) {
		s := change(func(b []byte) {
			o := entries[9].Origin.Offset
			size := uint64(victim.Origin.Offset + victim.Origin.Length - o)
			enc.LittleEndian.PutUint64(b[o+8:], size)
		})
		if len(journalEntries(s)) != 121 || !find(s, "bad-size", "entry") {
			t.Errorf("%d entries, %+v", len(journalEntries(s)), s.warnings)
		}
	})
	t.Run("file id changed", func(t *testing.T) {
		s := change(func(b []byte) { b[30] ^= 0xff })
		if len(journalEntries(s)) != 121 || !find(s, "header-mismatch", "file id") {
			t.Errorf("%d entries, %+v", len(journalEntries(s)), s.warnings)
		}
	})
	t.Run("signature changed", func(t *testing.T) {
		s := change(func(b []byte) { b[0] = 'l' })
		if len(journalEntries(s)) != 121 || !find(s, "header-mismatch", "begins with") {
			t.Errorf("%d entries, %+v", len(journalEntries(s)), s.warnings)
		}
	})
	t.Run("header wiped", func(t *testing.T) {
		s := change(func(b []byte) { clear(b[:4096]) })
		if len(journalEntries(s)) != 121 || !find(s, "header-mismatch", "begins with") {
			t.Errorf("%d entries, %+v", len(journalEntries(s)), s.warnings)
		}
	})
	t.Run("layout flag changed", func(t *testing.T) {
		s := change(func(b []byte) { b[12] ^= 16 })
		if len(journalEntries(s)) != 121 || !find(s, "header-mismatch", "compact=false") {
			t.Errorf("%d entries, %+v", len(journalEntries(s)), s.warnings)
		}
	})
	t.Run("entry taken out of the list", func(t *testing.T) {
		s := change(func(b []byte) { journalUnlist(t, b, entries[10].Origin, entries[11].Origin) })
		if len(journalEntries(s)) != 121 || !find(s, "unlisted", "2 entries from here on") || s.warnings[0].Offset != victim.Origin.Offset {
			t.Errorf("%d entries, %+v", len(journalEntries(s)), s.warnings)
		}
	})
	t.Run("list wiped in an online file", func(t *testing.T) {
		s := change(func(b []byte) {
			b[16] = 1
			journalUnlist(t, b, entries[40].Origin)
		})
		if !find(s, "unlisted", "this entry is not in the list") {
			t.Errorf("%+v", s.warnings)
		}
		s = change(func(b []byte) {
			b[16] = 1
			journalUnlist(t, b, entries[120].Origin)
		})
		if len(s.warnings) != 0 {
			t.Errorf("the last entry of an online file is not listed yet: %+v", s.warnings)
		}
	})
	t.Run("end wiped", func(t *testing.T) {
		s := change(func(b []byte) { clear(b[victim.Origin.Offset:]) })
		if len(journalEntries(s)) != 10 || !find(s, "lost-end", "up to seqnum 121 of ") || !find(s, "lost-end", "the file ends with 10:") {
			t.Errorf("%d entries, %+v", len(journalEntries(s)), s.warnings)
		}
		s = change(func(b []byte) { clear(b[enc.LittleEndian.Uint64(b[88:]):]) })
		if len(s.events) != 0 || !find(s, "lost-end", "the file holds none of them") {
			t.Errorf("%d events, %+v", len(s.events), s.warnings)
		}
	})
	t.Run("middle overwritten", func(t *testing.T) {
		s := change(func(b []byte) {
			for i := victim.Origin.Offset; i < victim.Origin.Offset+9000; i++ {
				b[i] = byte(i * 7)
			}
		})
		if n := len(journalEntries(s)); n < 80 || !find(s, "damaged", "") {
			t.Errorf("%d entries, %+v", n, s.warnings)
		}
	})
}
