package collect

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

// Budgets bound what a run may cost the host. Zero values mean no bound.
type Budgets struct {
	Time     time.Duration // wall time of the whole run
	Rate     int64         // bytes read per second
	CPU      int           // per cent of one CPU
	Free     int64         // bytes that must stay free where the bundle is written
	Space    func() (free int64, err error)
	Memory   int64 // bytes of memory that this process may hold
	Resident func() (bytes int64, err error)
	Stall    time.Duration // an item without any progress for so long is given up; 0 is one minute
}

// The reasons for which a run ends early. The bundle is sealed all the same.
var (
	ErrCancelled  = errors.New("cancelled")
	ErrTimeBudget = errors.New("time budget used up")
	ErrFreeSpace  = errors.New("free space below the bound")
	ErrMemory     = errors.New("memory above the bound")
)

// pace makes a run keep its rate and CPU share by sleeping.
type pace struct {
	b     Budgets
	start time.Time
	cpu0  time.Duration

	mu     sync.Mutex
	bytes  int64
	looked time.Time // last look at CPU and free space
}

func newPace(b Budgets) *pace { return &pace{b: b, start: time.Now(), cpu0: cpuTime()} }

// cpuTime is the user and system time of this process, getrusage(2).
func cpuTime() time.Duration {
	var ru syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &ru); err != nil {
		return 0
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

// take accounts for n bytes and waits as the budgets demand. It returns the
// reason to stop: the cause of the context, or ErrFreeSpace.
func (p *pace) take(ctx context.Context, n int) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	wait, err := p.owed(n)
	if err != nil || wait <= 0 {
		return err
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

const lookEvery = 20 * time.Millisecond

// owed computes how long to sleep now, at most 2 s at a time.
func (p *pace) owed(n int) (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes += int64(n)
	now := time.Now()
	var wait time.Duration
	if p.b.Rate > 0 {
		due := time.Duration(float64(p.bytes) / float64(p.b.Rate) * float64(time.Second))
		wait = due - now.Sub(p.start)
	}
	if now.Sub(p.looked) >= lookEvery {
		p.looked = now
		if p.b.CPU > 0 {
			used := cpuTime() - p.cpu0
			due := time.Duration(float64(used) * 100 / float64(p.b.CPU))
			wait = max(wait, due-now.Sub(p.start))
		}
		if p.b.Free > 0 && p.b.Space != nil {
			if free, err := p.b.Space(); err == nil && free < p.b.Free {
				return 0, fmt.Errorf("%d bytes left: %w", free, ErrFreeSpace)
			}
		}
		if err := p.memory(); err != nil {
			return 0, err
		}
	}
	return min(wait, 2*time.Second), nil
}

// memory gives memory back once before it calls the bound broken.
func (p *pace) memory() error {
	if p.b.Memory <= 0 || p.b.Resident == nil {
		return nil
	}
	n, err := p.b.Resident()
	if err != nil || n <= p.b.Memory {
		return nil // what cannot be measured does not end a run
	}
	debug.FreeOSMemory()
	if n, err = p.b.Resident(); err == nil && n > p.b.Memory {
		return fmt.Errorf("%d bytes held: %w", n, ErrMemory)
	}
	return nil
}
