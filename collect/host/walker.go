package host

import (
	"context"

	"github.com/saksi-dfir/saksi/collect/record"
)

// Walker is the part of a host that can walk one whole mount fast: through a
// detached, read-only, noatime, non-recursive clone, so that what other
// mounts cover is seen too, and no access time changes.
type Walker interface {
	// Walk visits every name of the mount once, its root directory included.
	// It never enters another mount, follows no link and opens nothing but
	// directories. An entry that could not be read has its Errno set.
	Walk(ctx context.Context, m Mount, o WalkOptions) (WalkResult, error)
}

// WalkOptions steers a walk.
type WalkOptions struct {
	Workers int // goroutines; below 1 means 1
	// Visit is called for every name, from several goroutines at once, each
	// with its own worker number 0 .. Workers-1. The file and its Path are
	// only valid during the call.
	Visit func(worker int, f *record.File) error
	// Xattrs also reads extended attributes of executable regular files,
	// where capabilities live.
	Xattrs bool
	// Covered lists the mount points of other mounts below this one: what
	// lies there is marked as covered.
	Covered []string
}

// WalkResult counts what a walk saw.
type WalkResult struct {
	Method string // "open_tree noatime clone", "path"
	Dirs   int64
	Files  int64  // names that are not directories
	Denied int64  // directories or names that could not be read
	Gone   int64  // names that went away between listing and statx
	First  string // the first path that could not be read
	Errno  string // and why
}

// Uncoverer is the part of a host that can show one mount without what is
// mounted over its directories.
type Uncoverer interface {
	// Uncover gives a view of the files of one mount alone, under the paths
	// they would have without other mounts; close it after use. It fails with
	// ErrUnsupported where the kernel makes no clones.
	Uncover(m Mount) (Host, error)
}
