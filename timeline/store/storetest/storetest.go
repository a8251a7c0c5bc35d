// Package storetest is the contract that every engine of the timeline passes:
// what is put in comes out in order, whole and once, and a query means what
// the naive evaluator of package query says.
//
// An engine's own test is a few lines: make an Engine for a fresh directory
// and hand it to Run.
package storetest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/timeline/store"
)

// Reader is what an engine answers.
type Reader interface {
	Page(ctx context.Context, q *query.Node, req store.PageRequest, res query.Resolver) (store.Page, error)
	Count(ctx context.Context, q *query.Node, res query.Resolver) (store.Count, error)
	Histogram(ctx context.Context, q *query.Node, from, to int64, n int, res query.Resolver) ([]store.Bucket, error)
	Facets(ctx context.Context, q *query.Node, field string, n int, res query.Resolver) ([]store.FacetValue, error)
	Lanes(ctx context.Context, q *query.Node, from, to int64, n int, res query.Resolver) (edges []int64, lanes map[event.HostKey][]int64, err error)
	Explain(ctx context.Context, q *query.Node, res query.Resolver) (store.Explanation, error)
	Slim(ctx context.Context, q *query.Node, res query.Resolver, fields []string, f func(*event.Slim) error) error
	Get(ctx context.Context, id event.ID) (store.Row, bool, error)
	Copies(ctx context.Context, id event.ID) ([]store.Row, error)
	Span() (first, last, dated, rest int64)
	Digest(ctx context.Context) (store.Digest, error)
	Iterate(ctx context.Context, q *query.Node, res query.Resolver) iter.Seq2[*store.Row, error]
	Warnings(ctx context.Context) iter.Seq2[event.Warning, error]
	Counters(ctx context.Context) iter.Seq2[event.Counter, error]
	Bundles() []store.BundleInfo
	Claims() (store.Claims, error)
	Close() error
}

// Batch takes one bundle.
type Batch interface {
	Exhibit(store.ExhibitInfo)
	Event(*event.Event) error
	Warning(event.Warning) error
	Counter(event.Counter) error
	Commit(store.BundleInfo) error
	Abort() error
}

// Engine is one empty store.
type Engine struct {
	Ingest    func(store.BundleInfo) (Batch, error)
	Merge     func(context.Context) error
	PutClaims func(store.Claims) error
	Drop      func(run string) error
	Open      func() (Reader, error)
}

// Run drives an engine through the contract. fresh gives an empty engine; it
// is called once for each part.
func Run(t *testing.T, fresh func(t *testing.T) Engine) {
	t.Run("rows", func(t *testing.T) { rows(t, fresh(t)) })
	t.Run("queries", func(t *testing.T) { queries(t, fresh(t)) })
	t.Run("notes", func(t *testing.T) { notes(t, fresh(t)) })
	t.Run("claims", func(t *testing.T) { claims(t, fresh(t)) })
	t.Run("abort and drop", func(t *testing.T) { abortAndDrop(t, fresh(t)) })
	t.Run("tallies", func(t *testing.T) { tallies(t, fresh(t)) })
	t.Run("copies", func(t *testing.T) { copies(t, fresh(t)) })
	t.Run("extremes", func(t *testing.T) { extremes(t, fresh(t)) })
}

// Sample makes n events of a run that exercise every part of an event; the
// same for the same arguments.
func Sample(run string, n int) []*event.Event {
	base := int64(1710814447) * 1e9
	out := make([]*event.Event, n)
	for i := range out {
		k := int64(i)
		e := &event.Event{
			Time: event.At(base+(k*7919%5000)*1e9, event.Second, event.ResolutionSecond), Meaning: "logged",
			Host: event.HostKey{byte(i%3 + 1)}, Source: []string{"syslog", "audit", "wtmp"}[i%3], Parser: []string{"sshd", "audit"}[i%2],
			Actor: []string{"root", "deploy", ""}[i%3], Action: []string{"login", "exec"}[i/2%2], Object: []string{"", "/usr/bin/id"}[i/3%2],
			Message: fmt.Sprintf("Accepted publickey nr_%d für 사용자 from 203.0.113.%d (%s)", i, i%200, run),
			Fields:  []event.Field{{Name: "ip", Value: fmt.Sprintf("203.0.113.%d", i%200)}, {Name: "path", Value: fmt.Sprintf("/srv/%d/x", i%17)}, {Name: "pid", Value: fmt.Sprint(i)}},
			Ordinal: uint32(i % 2),
			Origin:  event.Origin{Run: run, Exhibit: uint32(i%4 + 1), Path: fmt.Sprintf("data/files/var/log/%d", i%4+1), Offset: k * 100, Length: 100},
		}
		switch i % 11 {
		case 0:
			e.Time = event.Undated(event.StampNone)
		case 1:
			e.Time = event.Between(base+k*1e9, event.MaxTime, event.BoundBirth)
		case 2:
			e.Time.Earliest, e.Time.Latest = e.Time.Instant-14*3600e9, e.Time.Instant+12*3600e9
			e.HeldBy, e.Tags, e.Origin.Layer = event.HostKey{9}, []string{"odd"}, "gz"
			e.Origin.Spans = []event.Span{{Offset: k * 100, Length: 10}, {Offset: k*100 + 50, Length: 50}}
		}
		out[i] = e
	}
	return out
}

// Ordered sorts events as the timeline does: by sort key, host key and id, the
// undated last.
func Ordered(list []*event.Event) []*event.Event {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b *event.Event) int {
		ka, oka := a.Time.Key()
		kb, okb := b.Time.Key()
		if oka != okb {
			if oka {
				return -1
			}
			return 1
		}
		ia, ib := a.ID(), b.ID()
		return cmp.Or(cmp.Compare(ka, kb), slices.Compare(a.Host[:], b.Host[:]), slices.Compare(ia[:], ib[:]))
	})
	return out
}

func put(t *testing.T, e Engine, run string, list []*event.Event) {
	t.Helper()
	info := store.BundleInfo{Run: run, Seal: "seal", Parsers: map[string]int{"sshd": 1}}
	b, err := e.Ingest(info)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		if err := b.Event(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Commit(info); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, e Engine) Reader {
	t.Helper()
	r, err := e.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func claimOn(id event.ID, rule string, l claim.Level) claim.Finding {
	return claim.Finding{ID: rule, Rule: rule, Level: l, Events: []event.ID{id}}
}
