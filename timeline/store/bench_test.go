package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

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

// synth makes the i-th of n rows of 302 bytes on average: 43 hosts, 8 sources,
// 30 days, logs in order of time and file listings in none.
type synth struct {
	n, host int
	rng     *rand.Rand
	ends    [8]int64
}

func newSynth(host, n int) *synth {
	return &synth{n: n, host: host, rng: rand.New(rand.NewPCG(7, uint64(host)))}
}

func (s *synth) event(i int) *event.Event {
	rng := s.rng
	src := i % 8
	at := int64(i) * (30 * 86400e9 / int64(s.n))
	if src >= 6 {
		at = rng.Int64N(30 * 86400e9)
	}
	at += testBase + rng.Int64N(2e9)
	sources := [8]string{"syslog", "journal", "audit", "wtmp", "nginx", "process", "file", "statx"}
	user := [12]string{"root", "deploy", "www-data", "backup", "alice", "bob", "carol", "dave", "erin", "frank", "nobody", "postgres"}[rng.IntN(12)]
	ip := fmt.Sprintf("203.0.113.%d", rng.IntN(250))
	if rng.IntN(3) > 0 {
		ip = fmt.Sprintf("10.%d.%d.%d", rng.IntN(4), rng.IntN(4), rng.IntN(250))
	}
	h1, h2 := rng.Uint64(), rng.Uint64()
	path := fmt.Sprintf("/srv/data/%x/%s-%d.bin", h1>>52, user, rng.IntN(100000))
	msg := fmt.Sprintf("%s[%d]: session %016x%08x for user %s from %s port %d: object {%x-%x} status %d bytes %d", sources[src],
		rng.IntN(30000), h1, uint32(h2), user, ip, rng.IntN(65000), h2>>40, h2>>20&0xfffff, 200+rng.IntN(300), rng.IntN(1<<20))
	switch {
	case i%20 == 3:
		msg += " invoice"
	case i%33333 == 5:
		msg += " psexesvc started"
	case i%200003 == 7:
		msg += " sekurlsa::logon"
	}
	length := int64(len(msg) + 1)
	e := &event.Event{Time: event.At(at, event.Microsecond, event.ClockUnverified), Meaning: "logged", Host: event.HostKey{1, byte(s.host)},
		Source: sources[src], Parser: sources[src], Actor: user, Action: "access", Message: msg,
		Fields: []event.Field{{Name: "ip", Value: ip}, {Name: "path", Value: path}, {Name: "pid", Value: strconv.Itoa(rng.IntN(30000))}},
		Origin: event.Origin{Run: fmt.Sprintf("run-%02d", s.host), Exhibit: uint32(src + 1), Path: "data/files/var/log/" + sources[src],
			Offset: s.ends[src], Length: length, SHA256: [32]byte{byte(src), byte(s.host)}}}
	s.ends[src] += length
	return e
}

// rowBytes is the plain size of an event, for the figure of bytes per row.
func rowBytes(e *event.Event) int {
	n := 8*3 + 5 + 8 + 8 + 8 + 4 + len(e.Source) + len(e.Parser) + len(e.Meaning) + len(e.Actor) + len(e.Action) + len(e.Object) + len(e.Message)
	for _, f := range e.Fields {
		n += len(f.Name) + len(f.Value)
	}
	return n + 16
}

// synthesize hands n rows to feed, one bundle after another, each of one host:
// 43 of them, fewer when they would hold less than 230,000 rows.
func synthesize(n int, feed func(bundle int, list []*event.Event)) {
	const batch = 4096
	bundles := max(1, min(43, n/230_000))
	for k := range bundles {
		s := newSynth(k, n/bundles)
		var list []*event.Event
		for i := range n / bundles {
			list = append(list, s.event(i))
			if len(list) == batch {
				feed(k, list)
				list = nil
			}
		}
		feed(k, list)
	}
}

// cpu is the processor time of this process.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// anonPeak samples RssAnon until stopped.
func anonPeak() (stop func() int64) {
	done := make(chan struct{})
	out := make(chan int64)
	go func() {
		peak := int64(0)
		for {
			select {
			case <-done:
				out <- peak
				return
			case <-time.After(20 * time.Millisecond):
			}
			b, err := os.ReadFile("/proc/self/status")
			if err != nil {
				continue
			}
			for line := range strings.Lines(string(b)) {
				if f := strings.Fields(line); len(f) > 1 && f[0] == "RssAnon:" {
					kb, _ := strconv.ParseInt(f[1], 10, 64)
					peak = max(peak, kb<<10)
				}
			}
		}
	}()
	return func() int64 { close(done); return <-out }
}

func diskBytes(dir string) (n int64) {
	filepath.Walk(dir, func(_ string, st os.FileInfo, err error) error {
		if err == nil {
			if s, ok := st.Sys().(*syscall.Stat_t); ok && !st.IsDir() {
				n += s.Blocks * 512
			}
		}
		return nil
	})
	return n
}

// rawStream streams the same packed rows through zstd into a synced file, on as
// many goroutines as there are processors: what the machine can do at most.
func rawStream(b *testing.B, rows [][]byte) (perSecond, ratio float64) {
	start := time.Now()
	var wg sync.WaitGroup
	procs := runtime.GOMAXPROCS(0)
	n := 0
	var written atomic.Int64
	for _, r := range rows {
		n += len(r)
	}
	for p := range procs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			f, err := os.CreateTemp(b.TempDir(), "raw")
			if err != nil {
				b.Error(err)
				return
			}
			defer f.Close()
			z, err := zstd.NewWriter(f, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
			if err != nil {
				b.Error(err)
				return
			}
			for i := p; i < len(rows); i += procs {
				z.Write(rows[i])
			}
			if err := z.Close(); err != nil {
				b.Error(err)
			}
			if err := f.Sync(); err != nil {
				b.Error(err)
			}
			if st, err := f.Stat(); err == nil {
				written.Add(st.Size())
			}
		}()
	}
	wg.Wait()
	return float64(n) / time.Since(start).Seconds(), float64(written.Load()) / float64(n)
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
