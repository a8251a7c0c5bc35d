package store

import (
	"fmt"
	"sort"
	"testing"
)

// TestBytesPerEvent says where the bytes of a store go (with -v) and holds the
// goal of 90 bytes for rows of some 300 bytes with a margin.
func TestBytesPerEvent(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a segment of 262,144 events")
	}
	w := writer(t, t.TempDir())
	b, err := w.Ingest(info("run-00", 1))
	if err != nil {
		t.Fatal(err)
	}
	s := newSynth(0, 240_000)
	plain := 0
	for i := range 240_000 {
		e := s.event(i)
		plain += rowBytes(e)
		if err := b.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Commit(info("run-00", 1)); err != nil {
		t.Fatal(err)
	}
	r := open(t, w.dir)
	sizes := map[string]int{}
	total := 0
	err = r.gens[0].each(nil, func(key, value []byte) error {
		k := string(key[:1])
		if k == "i" {
			k = fmt.Sprintf("i kind %d", key[5])
		}
		sizes[k] += len(key) + len(value)
		total += len(key) + len(value)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var parts [blockParts + 2]int
	for n := range r.segs[0].man.blocks {
		b, err := r.segs[0].block(n, false)
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.parts {
			parts[i] += b.parts[i].size
		}
		for i := range b.pieces {
			for j, p := range b.pieces[i].parts {
				parts[blockParts+j] += p.size
			}
		}
	}
	names := make([]string, 0, len(sizes))
	for k := range sizes {
		names = append(names, k)
	}
	sort.Strings(names)
	for _, k := range names {
		t.Logf("%-10s %6.2f B/event", k, float64(sizes[k])/240_000)
	}
	t.Logf("sections   %.2f times, %.2f small, %.2f numbers, %.2f values, %.2f messages", float64(parts[0])/240_000, float64(parts[1])/240_000, float64(parts[2])/240_000, float64(parts[3])/240_000, float64(parts[4])/240_000)
	per, row := float64(total)/240_000, float64(plain)/240_000
	t.Logf("%.1f B/event of %.1f", per, row)
	if per > 90*row/302 {
		t.Errorf("%.1f bytes an event for rows of %.1f", per, row)
	}
}
