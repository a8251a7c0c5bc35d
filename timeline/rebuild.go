package timeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/saksi-dfir/saksi/timeline/store"
)

// Rebuild empties the store of a case, whole or damaged, and gives the paths of
// the bundles to make it anew from. Evidence, ledger and journals stay. A case
// that is being written is a *LockedError.
func Rebuild(dir string) (paths []string, err error) {
	if _, err := readConfig(dir); err != nil {
		return nil, err
	}
	lines, err := readLedger(dir)
	if err != nil {
		return nil, err
	}
	c := &Case{dir: dir}
	for _, l := range lines {
		if !l.Dropped {
			paths = append(paths, c.absolute(l.Path))
		}
	}
	place := filepath.Join(dir, storeDir)
	w, err := store.OpenWriter(place, store.WriterOptions{})
	var locked *store.LockedError
	switch {
	case errors.As(err, &locked):
		return nil, err
	case err == nil:
		defer func() { err = errors.Join(err, w.Close()) }()
	}
	// What OpenWriter says of a damaged store is the reason for being here.
	if err := os.Remove(filepath.Join(place, "CURRENT")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("empty store: %w", err)
	}
	des, err := os.ReadDir(place)
	if err != nil {
		return nil, fmt.Errorf("empty store: %w", err)
	}
	for _, de := range des {
		if de.Name() == "LOCK" {
			continue
		}
		if err := os.RemoveAll(filepath.Join(place, de.Name())); err != nil {
			return nil, fmt.Errorf("empty store: %w", err)
		}
	}
	return paths, nil
}
