package store

import (
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/timeline/event"
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

// physical is what the machine needs for the least that an answer can take,
// measured in the same run: no indexes, no cursor, no order.
type physical struct {
	block time.Duration // unpack the sections of one block
	count time.Duration // count the bits of one bitmap over all rows
	open  time.Duration // hash the files that are not value logs
	scan  float64       // rows whose messages are unpacked, per second, one processor
}

func measurePhysical(b *testing.B, r *Reader) (p physical) {
	b.Helper()
	rng := rand.New(rand.NewPCG(3, 3))
	const n = 200
	var blocks []*block
	rows := 0
	for range n {
		s := r.segs[rng.IntN(len(r.segs))]
		blk, err := s.block(rng.IntN(len(s.man.blocks)), false)
		if err != nil {
			b.Fatal(err)
		}
		blocks = append(blocks, blk)
		rows += blk.n
	}
	unpack := func(from int) time.Duration {
		start := time.Now()
		for _, blk := range blocks {
			list := slices.Clone(blk.parts[:blockParts-blockParts*min(from, 1)])
			for i := range blk.pieces {
				list = append(list, blk.pieces[i].parts[from:]...)
			}
			for i := range list {
				if _, err := blk.unpack(&list[i]); err != nil {
					b.Fatal(err)
				}
			}
		}
		return time.Since(start)
	}
	p.block = unpack(0) / n
	p.scan = float64(rows) / unpack(partMessages).Seconds()
	_, _, dated, rest := r.Span()
	words := make([]uint64, (dated+rest)/64+1)
	for i := range words {
		words[i] = rng.Uint64()
	}
	start, sum := time.Now(), 0
	for _, w := range words {
		sum += bits.OnesCount64(w)
	}
	if p.count = time.Since(start); sum == 0 {
		b.Fatal("no bit is set")
	}
	start = time.Now()
	for _, g := range r.cur.gens {
		files, err := os.ReadDir(filepath.Join(r.dir, g.name))
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f.Name(), ".vlog") {
				continue
			}
			if _, err := hashFile(filepath.Join(r.dir, g.name, f.Name())); err != nil {
				b.Fatal(err)
			}
		}
	}
	p.open = time.Since(start)
	return p
}

// timedBeside is timedCPU with the physical limit beside it.
func timedBeside(b *testing.B, limit time.Duration, f func() error) {
	b.Helper()
	timedCPU(b, f)
	b.ReportMetric(float64(limit.Nanoseconds())/1e3, "limit-us")
	reportGoal(b, int64(benchRows()))
}

// BenchmarkQueries times what a screen asks of a store.
func BenchmarkQueries(b *testing.B) {
	dir := benchStore(b)
	r, err := Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	first, last, rows, rest := r.Span()
	b.Logf("%d dated rows and %d others in %d segments of %d generations", rows, rest, len(r.segs), len(r.gens))
	p := measurePhysical(b, r)
	rng := rand.New(rand.NewPCG(1, 1))
	bundles, _ := synthBundles(benchRows())
	host := fmt.Sprintf("host:%s source:syslog", event.HostKey{1, byte(min(2, bundles-1))})
	for _, q := range []string{"*", host, "actor:root", "ip:10.1.2.0/24", "path:/srv/data/abc/*", "pid>29990"} {
		n := parse(b, q)
		b.Run("page/"+q, func(b *testing.B) {
			found := 0
			timedBeside(b, p.block, func() error {
				c := Cursor{Set: true, Time: first + rng.Int64N(last-first)}
				page, err := r.Page(ctx(), n, PageRequest{After: c, Limit: 100}, nil)
				found += len(page.Rows)
				return err
			})
			if found == 0 {
				b.Fatalf("%s: no page has a row: nothing was timed", q)
			}
		})
	}
	for _, q := range []string{"psexesvc", "absentword", "invoice"} {
		n := parse(b, q)
		b.Run("first-page/"+q, func(b *testing.B) {
			timedBeside(b, p.block, func() error { _, err := r.Page(ctx(), n, PageRequest{Limit: 100}, nil); return err })
		})
	}
	for _, q := range []string{"*", host, "actor:root"} {
		n := parse(b, q)
		b.Run("hist1000/"+q, func(b *testing.B) {
			timedBeside(b, p.count, func() error { _, err := r.Histogram(ctx(), n, first, last+1, 1000, nil); return err })
		})
	}
	b.Run("facets/source", func(b *testing.B) {
		timedBeside(b, p.count, func() error { _, err := r.Facets(ctx(), nil, "source", 10, nil); return err })
	})
	b.Run("get", func(b *testing.B) {
		page, err := r.Page(ctx(), nil, PageRequest{Limit: 10}, nil)
		if err != nil {
			b.Fatal(err)
		}
		timedBeside(b, p.block, func() error { _, _, err := r.Get(ctx(), page.Rows[rng.IntN(10)].ID); return err })
	})
	b.Run("count/invoice", func(b *testing.B) {
		n := parse(b, "invoice")
		timedCPU(b, func() error { _, err := r.Count(ctx(), n, nil); return err })
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		b.ReportMetric(p.scan, "limit-events/s")
	})
	if err := r.Close(); err != nil { // what is mapped cannot be let go
		b.Fatal(err)
	}
	benchOpen(b, dir, p.open)
}

// benchOpen times opening with everything in the page cache, and after the
// kernel was told to let the files go.
func benchOpen(b *testing.B, dir string, limit time.Duration) {
	again := func() error {
		r, err := Open(dir)
		if err != nil {
			return err
		}
		return r.Close()
	}
	b.Run("open/warm", func(b *testing.B) { timedBeside(b, limit, again) })
	b.Run("open/cold", func(b *testing.B) { timedCold(b, dir, again) })
	for _, q := range []string{"*", "pid>29990"} {
		n := parse(b, q)
		b.Run("open/cold-and-page/"+q, func(b *testing.B) {
			timedCold(b, dir, func() error {
				r, err := Open(dir)
				if err != nil {
					return err
				}
				first, last, _, _ := r.Span()
				_, err = r.Page(ctx(), n, PageRequest{After: Cursor{Set: true, Time: first + (last-first)/2}, Limit: 100}, nil)
				return errors.Join(err, r.Close())
			})
		})
	}
}

// timedCold times f after the kernel was told to let the files go.
func timedCold(b *testing.B, dir string, f func() error) {
	b.Helper()
	read := int64(0)
	for range b.N {
		b.StopTimer()
		letGo(b, dir)
		read -= fromDisk()
		b.StartTimer()
		if err := f(); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		read += fromDisk()
		b.StartTimer()
	}
	b.ReportMetric(float64(read)/float64(b.N)/1e6, "disk-MB/op")
	reportGoal(b, int64(benchRows())) // disk-MB next to 0: nothing was dropped, and this is no cold open
}
