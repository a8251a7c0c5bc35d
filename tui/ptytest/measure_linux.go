package ptytest

import (
	"fmt"
	"slices"
	"time"
)

// Figures are the times from a key to the last byte of the frame it caused,
// and the bytes of such a frame.
type Figures struct {
	Name     string
	P50, P95 time.Duration
	Worst    time.Duration
	Bytes    int // median
	Most     int
}

// String writes the figures as one line.
func (f Figures) String() string {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("%-8s key to frame p50 %6.1f ms, p95 %6.1f ms, worst %6.1f ms; bytes per frame: median %d, most %d", f.Name, ms(f.P50), ms(f.P95), ms(f.Worst), f.Bytes, f.Most)
}

// Measure types keys in turn, n in all, each when the terminal has been silent
// for a while. A key that causes no frame is left out.
func (s *Session) Measure(name string, n int, keys ...string) (Figures, error) {
	const silence, patience = 40 * time.Millisecond, 3 * time.Second
	var times []time.Duration
	var sizes []int
	for i := range n {
		s.Quiet(0, silence, time.Second)
		from, _ := s.Size()
		start := time.Now()
		if _, err := s.Master.WriteString(keys[i%len(keys)]); err != nil {
			return Figures{}, fmt.Errorf("type %q: %w", keys[i%len(keys)], err)
		}
		if !s.Quiet(from, silence, patience) {
			continue
		}
		to, last := s.Size()
		times = append(times, last.Sub(start))
		sizes = append(sizes, to-from)
	}
	if len(times) == 0 {
		return Figures{}, fmt.Errorf("%s: no key caused a frame", name)
	}
	slices.Sort(times)
	slices.Sort(sizes)
	return Figures{Name: name, P50: times[len(times)/2], P95: times[len(times)*95/100], Worst: times[len(times)-1], Bytes: sizes[len(sizes)/2], Most: sizes[len(sizes)-1]}, nil
}
