package timeline

import (
	"context"

	"github.com/saksi-dfir/saksi/timeline/coverage"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/journal"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// rhythmWidth is the bucket in which the rhythm of a source is judged.
const rhythmWidth = int64(600e9)

// sparse is up to how many events a source is read event by event; beyond it
// the minute tables of the store answer.
const sparse = 50_000

// maxSpan is how far back from its last event a source is judged: stamps from
// another century say nothing about rhythm.
const maxSpan = int64(50 * 365 * 24 * 3600e9)

// maxBuckets bounds one question to the minute tables.
const maxBuckets = 4096

func emptyNotes() *journal.State { return &journal.State{} }

// coverageInput gathers what coverage is judged from.
func (c *Case) coverageInput(ctx context.Context, s *snapshot) (coverage.Input, error) {
	var in coverage.Input
	hosts := map[event.HostKey][]event.HostKey{} // canonical -> keys
	note := func(k event.HostKey) {
		if g := c.group(k); !k.IsZero() {
			hosts[g[0]] = g
		}
	}
	for _, b := range s.r.Bundles() {
		note(b.Host)
		a := coverage.Acquisition{Run: b.Run, Host: c.canonical(b.Host), Collected: b.Collected, Plain: b.Collected == 0}
		for _, o := range b.Outcomes {
			a.Outcomes = append(a.Outcomes, coverage.Outcome{Source: o.Source, Target: o.Target, Outcome: o.Outcome, Reason: o.Reason, Errno: o.Errno, Benign: o.Benign})
		}
		vs, err := s.r.Facets(ctx, equal("bundle", b.Run), "source", 0, nil)
		if err != nil {
			return in, err
		}
		for _, v := range vs {
			a.Sources = append(a.Sources, v.Value)
		}
		in.Acquisitions = append(in.Acquisitions, a)
	}
	vs, err := s.hostFacets(ctx)
	if err != nil {
		return in, err
	}
	for _, v := range vs {
		if k, ok := parseHostKey(v.Value); ok {
			note(k)
		}
	}
	strays := s.strays("scratch", "paths", "covered")
	for n, err := range s.r.Counters(ctx) {
		if err != nil {
			return in, err
		}
		if strayed(strays, event.Origin{Run: n.Run, Exhibit: n.Exhibit}) {
			continue
		}
		n.Host = c.canonical(n.Host)
		in.Counters = append(in.Counters, n)
	}
	v := &events{c: c, s: s}
	if in.Series, err = v.series(ctx, hosts, c.fewEvents(hosts, vs), strays); err != nil {
		return in, err
	}
	in.Stops, err = v.stops(ctx, strays)
	return in, err
}

// fewEvents tells the hosts that are read event by event.
func (c *Case) fewEvents(hosts map[event.HostKey][]event.HostKey, facets []FacetValue) map[event.HostKey]bool {
	total := map[event.HostKey]int64{}
	for _, v := range facets {
		if k, ok := parseHostKey(v.Value); ok {
			total[c.canonical(k)] += v.Count
		}
	}
	few := map[event.HostKey]bool{}
	for k := range hosts {
		if total[k] <= sparse {
			few[k] = true
		}
	}
	return few
}

// except asks for the events that none of the terms has.
func except(terms []*query.Node) *query.Node {
	if len(terms) == 0 {
		return nil
	}
	return &query.Node{Op: query.Not, Kids: []*query.Node{or(terms...)}}
}

// stream is a source of a host.
type stream struct {
	host   event.HostKey
	source string
}

// series gives the series of every source that is no snapshot. Those with few
// events are read event by event, all of them in one pass: the events of hosts
// lie between one another, and asked one by one each host would cost most
// blocks of the store. The minute tables answer for the others.
func (v *events) series(ctx context.Context, hosts map[event.HostKey][]event.HostKey, few map[event.HostKey]bool, strays map[exhibitKey]string) ([]coverage.Series, error) {
	var out []coverage.Series
	var apart []*query.Node // what the pass leaves out
	for _, name := range coverage.MomentarySources() {
		apart = append(apart, equal("source", name))
	}
	small := map[stream]bool{}
	for k := range hosts {
		if few[k] {
			continue
		}
		vs, err := v.s.r.Facets(ctx, without(v.on(k, nil), strays), "source", 0, nil)
		if err != nil {
			return nil, err
		}
		for _, f := range vs {
			switch on := v.on(k, equal("source", f.Value)); {
			case coverage.Momentary(f.Value):
			case f.Count <= sparse:
				small[stream{k, f.Value}] = true
			default:
				apart = append(apart, on)
				if f.First == event.MinTime {
					continue
				}
				s, err := v.rhythm(ctx, stream{k, f.Value}, without(on, strays), f)
				if err != nil {
					return nil, err
				}
				out = append(out, s)
			}
		}
	}
	g := coverage.NewGauge(rhythmWidth)
	err := v.Slim(ctx, without(except(apart), strays), nil, func(e *event.Slim) error {
		if (few[e.Host] || small[stream{e.Host, e.Source}]) && !strayed(strays, event.Origin{Run: e.Run, Exhibit: e.Exhibit}) {
			g.Note(e.Host, e.Source, e.Time)
		}
		return nil
	})
	return append(out, g.Series()...), err
}

// rhythm gives the series of a source with many events.
func (v *events) rhythm(ctx context.Context, of stream, q *query.Node, f FacetValue) (coverage.Series, error) {
	s := coverage.Series{Host: of.host, Source: of.source, Width: rhythmWidth}
	from := f.First
	if f.Last > event.MinTime+maxSpan && f.Last-maxSpan > from {
		from = f.Last - maxSpan
	}
	from -= mod(from, rhythmWidth)
	var err error
	s.Occupied, err = v.occupied(ctx, q, from, f.Last+1, nil)
	return s, err
}

func mod(a, b int64) int64 { return ((a % b) + b) % b }

// occupied finds the buckets of rhythmWidth that hold an event: coarse buckets
// first, then the occupied ones finer.
func (v *events) occupied(ctx context.Context, q *query.Node, from, to int64, out []int64) ([]int64, error) {
	n := (to - from + rhythmWidth - 1) / rhythmWidth
	width := rhythmWidth
	for n > maxBuckets {
		width *= 64
		n = (to - from + width - 1) / width
	}
	bs, err := v.s.r.Histogram(ctx, q, from, from+n*width, int(n), nil)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(bs); i++ {
		if bs[i].Count == 0 {
			continue
		}
		if width == rhythmWidth {
			out = append(out, bs[i].From)
			continue
		}
		j := i
		for j+1 < len(bs) && bs[j+1].Count > 0 && bs[j+1].To-bs[i].From <= maxBuckets*rhythmWidth {
			j++ // a run that would be coarse again is cut: each step narrows the range
		}
		if out, err = v.occupied(ctx, q, bs[i].From, bs[j].To, out); err != nil {
			return nil, err
		}
		i = j
	}
	return out, nil
}
