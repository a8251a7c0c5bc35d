package store

import (
	"math/rand/v2"
	"testing"

	"go.uber.org/goleak"
)

// TestNothingKeepsRunning closes everything and wants no goroutine left.
func TestNothingKeepsRunning(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	dir := t.TempDir()
	fill(t, dir, "run-1", randomEvents(rand.New(rand.NewPCG(1, 3)), "run-1", 800), WriterOptions{})
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Page(ctx(), nil, PageRequest{Limit: 50}, nil); err != nil {
		t.Fatal(err)
	}
	for range r.Iterate(ctx(), nil, nil) {
		break // an iteration that is left early
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	w, err := OpenWriter(dir, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := w.Ingest(info("run-2", 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Abort(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
