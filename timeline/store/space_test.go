package store

import (
	"math/rand/v2"
	"testing"
)

// What a reader holds of a state before is measured apart, and goes with the
// next writer once it is closed.
func TestMeasure(t *testing.T) {
	dir := t.TempDir()
	if s, err := Measure(dir); err != nil || s != (Space{}) {
		t.Fatalf("an empty store has %+v %v", s, err)
	}
	w := writer(t, dir)
	rng := rand.New(rand.NewPCG(4, 4))
	ingest(t, w, info("run-1", 1), randomEvents(rng, "run-1", 900))
	ingest(t, w, info("run-2", 1), randomEvents(rng, "run-2", 300))
	full, err := Measure(dir)
	if err != nil || full.Named <= 0 || full.Held != 0 {
		t.Fatalf("two bundles: %+v %v", full, err)
	}
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Drop("run-1"); err != nil {
		t.Fatal(err)
	}
	if err := w.Merge(ctx()); err != nil {
		t.Fatal(err)
	}
	held, err := Measure(dir)
	if err != nil || held.Named >= full.Named || held.Held < full.Named/2 {
		t.Fatalf("with a reader of the state before: %+v %v, before %+v", held, err, full)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	free, err := Measure(dir)
	if err != nil || free.Named != held.Named || free.Held != 0 {
		t.Fatalf("after it: %+v %v", free, err)
	}
}
