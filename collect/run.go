package collect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
)

// Writer is what Run writes into; Bundle makes one of a bundle.Writer. The
// caller closes it after Run, whatever Run returned: that seals the bundle.
type Writer interface {
	Output
	Checkpoint() error
	Outcome(o bundle.Outcome) error
}

// Config is what Run needs.
type Config struct {
	Plan     *Plan
	Writer   Writer
	Budgets  Budgets
	Progress func(Progress)   // called about five times a second, from one goroutine; may be nil
	Now      func() time.Time // for outcome times; nil is time.Now
}

// Progress tells how far a run is.
type Progress struct {
	Item, Items int
	Source      string
	Target      string // escaped text
	Bytes       int64  // written into the bundle, before compression
	Planned     int64  // estimate of the whole
	Elapsed     time.Duration
	Wait        bool // the item has made no progress for some seconds
}

// Run takes everything planned, in order of volatility, and gives every item
// exactly one outcome, also when it is cancelled or a budget ends it. An error
// means that the bundle could not be written.
func Run(ctx context.Context, c Config) (Result, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Budgets.Stall <= 0 {
		c.Budgets.Stall = time.Minute
	}
	if c.Budgets.Time > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.Budgets.Time, ErrTimeBudget)
		defer cancel()
	}
	pace := newPace(c.Budgets)
	r := &runner{c: c, pace: pace, start: pace.start, // one clock for what is due and what it took
		done: make([]bool, len(c.Plan.Items)), own: map[string]int{}}
	r.res = Result{Items: len(c.Plan.Items), Count: map[bundle.OutcomeCode]int{}}
	stop := r.report()
	err := r.all(ctx)
	stop()
	r.res.Elapsed, r.res.Bytes = time.Since(r.start), r.bytes.Load()
	return r.res, err
}

// runner is one run under way.
type runner struct {
	c     Config
	pace  *pace
	start time.Time
	res   Result
	done  []bool
	ended error // why no further item is taken

	beats atomic.Int64 // grows with every sign of progress
	bytes atomic.Int64
	item  atomic.Int64   // number of the item under way
	own   map[string]int // parts written for Run's own items
}

// all runs the steps group by group.
func (r *runner) all(ctx context.Context) error {
	if err := r.clock("start"); err != nil {
		return err
	}
	var group Group
	for _, s := range r.c.Plan.steps {
		if s.src == nil {
			continue // Run's own items, closed by finish
		}
		if s.group != group {
			if err := r.between(group, s.group); err != nil {
				return err
			}
			group = s.group
		}
		for _, item := range r.c.Plan.Items[s.from:s.to] {
			if err := r.one(ctx, s, item); err != nil {
				return err
			}
		}
	}
	return r.finish()
}

// between closes a group of sources: a checkpoint, so that a cut run proves
// what it has, and a reading of all clocks.
func (r *runner) between(from, to Group) error {
	if from == 0 {
		return nil
	}
	if err := r.c.Writer.Checkpoint(); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return r.clock(to.String())
}

// one takes one item and writes its outcome.
func (r *runner) one(ctx context.Context, s step, item bundle.PlanItem) error {
	r.item.Store(int64(item.Item))
	if r.ended == nil {
		r.ended = context.Cause(ctx)
	}
	started := r.c.Now()
	var o bundle.Outcome
	switch {
	case r.ended != nil:
		o = bundle.Outcome{Outcome: bundle.Skipped, Reason: "run ended: " + r.ended.Error()}
	case s.err != nil:
		o = failure(s.err)
	default:
		var err error
		if o, err = r.watch(ctx, s, item); err != nil {
			return err
		}
		if context.Cause(ctx) != nil && r.ended == nil {
			r.ended = context.Cause(ctx)
		}
	}
	o.Started, o.Ended = started.UnixNano(), r.c.Now().UnixNano()
	return r.outcome(item, o)
}

