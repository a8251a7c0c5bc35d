package host

import (
	"errors"
	"fmt"
)

// The errors that sources tell apart from plain errnos.
var (
	// ErrNotRegular says that a path names a FIFO, socket, device or
	// directory: such a path is never opened.
	ErrNotRegular = errors.New("not a regular file")
	// ErrTooManyLinks says that more than 40 symbolic links had to be followed.
	ErrTooManyLinks = errors.New("too many levels of symbolic links")
	// ErrCovered says that another mount lies over the very root of a mount:
	// no path leads to it any more.
	ErrCovered = errors.New("another mount lies over it, no path leads to it")
	// ErrUnsupported says that this platform or kernel cannot do it.
	ErrUnsupported = errors.New("not supported here")
)

// PathError tells what failed on which path. Its text quotes the path, which
// is evidence; Unwrap gives the errno.
type PathError struct {
	Op   string
	Path string
	Err  error
}

// Error gives operation, quoted path and reason.
func (e *PathError) Error() string { return fmt.Sprintf("%s %q: %v", e.Op, e.Path, e.Err) }

// Unwrap gives the errno or the error behind it.
func (e *PathError) Unwrap() error { return e.Err }
