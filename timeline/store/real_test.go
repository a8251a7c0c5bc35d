package store

import (
	"os"
	"testing"
)

// BenchmarkRealStore times queries on the store that SAKSI_BENCH_STORE names.
func BenchmarkRealStore(b *testing.B) {
	dir := os.Getenv("SAKSI_BENCH_STORE")
	if dir == "" {
		b.Skip("set SAKSI_BENCH_STORE to the store directory of a case")
	}
	r := open(b, dir)
	first, last, dated, _ := r.Span()
	b.Logf("%d dated rows in %d segments of %d generations", dated, len(r.segs), len(r.gens))
	for _, q := range []string{"*", "actor:root", "failed", "zqxjk"} {
		n := parse(b, q)
		b.Run("page/"+q, func(b *testing.B) {
			timedCPU(b, func() error {
				_, err := r.Page(ctx(), n, PageRequest{Limit: 100, After: Cursor{Set: true, Time: (first + last) / 2}}, nil)
				return err
			})
		})
		b.Run("hist/"+q, func(b *testing.B) {
			if q == "failed" {
				b.Skip("reads every row that may match")
			}
			timedCPU(b, func() error {
				_, err := r.Histogram(ctx(), n, first, last+1, 1000, nil)
				return err
			})
		})
	}
	for _, f := range []string{"host", "source", "actor", "action", "exhibit"} {
		b.Run("facets/"+f, func(b *testing.B) {
			timedCPU(b, func() error { _, err := r.Facets(ctx(), nil, f, 50, nil); return err })
		})
	}
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
