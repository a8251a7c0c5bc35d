// Package query is the one filter language of command line and screen: parse
// (with column and suggestion on a mistake), normal form, and a naive
// evaluator against which every engine is tested.
package query

import (
	"net/netip"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// Op is the kind of a node.
type Op uint8

// The node kinds.
const (
	All  Op = iota // matches everything
	And            // all Kids match
	Or             // any of Kids matches
	Not            // Kids[0] does not match
	Term           // Field and Value: equality, or prefix when Prefix is set
	Text           // Value stands in the message, case-insensitively
	Num            // Field Cmp Number
	CIDR           // Field lies in Net
	Time           // [From, To] against the event's interval; Sure: must lie inside
)

// Cmp is a numeric comparison.
type Cmp uint8

// The comparisons.
const (
	Lt Cmp = iota
	Le
	Eq
	Ge
	Gt
)

// Node is one node of a parsed query. A nil *Node matches everything.
type Node struct {
	Op     Op
	Kids   []*Node
	Field  string // host source parser actor action object path ip meaning tag level bundle exhibit, or any record field
	Value  string
	Prefix bool // Value ended in *
	Cmp    Cmp
	Number float64
	Net    netip.Prefix
	From   int64 // event.MinTime when open
	To     int64 // event.MaxTime when open
	Sure   bool
	Column int // 1-based column in the source text, for messages
}

// Resolver gives what a query needs from the case: names of hosts and values
// that live outside the event.
type Resolver interface {
	// HostKeys gives the keys a host name (or prefix) stands for.
	HostKeys(name string, prefix bool) []event.HostKey
	// Tags gives detector and analyst tags of an event, "finding" among them.
	Tags(id event.ID) []string
	// Level gives the highest level of a finding that cites the event, "" for none.
	Level(id event.ID) string
}
