package main

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/saksi-dfir/saksi/timeline"
)

// openError is caseError for what went wrong before anything was written: a case
// that this account, or nobody, may write.
func (g *ingester) openError(err error) error {
	switch {
	case errors.Is(err, syscall.EROFS):
		return withCode(exitFailed, fmt.Errorf("the case cannot be written: %w", err), "listings, the screen and saksi case check only read; copy the case to a file system that can be written")
	case errors.Is(err, fs.ErrPermission):
		return withCode(exitFailed, fmt.Errorf("the case cannot be written: %w", err), "use an account that may write the case directory; listings, the screen and saksi case check only read")
	}
	return g.caseError(err)
}

// caseError gives what went wrong with a case its exit code and a hint.
func (g *ingester) caseError(err error) error {
	var locked *timeline.LockedError
	if errors.As(err, &locked) {
		return withCode(exitCase, err, "wait until it is done; readers are not disturbed meanwhile")
	}
	var damaged *timeline.DamagedError
	if errors.As(err, &damaged) {
		return withCode(exitCase, err, "the store is derived data: saksi ingest --case DIR --rebuild makes it anew from the bundles")
	}
	var full *timeline.NoSpaceError
	if errors.As(err, &full) || errors.Is(err, syscall.ENOSPC) {
		return withCode(exitFailed, err, "make room and give the same command again: what was committed before is kept, the rest was taken back")
	}
	return err
}

// notMade words why a new case cannot be made.
func notMade(dir string, err error) error {
	switch {
	case danglingLink(dir):
		return withCode(exitFailed, fmt.Errorf("case %q is a symbolic link to nothing", dir), "make the directory that the link names, or name another")
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		return withCode(exitFailed, fmt.Errorf("%q is no directory, and a case is one: %w", dir, err), "name a directory, or a name that is not there yet")
	}
	return withCode(exitFailed, fmt.Errorf("case %q: %w", dir, err), "name a directory that can be written; zones are IANA names such as Asia/Seoul")
}
