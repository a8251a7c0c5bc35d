package store

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// benchStore gives the store of the read benchmarks: the one that
// SAKSI_BENCH_STORE names, which is built and kept when nothing is there, else
// a fresh one.
func benchStore(b *testing.B) string {
	dir := os.Getenv("SAKSI_BENCH_STORE")
	if dir == "" {
		dir = b.TempDir()
	}
	if _, err := os.Stat(filepath.Join(dir, currentName)); err == nil {
		return dir
	}
	ingestBundles(b, dir, benchRows(), 1)
	return dir
}

// BenchmarkQueries builds one store and times what a screen asks of it.
func BenchmarkQueries(b *testing.B) {
	dir := benchStore(b)
	r := open(b, dir)
	first, last, rows, rest := r.Span()
	b.Logf("%d dated rows and %d others in %d segments of %d generations", rows, rest, len(r.segs), len(r.gens))
	rng := rand.New(rand.NewPCG(1, 1))
	for _, q := range []string{"*", "host:0102000000000000 source:syslog", "actor:root", "ip:10.1.2.0/24", "path:/srv/data/abc/*", "pid>29990"} {
		n := parse(b, q)
		b.Run("page/"+q, func(b *testing.B) {
			timedCPU(b, func() error {
				c := Cursor{Set: true, Time: first + rng.Int64N(last-first)}
				_, err := r.Page(ctx(), n, PageRequest{After: c, Limit: 100}, nil)
				return err
			})
		})
	}
	for _, q := range []string{"psexesvc", "absentword", "invoice"} {
		n := parse(b, q)
		b.Run("first-page/"+q, func(b *testing.B) {
			timedCPU(b, func() error {
				_, err := r.Page(ctx(), n, PageRequest{Limit: 100}, nil)
				return err
			})
		})
	}
	for _, q := range []string{"*", "host:0102000000000000 source:syslog", "actor:root"} {
		n := parse(b, q)
		b.Run("hist1000/"+q, func(b *testing.B) {
			timedCPU(b, func() error {
				_, err := r.Histogram(ctx(), n, first, last+1, 1000, nil)
				return err
			})
		})
	}
	b.Run("facets/source", func(b *testing.B) {
		timedCPU(b, func() error { _, err := r.Facets(ctx(), nil, "source", 10, nil); return err })
	})
	b.Run("get", func(b *testing.B) {
		p, err := r.Page(ctx(), nil, PageRequest{Limit: 10}, nil)
		if err != nil {
			b.Fatal(err)
		}
		timedCPU(b, func() error { _, _, err := r.Get(ctx(), p.Rows[rng.IntN(10)].ID); return err })
	})
	b.Run("count/invoice", func(b *testing.B) {
		n := parse(b, "invoice")
		timedCPU(b, func() error { _, err := r.Count(ctx(), n, nil); return err })
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("open", func(b *testing.B) {
		timedCPU(b, func() error {
			r, err := Open(dir)
			if err != nil {
				return err
			}
			return r.Close()
		})
	})
}
