//go:build unix

package journal

import (
	"os"

	"golang.org/x/sys/unix"
)

// lock waits for the exclusive lock of the file; closing the file gives it up.
func lock(f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX)
		if err != unix.EINTR {
			return err
		}
	}
}
