package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// tamperRows are the visible rows of the store that is tampered with.
const tamperRows = 1500

// tamperBase makes a store with rows, masks, warnings, counters, claims and
// witnesses. Its row generation is the first of CURRENT, the derived one the last.
func tamperBase(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	w := writer(t, dir)
	list := randomEvents(rand.New(rand.NewPCG(1, 9)), "run-a", tamperRows)
	b, err := w.Ingest(info("run-a", 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if err := b.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	err = errors.Join(b.Warning(event.Warning{Run: "run-a", Exhibit: 1, Code: "odd"}), b.Counter(event.Counter{Run: "run-a", Exhibit: 1, Name: "seq"}), b.Commit(info("run-a", 1)))
	if err != nil {
		t.Fatal(err)
	}
	for version := range 2 { // the second hides the first; its rows are copies of rows of run-a
		ingest(t, w, info("run-b", version+1), randomEvents(rand.New(rand.NewPCG(uint64(version), 9)), "run-b", 40))
	}
	f := claim.Finding{Rule: "r", Level: claim.High, Events: []event.ID{list[0].ID(), list[9].ID()}}
	if err := errors.Join(w.PutClaims(Claims{Findings: []claim.Finding{f}}), w.Close()); err != nil {
		t.Fatal(err)
	}
	clean(t, dir)
	return dir
}

// copyOf gives a copy of a store to tamper with.
func copyOf(t testing.TB, base string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// listFiles writes the FILES of a generation for what lies in it.
func listFiles(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var files []fileInfo
	for _, e := range entries {
		x, err := hashFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return "", err
		}
		files = append(files, x)
	}
	return writeFiles(dir, files)
}

// reseal makes FILES and CURRENT fit what lies in the generations.
func reseal(t testing.TB, dir string) {
	t.Helper()
	cur, err := readCurrent(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range cur.gens {
		g := filepath.Join(dir, cur.gens[i].name)
		if err := os.Remove(filepath.Join(g, filesName)); err != nil {
			t.Fatal(err)
		}
		if cur.gens[i].sum, err = listFiles(g); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := cur.write(dir); err != nil {
		t.Fatal(err)
	}
}

// pairsOf lists the pairs of every generation.
func pairsOf(t testing.TB, dir string) (names []string, pairs [][]kv) {
	t.Helper()
	r := open(t, dir)
	for _, g := range r.gens {
		var list []kv
		if err := g.each(nil, func(key, value []byte) error {
			list = append(list, kv{key, value})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		names, pairs = append(names, g.name), append(pairs, list)
	}
	return names, pairs
}

// remake writes the generations of a store anew with pairs that change gives:
// nil leaves the pair out. It fails when nothing was changed.
func remake(t testing.TB, dir string, change func(key, value []byte) []byte) {
	t.Helper()
	names, pairs := pairsOf(t, dir)
	changed := false
	for i, list := range pairs {
		var out []kv
		touched := false
		for _, p := range list {
			v := change(p.key, slices.Clone(p.value))
			if touched = touched || v == nil || string(v) != string(p.value); v != nil {
				out = append(out, kv{p.key, v})
			}
		}
		if changed = changed || touched; !touched {
			continue
		}
		g := filepath.Join(dir, names[i])
		if err := os.RemoveAll(g); err != nil {
			t.Fatal(err)
		}
		w, err := createGen(g, &room{})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.put(out); err != nil {
			t.Fatal(err)
		}
		if _, err := w.close(); err != nil {
			t.Fatal(err)
		}
	}
	if !changed {
		t.Fatal("nothing was changed")
	}
	reseal(t, dir)
}

// inner gives what a section holds, wrap makes a section of it again.
func inner(t testing.TB, value []byte) []byte {
	t.Helper()
	u, err := newUnpacker()
	if err != nil {
		t.Fatal(err)
	}
	defer u.dec.Close()
	s := scan{b: value}
	raw, err := u.open(s.packed(rawLimit))
	if err = errors.Join(err, s.end()); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(raw)
}

func wrap(raw []byte) []byte { return append(putUv(putUv(nil, uint64(len(raw))), 0), raw...) }

// bomb is a zstd frame of n zero bytes, behind the section lengths that say
// something else.
func bomb(t testing.TB, says, n int) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil, zstd.WithSingleSegment(true), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	frame := z.EncodeAll(make([]byte, n), nil)
	return append(putUv(putUv(nil, uint64(says)), uint64(len(frame))), frame...)
}

// allocated runs f and gives the bytes that were allocated meanwhile.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// askEverything asks a store whatever can be asked. Answers and errors are
// right, panics are not; rows are all there or an error says that they are not.
func askEverything(t *testing.T, dir string) {
	r, err := Open(dir)
	if err != nil {
		return
	}
	defer r.Close()
	n := 0
	for _, err = range r.Iterate(ctx(), nil, nil) {
		if err != nil {
			break
		}
		n++
	}
	if err == nil && n != tamperRows {
		t.Errorf("%d of %d rows and no error", n, tamperRows)
	}
	for _, text := range []string{"*", "accepted", "host:0100000000000000", "-actor:root", "path:/dev/*", "ip:10.0.0.0/8", "pid>100", "tag:finding", "level:high", "exhibit:2", "after:2024"} {
		q := parse(t, text)
		pages(t, r, q, Forward)
		pages(t, r, q, Backward)
		_, _ = r.Count(ctx(), q, nil)
		_, _ = r.Histogram(ctx(), q, testBase, testBase+7200e9, 100, nil)
		_, _, _ = r.Lanes(ctx(), q, testBase, testBase+7200e9, 10, nil)
		_, _ = r.Explain(ctx(), q, nil)
		for _, f := range []string{"host", "actor", "ip", "path", "tag", "exhibit", "bundle", "pid"} {
			_, _ = r.Facets(ctx(), q, f, 5, nil)
		}
	}
	_ = r.Slim(ctx(), nil, nil, []string{"ip"}, func(*event.Slim) error { return nil })
	for range r.Warnings(ctx()) {
	}
	for range r.Counters(ctx()) {
	}
	_, _, _ = r.Get(ctx(), event.ID{1, 2, 3})
	_, _ = r.Copies(ctx(), event.ID{1, 2, 3})
	_, _ = r.Claims()
	r.Bundles()
	_, _ = r.Digest(context.Background())
}

// pages reads a listing page by page to its end: it has one, whatever the store says.
func pages(t *testing.T, r *Reader, q *query.Node, d Direction) {
	t.Helper()
	c := Cursor{End: d == Backward}
	for n := 0; ; n++ {
		p, err := r.Page(ctx(), q, PageRequest{After: c, Direction: d, Limit: 400}, nil)
		if err != nil || !p.More {
			return
		}
		if c = p.Last; d == Backward {
			c = p.First
		}
		if n > tamperRows {
			t.Fatalf("%s: a listing without end", q)
		}
	}
}

// hostile wants a tampered store refused: Check names a problem that mentions
// where, nothing panics, and memory stays bounded.
func hostile(t *testing.T, dir, where string) {
	t.Helper()
	var problems []Problem
	var err error
	used := allocated(func() {
		problems, err = Check(ctx(), dir)
		askEverything(t, dir)
	})
	if err != nil || len(problems) == 0 {
		t.Fatalf("Check says %v %v", problems, err)
	}
	for _, p := range problems {
		if strings.Contains(p.What, "cannot be read: \"runtime") {
			t.Errorf("a decoder panics: %s: %s", p.Where, p.What)
		}
	}
	if !slices.ContainsFunc(problems, func(p Problem) bool { return strings.Contains(p.Where+" "+p.What, where) }) {
		t.Errorf("nobody says %q: %v", where, problems)
	}
	if used > 1<<30 {
		t.Errorf("%d MiB were allocated", used>>20)
	}
	if w, err := OpenWriter(dir, WriterOptions{}); err == nil {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%s: %s (%d MiB)", filepath.Base(problems[0].Where), problems[0].What, used>>20)
}
