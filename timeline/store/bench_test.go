package store

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// benchRows is the size of the store of the benchmarks: SAKSI_BENCH_ROWS, or a million.
func benchRows() int {
	if n, err := strconv.Atoi(os.Getenv("SAKSI_BENCH_ROWS")); err == nil && n > 0 {
		return n
	}
	return 1_000_000
}

// ingestSynthetic ingests n rows. Making them is not timed: they come in parts
// of part0 rows, and the clock stops only when all segments of a part are built.
func ingestSynthetic(b *testing.B, dir string, n, part0 int) (rows int, plain int64, wall, used time.Duration, sample [][]byte) {
	w, err := OpenWriter(dir, WriterOptions{})
	if err != nil {
		b.Fatal(err)
	}
	var batch *Batch
	last := -1
	timed := func(f func() error) {
		start, before := time.Now(), cpu()
		if err := f(); err != nil {
			b.Fatal(err)
		}
		wall, used = wall+time.Since(start), used+cpu()-before
	}
	name := func(n int) BundleInfo {
		return BundleInfo{Run: fmt.Sprintf("run-%02d", n), Host: event.HostKey{1, byte(n)}}
	}
	var part []*event.Event
	flush := func() {
		list := part
		part = nil
		timed(func() error {
			for _, e := range list {
				if err := batch.Event(e); err != nil {
					return err
				}
			}
			batch.inFlight.Wait()
			return nil
		})
		rows += len(list)
	}
	synthesize(n, func(k int, list []*event.Event) {
		if len(sample) < 64 {
			var p []byte
			for _, e := range list {
				p = packRow(p, e, 0)
			}
			sample = append(sample, p)
		}
		for _, e := range list {
			plain += int64(rowBytes(e))
		}
		if k != last {
			if last >= 0 {
				flush()
				timed(func() error { return batch.Commit(name(last)) })
			}
			last = k
			timed(func() error { batch, err = w.Ingest(name(k)); return err })
		}
		if part = append(part, list...); len(part) >= part0 {
			flush()
		}
	})
	flush()
	timed(func() error { return batch.Commit(name(last)) })
	timed(func() error { return w.Merge(context.Background()) })
	timed(w.Close)
	return rows, plain, wall, used, sample
}

// ingestBundles ingests n rows, as many bundles at the same time as there are
// processors. Making the rows is not timed.
func ingestBundles(b *testing.B, dir string, n int) (rows int, plain int64, wall, used time.Duration, sample [][]byte) {
	w, err := OpenWriter(dir, WriterOptions{})
	if err != nil {
		b.Fatal(err)
	}
	lists := map[int][]*event.Event{}
	flush := func() {
		errs := make(chan error, len(lists))
		start, before := time.Now(), cpu()
		for k, list := range lists {
			go func() { errs <- ingestOne(w, k, list) }()
		}
		for range lists {
			if err := <-errs; err != nil {
				b.Fatal(err)
			}
		}
		wall, used = wall+time.Since(start), used+cpu()-before
		clear(lists)
	}
	synthesize(n, func(k int, list []*event.Event) {
		if len(sample) < 64 {
			var p []byte
			for _, e := range list {
				p = packRow(p, e, 0)
			}
			sample = append(sample, p)
		}
		for _, e := range list {
			plain += int64(rowBytes(e))
		}
		if _, same := lists[k]; !same && len(lists) == runtime.GOMAXPROCS(0) {
			flush()
		}
		lists[k] = append(lists[k], list...)
		rows += len(list)
	})
	flush()
	b.ReportMetric(float64(wall.Milliseconds()), "batches-ms")
	start, before := time.Now(), cpu()
	if err := w.Merge(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(time.Since(start).Milliseconds()), "merge-ms")
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return rows, plain, wall + time.Since(start), used + cpu() - before, sample
}

func ingestOne(w *Writer, k int, list []*event.Event) error {
	info := BundleInfo{Run: fmt.Sprintf("run-%02d", k), Host: event.HostKey{1, byte(k)}}
	batch, err := w.Ingest(info)
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := batch.Event(e); err != nil {
			return err
		}
	}
	return batch.Commit(info)
}

// BenchmarkIngest prints the rate beside the physical limit: the same rows as
// a plain zstd stream to a synced file, on all processors.
func BenchmarkIngest(b *testing.B) {
	for range b.N {
		dir := b.TempDir()
		rows, plain, wall, used, sample := ingestBundles(b, dir, benchRows())
		b.ReportMetric(float64(rows)/wall.Seconds(), "events/s")
		b.ReportMetric(used.Seconds()*1e6/float64(rows), "cpu-us/event")
		b.ReportMetric(float64(diskBytes(dir))/float64(rows), "B/event")
		b.ReportMetric(float64(plain)/float64(rows), "plain-B/event")
		perSecond, ratio := rawStream(b, sample)
		b.ReportMetric(perSecond/(float64(plain)/float64(rows)), "zstd-limit-events/s")
		b.ReportMetric(ratio*float64(plain)/float64(rows), "zstd-limit-B/event")
	}
}

// BenchmarkIngestMemory prints the anonymous memory of an ingest whose rows are
// made as they are taken.
func BenchmarkIngestMemory(b *testing.B) {
	for range b.N {
		runtime.GC()
		peak := anonPeak()
		ingestSynthetic(b, b.TempDir(), benchRows(), 4096)
		b.ReportMetric(float64(peak())/(1<<20), "anon-MB")
	}
}

// timedCPU runs f b.N times and reports processor time beside wall time, which
// tells more on a machine that has other work.
func timedCPU(b *testing.B, f func() error) {
	b.Helper()
	if err := f(); err != nil { // the first reads what a warm screen has read
		b.Fatal(err)
	}
	b.ResetTimer()
	start := cpu()
	for range b.N {
		if err := f(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu()-start).Microseconds())/float64(b.N), "cpu-us/op")
}
