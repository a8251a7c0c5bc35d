// Package view holds the screens: Overview and Timeline, their state and how
// they draw it. A screen never does input or output itself: it gives back
// commands, which run beside the screen and answer with messages. Every text
// that comes from evidence passes text() before it is drawn.
package view

import (
	"context"
	"time"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// Case is what the screens need of a case; *timeline.Case satisfies it. All
// methods may be called from several goroutines and stop when ctx ends.
type Case interface {
	Zone() *time.Location
	ZoneName() string
	Parse(text string) (*query.Node, error)
	Page(ctx context.Context, q *query.Node, r timeline.PageRequest) (timeline.Page, error)
	Count(ctx context.Context, q *query.Node) (timeline.Count, error)
	Histogram(ctx context.Context, q *query.Node, from, to int64, n int) ([]timeline.Bucket, error)
	Facets(ctx context.Context, q *query.Node, field string, n int) ([]timeline.FacetValue, error)
	Get(ctx context.Context, id event.ID) (timeline.Row, bool, error)
	Witnesses(ctx context.Context, id event.ID) ([]timeline.Row, error)
	Raw(ctx context.Context, id event.ID) (timeline.Raw, error)
	Findings(ctx context.Context) ([]claim.Finding, error)
	Infections(ctx context.Context) ([]claim.Infection, error)
	Sightings(ctx context.Context) ([]claim.Sighting, error)
	Coverage(ctx context.Context) ([]claim.Coverage, error)
	Hosts(ctx context.Context) ([]timeline.HostInfo, error)
	HostName(key event.HostKey) string
	Stat(ctx context.Context) (timeline.Stat, error)
	Bundles(ctx context.Context) ([]timeline.BundleInfo, error)
	Marks(ctx context.Context, ids []event.ID) (map[event.ID]timeline.Mark, error)
	Bookmarks(ctx context.Context) ([]timeline.Bookmark, error)
	Annotate(ctx context.Context, a timeline.Annotation) error
	Undo(ctx context.Context) (what string, err error)
	Redo(ctx context.Context) (what string, err error)
	MergeJournals(dir string) (int, error)
	Refresh() (changed bool, err error)
}

// Cmd is work that runs beside the screen; what it returns comes back as a message.
type Cmd func(ctx context.Context) any

// Shared is what all screens see: one case, one filter, one time range.
type Shared struct {
	Case      Case
	Theme     *widget.Theme
	Now       func() time.Time
	Filter    Filter
	Range     Range
	Stat      timeline.Stat
	StatOK    bool // Stat was read
	Findings  []claim.Finding
	Cited     map[event.ID][]int // index into Findings
	Sightings []claim.Sighting
	Resting   map[event.ID][]string // what the bounds and sightings that rest on an event say
	Search    Search
}

// NewShared makes the state for a case.
func NewShared(c Case, th *widget.Theme, now func() time.Time) *Shared {
	return &Shared{Case: c, Theme: th, Now: now, Range: Range{All: true}, Cited: map[event.ID][]int{}}
}

// SetFindings takes the findings and indexes the events they cite.
func (s *Shared) SetFindings(fs []claim.Finding) {
	s.Findings = fs
	s.Cited = map[event.ID][]int{}
	for i, f := range fs {
		for _, id := range f.Events {
			s.Cited[id] = append(s.Cited[id], i)
		}
	}
}

// Query is the filter within the range.
func (s *Shared) Query() *query.Node {
	return both(s.Filter.Node, s.Range.node())
}

// both joins two queries; nil matches everything.
func both(a, b *query.Node) *query.Node {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return &query.Node{Op: query.And, Kids: []*query.Node{a, b}}
}

// Range is a stretch of time [From, To) in ns UTC, or all time and the
// undated events with it.
type Range struct {
	From, To int64
	All      bool
}

func (r Range) node() *query.Node {
	if r.All {
		return nil
	}
	return &query.Node{Op: query.Time, From: r.From, To: r.To - 1}
}

// Bounds gives the range, or that of the whole case when it is All. ok is
// false when nothing is dated.
func (s *Shared) Bounds() (from, to int64, ok bool) {
	if !s.Range.All {
		return s.Range.From, s.Range.To, true
	}
	return s.CaseBounds()
}

// CaseBounds gives the time from the first to the last dated event.
func (s *Shared) CaseBounds() (from, to int64, ok bool) {
	if !s.StatOK || s.Stat.First == event.MinTime || s.Stat.Last < s.Stat.First {
		return 0, 0, false
	}
	to = s.Stat.Last + 1
	if spread(s.Stat.First, to) < uint64(time.Second) {
		to = s.Stat.First + int64(time.Second)
	}
	return s.Stat.First, to, true
}

// spread is to - from, which may be more than an int64 holds.
func spread(from, to int64) uint64 { return uint64(to) - uint64(from) }

func (s *Shared) dated() bool {
	_, _, ok := s.CaseBounds()
	return ok
}

// Search is what `/` highlights.
type Search struct {
	Text  string
	Words []string // lower case, found in the message
	Node  *query.Node
}

// NewSearch reads a search in the filter language; its bare words are what is
// highlighted.
func NewSearch(c Case, s string) (Search, error) {
	n, err := c.Parse(s)
	if err != nil {
		return Search{}, err
	}
	out := Search{Text: s, Node: n}
	collect(n, &out.Words)
	return out, nil
}

func collect(n *query.Node, words *[]string) {
	if n == nil {
		return
	}
	if n.Op == query.Text && n.Value != "" {
		*words = append(*words, lower(text(n.Value)))
	}
	if n.Op == query.Term && n.Value != "" {
		*words = append(*words, lower(text(n.Value)))
	}
	if n.Op == query.Not {
		return
	}
	for _, k := range n.Kids {
		collect(k, words)
	}
}
