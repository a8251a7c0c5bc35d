package desk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// TestBytesKept: with bytes kept or not, the bundle is the same but for its key, and
// what is kept is what the record of the exhibit names.
func TestBytesKept(t *testing.T) {
	big := bytes.Repeat([]byte("line of a log\n"), 200_000)
	dir := plant(t, map[string]string{"a.log": "aaaa", "b/big.log": string(big), "b/empty.log": "", "z.log": "zz"})
	for _, tt := range []struct {
		keep int64
		want []string
	}{
		{0, nil},
		{1 << 20, nil}, // less than one slab
		{4 << 20, []string{"a.log", "z.log"}},
		{64 << 20, []string{"a.log", "b/big.log", "z.log"}},
	} {
		keep := NewKeeper(tt.keep)
		done, err := Seal(context.Background(), []string{dir}, Options{Out: t.TempDir(), Host: "h", Now: clock, Keep: keep, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		b, err := bundle.Open(done.Path, bundle.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := b.Verify(context.Background(), bundle.VerifyOptions{}); err != nil || !r.OK {
			t.Errorf("keep %d: %+v %v", tt.keep, r, err)
		}
		files := contents(t, b)
		if len(files) != 4 || files["b/big.log"] != string(big) || files["a.log"] != "aaaa" || files["z.log"] != "zz" {
			t.Errorf("keep %d: %d files, or they differ", tt.keep, len(files))
		}
		var got []string
		for x, err := range b.Exhibits() {
			if err != nil {
				t.Fatal(err)
			}
			if data, ok := keep.Bytes(x); ok {
				got = append(got, string(x.Path))
				if string(data) != files[string(x.Path)] || fmt.Sprintf("%x", sha256.Sum256(data)) != x.SHA256 {
					t.Errorf("keep %d: %q is kept with other bytes", tt.keep, x.Path)
				}
				x.SHA256 = fmt.Sprintf("%x", sha256.Sum256(nil))
				if _, ok := keep.Bytes(x); ok {
					t.Errorf("keep %d: %q is given for another hash", tt.keep, x.Path)
				}
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("keep %d: %q are kept, want %q", tt.keep, got, tt.want)
		}
		keep.Release()
		if x, err := b.Exhibit(1); err != nil {
			t.Error(err)
		} else if _, ok := keep.Bytes(x); ok {
			t.Error("bytes are given after they were released")
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestKeptIsReadOnce: what changes after the reading is not in the bundle, and
// the run id is that of what is in it.
func TestKeptIsReadOnce(t *testing.T) {
	dir := plant(t, map[string]string{"a.log": "aaaa", "b.log": "bbbb"})
	keep := NewKeeper(4 << 20)
	defer keep.Release()
	s, err := Look(context.Background(), []string{dir}, Options{Out: t.TempDir(), Host: "h", Now: clock, Keep: keep})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "b.log"), []byte("cc"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "a.log")); err != nil {
		t.Fatal(err)
	}
	done, err := s.Seal(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	b := opened(t, done.Path)
	if got := contents(t, b); len(got) != 2 || got["a.log"] != "aaaa" || got["b.log"] != "bbbb" {
		t.Errorf("%q", got)
	}
	outs, err := b.Outcomes()
	if err != nil || len(outs) != 1 || outs[0].Outcome != bundle.Collected || outs[0].Exhibits != 2 || outs[0].Bytes != 8 || len(outs[0].Flags) != 0 {
		t.Errorf("%+v %v", outs, err)
	}
}

// TestKeptOfALargeFile: a file with checkpoints inside has the hash of all its
// bytes.
func TestKeptOfALargeFile(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "large.bin"))
	if err != nil {
		t.Fatal(err)
	}
	const size = 65 << 20
	if _, err := f.WriteAt([]byte("end"), size-3); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	keep := NewKeeper(80 << 20)
	defer keep.Release()
	done, err := Seal(context.Background(), []string{dir}, Options{Out: t.TempDir(), Host: "h", Now: clock, Keep: keep, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	b := opened(t, done.Path)
	x, err := b.Exhibit(1)
	if err != nil {
		t.Fatal(err)
	}
	data, ok := keep.Bytes(x)
	if !ok || len(data) != size || string(data[size-3:]) != "end" {
		t.Errorf("%d bytes kept, %t", len(data), ok)
	}
	if r, err := b.Verify(context.Background(), bundle.VerifyOptions{}); err != nil || !r.OK {
		t.Errorf("%+v %v", r, err)
	}
}

// opened opens a bundle until the test ends.
func opened(t *testing.T, path string) *bundle.Bundle {
	t.Helper()
	b, err := bundle.Open(path, bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}
