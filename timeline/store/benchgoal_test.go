package store

import (
	"strings"
	"testing"
	"time"
)

// goal is what DESIGN section 8 wants of a row of BenchmarkQueries at 10,000,000
// events and, from 50,000,000 on, at 100,000,000; where that names none, what
// the store lab measured. 0: no goal.
func goal(name string, rows int64) time.Duration {
	pick := func(ten, hundred time.Duration) time.Duration {
		if rows >= 50_000_000 {
			return hundred
		}
		return ten
	}
	const ms = time.Millisecond
	part := strings.SplitN(name, "/", 3)
	if len(part) < 2 {
		return 0
	}
	switch part[1] {
	case "page":
		if len(part) > 2 && part[2] == "*" {
			return pick(5*ms, 10*ms)
		}
		return pick(3*ms, 5*ms)
	case "first-page":
		return pick(25*ms, 100*ms)
	case "hist1000":
		return pick(10*ms, 40*ms)
	case "open":
		if strings.Contains(name, "cold") {
			return pick(1500*ms, 2000*ms)
		}
		return pick(100*ms, 300*ms)
	}
	return 0
}

// reportGoal prints the goal of a row beside what it took.
func reportGoal(b *testing.B, rows int64) {
	b.Helper()
	if g := goal(b.Name(), rows); g > 0 {
		b.ReportMetric(float64(g.Nanoseconds()), "goal-ns/op")
	}
}
