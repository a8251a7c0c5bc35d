package timeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/coverage"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/infection"
	"github.com/saksi-dfir/saksi/timeline/knowledge"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/timeline/store"
)

// Detect judges coverage, runs the detectors, and makes infections and
// sightings from what they find. The result replaces that of the run before.
func (c *Case) Detect(ctx context.Context, detectors []detect.Detector) (err error) {
	w, err := c.Writer(WriterOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	return w.Detect(ctx, detectors)
}

// Detect is Case.Detect for the holder of the write lock, at the end of an ingest.
func (w *CaseWriter) Detect(ctx context.Context, detectors []detect.Detector) error {
	if _, err := w.c.Refresh(); err != nil {
		return err
	}
	claims, err := w.c.analyze(ctx, detectors)
	if err != nil {
		return err
	}
	if err := w.w.PutClaims(claims); err != nil {
		return fmt.Errorf("store claims: %w", err)
	}
	_, err = w.c.Refresh()
	return err
}

// analyze makes all claims from the present snapshot.
func (c *Case) analyze(ctx context.Context, detectors []detect.Detector) (store.Claims, error) {
	var cl store.Claims
	s, done, err := c.use()
	if err != nil {
		return cl, err
	}
	defer done()
	in, err := c.coverageInput(ctx, s)
	if err != nil {
		return cl, fmt.Errorf("coverage: %w", err)
	}
	cl.Coverage = coverage.Build(in)
	cov := coverage.NewMap(cl.Coverage)
	ev := &events{c: c, s: s}
	if cl.Findings, err = detect.Run(ctx, detectors, ev, cov); err != nil {
		return cl, err
	}
	ev.strays = s.strays("scratch")
	cl.Infections, err = infection.Analyze(ctx, ev, infection.Input{Findings: cl.Findings, Coverage: coverage.Blind(cl.Coverage), Acquisitions: acquisitions(in.Acquisitions, cov)})
	if err != nil {
		return cl, fmt.Errorf("infections: %w", err)
	}
	last := map[event.HostKey]int64{}
	for _, a := range in.Acquisitions {
		last[a.Host] = max(last[a.Host], a.Collected)
	}
	cl.Sightings, err = knowledge.Analyze(ctx, ev, knowledge.Input{Infections: cl.Infections, Findings: cl.Findings, Collected: last, HostNames: c.allNames(cl.Infections)})
	if err != nil {
		return cl, fmt.Errorf("sightings: %w", err)
	}
	return cl, nil
}

func acquisitions(as []coverage.Acquisition, cov *coverage.Map) []infection.Acquisition {
	var out []infection.Acquisition
	for _, a := range as {
		if a.Collected == 0 {
			continue
		}
		out = append(out, infection.Acquisition{Run: a.Run, Host: a.Host, Collected: a.Collected,
			Processes: cov.State(a.Host, "process", a.Collected), Files: cov.State(a.Host, "file", a.Collected), Sockets: cov.State(a.Host, "socket", a.Collected), Unread: unread(a)})
	}
	return out
}

// unread gives how many processes' executables the collector had no right to
// see, when that is all that its list of processes lacks.
func unread(a coverage.Acquisition) int {
	found := 0
	for _, o := range a.Outcomes {
		if o.Source != "process" || o.Outcome == "collected" || o.Benign {
			continue
		}
		const words = "no right to see executable or descriptors of %d of %d processes"
		var n, total int
		if _, err := fmt.Sscanf(o.Reason, words, &n, &total); err != nil || o.Reason != fmt.Sprintf(words, n, total) || o.Outcome != "partial" || found > 0 {
			return 0
		}
		found = n
	}
	return found
}

// events gives the timeline to detectors and analyses. Hosts that case.toml
// joins appear under one key.
type events struct {
	c      *Case
	s      *snapshot
	strays map[exhibitKey]string // exhibits whose records prove no act and no presence
}

// Events satisfies detect.Events.
func (v *events) Events(ctx context.Context, q *query.Node) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		for row, err := range v.s.r.Iterate(ctx, q, v.resolver()) {
			if err != nil {
				yield(nil, err)
				return
			}
			e := row.Event
			if strayed(v.strays, e.Origin) {
				continue
			}
			e.Host = v.c.canonical(e.Host)
			if !yield(&e, nil) {
				return
			}
		}
	}
}

