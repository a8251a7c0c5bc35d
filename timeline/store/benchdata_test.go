package store

import (
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
)

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
	h1 := rng.Uint64()
	path := fmt.Sprintf("/srv/data/%x/%s-%d.bin", h1>>52, user, rng.IntN(1000))
	msg := fmt.Sprintf("%s[%d]: request accepted: session %08x opened for user %s (uid=%d) from %s port %d by policy default-allow-internal, status %d, bytes %d",
		sources[src], 800+rng.IntN(40), uint32(h1), user, 1000+len(user), ip, 32768+rng.IntN(20000), 200+rng.IntN(5), rng.IntN(1<<14))
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
		Fields: []event.Field{{Name: "ip", Value: ip}, {Name: "path", Value: path}, {Name: "pid", Value: strconv.Itoa(800 + rng.IntN(30000))}},
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

// synthBundles says how many bundles n rows make, each of one host: 43 of them,
// fewer when they would hold less than 230,000 rows.
func synthBundles(n int) (bundles, rows int) {
	bundles = max(1, min(43, n/230_000))
	return bundles, n / bundles
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
// perSecond and used (processor seconds) are of bytes.
func rawStream(b *testing.B, rows [][]byte) (perSecond, ratio, used float64) {
	start, before := time.Now(), cpu()
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
	return float64(n) / time.Since(start).Seconds(), float64(written.Load()) / float64(n), (cpu() - before).Seconds() / float64(n)
}

// TestTape wants the events of the benchmark back from their tape.
func TestTape(t *testing.T) {
	s, tp := newSynth(3, 100), &tape{}
	var want [][]byte
	for i := range 100 {
		e := s.event(i)
		tp.add(e)
		id := e.ID()
		want = append(want, packRow(append(e.Host[:], id[:]...), e, 0))
	}
	n := 0
	err := tp.each(func(e *event.Event) error {
		id := e.ID()
		if string(packRow(append(e.Host[:], id[:]...), e, 0)) != string(want[n]) {
			t.Errorf("event %d comes back changed: %+v", n, e)
		}
		n++
		return nil
	})
	if err != nil || n != len(want) {
		t.Fatalf("%d events of %d: %v", n, len(want), err)
	}
}
