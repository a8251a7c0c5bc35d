package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
)

// Profiles, from smallest to largest.
const (
	ProfileSweep  = "sweep"
	ProfileTriage = "triage"
	ProfileFull   = "full"
)

// Selection says what of all that could be taken is wanted.
type Selection struct {
	Profile string            // sweep, triage or full; "" is triage
	Only    []string          // names of sources; empty: all of the profile
	Skip    []string          // names of sources
	Also    []string          // names of sources to add to those of the profile, such as "memory"
	Paths   []string          // further paths and patterns for the source "paths"
	NTP     []string          // time servers for the source "ntp"
	Hashes  map[string]string // SHA-256 in lower-case hex -> name, for the source "known"
	Since   time.Time         // logs last written before it are skipped; zero: no bound
	Own     []string          // paths the run itself writes: never collected
	RAM     RAM               // bounds of the source "memory"
	Written func() string     // how the bundle leaves the host; nil: not known
}

// Plan is the list of everything a run set out to take. It is written into
// the bundle before anything is collected.
type Plan struct {
	Items []bundle.PlanItem
	steps []step
	env   Env
}

// step is one source with its share of the items, Items[from:to].
type step struct {
	src      Source
	desc     Description
	group    Group // of the source, or GroupAgain
	from, to int
	err      error // planning failed: the only item ends with it
}

// The names of the two plan items that Run takes itself.
const (
	clockSource = "clock"
	runSource   = "run"
)

// againText marks the items of the second volatile pass.
const againText = " (again, behind the memory image)"

// memorySource is the source whose run takes long enough for a second pass.
const memorySource = "memory"

// planTimeout bounds the planning of one source: a directory on a dead file
// server must not stop the run.
const planTimeout = 2 * time.Minute

// ErrUnknownSource says that --only or --skip names no source.
var ErrUnknownSource = errors.New("no such source")

// ErrLiveOnly says that --only or --memory names a source that a mounted tree
// has nothing for.
var ErrLiveOnly = errors.New("reads a running host, not a mounted tree: leave it out with --root")

// NewPlan asks every selected source what it will take and numbers the items.
// A source that fails to plan gets one item, which will end as failed.
func NewPlan(ctx context.Context, h host.Host, sources []Source, sel Selection) (*Plan, error) {
	chosen, err := choose(sources, sel, h.Live())
	if err != nil {
		return nil, err
	}
	p := &Plan{env: Env{
		Host: h, Since: sel.Since, Profile: sel.profile(), Paths: sel.Paths, NTP: sel.NTP, Hashes: sel.Hashes,
		RAM: sel.RAM, Written: sel.Written,
		Seen:     &Seen{Suspect: map[int]string{}, Exes: map[int]ExeCopy{}, Walks: map[int]Walked{}},
		Throttle: func(ctx context.Context, n int) error { return context.Cause(ctx) },
	}}
	for _, path := range sel.Own {
		if f, err := h.Stat(path); err == nil {
			p.env.Seen.Claim(f)
		}
	}
	p.add(step{desc: Description{Name: clockSource}}, []bundle.PlanItem{{Target: "all clocks: at the start, between groups, at the end", Bytes: 4096}})
	p.add(step{desc: Description{Name: runSource}}, []bundle.PlanItem{{Target: "how the host was read", Bytes: 1024}})
	for _, c := range chosen {
		items, err := p.ask(ctx, c.src)
		if cause := context.Cause(ctx); cause != nil {
			return nil, fmt.Errorf("plan: %w", cause)
		}
		if err != nil {
			items = append(items, bundle.PlanItem{Target: "plan of " + c.desc.Name, Bytes: -1})
		}
		if c.group == GroupAgain {
			for i := range items {
				items[i].Target += againText
			}
		}
		c.err = err
		p.add(c, items)
	}
	return p, nil
}

func (s Selection) profile() string {
	if s.Profile == "" {
		return ProfileTriage
	}
	return s.Profile
}

func (p *Plan) add(s step, items []bundle.PlanItem) {
	s.from = len(p.Items)
	for _, it := range items {
		it.Source = s.desc.Name
		it.Item = len(p.Items) + 1
		p.Items = append(p.Items, it)
	}
	s.to = len(p.Items)
	p.steps = append(p.steps, s)
}

// ask plans one source, bounded in time and guarded against a panic.
func (p *Plan) ask(ctx context.Context, src Source) ([]bundle.PlanItem, error) {
	type answer struct {
		items []bundle.PlanItem
		err   error
	}
	ctx, cancel := host.Patience(ctx, planTimeout)
	defer cancel()
	done := make(chan answer, 1)
	env := p.env
	go func() {
		var a answer
		defer func() { done <- a }()
		defer recovered(&a.err)
		a.items, a.err = src.Plan(ctx, &env)
	}()
	select {
	case a := <-done:
		return a.items, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("internal error: %v", r)
	}
}

// choose selects and sorts the sources by group and turn, keeping the order of
// the list within a turn. --only and --skip must name sources that exist. Behind
// a RAM image the sources that say so come a second time.
func choose(sources []Source, sel Selection, live bool) ([]step, error) {
	known := map[string]bool{clockSource: true, runSource: true}
	for _, s := range sources {
		known[s.Describe().Name] = true
	}
	for _, name := range slices.Concat(sel.Only, sel.Skip, sel.Also) {
		if !known[name] {
			return nil, fmt.Errorf("%q: %w", name, ErrUnknownSource)
		}
	}
	var out []step
	for _, s := range sources {
		d := s.Describe()
		byName := slices.Contains(sel.Only, d.Name) || slices.Contains(sel.Also, d.Name)
		if byName && d.LiveOnly && !live {
			return nil, fmt.Errorf("%q: %w", d.Name, ErrLiveOnly)
		}
		wanted := byName || (len(sel.Only) == 0 && slices.Contains(d.Profiles, sel.profile()))
		if wanted && !slices.Contains(sel.Skip, d.Name) && (live || !d.LiveOnly) {
			out = append(out, step{src: s, desc: d, group: d.Group})
		}
	}
	if slices.ContainsFunc(out, func(s step) bool { return s.desc.Name == memorySource }) {
		for _, s := range out {
			if s.desc.Again {
				s.group = GroupAgain
				out = append(out, s)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b step) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.desc.Turn, b.desc.Turn))
	})
	return out, nil
}

// Bytes sums the estimates; items of unknown size count as zero.
func (p *Plan) Bytes() (n int64) {
	for _, it := range p.Items {
		n += max(0, it.Bytes)
	}
	return n
}