// outcome completes and writes one outcome.
func (r *runner) outcome(item bundle.PlanItem, o bundle.Outcome) error {
	o.Item, o.Source, o.Target = item.Item, item.Source, item.Target
	if !slices.Contains(codes(), o.Outcome) {
		o = bundle.Outcome{Item: o.Item, Source: o.Source, Target: o.Target, Outcome: bundle.Failed,
			Reason: fmt.Sprintf("internal error: outcome %q", o.Outcome), Exhibits: o.Exhibits, Bytes: o.Bytes}
	}
	r.done[item.Item-1] = true
	r.res.Count[o.Outcome]++
	if bad(o) {
		if len(r.res.Bad) < 1000 {
			r.res.Bad = append(r.res.Bad, o)
		} else {
			r.res.BadMore++
		}
	}
	for _, f := range o.Flags {
		if strings.HasPrefix(f, FlagMatch) && len(r.res.Notes) < 1000 {
			r.res.Notes = append(r.res.Notes, f)
		}
	}
	if err := r.c.Writer.Outcome(o); err != nil {
		return fmt.Errorf("outcome of item %d: %w", item.Item, err)
	}
	return nil
}

// bad says whether an outcome makes the run incomplete (exit code 3).
func bad(o bundle.Outcome) bool {
	switch o.Outcome {
	case bundle.Denied, bundle.TimedOut, bundle.Failed:
		return true
	case bundle.Partial:
		return !o.Benign
	case bundle.Collected, bundle.Absent, bundle.Skipped:
	}
	return false
}

// watch collects one item under the eye of a watchdog.
func (r *runner) watch(ctx context.Context, s step, item bundle.PlanItem) (bundle.Outcome, error) {
	g := &gate{out: r.c.Writer, item: item.Item, stall: r.c.Budgets.Stall, beat: r.beat}
	env := r.c.Plan.env
	env.Out, env.Again, env.Stall = g, s.group == GroupAgain, r.c.Budgets.Stall
	env.Throttle = func(ctx context.Context, n int) error {
		r.beat(0)
		return r.pace.take(ctx, n)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	type answer struct {
		o   bundle.Outcome
		err error
	}
	done := make(chan answer, 1)
	go func() {
		var a answer
		defer func() { done <- a }()
		defer recovered(&a.err)
		a.o, a.err = s.src.Collect(ctx, &env, item)
	}()
	every := max(r.c.Budgets.Stall/8, 10*time.Millisecond)
	tick := time.NewTicker(every)
	defer tick.Stop()
	// Ticks are counted, not the time: a pause of the whole machine is one of them.
	last, quiet := r.beats.Load(), 0
	for {
		select {
		case a := <-done:
			return r.judge(ctx, g, a.o, a.err)
		case <-tick.C:
			quiet++
			if now := r.beats.Load(); now != last || g.busy.Load() > 0 {
				last, quiet = now, 0
			}
			// twice the stall time: the gate gives up a hung read after one
			if time.Duration(quiet)*every > 2*r.c.Budgets.Stall {
				cancel(host.ErrTimeout)
				return r.judge(ctx, g, bundle.Outcome{}, host.ErrTimeout)
			}
		}
	}
}

func (r *runner) beat(n int64) {
	r.beats.Add(1)
	r.bytes.Add(n)
}

// judge turns what a source returned into the outcome of its item.
func (r *runner) judge(ctx context.Context, g *gate, o bundle.Outcome, err error) (bundle.Outcome, error) {
	exhibits, bytes := g.close()
	if errors.Is(err, ErrFreeSpace) || errors.Is(err, ErrMemory) {
		r.ended = err
	}
	if c := context.Cause(ctx); err != nil && c != nil && !errors.Is(err, host.ErrTimeout) {
		err = c
	}
	if err != nil {
		o = failure(err)
		if exhibits > 0 {
			o.Outcome = bundle.Partial
		}
	}
	if err != nil || o.Exhibits == 0 {
		o.Exhibits = exhibits
	}
	if err != nil || o.Bytes == 0 {
		o.Bytes = bytes
	}
	var w *WriteError
	if errors.As(err, &w) {
		return o, w
	}
	return o, nil
}

// failure is the outcome that an error stands for.
func failure(err error) bundle.Outcome {
	o := OutcomeOf(err)
	if o.Outcome == bundle.Collected {
		o.Outcome = bundle.Failed
	}
	return o
}
