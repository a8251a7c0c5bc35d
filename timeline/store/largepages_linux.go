package store

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// largePages asks for large pages in the place of whole small ones (madvise(2),
// MADV_HUGEPAGE). Where there are none, nothing changes.
func largePages(b []byte) {
	page := os.Getpagesize()
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) & (page - 1)
	if n := (len(b) - skip) &^ (page - 1); n > 0 {
		_ = unix.Madvise(b[skip:skip+n], unix.MADV_HUGEPAGE)
	}
}
