// Package timeline is the case: the only door for screen and commands to what
// was ingested, claimed and annotated.
package timeline

import (
	"context"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/store"
)

// The types of answers. They are the store's own; screen and commands name
// them through this package alone.
type (
	// Row is one event with what lives beside it.
	Row = store.Row
	// Cursor is a place between rows.
	Cursor = store.Cursor
	// PageRequest asks for rows after or before a cursor.
	PageRequest = store.PageRequest
	// Page is an answer to a PageRequest.
	Page = store.Page
	// Bucket is one column of a histogram.
	Bucket = store.Bucket
	// FacetValue is one value of a field with its count.
	FacetValue = store.FacetValue
	// Count is a number of rows, exact or a lower bound.
	Count = store.Count
	// BundleInfo is what the case keeps of an ingested bundle.
	BundleInfo = store.BundleInfo
	// Direction of paging.
	Direction = store.Direction
	// OutcomeInfo is the end of one item of a plan.
	OutcomeInfo = store.OutcomeInfo
	// Digest is a digest over the contents of a case.
	Digest = store.Digest
	// Scan tells how far a question is that has to read rows; WithScan gives it.
	Scan = store.Scan
	// Problem is one place where a store is not as its format says.
	Problem = store.Problem
)

// WithScan makes Count and Page tell s how far they are.
func WithScan(ctx context.Context, s *Scan) context.Context { return store.WithScan(ctx, s) }

// The directions of paging.
const (
	Forward  = store.Forward
	Backward = store.Backward
)

// HostInfo is one host of the case as the Overview and the listing of hosts
// show it. A host that only case.toml names has no bundle and no event.
type HostInfo struct {
	Key      event.HostKey
	Name     string
	First    int64 // ns UTC; event.MinTime when no dated event
	Last     int64
	Events   int64
	Findings map[claim.Level]int
	// State is "confirmed", "probable", "possible", "no sign" or "no data".
	State      string
	Infections []claim.Infection
	BlindDays  int      // days between the first and last record of continuous sources that none of them covers; -1 when not known
	Bundles    []string // run ids
	Trust      string   // worst trust state of its bundles, as verify words it; "" without a bundle
	Integrity  string   // worst of ok, cut, damaged; "" without a bundle
	Exhibits   int      // of its bundles
	Unparsed   int      // exhibits claimed by nobody
	Failed     int      // exhibits that could not be parsed
}

// Stat is the case in numbers.
type Stat struct {
	Name     string // base name of the case directory
	Dir      string
	Hosts    int
	Bundles  int
	Events   int64
	Undated  int64
	Warnings int64
	Findings map[claim.Level]int
	First    int64 // ns UTC; event.MinTime when nothing is dated
	Last     int64
	Trust    map[string]int // trust state -> bundles
	Damaged  int            // bundles that are cut or damaged
	Partial  bool           // an ingest or detection is not finished: what is shown is not all
}

// Raw is the bytes behind an event, read again from the sealed bundle and
// hashed again. Problem says in words what could not be had or does not
// agree; Bytes may then be empty.
type Raw struct {
	Bytes      []byte
	Truncated  bool // the record is longer than what is given (limit 1 MiB)
	Spans      []event.Span
	Origin     event.Origin
	BundlePath string
	FrameOK    bool // every frame that was read agrees with the sealed hash
	SHA256     string
	Problem    string
}

// Mark is what analysts put on an event, undone marks left out.
type Mark struct {
	Star  bool
	Tags  []string
	Notes []Note
}

// Note is a remark with who and when.
type Note struct {
	Author string
	Time   int64
	Text   string
	Signed bool // the line carries a signature; whether it is good CheckJournals tells
}

// Bookmark is a named event.
type Bookmark struct {
	Name   string
	Event  event.ID
	Author string
	At     int64 // instant of the event; event.NoInstant when undated
}

// Annotation is one act of an analyst on events.
type Annotation struct {
	Op     string // star, unstar, tag, untag, note, bookmark, unbookmark
	Events []event.ID
	Text   string // tag, note or name
}
