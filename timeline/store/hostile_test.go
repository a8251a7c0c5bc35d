package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestOneNanosecond keeps many events of one instant: paging must not read
// them all, and goes on exactly where it stopped.
func TestOneNanosecond(t *testing.T) {
	n := soak(300_000, 10_000_000) // more than a segment
	dir := t.TempDir()
	w := writer(t, dir)
	b, err := w.Ingest(info("run-1", 1))
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		e := &event.Event{Time: event.At(testBase, event.Nanosecond), Host: event.HostKey{1}, Source: "syslog", Parser: "sshd",
			Message: "same", Origin: event.Origin{Run: "run-1", Exhibit: 1, Path: "data/files/x", Offset: int64(i), Length: 1}}
		if err := b.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Commit(info("run-1", 1)); err != nil {
		t.Fatal(err)
	}
	r := open(t, dir)
	if len(r.segs) < 2 {
		t.Fatalf("%d segments", len(r.segs))
	}
	var last Cursor
	seen := map[event.ID]bool{}
	for range 5 {
		p, err := r.Page(ctx(), nil, PageRequest{After: last, Limit: 1000}, nil)
		if err != nil || len(p.Rows) != 1000 || !p.More {
			t.Fatalf("%d rows %v", len(p.Rows), err)
		}
		for _, row := range p.Rows {
			if seen[row.ID] {
				t.Fatal("a row twice")
			}
			seen[row.ID] = true
		}
		last = p.Last
	}
	back, err := r.Page(ctx(), nil, PageRequest{After: last, Limit: 4999, Direction: Backward}, nil)
	if err != nil || len(back.Rows) != 4999 || back.More {
		t.Fatalf("%d rows before the cursor, more %v, %v; want 4999", len(back.Rows), back.More, err)
	}
	buckets, err := r.Histogram(ctx(), nil, testBase, testBase+1, 1000, nil)
	if err != nil || len(buckets) != 1 || buckets[0].Count != int64(n) {
		t.Fatalf("histogram %v %v", buckets, err)
	}
}

// soak is the size of a test: small, or with SAKSI_SOAK set large.
func soak(small, large int) int {
	if os.Getenv("SAKSI_SOAK") != "" {
		return large
	}
	return small
}

// TestManyHosts gives every event its own host, actor, source, field name and
// tag: tables and indexes stay bounded and right. The memory of each part is
// told, under the soft limit of the program.
func TestManyHosts(t *testing.T) {
	n := soak(20_000, 1_000_000)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(2 << 30))
	peak := anonPeak()
	part := func(name string) {
		most := peak()
		t.Logf("%s: %d MB anonymous at most", name, most>>20)
		if most > 3<<30 {
			t.Errorf("%s took %d MB", name, most>>20)
		}
		peak = anonPeak()
	}
	defer func() { peak() }()
	dir := t.TempDir()
	w := writer(t, dir)
	b, err := w.Ingest(info("run-1", 1))
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(5, 5))
	for i := range n {
		e := &event.Event{Time: event.At(testBase+rng.Int64N(1e12), event.Nanosecond), Host: event.HostKey{byte(i >> 16), byte(i >> 8), byte(i), 1},
			Source: fmt.Sprint("source", i), Parser: fmt.Sprint("parser", i), Actor: fmt.Sprint("actor", i), Action: fmt.Sprint("action", i),
			Meaning: fmt.Sprint("meaning", i), Object: fmt.Sprint("/dir", i, "/x"), Tags: []string{fmt.Sprint("tag", i)},
			Fields: []event.Field{{Name: fmt.Sprint("name", i), Value: "v"}},
			Origin: event.Origin{Run: "run-1", Exhibit: uint32(i), Path: fmt.Sprint("data/files/", i), Length: 1}}
		if err := b.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Commit(info("run-1", 1)); err != nil {
		t.Fatal(err)
	}
	part("ingest")
	if err := w.Merge(ctx()); err != nil {
		t.Fatal(err)
	}
	part("merge")
	r := open(t, dir)
	for _, q := range []string{"host:0012340100000000", "source:source4660", "actor:actor4660", "action:action4660", "meaning:meaning4660", "path:/dir4660/*",
		"tag:tag4660", "name4660:v", "exhibit:4660", "exhibit:data/files/4660", "parser:parser4660"} {
		p, err := r.Page(ctx(), parse(t, q), PageRequest{Limit: 10}, nil)
		if err != nil || len(p.Rows) != 1 || p.Rows[0].Event.Origin.Exhibit != 4660 {
			t.Errorf("%s: %d rows %v", q, len(p.Rows), err)
		}
	}
	f, err := r.Facets(ctx(), nil, "host", 3, nil)
	if err != nil || len(f) != 3 || f[0].Count != 1 {
		t.Fatalf("facets %v %v", f, err)
	}
	part("queries")
	clean(t, dir)
	part("check")
}

