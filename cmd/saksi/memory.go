package main

import (
	"runtime"
	"runtime/debug"
	"sync"
)

// quietMemory is how much an ingest takes before garbage is collected for the
// first time, in bytes. While little is in use, collecting doubles it again and
// again: a tenth of the CPU of an input that is done after a second.
const quietMemory = 112 << 20

// limitMemory sets the soft limit of memory, and lets the collector of garbage
// wait until quietMemory is in use; from then on it works as ever. restore ends
// the waiting in any case.
func limitMemory(limit int64) (restore func()) {
	percent := debug.SetGCPercent(-1)
	if limit <= quietMemory || percent < 0 {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(percent)
		return func() {}
	}
	debug.SetMemoryLimit(quietMemory)
	var once sync.Once // a cleanup that comes late changes nothing
	restore = func() {
		once.Do(func() {
			debug.SetMemoryLimit(limit)
			debug.SetGCPercent(percent)
		})
	}
	first := new([64]byte) // not tiny, so that the first collection finds it
	runtime.AddCleanup(first, func(int) { restore() }, 0)
	return restore
}
