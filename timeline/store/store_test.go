package store

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/timeline/event"
)

func TestQueriesAgreeWithNaiveEvaluator(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	list := randomEvents(rng, "run-1", 6000)
	dir := t.TempDir()
	fill(t, dir, "run-1", list, WriterOptions{})
	r := open(t, dir)
	ordered := sorted(list)
	for _, text := range []string{"*", "source:syslog", "-source:syslog", "source:s*", "actor:root action:login", `actor:""`, "actor:김철수",
		"cluster_4242", "CLUSTER_4242 OR publickey", "세션", "σοφος", "rror", "er", "nothere_at_all", `"\xff\x00raw"`, "-error",
		"ip:10.0.0.0/8", "ip:203.0.113.9", "ip:::/0", "ip:0.0.0.0/0", "ip:203.*", "path:/dev/shm/*", "path:/dev/s*", "path:/", "path:/*", "path:/etc/passwd",
		"path:rel*", "path:x", "path:relative/a", "pid>1000", "pid<=5 OR pid=7", "-pid>=0", "pid:812", "pid:81*", "object:/usr/bin/sshd", "object:/usr*", `object:""`,
		"tag:remote", "-tag:odd", "host:0100000000000000", "held_by:0900000000000000", "bundle:run-1", "bundle:other", "exhibit:3", "exhibit:data/files/var/log/3*",
		"after:2024-03-19T03:00Z", "before:2024-03-19T02:30Z", "after:2024-03-19T02:20Z before:2024-03-19T02:21Z", "sure:at:2024-03-19T02:20..2024-03-19T02:40",
		"-after:2024-03-19T03:00Z", "at:2024-03-19T02:20:30Z", "sure:at:2024-03-19T02:20:30Z", "(magic OR error) -actor:root after:2024-03-19T02:30Z pid>100",
		"id:" + list[17].ID().String(), "id:0*", "meaning:m*", "parser:sshd", "nosuchfield:x", "-nosuchfield:x", "message:error"} {
		q := parse(t, text)
		want := naiveIn(ordered, q, nil)
		got := []event.ID{}
		var c Cursor
		for {
			p, err := r.Page(ctx(), q, PageRequest{After: c, Limit: 700}, nil)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			got = append(got, ids(p.Rows)...)
			if c = p.Last; !p.More {
				break
			}
		}
		if !slices.Equal(want, got) {
			t.Errorf("%s: %d rows, want %d", text, len(got), len(want))
		}
		n, err := r.Count(ctx(), q, nil)
		if err != nil || n.N != int64(len(want)) || !n.Exact {
			t.Errorf("%s: count %+v %v, want %d", text, n, err, len(want))
		}
		back := []event.ID{}
		c = Cursor{End: true}
		for {
			p, err := r.Page(ctx(), q, PageRequest{After: c, Limit: 501, Direction: Backward}, nil)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			back = append(ids(p.Rows), back...)
			if c = p.First; !p.More {
				break
			}
		}
		if !slices.Equal(want, back) {
			t.Errorf("%s backward: %d rows, want %d", text, len(back), len(want))
		}
	}
}

func TestRowsComeBackWhole(t *testing.T) {
	list := randomEvents(rand.New(rand.NewPCG(3, 4)), "run-1", 1500)
	dir := t.TempDir()
	fill(t, dir, "run-1", list, WriterOptions{})
	r := open(t, dir)
	i := 0
	want := sorted(list)
	for row, err := range r.Iterate(ctx(), nil, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if d := gocmp.Diff(*want[i], row.Event); d != "" {
			t.Fatalf("row %d: %s", i, d)
		}
		i++
	}
	if i != len(list) {
		t.Fatalf("%d rows, want %d", i, len(list))
	}
	for _, e := range list {
		row, ok, err := r.Get(ctx(), e.ID())
		if err != nil || !ok || row.ID != e.ID() {
			t.Fatalf("Get(%s): %v %v", e.ID(), ok, err)
		}
	}
	if _, ok, err := r.Get(ctx(), event.ID{1}); ok || err != nil {
		t.Fatalf("Get of a missing id: %v %v", ok, err)
	}
}

func TestSecondIngestIsKnown(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, "run-1", randomEvents(rand.New(rand.NewPCG(5, 6)), "run-1", 10), WriterOptions{})
	w, err := OpenWriter(dir, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Ingest(BundleInfo{Run: "run-1", Seal: "seal-run-1", Parsers: map[string]int{"sshd": 1}}); !errors.Is(err, ErrKnown) {
		t.Fatalf("got %v, want ErrKnown", err)
	}
	var locked *LockedError
	if _, err := OpenWriter(dir, WriterOptions{}); !errors.As(err, &locked) || locked.PID == 0 {
		t.Fatalf("got %v, want a LockedError with a pid", err)
	}
}

func TestUndatedDrawerAndSpan(t *testing.T) {
	list := randomEvents(rand.New(rand.NewPCG(41, 42)), "run-1", 1200)
	dir := t.TempDir()
	fill(t, dir, "run-1", list, WriterOptions{})
	r := open(t, dir)
	var drawer []event.ID
	first, last, dated := event.MaxTime, event.MinTime, int64(0)
	for _, e := range sorted(list) {
		k, ok := e.Time.Key()
		if !ok {
			drawer = append(drawer, e.ID())
			continue
		}
		first, last, dated = min(first, k), max(last, k), dated+1
	}
	if len(drawer) < 50 {
		t.Fatalf("only %d undated events", len(drawer))
	}
	f, l, n, rest := r.Span()
	if f != first || l != last || n != dated || rest != int64(len(drawer)) {
		t.Errorf("span %d..%d, %d and %d; want %d..%d, %d and %d", f, l, n, rest, first, last, dated, len(drawer))
	}
	p, err := r.Page(ctx(), nil, PageRequest{Undated: true, Limit: 5000}, nil)
	if err != nil || p.More {
		t.Fatal(p.More, err)
	}
	if d := gocmp.Diff(drawer, ids(p.Rows)); d != "" {
		t.Error(d)
	}
	p, err = r.Page(ctx(), nil, PageRequest{Undated: true, Limit: 10, Direction: Backward, After: Cursor{End: true}}, nil)
	if err != nil || !p.More {
		t.Fatal(p.More, err)
	}
	if d := gocmp.Diff(drawer[len(drawer)-10:], ids(p.Rows)); d != "" {
		t.Error(d)
	}
	p, err = r.Page(ctx(), nil, PageRequest{Limit: 10, Direction: Backward, After: Cursor{Undated: true, Set: true}}, nil)
	if err != nil || len(p.Rows) != 10 {
		t.Fatal(len(p.Rows), err)
	}
	if k, ok := p.Rows[9].Event.Time.Key(); !ok || k != last {
		t.Errorf("the row before the drawer is at %d, want %d", k, last)
	}
}

func TestAbsentStoreIsEmpty(t *testing.T) {
	r := open(t, t.TempDir()+"/none")
	p, err := r.Page(ctx(), nil, PageRequest{Limit: 10}, nil)
	if err != nil || len(p.Rows) > 0 || p.More {
		t.Fatal(p, err)
	}
	if f, l, n, rest := r.Span(); f <= l || n+rest != 0 {
		t.Fatal(f, l, n, rest)
	}
	if d, err := r.Digest(ctx()); err != nil || d.Events != 0 || len(d.SHA256) != 64 {
		t.Fatal(d, err)
	}
	if c, err := r.Claims(); err != nil || len(c.Findings) > 0 {
		t.Fatal(c, err)
	}
}
