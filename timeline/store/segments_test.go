package store

import (
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestManySegmentsAndGenerations rolls segments and generations at small sizes
// and merges with segments copied as they are.
func TestManySegmentsAndGenerations(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	dir := t.TempDir()
	w := writer(t, dir)
	w.limits = limits{segment: 300, generation: 1000, copy: 250, small: 1200}
	var every []*event.Event
	for _, run := range []string{"run-a", "run-b", "run-c"} {
		list := randomEvents(rng, run, 2500)
		every = append(every, list...)
		ingest(t, w, info(run, 1), list)
	}
	if n := len(w.cur.gens); n < 7 {
		t.Fatalf("%d generations, want them rolled at 1000 rows", n)
	}
	before := digest(t, dir)
	if err := w.PutClaims(Claims{Findings: []claim.Finding{{ID: "f", Rule: "deleted-exe", Level: claim.High, Events: []event.ID{every[77].ID()}}}}); err != nil {
		t.Fatal(err)
	}
	clean(t, dir)
	w.limits.generation = 1 << 20
	if err := w.Merge(ctx()); err != nil {
		t.Fatal(err)
	}
	if n := len(w.cur.gens); n != 2 {
		t.Fatalf("%d generations after the merge, want 2", n)
	}
	clean(t, dir)
	checkCited(t, dir, every[77].ID())
	if d := gocmp.Diff(before, digest(t, dir)); d != "" {
		t.Fatalf("digest changed by merge: %s", d)
	}
	if d := gocmp.Diff(naive(every, nil, nil), all(t, dir)); d != "" {
		t.Fatal("other rows after the merge")
	}
	r := open(t, dir)
	if len(r.segs) < 20 {
		t.Fatalf("%d segments: none was copied as it is", len(r.segs))
	}
	if err := w.Drop("run-b"); err != nil {
		t.Fatal(err)
	}
	clean(t, dir)
	rest := slices.DeleteFunc(slices.Clone(every), func(e *event.Event) bool { return e.Origin.Run == "run-b" })
	if d := gocmp.Diff(naive(rest, nil, nil), all(t, dir)); d != "" {
		t.Fatal("other rows after drop")
	}
}

func TestOneBatchOfABundleAtATime(t *testing.T) {
	w := writer(t, t.TempDir())
	b, err := w.Ingest(info("run-a", 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Ingest(info("run-a", 1)); err == nil || err == ErrKnown {
		t.Fatalf("a second batch of the same bundle: %v", err)
	}
	other, err := w.Ingest(info("run-b", 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Commit(info("run-c", 1)); err == nil {
		t.Fatal("a batch must not be committed as another bundle")
	}
	if err := b.Abort(); err != nil {
		t.Fatal(err)
	}
	ingest(t, w, info("run-a", 1), randomEvents(rand.New(rand.NewPCG(1, 1)), "run-a", 10))
	if err := b.Event(&event.Event{}); err != ErrClosed {
		t.Fatalf("an event after the end: %v", err)
	}
	if n := len(all(t, w.dir)); n != 10 {
		t.Fatalf("%d rows, want 10", n)
	}
}
