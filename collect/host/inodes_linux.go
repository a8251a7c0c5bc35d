package host

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Inodes tells how many inodes the file system mounted at a path has in use
// (statfs(2)), 0 when it does not count them. Ask only of local file systems: a
// dead server makes the call hang.
func (l *live) Inodes(point string) (int64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(point, &fs); err != nil {
		return 0, fmt.Errorf("statfs %q: %w", point, err)
	}
	if fs.Files <= fs.Ffree || fs.Files > 1<<48 {
		return 0, nil
	}
	return int64(fs.Files - fs.Ffree), nil
}
