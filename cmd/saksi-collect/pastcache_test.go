package main

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestPastCache writes in odd pieces with flushes between: the file holds the
// same bytes after each flush and at the end, whichever way it is written, and
// no blocks stay allocated behind its end.
func TestPastCache(t *testing.T) {
	for how, most := range map[string]int{"": 8, outWindows: 8, outBuffered: 1 << 30} {
		t.Run("as "+how, func(t *testing.T) {
			f, err := os.Create(filepath.Join(t.TempDir(), "out"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			p, err := newPastCache(f)
			if err != nil {
				t.Fatal(err)
			}
			if how != "" {
				if err := setDirect(f, false); err != nil {
					t.Fatal(err)
				}
				p.how.Store(how)
			}
			t.Logf("this file system: %v", p.how.Load())
			rnd := rand.New(rand.NewPCG(1, 2))
			var want []byte
			for i := range 300 {
				b := bytes.Repeat([]byte{byte(i), byte(i >> 3)}, rnd.IntN(60_000))
				want = append(want, b...)
				if n, err := p.Write(b); n != len(b) || err != nil {
					t.Fatalf("%d of %d bytes: %v", n, len(b), err)
				}
				if i%50 == 7 {
					if err := p.Flush(); err != nil {
						t.Fatal(err)
					}
					if got, err := os.ReadFile(f.Name()); err != nil || !bytes.Equal(got, want) {
						t.Fatalf("after a flush the file has %d bytes of %d, equal %v: %v", len(got), len(want), bytes.Equal(got, want), err)
					}
				}
			}
			if err := p.finish(); err != nil {
				t.Fatal(err)
			}
			if n := cached(t, f); n > most && !inMemory(f) {
				t.Errorf("%d of %d pages stay in the page cache", n, len(want)/4096)
			}
			if got, err := os.ReadFile(f.Name()); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes of %d: %v", len(got), len(want), err)
			}
			var st unix.Stat_t
			if err := unix.Stat(f.Name(), &st); err != nil {
				t.Fatal(err)
			}
			if st.Blocks*512 > st.Size+1<<20 {
				t.Errorf("%d bytes allocated for %d", st.Blocks*512, st.Size)
			}
		})
	}
}

// cached counts the pages of a file in the page cache (mincore(2)).
func cached(t *testing.T, f *os.File) int {
	t.Helper()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	r, err := os.Open(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	m, err := unix.Mmap(int(r.Fd()), 0, int(st.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Munmap(m); err != nil {
			t.Error(err)
		}
	}()
	vec := make([]byte, (len(m)+4095)/4096)
	if _, _, no := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&m[0])), uintptr(len(m)), uintptr(unsafe.Pointer(&vec[0]))); no != 0 {
		t.Fatal(no)
	}
	n := 0
	for _, v := range vec {
		n += int(v & 1)
	}
	return n
}

// TestPastCacheFallsBack: a file system that takes the flag and refuses the
// first write gets windows. Such a refusal is made here with an offset that
// O_DIRECT cannot write.
func TestPastCacheFallsBack(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := newPastCache(f)
	if err != nil {
		t.Fatal(err)
	}
	if p.how.Load() != outDirect {
		t.Skipf("no O_DIRECT on the file system of %s: %v", f.Name(), p.how.Load())
	}
	p.pos = 1
	b := bytes.Repeat([]byte("x"), blockSize+10)
	if _, err := p.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := p.finish(); err != nil {
		t.Fatal(err)
	}
	if p.how.Load() != outWindows {
		t.Errorf("written as %v", p.how.Load())
	}
	got, err := os.ReadFile(f.Name())
	if err != nil || len(got) != len(b)+1 || !bytes.Equal(got[1:], b) {
		t.Errorf("%d bytes: %v", len(got), err)
	}
}

// TestPastCacheFails: an error of one block comes with a later write and with
// the end.
func TestPastCacheFails(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPastCache(f)
	if err != nil {
		t.Fatal(err)
	}
	f.Close() // every later write fails
	b := make([]byte, blockSize)
	var werr error
	for range 4 {
		if _, werr = p.Write(b); werr != nil {
			break
		}
	}
	if werr == nil || !errors.Is(p.finish(), os.ErrClosed) {
		t.Errorf("writes to a closed file: %v", werr)
	}
}
