//go:build !linux

package store

// populate does nothing: pages are mapped as they are written.
func populate([]byte) {}
