package store

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// crashEnv makes the test binary the victim: it writes the store at this path
// until it is killed.
const crashEnv = "SAKSI_STORE_VICTIM"

// crashBundles are the bundles the victim ingests, the same every time.
func crashBundles() map[string][]*event.Event {
	out := map[string][]*event.Event{}
	for i := range 6 {
		run := fmt.Sprintf("run-%d", i)
		out[run] = randomEvents(rand.New(rand.NewPCG(uint64(i), 77)), run, 3000)
	}
	return out
}

// victim ingests what is missing, merges, claims and drops, over and over.
func victim(dir string) error {
	w, err := OpenWriter(dir, WriterOptions{})
	if err != nil {
		return err
	}
	w.limits = limits{segment: 700, generation: 2000, copy: 600, small: 2500}
	bundles := crashBundles()
	for {
		for i := range 6 {
			run := fmt.Sprintf("run-%d", i)
			if err := ingestOnce(w, run, bundles[run]); err != nil {
				return err
			}
		}
		id := bundles["run-3"][0].ID()
		if err := w.PutClaims(Claims{Findings: []claim.Finding{{ID: "f", Rule: "r", Level: claim.High, Events: []event.ID{id}}}}); err != nil {
			return err
		}
		if err := w.Merge(ctx()); err != nil {
			return err
		}
		for _, run := range []string{"run-1", "run-4"} {
			if err := w.Drop(run); err != nil {
				return err
			}
		}
	}
}

func ingestOnce(w *Writer, run string, list []*event.Event) error {
	b, err := w.Ingest(info(run, 1))
	if errors.Is(err, ErrKnown) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := b.Event(e); err != nil {
			return err
		}
	}
	for n := range uint32(5) {
		b.Exhibit(ExhibitInfo{Number: n + 1})
	}
	return b.Commit(info(run, 1))
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashEnv); dir != "" {
		if err := victim(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestKilledAtRandomMoments kills a writer with SIGKILL at 20 moments of
// ingest, merge, claims and drop: the store opens as it is, holds whole bundles
// only, and after the work is repeated it equals one that was never disturbed.
func TestKilledAtRandomMoments(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bundles := crashBundles()
	calm := t.TempDir()
	w := writer(t, calm)
	for run, list := range bundles {
		if err := ingestOnce(w, run, list); err != nil {
			t.Fatal(err)
		}
	}
	want := digest(t, calm)
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	kills := 8 // cmd/saksi kills the whole program 20 times
	if n, err := strconv.Atoi(os.Getenv("SAKSI_KILLS")); err == nil && n > 0 {
		kills = n // the soak wants 200
	} else if testing.Short() {
		kills = 5
	}
	for i := range kills {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), crashEnv+"="+dir)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(20+rng.IntN(600)) * time.Millisecond)
		if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatalf("kill %d: the writer had ended: %v", i, err)
		}
		if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != -1 {
			t.Fatalf("kill %d: the writer ended by itself: %v", i, cmd.ProcessState)
		}
		wholeBundles(t, dir, bundles)
	}
	clean(t, dir)
	w = writer(t, dir)
	for run, list := range bundles {
		if err := ingestOnce(w, run, list); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Merge(ctx()); err != nil {
		t.Fatal(err)
	}
	clean(t, dir)
	if got := digest(t, dir); got.SHA256 != want.SHA256 {
		t.Fatalf("digest %+v after %d kills, want %+v", got, kills, want)
	}
}

// wholeBundles checks that the store opens and holds every named bundle whole
// and nothing else.
func wholeBundles(t *testing.T, dir string, bundles map[string][]*event.Event) {
	t.Helper()
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	counts := map[string]int{}
	seen := map[event.ID]bool{}
	for row, err := range r.iterate(ctx(), nil, nil, true) {
		if err != nil {
			t.Fatal(err)
		}
		if seen[row.ID] {
			t.Fatalf("event %s twice", row.ID)
		}
		seen[row.ID] = true
		counts[row.Event.Origin.Run]++
	}
	for _, b := range r.Bundles() {
		if counts[b.Run] != len(bundles[b.Run]) {
			t.Fatalf("bundle %s: %d events, want %d", b.Run, counts[b.Run], len(bundles[b.Run]))
		}
		delete(counts, b.Run)
	}
	if len(counts) > 0 {
		t.Fatalf("events of bundles that are not there: %v", counts)
	}
}

// TestFlippedByteIsNoticed changes one byte in every file of a store in turn.
func TestFlippedByteIsNoticed(t *testing.T) {
	dir := t.TempDir()
	w := writer(t, dir)
	ingest(t, w, info("run-a", 1), randomEvents(rand.New(rand.NewPCG(1, 9)), "run-a", 3000))
	if err := w.PutClaims(Claims{Findings: []claim.Finding{{ID: "f"}}}); err != nil {
		t.Fatal(err)
	}
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && d.Name() != "LOCK" {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 8 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	clean(t, dir)
	rng := rand.New(rand.NewPCG(4, 4))
	for _, path := range files {
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(whole) == 0 {
			continue
		}
		bad := append([]byte(nil), whole...)
		at := rng.IntN(len(bad))
		bad[at] ^= 0x10
		for _, content := range [][]byte{bad, whole[:at]} {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			problems, err := Check(ctx(), dir)
			if err != nil || len(problems) != 1 || problems[0].Where != path {
				t.Errorf("%s: %v %v", path, problems, err)
			}
			readAll(t, dir, path)
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	clean(t, dir)
}

// readAll reads a damaged store: errors are right, a panic is not.
func readAll(t *testing.T, dir, path string) {
	r, err := Open(dir)
	if err != nil {
		return
	}
	defer r.Close()
	n := 0
	for _, err := range r.Iterate(ctx(), nil, nil) {
		if err != nil {
			return
		}
		n++
	}
	if n != 3000 {
		t.Errorf("%s damaged: %d rows and no error", path, n)
	}
}
