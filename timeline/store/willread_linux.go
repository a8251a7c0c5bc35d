package store

import (
	"os"

	"golang.org/x/sys/unix"
)

// willRead tells the kernel which bytes of a file will be read soon
// (posix_fadvise(2), POSIX_FADV_WILLNEED). It is advice: without it they are read
// when they are asked for.
func willRead(f *os.File, at, n int64) { _ = unix.Fadvise(int(f.Fd()), at, n, unix.FADV_WILLNEED) }
