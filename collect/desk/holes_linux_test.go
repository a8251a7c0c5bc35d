package desk

import (
	"bytes"
	"crypto/sha256"
	"io"
	"os"
	"testing"
)

// TestHoledFiles: a sparse file gives the same bytes whether its holes are
// read or passed over, and data at its very ends is not lost.
func TestHoledFiles(t *testing.T) {
	const size = 48 << 20
	for name, at := range map[string][]int64{"all hole": nil, "head": {0}, "tail": {size - 3}, "inside": {5 << 20, 5<<20 + 9000, 30<<20 + 7}, "both ends": {0, size - 3}} {
		f, err := os.CreateTemp(t.TempDir(), "holed")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for _, off := range at {
			if _, err := f.WriteAt([]byte("abc"), off); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Truncate(size); err != nil {
			t.Fatal(err)
		}
		plain, passed := sha256.New(), sha256.New()
		n, err := io.Copy(passed, &holeReader{f: f, size: size})
		if err != nil || n != size {
			t.Errorf("%s: %d bytes, %v", name, n, err)
		}
		if _, err := io.Copy(plain, io.NewSectionReader(f, 0, size)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(plain.Sum(nil), passed.Sum(nil)) {
			t.Errorf("%s: other bytes", name)
		}
	}
}

// TestHoledGrows: bytes that were added after the size was taken are read too,
// as they are of a plain file.
func TestHoledGrows(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "holed")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("first second"); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(&holeReader{f: f, size: 5})
	if err != nil || string(got) != "first second" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestHoledIsCut: a file that was cut while it is read ends there; no zeros are
// made up for what it had.
func TestHoledIsCut(t *testing.T) {
	const size, left = 16 << 20, 5 << 20
	f, err := os.CreateTemp(t.TempDir(), "holed")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("abc"); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(left); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, &holeReader{f: f, size: size}); err != nil || n != left {
		t.Errorf("%d bytes, %v; want %d", n, err, left)
	}
	if n, err := io.Copy(io.Discard, &holeReader{f: f, size: size, pos: left + 1}); err != nil || n != 0 {
		t.Errorf("%d bytes behind the end, %v", n, err)
	}
}
