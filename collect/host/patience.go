package host

import (
	"context"
	"sync"
	"time"
)

// patienceSlices is in how many parts a deadline is counted.
const patienceSlices = 8

// Awake calls fn once d has passed while this process ran. The time is counted
// in slices, of which a pause costs one at most: a machine that is stunned for a
// snapshot and a process in a frozen control group (or under SIGSTOP) do not find
// every deadline over when they wake. Stop keeps fn from being called, if it was
// not under way already.
func Awake(d time.Duration, fn func()) (stop func()) {
	a := &awake{left: patienceSlices, slice: max(d/patienceSlices, 1), fn: fn}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.timer = time.AfterFunc(a.slice, a.tick)
	return a.stop
}

type awake struct {
	mu    sync.Mutex
	timer *time.Timer
	left  int
	slice time.Duration
	fn    func()
}

func (a *awake) tick() {
	a.mu.Lock()
	a.left--
	over := a.left == 0
	if a.left > 0 {
		a.timer.Reset(a.slice)
	}
	a.mu.Unlock()
	if over {
		a.fn()
	}
}

func (a *awake) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left = -1
	a.timer.Stop()
}

// Patience gives a context that ends with the cause ErrTimeout once d has passed
// while this process ran (see Awake).
func Patience(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := Awake(d, func() { cancel(ErrTimeout) })
	return ctx, func() { stop(); cancel(context.Canceled) }
}
