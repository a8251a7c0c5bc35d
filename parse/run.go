package parse

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// Source is what Run needs of a bundle. FromBundle makes one of an opened
// bundle.
type Source interface {
	Acquisition() bundle.Acquisition
	Exhibits() iter.Seq2[bundle.Exhibit, error]
	// OpenExhibit is called from several goroutines, also for one exhibit.
	OpenExhibit(x bundle.Exhibit) (Content, error)
}

// Receiver takes what all parsers make, already complete. It is called from
// several goroutines at once, but for one exhibit from one at a time.
type Receiver interface {
	Event(*event.Event) error
	Warning(event.Warning) error
	Counter(event.Counter) error
}

// Options of a run.
type Options struct {
	Sink    Receiver
	Forgets bool           // Sink keeps nothing of an event or its slices once Event has returned: their memory is used again
	Workers int            // exhibits, and pieces of one, parsed at once; 0 = one per CPU
	Zone    *time.Location // the zone the analyst gives; nil: the host's own
	Facts   *Facts         // gathered before; nil: gathered now
	// Skip says that this exhibit need not be parsed (again) by this parser.
	Skip func(x bundle.Exhibit, parser string, version int) bool
	// Progress is told the bytes of exhibits done and to do; never concurrently.
	Progress func(done, total int64)
	// Done is told of each finished exhibit; never concurrently.
	Done func(ExhibitResult)
}

// ExhibitResult is what became of one exhibit.
type ExhibitResult struct {
	Number   uint32
	Name     string // path in the bag
	Path     string // original path, without the codec's suffix
	Source   string // of the collector
	Parser   string // "" when no parser claims it
	Version  int
	Layer    string
	Size     int64 // of the exhibit, raw
	Decoded  int64 // bytes offered to the parser
	SHA256   string
	Events   int64
	Warnings int64
	Skipped  bool
	Err      error // why it could not be parsed, or not to its end
}

// Result lists all exhibits in order of the bundle.
type Result struct {
	Facts    *Facts
	Exhibits []ExhibitResult
	Events   int64
	Warnings int64
}

// RunSource parses every exhibit of a source. A failure of one exhibit becomes
// a Warning and its Err; the returned error is of the source, the sink or the
// context.
func RunSource(ctx context.Context, src Source, parsers []Parser, o Options) (Result, error) {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	var res Result
	exhibits, total, unlisted := list(src)
	facts := o.Facts
	var err error
	if facts == nil {
		if facts, err = gather(src, exhibits); err != nil {
			return res, err
		}
	}
	if o.Zone != nil {
		given := *facts
		given.Zone, given.ZoneFrom = o.Zone, event.ZoneGiven
		facts = &given
	}
	r := &runner{src: src, acq: src.Acquisition(), parsers: parsers, o: o, facts: facts, total: total}
	if o.Forgets {
		r.batches = &batchPool{}
	}
	if facts.AccountBirth == nil {
		if facts, err = r.withAccountBirths(ctx, exhibits); err != nil {
			return res, err
		}
		r.facts = facts
	}
	res.Facts = facts
	for _, err := range unlisted {
		w := event.Warning{Run: r.acq.RunID, Host: facts.Host, Code: "damaged", Message: "exhibits cannot be listed: " + err.Error()}
		if err := o.Sink.Warning(w); err != nil {
			return res, err
		}
		res.Warnings++
	}
	res.Exhibits, err = r.all(ctx, exhibits)
	sort.Slice(res.Exhibits, func(i, j int) bool { return res.Exhibits[i].Number < res.Exhibits[j].Number })
	for i := range res.Exhibits {
		res.Events += res.Exhibits[i].Events
		res.Warnings += res.Exhibits[i].Warnings
	}
	return res, err
}

type runner struct {
	src     Source
	acq     bundle.Acquisition
	parsers []Parser
	o       Options
	facts   *Facts
	batches *batchPool // nil: the sink keeps events
	total   int64
	done    int64
	mu      sync.Mutex
}

// all parses exhibits with o.Workers goroutines.
func (r *runner) all(ctx context.Context, exhibits []bundle.Exhibit) ([]ExhibitResult, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make([]ExhibitResult, len(exhibits))
	started := make([]bool, len(exhibits))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(r.o.Workers, len(exhibits)) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(exhibits) {
					return
				}
				res, err := r.one(ctx, exhibits[i])
				results[i], started[i] = res, true
				if err != nil {
					cancel(err)
					return
				}
				r.finished(res)
			}
		})
	}
	wg.Wait()
	out := results[:0]
	for i := range results {
		if started[i] {
			out = append(out, results[i])
		}
	}
	return out, context.Cause(ctx)
}

