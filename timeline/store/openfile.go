package store

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// openRegular opens a file of a store. A store may come from anywhere: links,
// pipes and devices in the place of its files are damage, and never followed,
// waited for or written to.
func openRegular(path string, flags int) (*os.File, error) {
	f, err := os.OpenFile(path, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	switch {
	case errors.Is(err, unix.ELOOP):
		return nil, &DamagedError{File: path, What: "is a symbolic link, not a file"}
	case errors.Is(err, unix.EISDIR) || errors.Is(err, unix.ENXIO):
		return nil, &DamagedError{File: path, What: "is no regular file"}
	case err != nil:
		return nil, fmt.Errorf("store: %w", err)
	}
	st, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: %w", err), f.Close())
	}
	if !st.Mode().IsRegular() {
		return nil, errors.Join(&DamagedError{File: path, What: "is no regular file"}, f.Close())
	}
	return f, nil
}

// readSmall reads a file that has a known greatest size.
func readSmall(path string, limit int64) ([]byte, error) {
	f, err := openRegular(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("store: read %q: %w", path, err)
	}
	if int64(len(b)) > limit {
		return nil, &DamagedError{File: path, What: fmt.Sprintf("has more than %d bytes, which no store writes", limit)}
	}
	return b, nil
}

// State gives the content of CURRENT in the store in dir, which names its
// state; nothing when there is no store yet. Damage is a *DamagedError.
func State(dir string) ([]byte, error) {
	b, err := readSmall(currentPath(dir), currentLimit)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return b, err
}
