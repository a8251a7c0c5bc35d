package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// reserve is what must stay free beside what is written, so that what ends a
// generation always finds room.
const reserve = 24 << 20

// genReserve is what each further generation that is being written needs.
const genReserve = 8 << 20

// room keeps account of what all batches of a writer are about to write, so
// that together they stay within the disk.
type room struct {
	mu      sync.Mutex
	pending int64 // bytes that were granted and are not on the disk yet
	gens    int64 // generations being written
}

// take grants need bytes, which must be given back once they are written. It
// fails when the disk of dir cannot take them.
func (r *room) take(dir string, need int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return fmt.Errorf("store: statfs %q: %w", dir, err)
	}
	free := int64(st.Bavail) * int64(st.Bsize)
	if all := need + r.pending + reserve + genReserve*max(r.gens-1, 0); free < all {
		return &NoSpaceError{Path: dir, Need: all, Free: free}
	}
	r.pending += need
	return nil
}

func (r *room) give(need int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending -= need
}

// opened counts generations that begin (1) and end (-1).
func (r *room) opened(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gens += n
}

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("store: write %q: %w", path, err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("store: sync %q: %w", dir, err)
	}
	return nil
}

// writerLock is the flock on LOCK that makes its holder the one writer.
type writerLock struct {
	dir string
	f   *os.File
}

// lockWait is how long a process waits for others that are just taking or
// giving back the lock: moments, unless one of them was stopped in between.
const lockWait = 5 * time.Second

// takeLock locks a store for writing. LOCK is locked, and its holder's number
// written and taken back, only by who has the directory itself locked: nobody
// ever meets a holder without a number.
func takeLock(dir string) (l *writerLock, err error) {
	gate, err := lockGate(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, gate.Close()) }()
	return tryLock(dir)
}

// lockGate locks the directory of the store, for the moment in which LOCK changes hands.
func lockGate(dir string) (*os.File, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	for end := time.Now().Add(lockWait); ; time.Sleep(time.Millisecond) {
		err := unix.Flock(int(d.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return d, nil
		case errors.Is(err, unix.EINTR) || errors.Is(err, unix.EWOULDBLOCK) && time.Now().Before(end):
		case errors.Is(err, unix.EWOULDBLOCK):
			return nil, errors.Join(&LockedError{PID: holder(dir), Path: filepath.Join(dir, lockName)}, d.Close())
		default:
			return nil, errors.Join(fmt.Errorf("store: lock %q: %w", dir, err), d.Close())
		}
	}
}

// holder gives the number that LOCK holds, 0 for none.
func holder(dir string) int {
	b, err := readSmall(filepath.Join(dir, lockName), 64)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

const lockName = "LOCK"

// tryLock takes LOCK; the gate is held.
func tryLock(dir string) (*writerLock, error) {
	path := filepath.Join(dir, lockName)
	f, err := openRegular(path, os.O_CREATE|os.O_RDWR)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		err = fmt.Errorf("store: lock %q: %w", path, err)
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = &LockedError{PID: holder(dir), Path: path}
		}
		f.Close()
		return nil, err
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("store: write %q: %w", path, err)
	}
	return &writerLock{dir: dir, f: f}, nil
}

func (l *writerLock) release() error {
	gate, err := lockGate(l.dir)
	if err != nil { // nobody may be kept out for that
		return l.f.Close()
	}
	return errors.Join(l.f.Truncate(0), l.f.Close(), gate.Close())
}

// holdGen locks the directory of a generation against removeUnused, together
// with other readers, until it is closed.
func holdGen(dir string) (*os.File, error) {
	d, err := os.OpenFile(dir, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, &DamagedError{File: dir, What: "is missing"}
	case errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP):
		return nil, &DamagedError{File: dir, What: "is no directory"}
	case err != nil:
		return nil, fmt.Errorf("store: %w", err)
	}
	for {
		err := unix.Flock(int(d.Fd()), unix.LOCK_SH|unix.LOCK_NB)
		if err == nil {
			return d, nil
		}
		if !errors.Is(err, unix.EINTR) {
			return nil, errors.Join(fmt.Errorf("store: lock %q: %w", dir, err), d.Close())
		}
	}
}

// Empty takes everything out of the store in dir, whole or damaged, but for
// LOCK and what readers have open, which the next writer removes.
func Empty(dir string) error {
	if err := os.Remove(currentPath(dir)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("store: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case e.Name() == lockName:
		case e.IsDir():
			_, err = removeUnused(path)
		default:
			err = os.RemoveAll(path)
		}
		if err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	return nil
}

// removeUnused removes a directory of a generation that nobody has open. It
// says whether the directory is gone.
func removeUnused(dir string) (bool, error) {
	d, err := os.Open(dir)
	if errors.Is(err, os.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("store: %w", err)
	}
	defer d.Close()
	if unix.Flock(int(d.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		return false, nil // a reader has it: the next writer tries again
	}
	if err := os.RemoveAll(dir); err != nil {
		return false, fmt.Errorf("store: %w", err)
	}
	return true, nil
}
