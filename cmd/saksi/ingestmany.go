package main

import (
	"context"
	"runtime"
	"sync"
	"time"

	"filippo.io/age"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/tui"
	"github.com/saksi-dfir/saksi/tui/clean"
)

// sideBySide is the number of bundles that are taken in at the same time, at
// most: each holds up to three unfinished segments, of some 80 MB when full.
const sideBySide = 4

// bundles takes bundles in, several at the same time. What comes out does not
// depend on how many, nor on their order, but for bundles of one run: these
// (a cut one and the whole) follow each other as they were named.
func (g *ingester) bundles(ctx context.Context, paths []string) error {
	ids, err := identities(g.flags.identities)
	if err != nil {
		return err
	}
	groups := runsOf(paths, ids)
	procs := runtime.GOMAXPROCS(0)
	n := min(procs, sideBySide, len(groups))
	if n == 0 {
		return nil
	}
	pieces := min(procs, max(2, procs/n))
	if n == 1 {
		pieces = procs
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	next := make(chan []string)
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for group := range next {
				for _, p := range group {
					if ctx.Err() != nil {
						break // the reason is kept
					}
					if err := g.bundle(ctx, p, nil, pieces); err != nil {
						stop(err) // the first one counts: the others stop because of it
					}
				}
			}
		})
	}
	for _, group := range groups {
		next <- group
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

// runsOf puts bundles of one run together, in the order of their first. A
// bundle that cannot be opened stands alone: taking it in says why.
func runsOf(paths []string, ids []age.Identity) [][]string {
	at := map[string]int{}
	var out [][]string
	for _, p := range paths {
		key := "path " + p
		if b, err := bundle.Open(p, bundle.OpenOptions{Identities: ids}); err == nil {
			key = "run " + b.Acquisition().RunID
			b.Close()
		}
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], p)
	}
	return out
}

// meters keeps one meter for each thing that is being done, and lets one line
// a second through for all of them.
type meters struct {
	list map[string]*meter
	last time.Time
}

// stage reports progress to the screen, or as a plain line now and then.
func (g *ingester) stage(input, stage string, done, total, events int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.progress != nil {
		g.progress(tui.Progress{Input: input, Stage: stage, Done: done, Total: total, Events: events})
	}
	if g.quiet || total == 0 {
		return
	}
	what := stage + " " + clean.Line(input)
	m := g.meters.list[what]
	if m == nil {
		if g.meters.list == nil {
			g.meters.list = map[string]*meter{}
		}
		m = g.a.meter(what)
		g.meters.list[what] = m
	}
	if now := time.Now(); now.Sub(g.meters.last) >= time.Second && m.tick(done, total) {
		g.meters.last = now
	}
	if done >= total {
		delete(g.meters.list, what)
	}
}
