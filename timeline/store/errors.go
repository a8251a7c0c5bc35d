package store

import (
	"errors"
	"fmt"
)

// ErrKnown says that a bundle is in the store already, with the same parser
// versions: there is nothing to do.
var ErrKnown = errors.New("the bundle is in the store already")

// ErrClosed says that a Reader, Writer or Batch was used after its end.
var ErrClosed = errors.New("the store is closed")

// LockedError says that another process writes the store. It holds the pid
// that the lock file names, 0 when it names none.
type LockedError struct {
	PID  int
	Path string
}

// Error names the holder.
func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("the case is being written by another process, which left no number (%q)", e.Path)
	}
	return fmt.Sprintf("the case is being written by process %d (%q)", e.PID, e.Path)
}

// DamagedError says that a file of the store is not as it was written. The
// store holds nothing that the bundles do not: `saksi ingest --rebuild`.
type DamagedError struct {
	File string
	What string
}

// Error names the file.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("damaged store: %q %s", e.File, e.What)
}

// NoSpaceError says that the disk has no room for what must be written next.
type NoSpaceError struct {
	Path       string
	Need, Free int64 // bytes
}

// Error names the place and the bytes.
func (e *NoSpaceError) Error() string {
	return fmt.Sprintf("no space left on the disk of %q: %d bytes are needed, %d are free", e.Path, e.Need, e.Free)
}

// UnknownBundleError says that a bundle to be dropped is not in the store.
type UnknownBundleError struct{ Run string }

// Error names the run id.
func (e *UnknownBundleError) Error() string { return fmt.Sprintf("no bundle %q in the store", e.Run) }
