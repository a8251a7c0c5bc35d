package main

import (
	"math"
	"runtime/debug"
	"testing"
)

// TestLimitMemory: an ingest leaves the collector of garbage as it found it,
// but for the limit that was asked for, also when another one began meanwhile.
func TestLimitMemory(t *testing.T) {
	before := debug.SetGCPercent(70)
	limit := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetGCPercent(before); debug.SetMemoryLimit(limit) })
	for _, want := range []int64{64 << 20, 1 << 30, math.MaxInt64} {
		outer := limitMemory(want)
		inner := limitMemory(want)
		inner()
		outer()
		if got := debug.SetMemoryLimit(-1); got != want {
			t.Errorf("limit %d, want %d", got, want)
		}
		if got := debug.SetGCPercent(70); got != 70 {
			t.Errorf("limit %d: percent %d", want, got)
		}
	}
}
