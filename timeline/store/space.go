package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Space is how many bytes the generations of a store have.
type Space struct {
	Named int64 // those that CURRENT names
	Held  int64 // older ones: they go when the next writer finds that nobody reads them
}

// Measure adds up the files of the store in dir. Files that go while it looks
// count nothing.
func Measure(dir string) (s Space, err error) {
	cur, err := readCurrent(dir)
	if err != nil {
		return s, err
	}
	gens, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("store: %w", err)
	}
	named := cur.names()
	seen := map[uint64]bool{} // a merge gives a new generation value logs of old ones, as links
	for _, sum := range []struct {
		to    *int64
		named bool
	}{{&s.Named, true}, {&s.Held, false}} {
		for _, g := range gens {
			if !g.IsDir() || !strings.HasPrefix(g.Name(), "g") || named[g.Name()] != sum.named {
				continue
			}
			n, err := fileBytes(filepath.Join(dir, g.Name()), seen)
			if err != nil {
				return s, err
			}
			*sum.to += n
		}
	}
	return s, nil
}

// fileBytes adds up the files of a generation, without those that were seen.
func fileBytes(dir string, seen map[uint64]bool) (n int64, err error) {
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("store: %w", err)
	}
	for _, f := range files {
		st, err := f.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return 0, fmt.Errorf("store: %w", err)
		case st.Mode().IsRegular() && !seen[inode(st)]:
			seen[inode(st)] = true
			n += st.Size()
		}
	}
	return n, nil
}

func inode(st fs.FileInfo) uint64 {
	if x, ok := st.Sys().(*syscall.Stat_t); ok {
		return x.Ino
	}
	return 0
}
