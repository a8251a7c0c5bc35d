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

// measured is what an ingest took.
type measured struct {
	rows       int
	plain      int64 // bytes of the rows
	wall, used time.Duration
	merge      time.Duration // part of wall
	sample     [][]byte      // packed rows, for the physical limit
}

// timed adds what f takes.
func (m *measured) timed(b *testing.B, f func() error) {
	b.Helper()
	start, before := time.Now(), cpu()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	m.wall, m.used = m.wall+time.Since(start), m.used+cpu()-before
}

// note takes rows into account; of the first, some are kept as a sample.
func (m *measured) note(list []*event.Event) {
	if len(m.sample) < 64 {
		var p []byte
		for _, e := range list {
			p = packRow(p, e, 0)
		}
		m.sample = append(m.sample, p)
	}
	for _, e := range list {
		m.plain += int64(rowBytes(e))
	}
	m.rows += len(list)
}

// ingestBundles ingests n rows, so many bundles at the same time. Making the
// rows is not timed; reading them from their tapes is.
func ingestBundles(b *testing.B, dir string, n, parallel int) *measured {
	m := &measured{}
	w, err := OpenWriter(dir, WriterOptions{})
	if err != nil {
		b.Fatal(err)
	}
	tapes := map[int]*tape{}
	flush := func() {
		m.timed(b, func() error {
			errs := make(chan error, len(tapes))
			for k, t := range tapes {
				go func() { errs <- ingestOne(w, k, t) }()
			}
			for range tapes {
				if err := <-errs; err != nil {
					return err
				}
			}
			return nil
		})
		clear(tapes)
		runtime.GC()
	}
	synthesize(n, func(k int, list []*event.Event) {
		m.note(list)
		if tapes[k] == nil {
			if len(tapes) == parallel {
				flush()
			}
			tapes[k] = &tape{}
		}
		for _, e := range list {
			tapes[k].add(e)
		}
	})
	flush()
	before := m.wall
	m.timed(b, func() error { return w.Merge(context.Background()) })
	m.merge = m.wall - before
	m.timed(b, w.Close)
	return m
}

func ingestOne(w *Writer, k int, t *tape) error {
	info := BundleInfo{Run: fmt.Sprintf("run-%02d", k), Host: event.HostKey{1, byte(k)}}
	batch, err := w.Ingest(info)
	if err != nil {
		return err
	}
	if err := t.each(batch.Event); err != nil {
		return err
	}
	return batch.Commit(info)
}

// BenchmarkIngest prints the rate beside the physical limit: the same rows as
// a plain zstd stream to a synced file, on all processors.
func BenchmarkIngest(b *testing.B) {
	for range b.N {
		dir := b.TempDir()
		runtime.GC()
		peak := anonPeak()
		m := ingestBundles(b, dir, benchRows(), runtime.GOMAXPROCS(0))
		b.ReportMetric(float64(peak())/(1<<20), "anon-MB")
		rows := float64(m.rows)
		b.ReportMetric(rows/m.wall.Seconds(), "events/s")
		b.ReportMetric(m.used.Seconds()*1e6/rows, "cpu-us/event")
		b.ReportMetric(float64(m.merge.Milliseconds()), "merge-ms")
		b.ReportMetric(float64(diskBytes(dir))/rows, "B/event")
		b.ReportMetric(float64(m.plain)/rows, "plain-B/event")
		perSecond, ratio, used := rawStream(b, m.sample)
		size := float64(m.plain) / rows
		b.ReportMetric(perSecond/size, "zstd-limit-events/s")
		b.ReportMetric(used*size*1e6, "zstd-limit-cpu-us/event")
		b.ReportMetric(ratio*size, "zstd-limit-B/event")
		b.ReportMetric(100*rows/m.wall.Seconds()/(perSecond/size), "%-of-limit")
	}
}

// BenchmarkIngestMemory prints the anonymous memory of an ingest of one bundle
// after another, without the tapes of the next ones.
func BenchmarkIngestMemory(b *testing.B) {
	for range b.N {
		runtime.GC()
		peak := anonPeak()
		ingestBundles(b, b.TempDir(), benchRows(), 1)
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
