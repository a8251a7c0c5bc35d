package store

// roomFor gives a slice of n elements that hold anything, with room for so many at
// least. What is made anew is touched only where it is written: a small bundle
// does not pay for room that it has no use for.
func roomFor[T any](s []T, n, room int) []T {
	if room = max(n, room); cap(s) >= room {
		return s[:n]
	}
	return make([]T, n, room)
}
