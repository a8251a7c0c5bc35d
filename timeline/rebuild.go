package timeline

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/saksi-dfir/saksi/timeline/store"
)

// Rebuild empties the store of a case, whole or damaged, and gives the paths of
// the bundles to make it anew from. Evidence, ledger and journals stay. A case
// that is being written is a *LockedError.
func Rebuild(dir string) (paths []string, err error) {
	if _, err := readConfig(dir); err != nil {
		return nil, err
	}
	lines, err := (&Case{dir: dir}).Ledger()
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		paths = append(paths, l.Path)
	}
	place := filepath.Join(dir, storeDir)
	w, err := store.OpenWriter(place, store.WriterOptions{})
	var locked *store.LockedError
	switch {
	case errors.As(err, &locked), errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return nil, err
	case err == nil:
		defer func() { err = errors.Join(err, w.Close()) }()
	}
	// What OpenWriter says of a damaged store is the reason for being here.
	if err := store.Empty(place); err != nil {
		return nil, fmt.Errorf("empty store: %w", err)
	}
	return paths, nil
}
