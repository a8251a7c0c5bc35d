package main

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedStoreIsNamedAndRebuilt changes a byte in every file of a store in
// turn, and cuts it short: `case check` names the file and ends with 5, no
// listing shows less without saying so, and after `ingest --rebuild` the case
// is what it was.
func TestDamagedStoreIsNamedAndRebuilt(t *testing.T) {
	if testing.Short() {
		t.Skip("rebuilds a case six times: not with -short")
	}
	t.Parallel()
	dir, samples := t.TempDir(), sampleDir(t)
	p := &proc{t: t, bin: program(t), dir: filepath.Join(dir, "case")}
	d := p.here()
	d.must(exitDone, "ingest", "--case", p.dir, filepath.Join(samples, "web01.tar.zst"), filepath.Join(samples, "db01.tar.zst"))
	digest, listing := d.must(exitDone, "case", "digest", "--case", p.dir), d.must(exitDone, "events", "--cite", "--case", p.dir)
	rng := rand.New(rand.NewPCG(9, 9))
	kinds := map[string]bool{}
	for _, path := range storeFiles(t, p.dir) {
		whole, err := os.ReadFile(path)
		if err != nil || len(whole) == 0 {
			continue
		}
		at := rng.IntN(len(whole))
		flipped := append([]byte(nil), whole...)
		flipped[at] ^= 1 << rng.IntN(8)
		for _, bad := range [][]byte{flipped, whole[:at]} {
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			out, errs, code := d.run("case", "check", "--case", p.dir)
			if code != exitCase || !strings.Contains(out, path) || !strings.Contains(errs, "--rebuild") {
				t.Errorf("%s: check: exit %d, %q, %q", path, code, out, errs)
			}
			if out, errs, code := d.run("events", "--cite", "--case", p.dir); code == exitDone && out != listing {
				t.Errorf("%s: a listing of other events without a word: %s", path, errs)
			}
		}
		if kind := strings.TrimLeft(filepath.Base(path), "0123456789"); !kinds[kind] { // each kind once
			kinds[kind] = true
			d.must(exitDone, "ingest", "--rebuild", "--case", p.dir)
			if got := d.must(exitDone, "case", "digest", "--case", p.dir); got != digest {
				t.Fatalf("%s damaged, the store rebuilt: digest\n%s\nwant\n%s", path, got, digest)
			}
			d.must(exitDone, "case", "check", "--case", p.dir)
			continue // the store is another one now
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []string{"CURRENT", "FILES", "MANIFEST", "KEYREGISTRY", ".sst", ".vlog"} {
		if !kinds[kind] {
			t.Errorf("no file %s was damaged: %v", kind, kinds)
		}
	}
	d.must(exitDone, "ingest", "--rebuild", "--case", p.dir)
	if got := d.must(exitDone, "events", "--cite", "--case", p.dir); got != listing {
		t.Error("the rebuilt case lists other events")
	}
}

// storeFiles lists the files of the store but the lock.
func storeFiles(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "store"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && d.Name() != "LOCK" {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 8 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	return files
}