func (r *runner) finished(res ExhibitResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done += res.Size
	if r.o.Done != nil {
		r.o.Done(res)
	}
	if r.o.Progress != nil {
		r.o.Progress(r.done, r.total)
	}
}

// one parses one exhibit; the error is of the sink or the context only.
func (r *runner) one(ctx context.Context, b bundle.Exhibit) (ExhibitResult, error) {
	res := ExhibitResult{Number: b.Number, Name: b.Name, Path: string(b.Path), Source: b.Source, Size: b.Size, SHA256: b.SHA256}
	x, state, err := prepare(r.src, &r.acq, b)
	if x == nil {
		res.Err = err
		x = &Exhibit{Run: r.acq.RunID, Number: b.Number, Name: b.Name}
		m := newMeter(x, r.facts, r.o.Sink)
		err = m.Warning(event.Warning{Length: b.Size, Code: "unreadable", Message: err.Error()})
		res.Warnings = m.warnings
		return res, err
	}
	defer x.Close()
	x.Workers, x.batches = r.o.Workers, r.batches
	res.Path, res.Layer = x.Path, x.Layer
	m := newMeter(x, r.facts, r.o.Sink)
	p := claim(r.parsers, r.facts, x)
	switch {
	case err != nil:
		res.Err = err
	case p == nil:
		err := r.states(m, state)
		if w, ok := unread(x); ok && err == nil && (len(x.Head) > 0 || m.warnings == 0) {
			err = errors.Join(m.Warning(w), m.flush())
		}
		res.Warnings = m.warnings
		return res, err
	default:
		d := p.Describe()
		res.Parser, res.Version, m.parser = d.Name, d.Version, d.Name
		if r.o.Skip != nil && r.o.Skip(b, d.Name, d.Version) {
			res.Skipped = true
			return res, nil
		}
		res.Err = r.parse(ctx, p, m)
	}
	if err := ctx.Err(); err != nil {
		return res, context.Cause(ctx)
	}
	var se *sinkError
	if errors.As(res.Err, &se) {
		return res, se.err
	}
	err = r.settle(m, state, b, &res)
	res.Events, res.Warnings = m.events, m.warnings
	return res, err
}

// settle closes the account of an exhibit: bytes nobody spoke of, and ranges
// that could not be read or decoded.
func (r *runner) settle(m *meter, state *reading, b bundle.Exhibit, res *ExhibitResult) error {
	res.Decoded = state.size
	if m.x.Layer == "" {
		res.Decoded = b.Size
	}
	code, message := "unaccounted", "the parser said nothing of these bytes"
	if res.Err != nil {
		code, message = "unparsed", "parsing stopped: "+res.Err.Error()
		if err := m.Warning(event.Warning{Offset: 0, Length: 0, Code: code, Message: message}); err != nil {
			return err
		}
	}
	if err := m.close(res.Decoded, code, message); err != nil {
		return err
	}
	if err := r.states(m, state); err != nil {
		return err
	}
	if len(m.x.Head) == 0 && m.events+m.warnings == 0 && !m.x.Sealed && logName(m.x.Path) {
		if err := m.Warning(empty()); err != nil {
			return err
		}
	}
	for _, s := range b.States {
		if s.State == bundle.BytesRead || s.State == bundle.BytesZero {
			continue
		}
		w := event.Warning{Offset: s.Offset, Length: s.Length, Code: string(s.State), Message: "the collector could not read these bytes: " + s.Errno}
		if err := m.Warning(w); err != nil {
			return err
		}
	}
	return m.flush()
}

func (r *runner) states(m *meter, state *reading) error {
	for _, w := range state.damage {
		if err := m.Warning(w); err != nil {
			return err
		}
	}
	for _, w := range state.raw {
		if err := m.rawWarning(w); err != nil {
			return err
		}
	}
	return m.flush()
}

// parse runs the parser; a panic becomes an error.
func (r *runner) parse(ctx context.Context, p Parser, m *meter) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("parser %s stopped by %v", m.parser, v)
		}
	}()
	return p.Parse(ctx, r.facts, m.x, guarded{m})
}
