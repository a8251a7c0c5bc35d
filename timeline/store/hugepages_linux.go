package store

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePages asks the kernel to back memory that will be filled from end to end
// with pages of 2 MiB (madvise(2), MADV_HUGEPAGE): 512 times fewer page faults,
// each of which costs more than filling the page. Where that is not to be had
// the pages stay small; nothing else changes.
func hugePages[T any](s []T) {
	const least = 2 << 20
	page := uintptr(os.Getpagesize())
	size := uintptr(cap(s)) * unsafe.Sizeof(*new(T))
	if size < least {
		return
	}
	p := unsafe.Pointer(unsafe.SliceData(s))
	skip := -uintptr(p) % page
	_ = unix.Madvise(unsafe.Slice((*byte)(unsafe.Add(p, skip)), (size-skip)/page*page), unix.MADV_HUGEPAGE)
}
