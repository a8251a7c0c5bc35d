package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLockNamesItsHolder lets many take and give back the lock at once: nobody
// is ever refused without the number of the holder.
func TestLockNamesItsHolder(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	var held, refused, inside atomic.Int64
	for range 8 {
		wg.Go(func() {
			for range 300 {
				l, err := takeLock(dir)
				var locked *LockedError
				switch {
				case err == nil:
					if inside.Add(1) != 1 {
						t.Error("two hold the lock")
					}
					inside.Add(-1)
					held.Add(1)
					if err := l.release(); err != nil {
						t.Error(err)
					}
				case !errors.As(err, &locked) || locked.PID != os.Getpid():
					t.Errorf("refused by %v, want process %d", err, os.Getpid())
					return
				default:
					refused.Add(1)
				}
			}
		})
	}
	wg.Wait()
	l, err := takeLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	var locked *LockedError
	if _, err := takeLock(dir); !errors.As(err, &locked) || locked.PID != os.Getpid() {
		t.Errorf("a second writer: %v", err)
	}
	if err := l.release(); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, lockName)); err != nil || len(b) > 0 {
		t.Errorf("a lock that was given back names %q: %v", b, err)
	}
	t.Logf("held %d times, refused %d times", held.Load(), refused.Load())
}

// TestLockOfAStranger meets a holder that writes no number, and a dead
// holder's number in a lock that nobody holds.
func TestLockOfAStranger(t *testing.T) {
	dir := t.TempDir()
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "-7", "no number", strings.Repeat("9", 70)} {
		if err := os.WriteFile(f.Name(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var locked *LockedError
		if _, err := takeLock(dir); !errors.As(err, &locked) || locked.PID != 0 || strings.Contains(err.Error(), "process 0") {
			t.Errorf("holder that wrote %q: %v", text, err)
		}
	}
	if err := os.WriteFile(f.Name(), []byte("4711\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_UN); err != nil {
		t.Fatal(err)
	}
	l, err := takeLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.release(); err != nil {
		t.Fatal(err)
	}
}
