package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
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
	tape       time.Duration // an event: what reading the tapes takes of used
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

// dry notes what it takes to read the first tapes alone, which is part of used
// and no part of an ingest.
func (m *measured) dry(feeds []*feed) {
	rows, before := 0, cpu()
	for _, f := range feeds {
		_ = f.tape.each(func(*event.Event) error { rows++; return nil }) // fails only with its function
	}
	m.tape = (cpu() - before) / time.Duration(max(rows, 1))
}

// note takes a row into account; of the first, some are kept as a sample.
func (m *measured) note(e *event.Event) {
	const piece, pieces = 1 << 20, 72
	if n := len(m.sample); n == 0 || len(m.sample[n-1]) >= piece && n < pieces {
		m.sample = append(m.sample, make([]byte, 0, piece+4096))
	}
	if p := &m.sample[len(m.sample)-1]; len(*p) < piece {
		*p = packRow(*p, e, 0)
	}
	m.plain += int64(rowBytes(e))
	m.rows++
}

// tapeRows is how many rows wait on tapes, at most, while no clock runs.
const tapeRows = 1 << 20

// feed is one bundle that is being ingested: rows that wait, and the batch
// that has taken the ones before.
type feed struct {
	tape  *tape
	batch *Batch
	info  BundleInfo
}

// turn hands the waiting rows over and waits until their segments are built,
// so that nothing goes on while no clock runs. At the end it commits.
func (f *feed) turn(w *Writer, end bool) (err error) {
	if f.batch == nil {
		if f.batch, err = w.Ingest(f.info); err != nil {
			return err
		}
	}
	if err := f.tape.each(f.batch.Event); err != nil {
		return err
	}
	f.tape = &tape{}
	if end {
		return f.batch.Commit(f.info)
	}
	f.batch.inFlight.Wait()
	return nil
}

// ingestBundles ingests n rows, so many bundles at the same time. Making the
// rows is not timed; reading them from their tapes is.
func ingestBundles(b *testing.B, dir string, n, parallel int) *measured {
	m := &measured{}
	w, err := OpenWriter(dir, WriterOptions{})
	if err != nil {
		b.Fatal(err)
	}
	turn := func(feeds []*feed, end bool) {
		m.timed(b, func() error {
			errs := make(chan error, len(feeds))
			for _, f := range feeds {
				go func() { errs <- f.turn(w, end) }()
			}
			for range feeds {
				if err := <-errs; err != nil {
					return err
				}
			}
			return nil
		})
		runtime.GC()
	}
	bundles, each := synthBundles(n)
	for first := 0; first < bundles; first += parallel {
		var feeds []*feed
		var makers []*synth
		for k := first; k < min(first+parallel, bundles); k++ {
			feeds = append(feeds, &feed{tape: &tape{}, info: BundleInfo{Run: fmt.Sprintf("run-%02d", k), Host: event.HostKey{1, byte(k)}}})
			makers = append(makers, newSynth(k, each))
		}
		for done := 0; done < each; {
			part := min(each-done, tapeRows/len(feeds))
			for i, s := range makers {
				for j := done; j < done+part; j++ {
					e := s.event(j)
					m.note(e)
					feeds[i].tape.add(e)
				}
			}
			if done += part; m.tape == 0 {
				m.dry(feeds)
			}
			turn(feeds, done == each)
		}
	}
	before := m.wall
	m.timed(b, func() error { return w.Merge(context.Background()) })
	m.merge = m.wall - before
	m.timed(b, w.Close)
	return m
}

// ingestDir is where BenchmarkIngest puts its store: where SAKSI_BENCH_STORE
// says, to be kept for the read benchmarks, unless something is there.
func ingestDir(b *testing.B) string {
	dir := os.Getenv("SAKSI_BENCH_STORE")
	if _, err := os.Stat(filepath.Join(dir, currentName)); dir == "" || err == nil {
		return b.TempDir()
	}
	return dir
}

// BenchmarkIngest prints the rate beside the physical limit: the same rows as
// a plain zstd stream to a synced file, on all processors.
func BenchmarkIngest(b *testing.B) {
	for range b.N {
		dir := ingestDir(b)
		runtime.GC()
		peak := anonPeak()
		m := ingestBundles(b, dir, benchRows(), runtime.GOMAXPROCS(0))
		b.ReportMetric(float64(peak())/(1<<20), "anon-MB")
		rows := float64(m.rows)
		b.ReportMetric(rows/m.wall.Seconds(), "events/s")
		b.ReportMetric(m.used.Seconds()*1e6/rows, "cpu-us/event")
		b.ReportMetric(float64(m.tape.Nanoseconds())/1e3, "tape-cpu-us/event")
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
// tells more on a machine that has other work, and the median of the runs.
func timedCPU(b *testing.B, f func() error) {
	b.Helper()
	if err := f(); err != nil { // the first reads what a warm screen has read
		b.Fatal(err)
	}
	took := make([]time.Duration, 0, b.N)
	b.ResetTimer()
	start := cpu()
	for range b.N {
		from := time.Now()
		if err := f(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(from))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns/op")
	b.ReportMetric(float64((cpu()-start).Microseconds())/float64(b.N), "cpu-us/op")
}
