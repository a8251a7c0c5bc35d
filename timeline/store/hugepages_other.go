//go:build !linux

package store

// hugePages is there for Linux only; other systems choose the pages themselves.
func hugePages[T any]([]T) {}
