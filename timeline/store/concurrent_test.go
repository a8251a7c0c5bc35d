package store

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestReadersDuringIngest opens readers, some of which stay open, while
// bundles are ingested, merged and dropped: each sees whole bundles only.
func TestReadersDuringIngest(t *testing.T) {
	dir := t.TempDir()
	bundles := crashBundles()
	done := make(chan struct{})
	var wg sync.WaitGroup
	states := map[string]bool{}
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
			r, err := Open(dir)
			if err != nil {
				t.Error(err)
				return
			}
			n, err := r.Count(ctx(), nil, nil)
			if err != nil || n.N%3000 != 0 || int(n.N) != 3000*len(r.Bundles()) {
				t.Errorf("%+v rows of %d bundles: %v", n, len(r.Bundles()), err)
			}
			if _, err := r.Histogram(ctx(), nil, testBase, testBase+7200e9, 100, nil); err != nil {
				t.Error(err)
			}
			states[r.Generation()] = true
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}()
	w := writer(t, dir)
	first := open(t, dir) // stays open all the time
	for run, list := range bundles {
		if err := ingestOnce(w, run, list); err != nil {
			t.Fatal(err)
		}
	}
	second := open(t, dir)
	for range 3 {
		if err := w.Merge(ctx()); err != nil {
			t.Fatal(err)
		}
		if err := w.Drop("run-2"); err != nil {
			t.Fatal(err)
		}
		if err := ingestOnce(w, "run-2", bundles["run-2"]); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	wg.Wait()
	for r, want := range map[*Reader]int64{first: 0, second: 18000} {
		n, err := r.Count(ctx(), nil, nil)
		if err != nil || n.N != want {
			t.Errorf("an old reader sees %+v rows (%v), want %d", n, err, want)
		}
		if stale, err := r.Stale(); err != nil || !stale {
			t.Errorf("an old reader does not know that it is stale: %v", err)
		}
	}
	if len(states) < 3 {
		t.Errorf("readers saw %d states only", len(states))
	}
}

// TestOrderAndWorkersDoNotMatter fills stores in different orders, from
// several goroutines, with different numbers of workers.
func TestOrderAndWorkersDoNotMatter(t *testing.T) {
	list := randomEvents(rand.New(rand.NewPCG(8, 8)), "run-1", 5000)
	var want Digest
	for i := range 4 {
		rng := rand.New(rand.NewPCG(uint64(i), 9))
		mixed := slices.Clone(list)
		if i > 0 {
			rng.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		}
		dir := t.TempDir()
		w, err := OpenWriter(dir, WriterOptions{Workers: i + 1})
		if err != nil {
			t.Fatal(err)
		}
		b, err := w.Ingest(info("run-1", 1))
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for part := range slices.Chunk(mixed, 5000/(i+1)+1) {
			wg.Add(1)
			go func(part []*event.Event) {
				defer wg.Done()
				for _, e := range part {
					if err := b.Event(e); err != nil {
						t.Error(err)
					}
					if err := b.Warning(event.Warning{Run: "run-1", Offset: e.Origin.Offset}); err != nil {
						t.Error(err)
					}
				}
			}(part)
		}
		wg.Wait()
		if err := b.Commit(info("run-1", 1)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got := digest(t, dir)
		if i == 0 {
			want = got
		}
		last := int64(-1)
		for x, err := range open(t, dir).Warnings(ctx()) {
			if err != nil || x.Offset < last {
				t.Fatalf("warnings out of order: %d after %d, %v", x.Offset, last, err)
			}
			last = x.Offset
		}
		if got.SHA256 != want.SHA256 || got.Events != 5000 {
			t.Errorf("run %d: digest %+v, want %+v", i, got, want)
		}
	}
}
