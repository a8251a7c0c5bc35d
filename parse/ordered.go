package parse

import (
	"context"
	"fmt"
	"sync"
)

// Ordered says how pieces of one exhibit are worked on at once and handed on
// in order. Nothing that reaches Done depends on the number of workers.
type Ordered[T, R any] struct {
	// Next gives the next piece, ok false behind the last. It is called by
	// one goroutine.
	Next func() (piece T, ok bool, err error)
	// Work is called by several goroutines. A panic of it is an error.
	Work func(T) (R, error)
	// Done takes the results in order of the pieces, in the goroutine of Run.
	Done func(R) error
}

// Run works with so many goroutines; below 2 in this one, piece by piece. At
// most workers+2 pieces and results are held at a time.
func (o Ordered[T, R]) Run(ctx context.Context, workers int) error {
	if workers >= 2 {
		return o.parallel(ctx, workers)
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		p, ok, err := o.Next()
		if err != nil || !ok {
			return err
		}
		r := o.safely(p)
		if r.err != nil {
			return r.err
		}
		if err := o.Done(r.value); err != nil {
			return err
		}
	}
}

type orderedJob[T, R any] struct {
	piece T
	done  chan orderedResult[R]
}

type orderedResult[R any] struct {
	value R
	err   error
}

func (o Ordered[T, R]) parallel(ctx context.Context, workers int) error {
	ctx, cancel := context.WithCancel(ctx)
	jobs := make(chan orderedJob[T, R])
	queue := make(chan orderedJob[T, R], workers+1)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for range workers {
		wg.Go(func() {
			for j := range jobs {
				j.done <- o.safely(j.piece)
			}
		})
	}
	var readErr error
	wg.Go(func() {
		defer close(queue)
		defer close(jobs)
		readErr = o.feed(ctx, queue, jobs)
	})
	for j := range queue {
		select {
		case r := <-j.done:
			if r.err != nil {
				return r.err
			}
			if err := o.Done(r.value); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return readErr
}

// feed gives each piece to the queue, which keeps the order, and to a worker.
func (o Ordered[T, R]) feed(ctx context.Context, queue, jobs chan<- orderedJob[T, R]) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("parser stopped by %v", v)
		}
	}()
	for {
		p, ok, err := o.Next()
		if err != nil || !ok {
			return err
		}
		j := orderedJob[T, R]{p, make(chan orderedResult[R], 1)}
		for _, c := range [...]chan<- orderedJob[T, R]{queue, jobs} {
			select {
			case c <- j:
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// safely turns a panic of a worker into an error: a goroutine's panic could
// not be caught by the runner.
func (o Ordered[T, R]) safely(p T) (r orderedResult[R]) {
	defer func() {
		if v := recover(); v != nil {
			r = orderedResult[R]{err: fmt.Errorf("parser stopped by %v", v)}
		}
	}()
	v, err := o.Work(p)
	return orderedResult[R]{v, err}
}
