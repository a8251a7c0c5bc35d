package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Between taking the lock and writing its number the holder is nameless for a
// moment; a second writer must not report that moment as process 0.
func TestLockNamesItsHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "LOCK")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	go func() {
		time.Sleep(30 * time.Millisecond)
		f.WriteAt([]byte("4711\n"), 0)
	}()
	var locked *LockedError
	if _, err := takeLock(filepath.Dir(path)); !errors.As(err, &locked) || locked.PID != 4711 {
		t.Errorf("holder that wrote its number late: %v", err)
	}
	if err := f.Truncate(0); err != nil {
		t.Fatal(err)
	}
	if _, err := takeLock(filepath.Dir(path)); err == nil || strings.Contains(err.Error(), "process 0") {
		t.Errorf("holder without a number: %v", err)
	}
}
