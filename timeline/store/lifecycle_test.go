package store

import (
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

func writer(t testing.TB, dir string) *Writer {
	t.Helper()
	w, err := OpenWriter(dir, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func ingest(t testing.TB, w *Writer, info BundleInfo, list []*event.Event) {
	t.Helper()
	b, err := w.Ingest(info)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if err := b.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	for n := range uint32(5) {
		b.Exhibit(ExhibitInfo{Number: n + 1})
		if err := b.Warning(event.Warning{Run: info.Run, Exhibit: n + 1, Code: "unreadable", Message: "bytes"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Commit(info); err != nil {
		t.Fatal(err)
	}
}

func info(run string, version int) BundleInfo {
	return BundleInfo{Run: run, Seal: "seal-" + run, Parsers: map[string]int{"sshd": version, "audit": 1}}
}

func all(t testing.TB, dir string) []event.ID {
	t.Helper()
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	out := []event.ID{}
	for row, err := range r.iterate(ctx(), nil, nil, true) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, row.ID)
	}
	return out
}

func digest(t testing.TB, dir string) Digest {
	t.Helper()
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	d, err := r.Digest(ctx())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func clean(t testing.TB, dir string) {
	t.Helper()
	problems, err := Check(ctx(), dir)
	if err != nil || len(problems) > 0 {
		t.Fatalf("check: %v %v", problems, err)
	}
}

func TestMergeAndDrop(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	dir := t.TempDir()
	w := writer(t, dir)
	lists := map[string][]*event.Event{}
	var every []*event.Event
	for _, run := range []string{"run-a", "run-b", "run-c", "run-d", "run-e", "run-f", "run-g"} {
		lists[run] = randomEvents(rng, run, 900)
		every = append(every, lists[run]...)
		ingest(t, w, info(run, 1), lists[run])
	}
	cited := lists["run-b"][5].ID()
	if err := w.PutClaims(Claims{Findings: []claim.Finding{{ID: "f", Rule: "deleted-exe", Level: claim.High, Events: []event.ID{cited}}}}); err != nil {
		t.Fatal(err)
	}
	before := digest(t, dir)
	if n := len(w.cur.gens); n != 8 {
		t.Fatalf("%d generations, want 8", n)
	}
	if err := w.Merge(ctx()); err != nil {
		t.Fatal(err)
	}
	if n := len(w.cur.gens); n != 2 {
		t.Fatalf("%d generations after the merge, want 2", n)
	}
	if d := gocmp.Diff(before, digest(t, dir)); d != "" {
		t.Fatalf("digest changed by merge: %s", d)
	}
	clean(t, dir)
	checkCited(t, dir, cited)
	if err := w.Drop("run-c"); err != nil {
		t.Fatal(err)
	}
	rest := slices.DeleteFunc(slices.Clone(every), func(e *event.Event) bool { return e.Origin.Run == "run-c" })
	if d := gocmp.Diff(naive(rest, nil, nil), all(t, dir)); d != "" {
		t.Fatal("other rows than those of the remaining bundles after drop")
	}
	clean(t, dir)
	checkCited(t, dir, cited)
	if d := digest(t, dir); d.Warnings != 30 || len(d.Inputs) != 6 {
		t.Fatalf("digest after drop: %+v", d)
	}
	if err := w.Drop("run-c"); err == nil {
		t.Fatal("dropping a bundle twice must fail")
	}
	ingest(t, w, info("run-c", 1), lists["run-c"])
	if err := w.Merge(ctx()); err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(before, digest(t, dir)); d != "" {
		t.Fatalf("digest after drop and ingest: %s", d)
	}
}

func checkCited(t *testing.T, dir string, id event.ID) {
	t.Helper()
	r := open(t, dir)
	p, err := r.Page(ctx(), parse(t, "tag:finding level:high tag:deleted-exe"), PageRequest{Limit: 10}, nil)
	if err != nil || len(p.Rows) != 1 || p.Rows[0].ID != id || p.Rows[0].Level != claim.High {
		t.Fatalf("cited rows: %+v %v", p.Rows, err)
	}
	c, err := r.Claims()
	if err != nil || len(c.Findings) != 1 || c.Findings[0].Events[0] != id {
		t.Fatalf("claims: %+v %v", c, err)
	}
}

func TestNewerParserSupersedesItsExhibits(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	dir := t.TempDir()
	w := writer(t, dir)
	old := randomEvents(rng, "run-a", 500)
	ingest(t, w, info("run-a", 1), old)
	fresh := []*event.Event{}
	for _, e := range randomEvents(rng, "run-a", 400) {
		if e.Origin.Exhibit == 2 {
			fresh = append(fresh, e)
		}
	}
	b, err := w.Ingest(info("run-a", 2))
	if err != nil {
		t.Fatal(err)
	}
	b.Exhibit(ExhibitInfo{Number: 2, Parser: "sshd"})
	for _, e := range fresh {
		if err := b.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Commit(info("run-a", 2)); err != nil {
		t.Fatal(err)
	}
	want := append(slices.DeleteFunc(slices.Clone(old), func(e *event.Event) bool { return e.Origin.Exhibit == 2 }), fresh...)
	for range 2 {
		if d := gocmp.Diff(naive(want, nil, nil), all(t, dir)); d != "" {
			t.Fatalf("rows after the upgrade: %d, want %d", len(all(t, dir)), len(want))
		}
		if d := digest(t, dir); d.Warnings != 4 {
			t.Fatalf("%d warnings, want those of the 4 other exhibits", d.Warnings)
		}
		clean(t, dir)
		if err := w.Merge(ctx()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Ingest(info("run-a", 2)); err != ErrKnown {
		t.Fatalf("got %v, want ErrKnown", err)
	}
}

func TestCopiesAreWitnesses(t *testing.T) {
	dir := t.TempDir()
	w := writer(t, dir)
	line := func(run string, exhibit uint32, offset int64, msg string, sec int64) *event.Event {
		return &event.Event{Time: event.At(testBase+sec*1e9, event.Second), Host: event.HostKey{1}, Source: "syslog", Parser: "sshd", Message: msg,
			Origin: event.Origin{Run: run, Exhibit: exhibit, Path: "data/files/var/log/auth.log", Offset: offset, Length: int64(len(msg))}}
	}
	make := func(run string, from int64) []*event.Event {
		var out []*event.Event
		for i := from; i < from+10; i++ {
			out = append(out, line(run, 1, i*100, "same", i/3), line(run, 1, i*100+50, "other", i))
		}
		return out
	}
	a, b := make("run-a", 0), make("run-b", 6)
	bundle := func(run string) BundleInfo {
		x := info(run, 1)
		x.Host = event.HostKey{1}
		return x
	}
	ingest(t, w, bundle("run-a"), a)
	ingest(t, w, bundle("run-b"), b)
	if err := w.Merge(ctx()); err != nil {
		t.Fatal(err)
	}
	// seconds 2 and 3 hold 3 and 1 "same" of run-a (i 6..9) and the same of run-b; "other" twice for 6..9
	r := open(t, dir)
	n, err := r.Count(ctx(), nil, nil)
	if err != nil || n.N != 40-4-4 {
		t.Fatalf("%+v rows %v, want 32", n, err)
	}
	p, err := r.Page(ctx(), nil, PageRequest{Limit: 100, AllCopies: true}, nil)
	if err != nil || len(p.Rows) != 40 {
		t.Fatalf("%d rows with all copies %v", len(p.Rows), err)
	}
	witnesses := 0
	p, err = r.Page(ctx(), nil, PageRequest{Limit: 100}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range p.Rows {
		witnesses += row.Witnesses
	}
	if witnesses != 8 {
		t.Fatalf("%d witnesses, want 8", witnesses)
	}
	checkCopies(t, r)
	if err := w.Drop("run-a"); err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(naive(b, nil, nil), all(t, dir)); d != "" {
		t.Fatal(d)
	}
	r = open(t, dir)
	if n, err := r.Count(ctx(), nil, nil); err != nil || n.N != 20 {
		t.Fatalf("%+v rows of the bundle that stays %v, want 20", n, err)
	}
}

// checkCopies asks each row for its further witnesses: as many as the row
// says, the same words in another bundle, and each names the row back.
func checkCopies(t *testing.T, r *Reader) {
	t.Helper()
	p, err := r.Page(ctx(), nil, PageRequest{Limit: 100}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range p.Rows {
		more, err := r.Copies(ctx(), row.ID)
		if err != nil || len(more) != row.Witnesses {
			t.Fatalf("%d copies of a row with %d witnesses, %v", len(more), row.Witnesses, err)
		}
		for _, c := range more {
			if c.Event.Message != row.Event.Message || c.Event.Time.Instant != row.Event.Time.Instant || c.Event.Origin.Run == row.Event.Origin.Run {
				t.Errorf("%+v is called a copy of %+v", c.Event, row.Event)
			}
			back, err := r.Copies(ctx(), c.ID)
			if err != nil || len(back) != row.Witnesses || back[0].ID != row.ID {
				t.Errorf("the copy names %d rows, %v; want the row that is shown", len(back), err)
			}
		}
	}
	if more, err := r.Copies(ctx(), event.ID{1}); err != nil || more != nil {
		t.Errorf("an event that is not there has copies %v, %v", more, err)
	}
}
