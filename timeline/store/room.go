package store

import "unsafe"

// manyBytes is from which size on memory is wanted in large pages.
const manyBytes = 1 << 20

// roomFor gives a slice of n elements that hold anything, with room for so many at
// least. What is made anew is touched only where it is written, so that a small
// bundle does not pay for room that it has no use for, and in large pages: the
// first touch of a page costs as much as copying several.
func roomFor[T any](s []T, n, room int) []T {
	if room = max(n, room); cap(s) >= room {
		return s[:n]
	}
	s = make([]T, n, room)
	if size := room * int(unsafe.Sizeof(*new(T))); size >= manyBytes {
		largePages(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), size))
	}
	return s
}