// Slim satisfies detect.Slim.
func (v *events) Slim(ctx context.Context, q *query.Node, fields []string, f func(*event.Slim) error) error {
	hosts := map[event.HostKey]event.HostKey{}
	return v.s.r.Slim(ctx, q, v.resolver(), fields, func(e *event.Slim) error {
		if strayed(v.strays, event.Origin{Run: e.Run, Exhibit: e.Exhibit}) {
			return nil
		}
		h, ok := hosts[e.Host]
		if !ok {
			h = v.c.canonical(e.Host)
			hosts[e.Host] = h
		}
		e.Host = h
		return f(e)
	})
}

func (v *events) resolver() *resolver {
	return &resolver{keys: func(name string, prefix bool) []event.HostKey { return v.c.keysOf(v.s, name, prefix) }, notes: emptyNotes(), levels: func() map[event.ID]string { return nil }}
}

// Get satisfies infection.Events and knowledge.Events.
func (v *events) Get(ctx context.Context, id event.ID) (*event.Event, bool, error) {
	row, ok, err := v.s.r.Get(ctx, id)
	if err != nil || !ok {
		return nil, false, err
	}
	e := row.Event
	e.Host = v.c.canonical(e.Host)
	return &e, true, nil
}

func or(kids ...*query.Node) *query.Node { return &query.Node{Op: query.Or, Kids: kids} }

func equal(field, value string) *query.Node {
	return &query.Node{Op: query.Term, Field: field, Value: value}
}

// on asks for a host under all its keys.
func (v *events) on(host event.HostKey, q *query.Node) *query.Node {
	var kids []*query.Node
	for _, k := range v.c.group(host) {
		kids = append(kids, equal("host", k.String()))
	}
	if q == nil {
		return or(kids...)
	}
	return &query.Node{Op: query.And, Kids: []*query.Node{or(kids...), q}}
}

// Naming satisfies infection.Events and knowledge.Events.
func (v *events) Naming(ctx context.Context, host event.HostKey, words []string) iter.Seq2[*event.Event, error] {
	var kids []*query.Node
	for _, w := range words {
		kids = append(kids, &query.Node{Op: query.Text, Value: w})
		if strings.HasPrefix(w, "/") {
			for _, f := range []string{"path", "object"} {
				kids = append(kids, equal(f, w))
			}
		}
	}
	return v.Events(ctx, v.on(host, or(kids...)))
}

// Having satisfies infection.Events.
func (v *events) Having(ctx context.Context, host event.HostKey, field string, values []string) iter.Seq2[*event.Event, error] {
	var kids []*query.Node
	for _, x := range values {
		kids = append(kids, equal(field, x))
	}
	return v.Events(ctx, v.on(host, or(kids...)))
}

// Acts satisfies knowledge.Events.
func (v *events) Acts(ctx context.Context, actions, fields []string, f func(*event.Slim) error) error {
	var kids []*query.Node
	for _, a := range actions {
		kids = append(kids, equal("action", a))
	}
	return v.Slim(ctx, or(kids...), fields, f)
}

// Commands satisfies knowledge.Events.
func (v *events) Commands(ctx context.Context, host event.HostKey, words []string) iter.Seq2[*event.Event, error] {
	var kids []*query.Node
	for _, w := range words {
		kids = append(kids, &query.Node{Op: query.Text, Value: w})
	}
	q := &query.Node{Op: query.And, Kids: []*query.Node{equal("action", "exec"), or(kids...)}}
	if !host.IsZero() {
		q = v.on(host, q)
	}
	return v.Events(ctx, q)
}
