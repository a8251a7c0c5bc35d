package main

import (
	"fmt"
	"sync"
	"time"
)

// meter tells on stderr how far a long reading has come: plain lines, at most
// one a second, none for short work.
type meter struct {
	a     *app
	what  string
	start time.Time
	mu    sync.Mutex
	last  time.Time
	any   bool
}

func (a *app) meter(what string) *meter {
	now := time.Now()
	return &meter{a: a, what: what, start: now, last: now}
}

// set reports bytes done of a total; total 0 is not known.
func (m *meter) set(done, total int64) { m.tick(done, total) }

// tick is set; it says whether it was time for a line.
func (m *meter) tick(done, total int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if now.Sub(m.last) < time.Second {
		return false
	}
	m.last, m.any = now, true
	secs := now.Sub(m.start).Seconds()
	rate := float64(done) / secs
	line := fmt.Sprintf("%s: %s, %s/s", m.what, size(done), size(int64(rate)))
	if total > 0 && rate > 0 {
		line = fmt.Sprintf("%s: %d%% of %s, %s/s, %s left", m.what, done*100/max(total, 1), size(total), size(int64(rate)),
			time.Duration(float64(total-done)/rate*float64(time.Second)).Round(time.Second))
	}
	fmt.Fprintln(m.a.err, line)
	return true
}

func (m *meter) done() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.any {
		fmt.Fprintf(m.a.err, "%s: done in %s\n", m.what, time.Since(m.start).Round(time.Millisecond))
	}
}

// size is a number of bytes for people.
func size(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	f, i := float64(n)/unit, 0
	for f >= unit && i < 4 {
		f /= unit
		i++
	}
	return fmt.Sprintf("%.1f %ciB", f, "KMGTP"[i])
}