// TestHugeRecordsMakeShortPages wants pages bounded in bytes, and no row lost.
func TestHugeRecordsMakeShortPages(t *testing.T) {
	n := 40
	if testing.Short() {
		n = 30
	}
	dir := t.TempDir()
	w := writer(t, dir)
	b, err := w.Ingest(info("run-1", 1))
	if err != nil {
		t.Fatal(err)
	}
	msg := strings.Repeat("long ", 1<<20)
	for i := range n {
		e := &event.Event{Time: event.At(testBase+int64(i), event.Nanosecond), Source: "syslog", Parser: "sshd", Message: msg,
			Origin: event.Origin{Run: "run-1", Exhibit: 1, Offset: int64(i), Length: 1}}
		if err := b.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Commit(info("run-1", 1)); err != nil {
		t.Fatal(err)
	}
	r := open(t, dir)
	rows, pages := 0, 0
	for c := (Cursor{}); ; pages++ {
		p, err := r.Page(ctx(), nil, PageRequest{After: c, Limit: 1000}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if size := len(p.Rows) * len(msg); size > 2*pageBytes {
			t.Fatalf("a page of %d bytes", size)
		}
		if rows += len(p.Rows); !p.More {
			break
		}
		c = p.Last
	}
	if rows != n || pages == 0 {
		t.Fatalf("%d rows in %d pages, want %d in several", rows, pages+1, n)
	}
	if len(r.cache.m) > 0 {
		t.Fatalf("%d huge blocks stay in memory", len(r.cache.m))
	}
}

// TestFieldsWithoutEnd files records of very many field names, some of them
// twice, each record with others.
func TestFieldsWithoutEnd(t *testing.T) {
	var list []*event.Event
	for i := range 12 {
		e := *randomEvents(rand.New(rand.NewPCG(uint64(i), 77)), "run-1", 1)[0]
		e.Origin.Offset = int64(i) * 1000
		e.Fields, e.Tags = nil, []string{"twice", "twice", fmt.Sprint("tag", i)}
		for j := range 30_000 {
			e.Fields = append(e.Fields, event.Field{Name: fmt.Sprintf("f%d", (i*17+j)%29_999), Value: "v"})
		}
		list = append(list, &e)
	}
	dir := t.TempDir()
	fill(t, dir, "run-1", list, WriterOptions{})
	r := open(t, dir)
	for _, q := range []string{"f7:v", "tag:twice", "tag:tag9", "f29998:w"} {
		p, err := r.Page(ctx(), parse(t, q), PageRequest{Limit: 100}, nil)
		if want := naive(list, parse(t, q), nil); err != nil || !slices.Equal(ids(p.Rows), want) {
			t.Errorf("%s: %d rows, want %d: %v", q, len(p.Rows), len(want), err)
		}
	}
	for _, e := range list[:3] {
		row, ok, err := r.Get(ctx(), e.ID())
		if err != nil || !ok || !slices.Equal(row.Event.Fields, e.Fields) || !slices.Equal(row.Event.Tags, e.Tags) {
			t.Errorf("a record of %d fields comes back with %d: %v", len(e.Fields), len(row.Event.Fields), err)
		}
	}
}
