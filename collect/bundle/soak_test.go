package bundle

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/collect/record"
)

// peak is the largest resident set of this process so far, MiB.
func peak(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skipf("no /proc/self/status here: %v", err)
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.Atoi(strings.Fields(v)[0])
			if err != nil {
				t.Fatal(err)
			}
			return n >> 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}

// TestSoak (SAKSI_SOAK=1): millions of exhibits and very large ones in bounded
// memory. SAKSI_SOAK_EXHIBITS and SAKSI_SOAK_GIB change the sizes.
func TestSoak(t *testing.T) {
	if os.Getenv("SAKSI_SOAK") == "" {
		t.Skip("set SAKSI_SOAK=1: it takes minutes and gigabytes of disk")
	}
	debug.SetGCPercent(30)
	number := func(name string, def int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return def
	}
	path := filepath.Join(t.TempDir(), "b")
	n, gib := number("SAKSI_SOAK_EXHIBITS", 5_000_000), number("SAKSI_SOAK_GIB", 100)
	began := time.Now()
	soakWrite(t, path, n, int64(gib)<<30)
	t.Logf("wrote %d exhibits of 100 bytes and one of %d GiB of zeros in %s, peak %d MiB", n, gib, time.Since(began).Round(time.Second), peak(t))
	began = time.Now()
	b, err := Open(path, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	r, err := b.Verify(context.Background(), VerifyOptions{})
	if err != nil || !r.OK || r.Proven.Items != n+1 {
		t.Fatalf("%+v %v", r.Proven, err)
	}
	t.Logf("verified in %s, peak %d MiB", time.Since(began).Round(time.Second), peak(t))
	count := 0
	for _, err := range b.Exhibits() {
		if err != nil {
			t.Fatal(err)
		}
		count++
	}
	if count != n+1 {
		t.Errorf("%d exhibits listed", count)
	}
	if p := peak(t); p > 256 {
		t.Errorf("peak of %d MiB, at most 256", p)
	}
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func soakWrite(t *testing.T, path string, n int, large int64) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWriter(f, Options{Acquisition: Acquisition{RunID: "soak", Sealed: "host", Clock: record.Clock{Realtime: 1}},
		Plan: []PlanItem{{Item: 1, Source: "x"}}, Signer: testKey(t, 1), Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	data := bytes.Repeat([]byte("x"), 100)
	for i := range n {
		copy(data, fmt.Sprint(i))
		if _, err := w.Bytes(Exhibit{Item: 1, Source: "x", Path: fmt.Appendf(nil, "/srv/spool/%03d/message-%08d", i%1000, i)}, data); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.File(Exhibit{Item: 1, Source: "x", Path: record.Bytes("/large")}, large, zeroReader{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
