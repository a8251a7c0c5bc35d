package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// benchRows is the size of the store of the benchmarks: SAKSI_BENCH_ROWS, or a million.
func benchRows() int {
	if n, err := strconv.Atoi(os.Getenv("SAKSI_BENCH_ROWS")); err == nil && n > 0 {
		return n
	}
	return 1_000_000
}

// ingestSynthetic ingests n rows. Making them is not timed: they come in parts,
// and the clock stops only when all segments of a part are built.
func ingestSynthetic(b *testing.B, dir string, n int) (rows int, plain int64, wall, used time.Duration, sample [][]byte) {
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
		if part = append(part, list...); len(part) >= segmentRows {
			flush()
		}
	})
	flush()
	timed(func() error { return batch.Commit(name(last)) })
	timed(func() error { return w.Merge(context.Background()) })
	timed(w.Close)
	return rows, plain, wall, used, sample
}

func BenchmarkIngest(b *testing.B) {
	for range b.N {
		dir := b.TempDir()
		runtime.GC()
		peak := anonPeak()
		rows, plain, wall, used, sample := ingestSynthetic(b, dir, benchRows())
		b.ReportMetric(float64(rows)/wall.Seconds(), "events/s")
		b.ReportMetric(used.Seconds()*1e6/float64(rows), "cpu-us/event")
		b.ReportMetric(float64(diskBytes(dir))/float64(rows), "B/event")
		b.ReportMetric(float64(plain)/float64(rows), "plain-B/event")
		b.ReportMetric(float64(peak())/(1<<20), "anon-MB")
		perSecond, ratio := rawStream(b, sample)
		b.ReportMetric(perSecond/(float64(plain)/float64(rows)), "zstd-limit-events/s")
		b.ReportMetric(ratio*float64(plain)/float64(rows), "zstd-limit-B/event")
	}
}

// BenchmarkQueries builds one store and times what a screen asks of it.
func BenchmarkQueries(b *testing.B) {
	dir := b.TempDir()
	rows, _, _, _, _ := ingestSynthetic(b, dir, benchRows())
	b.Logf("%d rows", rows)
	r := open(b, dir)
	first, last, _, _ := r.Span()
	rng := rand.New(rand.NewPCG(1, 1))
	page := func(q string) func(*testing.B) {
		n, err := query.Parse(q, query.ParseOptions{})
		if err != nil {
			b.Fatal(err)
		}
		return func(b *testing.B) {
			for range b.N {
				c := Cursor{Set: true, Time: first + rng.Int64N(last-first)}
				if _, err := r.Page(ctx(), n, PageRequest{After: c, Limit: 100}, nil); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("page/plain", page("*"))
	b.Run("page/host+source", page("host:0102000000000000 source:syslog"))
	b.Run("page/actor", page("actor:root"))
	b.Run("page/rare-substring", func(b *testing.B) {
		n := parse(b, "psexesvc")
		for range b.N {
			if _, err := r.Page(ctx(), n, PageRequest{Limit: 100}, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	hist := func(q string, n int) func(*testing.B) {
		return func(b *testing.B) {
			node := parse(b, q)
			for range b.N {
				if _, err := r.Histogram(ctx(), node, first, last+1, n, nil); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("hist1000/all", hist("*", 1000))
	b.Run("hist1000/host+source", hist("host:0102000000000000 source:syslog", 1000))
	b.Run("hist1000/actor", hist("actor:root", 1000))
	b.Run("facets/source", func(b *testing.B) {
		for range b.N {
			if _, err := r.Facets(ctx(), nil, "source", 10, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("count/common-substring", func(b *testing.B) {
		n := parse(b, "invoice")
		for range b.N {
			c, err := r.Count(ctx(), n, nil)
			if err != nil || c.N == 0 {
				b.Fatal(c, err)
			}
		}
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("open", func(b *testing.B) {
		for range b.N {
			r, err := Open(dir)
			if err != nil {
				b.Fatal(err)
			}
			r.Close()
		}
	})
}
