package bundle

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/saksi-dfir/saksi/collect/record"
)

// mixed writes files like those of a host (logs, binaries, memory, zeros)
// below dir until there are n bytes.
func mixed(b *testing.B, dir string, n int) []string {
	b.Helper()
	var paths []string
	for i := 0; n > 0; i++ {
		size := min(n, []int{20 << 20, 8 << 20, 300 << 10, 4 << 20}[i%4])
		data := make([]byte, 0, size)
		switch i % 4 {
		case 0, 2:
			data = noise(uint64(i), size, true)
		case 1:
			data = binaryLike(uint64(i), size)
		case 3:
			data = data[:size]
		}
		p := filepath.Join(dir, fmt.Sprintf("f%04d", i))
		if err := os.WriteFile(p, data, 0o600); err != nil {
			b.Fatal(err)
		}
		paths = append(paths, p)
		n -= size
	}
	return paths
}

// binaryLike compresses about threefold, as executables do.
func binaryLike(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 2))
	words := make([][]byte, 4000)
	for i := range words {
		words[i] = make([]byte, 3+r.IntN(9))
		for k := range words[i] {
			words[i][k] = byte(r.Uint32())
		}
	}
	out := make([]byte, 0, n+16)
	for len(out) < n {
		out = append(out, words[int(r.ExpFloat64()*300)%len(words)]...)
	}
	return out[:n]
}

const benchBytes = 256 << 20

func writeFiles(b *testing.B, out io.Writer, paths []string, workers int) {
	b.Helper()
	w, err := NewWriter(out, Options{Acquisition: Acquisition{RunID: "bench", Sealed: "host", Clock: record.Clock{Realtime: start.UnixNano()}},
		Plan: []PlanItem{{Item: 1, Source: "files"}}, Signer: testKey(b, 1), Workers: workers})
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range paths {
		f, err := os.Open(p)
		if err != nil {
			b.Fatal(err)
		}
		st, err := f.Stat()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.File(Exhibit{Item: 1, Source: "files", Path: record.Bytes(p)}, st.Size(), f); err != nil {
			b.Fatal(err)
		}
		_ = f.Close()
	}
	if _, err := w.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkWrite: hashes, frames and signatures included.
func BenchmarkWrite(b *testing.B) {
	paths := mixed(b, b.TempDir(), benchBytes)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			b.SetBytes(benchBytes)
			for b.Loop() {
				f, err := os.Create(filepath.Join(b.TempDir(), "out"))
				if err != nil {
					b.Fatal(err)
				}
				writeFiles(b, f, paths, workers)
				_ = f.Close()
			}
		})
	}
}

// BenchmarkStockWrite is what BenchmarkWrite compares with: tar, sha256sum and
// zstd -1 -T2 in a pipe.
func BenchmarkStockWrite(b *testing.B) {
	for _, tool := range []string{"bash", "tar", "zstd", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			b.Skipf("stock tool %s is not installed", tool)
		}
	}
	dir := b.TempDir()
	mixed(b, dir, benchBytes)
	b.SetBytes(benchBytes)
	for b.Loop() {
		cmd := exec.Command("bash", "-c", "tar -cf - -C "+dir+" . | tee >(sha256sum >/dev/null) | zstd -q -1 -T2 > "+filepath.Join(b.TempDir(), "out"))
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s: %v", out, err)
		}
	}
}

func benchBundle(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "b.tar.zst")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	writeFiles(b, f, mixed(b, b.TempDir(), benchBytes), 2)
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkVerify reads and judges a whole bundle.
func BenchmarkVerify(b *testing.B) {
	path := benchBundle(b)
	b.SetBytes(benchBytes)
	for b.Loop() {
		bd, err := Open(path, OpenOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if r, err := bd.Verify(context.Background(), VerifyOptions{}); err != nil || !r.OK {
			b.Fatalf("%+v %v", r, err)
		}
		_ = bd.Close()
	}
}

// BenchmarkStockVerify is zstd -d | sha256sum.
func BenchmarkStockVerify(b *testing.B) {
	path := benchBundle(b)
	b.SetBytes(benchBytes)
	for b.Loop() {
		if out, err := exec.Command("bash", "-c", "zstd -dqc "+path+" | sha256sum").CombinedOutput(); err != nil {
			b.Skipf("zstd or sha256sum: %s: %v", out, err)
		}
	}
}

// BenchmarkReadAt reads 4 KiB at random places.
func BenchmarkReadAt(b *testing.B) {
	bd, err := Open(benchBundle(b), OpenOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer bd.Close()
	var big []Exhibit
	for x, err := range bd.Exhibits() {
		if err != nil {
			b.Fatal(err)
		}
		if x.Size > 1<<20 {
			big = append(big, x)
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	p := make([]byte, 4096)
	for b.Loop() {
		x := big[r.IntN(len(big))]
		e, err := bd.OpenExhibit(x)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := e.ReadAt(p, r.Int64N(x.Size-4096)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen opens a whole bundle.
func BenchmarkOpen(b *testing.B) {
	data := small(b, pinned(b))
	for b.Loop() {
		bd, err := OpenReader(bytes.NewReader(data), int64(len(data)), OpenOptions{})
		if err != nil {
			b.Fatal(err)
		}
		_ = bd.Close()
	}
}
