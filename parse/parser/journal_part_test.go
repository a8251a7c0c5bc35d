package parser

import (
	"bytes"
	"context"
	enc "encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// journalInParts parses with parts of so many bytes, so many at once, and
// tells everything that comes out.
func journalInParts(t *testing.T, data []byte, stride int64, workers int) (*binSink, []string) {
	t.Helper()
	x := binExhibit("/x.journal", data)
	x.Workers = workers
	s := &binSink{}
	if err := (journalParser{NewMessages(), stride}).Parse(context.Background(), &parse.Facts{}, x, s); err != nil {
		t.Fatal(err)
	}
	if at := s.gap(int64(len(data))); at >= 0 {
		t.Fatalf("stride %d: byte %d of %d is in no event, warning or padding", stride, at, len(data))
	}
	var out []string
	for _, e := range s.events {
		out = append(out, fmt.Sprint(e.Origin.Offset, e.Origin.Spans, e.Ordinal, e.Time, e.Parser, e.Action, e.Message, e.Fields))
	}
	for _, w := range s.warnings {
		out = append(out, fmt.Sprint(w))
	}
	for _, c := range s.counters {
		out = append(out, fmt.Sprint(c))
	}
	slices.Sort(out)
	return s, out
}

// TestJournalParts: parts of any size, whole or damaged, give the same events
// at any number of workers, and of an intact file the same at any size.
func TestJournalParts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 11))
	for _, name := range []string{"regular", "compact", "online"} {
		data := journalFixture(t, name)
		_, want := journalInParts(t, data, 1<<30, 1)
		for _, stride := range []int64{4096, 10_000, 65536} {
			_, got := journalInParts(t, data, stride, 3)
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("%s in parts of %d bytes differs:\n%.2000s", name, stride, d)
			}
		}
		first, end := 4096, journalUsed(data)
		tries := 25
		if testing.Short() {
			tries = 3
		}
		for range tries {
			bad := slices.Clone(data)
			for range 1 + rnd.IntN(4) {
				at := first + rnd.IntN(end-first)
				n := 1 << rnd.IntN(13)
				if rnd.IntN(2) == 0 {
					clear(bad[at:min(at+n, len(bad))])
				} else {
					bad[at] ^= 1 << rnd.IntN(8)
				}
			}
			_, one := journalInParts(t, bad, 6000, 1)
			_, many := journalInParts(t, bad, 6000, 4)
			if d := cmp.Diff(one, many); d != "" {
				t.Fatalf("%s, damaged: 1 and 4 workers differ:\n%.2000s", name, d)
			}
		}
	}
}

// TestJournalFlippedAnywhere: a bit of any byte of a small file is changed; the
// entries that do not hold it come out all the same (SAKSI_SOAK=1: every byte).
func TestJournalFlippedAnywhere(t *testing.T) {
	data := journalFixture(t, "compact")
	all := journalEntries(binParse(t, newJournal(), nil, "/x.bin", data))
	data = data[:journalUsed(data)&^7]
	first := int(all[0].Origin.Spans[0].Offset)
	step := 61
	if os.Getenv("SAKSI_SOAK") != "" { // every byte: a minute
		step = 1
	}
	if testing.Short() {
		step = 997
	}
	keys := map[int64]string{}
	for _, e := range all {
		keys[e.Origin.Offset] = journalKey(e)
	}
	for at := first; at < len(data); at += step {
		data[at] ^= 0x10
		s := &binSink{}
		if err := newJournal().Parse(context.Background(), &parse.Facts{}, binExhibit("/x.bin", data), s); err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for _, e := range journalEntries(s) {
			got[journalKey(e)] = true
		}
		for _, e := range all {
			if !journalHolds(e, int64(at)) && !got[keys[e.Origin.Offset]] {
				t.Fatalf("byte %d changed: entry %q at %d is lost: %+v", at, e.Message, e.Origin.Offset, s.warnings)
			}
		}
		data[at] ^= 0x10
	}
}

// TestJournalWrongSizeAhead: an entry that is read before the walk comes by the
// data object it names finds its true size all the same.
func TestJournalWrongSizeAhead(t *testing.T) {
	data := journalFixture(t, "regular")
	all := journalEntries(binParse(t, newJournal(), nil, "/x.bin", data))
	var shared event.Span // the first value that the last entry shares with others
	for _, sp := range all[len(all)-1].Origin.Spans {
		if data[sp.Offset] == 1 && bytes.Contains(data[sp.Offset:sp.Offset+sp.Length], []byte("_HOSTNAME=")) {
			shared = sp
		}
	}
	if shared.Length == 0 {
		t.Fatal("no entry names _HOSTNAME")
	}
	enc.LittleEndian.PutUint64(data[shared.Offset+8:], uint64(shared.Length)+4096)
	s, _ := journalInParts(t, data, 4096, 2)
	n := 0
	for _, e := range journalEntries(s) {
		if h, _ := e.Get("hostname"); h != "" {
			n++
		}
	}
	if n != len(all) {
		t.Errorf("%d of %d entries still name their host", n, len(all))
	}
}
