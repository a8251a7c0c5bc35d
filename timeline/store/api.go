package store

import (
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"time"
)

// Row is one event as read back, with what lives beside it.
type Row struct {
	ID        event.ID
	Event     event.Event
	Level     claim.Level // highest level of a finding that cites it; "" for none
	Tags      []string    // event tags and detector tags; the case joins analysts' tags
	Witnesses int         // further copies of the same record in other exhibits
}

// Cursor is a place between rows: the sort key (time, host key, event id) of
// the row before it. The zero Cursor is the start; End is the end.
type Cursor struct {
	Time    int64
	Host    event.HostKey
	ID      event.ID
	Undated bool // in the undated drawer, which follows all dated rows
	Set     bool
	End     bool
}

// Direction of paging.
type Direction int

// The directions.
const (
	Forward Direction = iota
	Backward
)

// PageRequest asks for up to Limit rows after (or before) a cursor.
type PageRequest struct {
	After     Cursor
	Direction Direction
	Limit     int  // rows, at most 100,000; a page of huge records ends earlier
	AllCopies bool // further witnesses of a record are rows, too
	Undated   bool // only the undated drawer
	// Budget is how long rows may be looked for that no index finds; the page
	// then has those found so far, perhaps none, and More is set. 0: no bound.
	Budget time.Duration
}

// Page is an answer, always in ascending order. First and Last are the
// cursors to continue from in either direction; More says whether rows lie
// beyond in the asked direction.
type Page struct {
	Rows  []Row
	First Cursor
	Last  Cursor
	More  bool
}

// Count is a number of rows, exact or a lower bound.
type Count struct {
	N     int64
	Exact bool // false: there are at least N
}

// Bucket is one column of a histogram: events whose sort key (the instant, for
// events that have one) lies in [From, To), ns UTC.
type Bucket struct {
	From  int64
	To    int64
	Count int64
	Cited map[claim.Level]int64 // of them, cited by findings, by highest level; nil when none
}

// FacetValue is one value of a field among the rows of a query.
type FacetValue struct {
	Value string
	Count int64
	Exact bool  // false: a lower bound
	First int64 // sort keys of the first and last dated row, ns UTC; both event.MinTime when none is dated
	Last  int64
}

// BundleInfo is what the store keeps of an ingested bundle.
type BundleInfo struct {
	Run       string         `json:"run"`
	Seal      string         `json:"seal"` // SHA-256 of the seal, hex: identity is run id + seal
	Path      string         `json:"path"`
	Host      event.HostKey  `json:"host"`
	Hostname  string         `json:"hostname"`
	Zone      string         `json:"zone"`
	Synthetic bool           `json:"synthetic,omitempty"`
	Desk      bool           `json:"desk,omitempty"` // a plain input that a desk sealed: what identifies it is its contents
	Trust     string         `json:"trust"`          // trust state as verify words it
	Integrity string         `json:"integrity"`      // ok, cut, damaged
	Collected int64          `json:"collected"`
	Exhibits  []ExhibitInfo  `json:"exhibits"`
	Parsers   map[string]int `json:"parsers"` // name -> version used
	Outcomes  []OutcomeInfo  `json:"outcomes"`
}

// ExhibitInfo is what the store keeps of an exhibit so that origins resolve
// without the bundle.
type ExhibitInfo struct {
	Number uint32 `json:"n"`
	Name   string `json:"name"`
	Path   string `json:"path"`
	Source string `json:"source"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Layer  string `json:"layer,omitempty"`
	Parser string `json:"parser,omitempty"` // who claimed it; "" for nobody
	Failed string `json:"failed,omitempty"` // why it could not be parsed
	Events int64  `json:"events"`
}

// OutcomeInfo is a plan item's end, kept for coverage.
type OutcomeInfo struct {
	Source  string `json:"source"`
	Target  string `json:"target"`
	Outcome string `json:"outcome"`
	Reason  string `json:"reason,omitempty"`
	Errno   string `json:"errno,omitempty"`
	Benign  bool   `json:"benign,omitempty"`
}

// Claims is the product of one detection run; a new run replaces the old.
type Claims struct {
	Findings   []claim.Finding
	Coverage   []claim.Coverage
	Infections []claim.Infection
	Sightings  []claim.Sighting
}
