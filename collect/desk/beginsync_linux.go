package desk

import (
	"os"

	"golang.org/x/sys/unix"
)

// beginSync has the kernel write a part of a file to the disk now
// (sync_file_range(2)), and does not wait: less is left for the sync that
// counts, whose error counts, too.
func beginSync(f *os.File, at, n int64) {
	_ = unix.SyncFileRange(int(f.Fd()), at, n, unix.SYNC_FILE_RANGE_WRITE)
}
