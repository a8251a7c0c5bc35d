package store

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// valueLogs gives the value logs of a store, generation and name by inode.
func valueLogs(t *testing.T, dir string) map[uint64]string {
	t.Helper()
	out := map[uint64]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".vlog") {
			return err
		}
		st, err := d.Info()
		if err == nil {
			out[st.Sys().(*syscall.Stat_t).Ino], err = filepath.Rel(dir, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// linkedStore holds one generation of each of six bundles.
func linkedStore(t *testing.T) (w *Writer, lists map[string][]*event.Event) {
	t.Helper()
	w = writer(t, t.TempDir())
	w.limits = limits{segment: 400, generation: 10_000, copy: 300, small: 1 << 20, link: 1}
	lists = map[string][]*event.Event{}
	for i := range 6 {
		run := fmt.Sprintf("run-%d", i)
		for _, e := range randomEvents(rand.New(rand.NewPCG(uint64(i), 31)), run, 1200) {
			e.Time = event.At(testBase+int64(len(lists[run]))*1e9, event.Second) // one drawer, three whole segments
			lists[run] = append(lists[run], e)
		}
		ingest(t, w, info(run, 1), lists[run])
	}
	return w, lists
}

// TestMergeTakesValueLogsOver merges generations whose value logs are still of
// use: they are the same files afterwards, dropping a bundle gives its file
// back, and every state holds the rows it must hold.
func TestMergeTakesValueLogsOver(t *testing.T) {
	w, _ := linkedStore(t)
	before, old := digest(t, w.dir), valueLogs(t, w.dir)
	reader := open(t, w.dir) // keeps the old generations
	if err := w.Merge(ctx()); err != nil {
		t.Fatal(err)
	}
	space, err := Measure(w.dir)
	if err != nil || space.Held > space.Named/4 { // tables alone: the value logs are those of the new generation
		t.Errorf("%+v, %v: bytes that both states have are held by none alone", space, err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.sweep(); err != nil {
		t.Fatal(err)
	}
	merged := valueLogs(t, w.dir)
	taken := 0
	for inode := range merged {
		if _, ok := old[inode]; ok {
			taken++
		}
	}
	if len(old) != 6 || taken != 6 {
		t.Fatalf("%d of %d value logs were taken over: %v", taken, len(old), merged)
	}
	if d := gocmp.Diff(before, digest(t, w.dir)); d != "" {
		t.Fatalf("digest changed by merge: %s", d)
	}
	clean(t, w.dir)
	if err := w.Drop("run-2"); err != nil {
		t.Fatal(err)
	}
	clean(t, w.dir)
	dropped := valueLogs(t, w.dir)
	stay := 0
	for inode := range dropped {
		if _, ok := old[inode]; ok {
			stay++
		}
	}
	if stay != 5 {
		t.Errorf("%d of the first value logs stay after a drop, want 5: %v", stay, dropped)
	}
	if d := digest(t, w.dir); d.Events != 5*1200 {
		t.Errorf("%d events stay, want 6000", d.Events)
	}
}

// TestMergeWithoutLinks merges where value logs cannot have a second name: they
// are copied.
func TestMergeWithoutLinks(t *testing.T) {
	w, _ := linkedStore(t)
	before, old := digest(t, w.dir), valueLogs(t, w.dir)
	r := open(t, w.dir)
	take := r.toMerge(w.limits.small)
	b, err := w.newBatch()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range old { // it is open in r: values can be read, the name cannot be linked
		if err := os.Rename(filepath.Join(w.dir, name), filepath.Join(w.dir, name+".away")); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.rewrite(ctx(), r, take); err != nil {
		t.Fatal(err)
	}
	if err := w.publishRows(ctx(), b.closed, Claims{}, false); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.sweep(); err != nil {
		t.Fatal(err)
	}
	for inode, name := range valueLogs(t, w.dir) {
		if _, ok := old[inode]; ok {
			t.Errorf("%s was taken over", name)
		}
	}
	if d := gocmp.Diff(before, digest(t, w.dir)); d != "" {
		t.Fatalf("digest changed by merge: %s", d)
	}
	clean(t, w.dir)
}

// TestMergeOfOtherSizes takes some value logs over and copies the others, of
// generations that have several.
func TestMergeOfOtherSizes(t *testing.T) {
	w, lists := linkedStore(t)
	before, old := digest(t, w.dir), valueLogs(t, w.dir)
	sizes := map[int64]bool{}
	for _, name := range old {
		st, err := os.Stat(filepath.Join(w.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		sizes[st.Size()] = true
		w.limits.link = max(w.limits.link, st.Size())
	}
	if len(sizes) < 2 {
		t.Fatalf("value logs of the sizes %v: the test wants several", slicesOf(sizes))
	}
	if err := w.Merge(ctx()); err != nil {
		t.Fatal(err)
	}
	taken := 0
	for inode := range valueLogs(t, w.dir) {
		if _, ok := old[inode]; ok {
			taken++
		}
	}
	if taken == 0 || taken == len(lists) {
		t.Errorf("%d of %d value logs were taken over, want the largest alone", taken, len(lists))
	}
	if d := gocmp.Diff(before, digest(t, w.dir)); d != "" {
		t.Fatalf("digest changed by merge: %s", d)
	}
	clean(t, w.dir)
}

func slicesOf(m map[int64]bool) (out []int64) {
	for v := range maps.Keys(m) {
		out = append(out, v)
	}
	return out
}
