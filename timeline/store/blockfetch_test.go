package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// longEvents makes events whose bounds, offsets and texts do not shrink: even the
// times of a block are longer than what is read of it at first.
func longEvents(n int) []*event.Event {
	rng := rand.New(rand.NewPCG(11, 12))
	list := make([]*event.Event, n)
	for i := range list {
		at := testBase + rng.Int64N(1e15)
		text := make([]byte, 40)
		for k := range text {
			text[k] = "0123456789abcdefghijklmnopqrstuv"[rng.IntN(32)]
		}
		list[i] = &event.Event{Time: event.Time{Instant: at, Earliest: at - rng.Int64N(3e12), Latest: at + rng.Int64N(3e12)},
			Meaning: "logged", Host: event.HostKey{1}, Source: "syslog", Parser: "syslog", Actor: string(text[:20]), Message: string(text),
			Fields: []event.Field{{Name: "pid", Value: fmt.Sprint(rng.IntN(1 << 30))}},
			Origin: event.Origin{Run: "run-a", Exhibit: 1, Path: "data/files/var/log/a", Offset: rng.Int64N(1 << 50), Length: 1 + rng.Int64N(1<<40)}}
	}
	return list
}

// TestBlocksOfLongSections reads rows of blocks of which no section but the head
// lies in the bytes that are read first.
func TestBlocksOfLongSections(t *testing.T) {
	dir := t.TempDir()
	every := longEvents(3000)
	ingest(t, writer(t, dir), info("run-a", 1), every)
	r := open(t, dir)
	b, err := r.segs[0].block(1, false)
	if err != nil {
		t.Fatal(err)
	}
	if n := b.parts[partTimes].size; n <= leadBytes || b.parts[partTimes].stored != nil || b.log == nil {
		t.Fatalf("times of %d bytes lie in the first ones: the test wants others", n)
	}
	byID := map[event.ID]*event.Event{}
	for _, e := range every {
		byID[e.ID()] = e
	}
	for _, text := range []string{"*", "pid>500000000", "message:a*", "0"} {
		q := parse(t, text)
		want := naive(every, q, nil)
		for _, limit := range []int{len(want), 100} {
			page, err := r.Page(ctx(), q, PageRequest{Limit: limit}, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := range page.Rows {
				got := &page.Rows[i]
				e := byID[got.ID]
				if got.ID != want[i] || got.Event.Message != e.Message || got.Event.Actor != e.Actor || got.Event.Time != e.Time || got.Event.Origin.Offset != e.Origin.Offset {
					t.Fatalf("%s: row %d is %+v, want %+v", text, i, got.Event, e)
				}
			}
			if len(page.Rows) != min(limit, len(want)) {
				t.Fatalf("%s: %d rows of %d", text, len(page.Rows), len(want))
			}
		}
	}
	if problems, err := Check(ctx(), dir); err != nil || len(problems) > 0 {
		t.Fatalf("check: %v, %v", problems, err)
	}
}

// TestLogThatGetsShorter cuts a value log under an open reader: it says so.
func TestLogThatGetsShorter(t *testing.T) {
	dir := t.TempDir()
	ingest(t, writer(t, dir), info("run-a", 1), longEvents(3000))
	r := open(t, dir)
	logs, err := filepath.Glob(filepath.Join(dir, "g*", "*.vlog"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("%d value logs: %v", len(logs), err)
	}
	if _, err := r.Page(ctx(), nil, PageRequest{Limit: 1}, nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range logs {
		if err := os.Truncate(name, logHead+300); err != nil {
			t.Fatal(err)
		}
	}
	var damaged *DamagedError
	if _, err := r.Page(ctx(), nil, PageRequest{Limit: 3000}, nil); !errors.As(err, &damaged) {
		t.Fatalf("a page of a log that was cut: %v", err)
	}
}
