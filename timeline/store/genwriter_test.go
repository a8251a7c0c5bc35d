package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"golang.org/x/sys/unix"
)

// randomPairs gives pairs of all sizes, in no order; some keys occur again, in
// the list of the same number.
func randomPairs(rng *rand.Rand, lists, n int) [][]kv {
	out := make([][]kv, lists)
	for i := range out {
		for range n {
			size := []int{0, 1, valueThreshold - 1, valueThreshold, valueThreshold + 1, rng.IntN(40000)}[rng.IntN(6)]
			value := make([]byte, size)
			for j := range value {
				value[j] = byte(rng.Uint32())
			}
			key := fmt.Sprintf("%c%d/%d", "zm"[rng.IntN(2)], i, rng.IntN(n))
			out[i] = append(out[i], kv{[]byte(key), value})
		}
	}
	return out
}

// writeGen writes the lists at the same time, with value logs of so many bytes,
// and gives what a reader must find.
func writeGen(t *testing.T, dir string, lists [][]kv, logBytes int64) (sum string, want map[string][]byte) {
	t.Helper()
	g, err := createGen(dir, &room{})
	if err != nil {
		t.Fatal(err)
	}
	g.log.most = logBytes
	want = map[string][]byte{"v": []byte(fmt.Sprint(Format))}
	var wg sync.WaitGroup
	for i, list := range lists {
		for _, p := range list {
			want[string(p.key)] = p.value
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			for part := range slices.Chunk(list, 7) {
				put := g.write
				if i%2 == 0 {
					put = g.put
				}
				if err := put(part); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wg.Wait()
	if sum, err = g.close(); err != nil {
		t.Fatal(err)
	}
	return sum, want
}

// TestGenerationIsBadgers has Badger itself open what genWriter wrote, for
// reading and for writing, and wants every pair, the last one of a key.
func TestGenerationIsBadgers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "g000001")
	sum, want := writeGen(t, dir, randomPairs(rand.New(rand.NewPCG(1, 2)), 4, 300), 1<<20)
	if err := checkFiles(dir, sum, true); err != nil {
		t.Fatal(err)
	}
	logs, err := filepath.Glob(filepath.Join(dir, "*.vlog"))
	if err != nil || len(logs) < 3 {
		t.Fatalf("%d value logs, %v: the test wants several", len(logs), err)
	}
	for _, o := range []badger.Options{badgerOptions(dir), badger.DefaultOptions(dir).WithLogger(nil)} {
		db, err := badger.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.VerifyChecksum(); err != nil {
			t.Fatal(err)
		}
		g := &genReader{name: "g", db: db}
		got := map[string][]byte{}
		err = g.each(nil, func(key, value []byte) (err error) {
			got[string(key)], err = g.get(key)
			return err
		})
		if err = errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Fatalf("read only %v: %d pairs, want %d", o.ReadOnly, len(got), len(want))
		}
		for k, v := range want {
			if !bytes.Equal(got[k], v) {
				t.Fatalf("read only %v: key %q has %d bytes, want %d", o.ReadOnly, k, len(got[k]), len(v))
			}
		}
	}
}

// TestGenerationTables wants many tables in order, and an entry that is larger
// than a value log in one of its own.
func TestGenerationTables(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "g000001")
	var list []kv
	for i := range 12000 {
		list = append(list, kv{fmt.Appendf(nil, "k%07d", i*7919%12000), bytes.Repeat([]byte{byte(i)}, 700)})
	}
	list = append(list, kv{[]byte("large"), make([]byte, 3<<20)}, kv{[]byte("next"), make([]byte, valueThreshold)})
	sum, want := writeGen(t, dir, [][]kv{list}, 1<<20)
	if err := checkFiles(dir, sum, true); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(found) < 3 {
		t.Fatalf("%d tables, %v: the test wants several", len(found), err)
	}
	db, err := openDB(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	g := &genReader{name: "g", db: db}
	for k, v := range want {
		if got, err := g.get([]byte(k)); err != nil || !bytes.Equal(got, v) {
			t.Fatalf("key %q: %d bytes and %v, want %d", k, len(got), err, len(v))
		}
	}
}

// TestGenerationsAreEqual wants the same bytes from the same pairs.
func TestGenerationsAreEqual(t *testing.T) {
	lists := randomPairs(rand.New(rand.NewPCG(5, 6)), 1, 500)
	a, _ := writeGen(t, filepath.Join(t.TempDir(), "g000001"), lists, logSize)
	b, _ := writeGen(t, filepath.Join(t.TempDir(), "g000002"), lists, logSize)
	if a != b {
		t.Fatalf("hashes %s and %s of the same pairs", a, b)
	}
}

// TestGenerationRefuses wants a key that Badger could not hold refused, a full
// disk said as such, and nothing left of a generation that is dropped.
func TestGenerationRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "g000001")
	g, err := createGen(dir, &room{})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.write([]kv{{make([]byte, keyLimit+1), nil}}); err == nil {
		t.Error("a key of more bytes than Badger takes was taken")
	}
	var full *NoSpaceError
	err = writeError(filepath.Join(dir, "000001.vlog"), 5, &os.PathError{Op: "write", Path: dir, Err: unix.ENOSPC})
	if !errors.As(err, &full) || full.Need <= full.Free {
		t.Errorf("a full disk is said as %v", err)
	}
	if removed, err := removeUnused(dir); err != nil || removed {
		t.Errorf("a generation was removed under its writer (%v, %v)", removed, err)
	}
	if err := g.drop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a dropped generation is there: %v", err)
	}
}

// Manifests lie side by side behind all other values, however they came:
// opening a store that is not in the page cache reads little else.
func TestManifestsLieSideBySide(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "g000001")
	g, err := createGen(dir, &room{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint32(20) {
		list := []kv{{segKey('m', i), bytes.Repeat([]byte("manifest"), 200)}, {blockKey(i, 0), bytes.Repeat([]byte("a block."), 2000)}}
		if err := g.put(list); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := g.close(); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(filepath.Join(dir, "000001.vlog"))
	if err != nil {
		t.Fatal(err)
	}
	first, end := bytes.Index(log, []byte("manifest")), bytes.LastIndex(log, []byte("a block."))
	if n := bytes.Count(log, []byte("manifest")); n != 20*200 || first < end {
		t.Fatalf("%d of %d; they begin at %d, before the last block at %d", n, 20*200, first, end)
	}
}
