// Package query is the one filter language of command line and screen: parse
// (with column and suggestion on a mistake), normal form, and a naive
// evaluator against which every engine is tested.
//
// # The language
//
//	host:web01 source:wtmp actor:root     fields are equal; terms side by side are joined by AND
//	path:/dev/shm/*                       * at the end is a prefix
//	"magic packet" accepted               bare words and phrases stand in the message, case folded
//	-host:lab, NOT host:lab, !host:lab    negation
//	(x OR y) AND z                        parentheses; AND binds closer than OR
//	after:2024-03-19 before:2024-07-31    the event's interval may overlap [from, to)
//	at:2024-04-11T09:00±2h                the unit of the date, widened (+- equals ±)
//	at:2024-04-11..2024-04-13             from the start of the first to the end of the second
//	sure:at:2024-04-11  sure:after:...    the interval must lie inside
//	ip:10.0.0.0/8  ip:192.0.2.7           any address field lies in the network
//	pid>1000 size<=4096                   numbers
//	tag:finding level>=medium             claims about the event
//
// Dates are YYYY, YYYY-MM, YYYY-MM-DD, with THH:MM, :SS and fraction, with an
// offset or Z or else in the case zone; or now, today, yesterday, @SECONDS,
// each with -90m or +2d behind it.
//
// # Fields
//
// host, held_by, source, parser, actor, action, object, meaning, tag, level,
// bundle (run id), exhibit (path in the bag, or its number) and id are parts
// of the event. path stands for the fields path, exe, cwd, script and for an
// Object that begins with a slash; ip for every field named ip, addr, saddr,
// daddr, laddr, raddr or ending in _ip or _addr; message for a bare word. Any
// other name is a field of the record.
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

// String gives the comparison as it is written in a query.
func (c Cmp) String() string {
	switch c {
	case Lt:
		return "<"
	case Le:
		return "<="
	case Ge:
		return ">="
	case Gt:
		return ">"
	}
	return "="
}

// Holds says whether "v c n" is true.
func (c Cmp) Holds(v, n float64) bool {
	switch c {
	case Lt:
		return v < n
	case Le:
		return v <= n
	case Ge:
		return v >= n
	case Gt:
		return v > n
	}
	return v == n
}

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
	To     int64 // event.MaxTime when open; inclusive
	Sure   bool
	Column int // 1-based column (in runes) in the source text, for messages
}

// Resolver gives what a query needs from the case: names of hosts and values
// that live outside the event. A nil Resolver knows nothing.
type Resolver interface {
	// HostKeys gives the keys a host name (or prefix) stands for.
	HostKeys(name string, prefix bool) []event.HostKey
	// Tags gives analysts' tags of an event, beside those the store knows.
	Tags(id event.ID) []string
	// Level gives the highest level of a finding that cites the event where
	// the store does not know it, "" for none.
	Level(id event.ID) string
}

// TagIndex is what a Resolver may implement beside, so that a tag filter need
// not ask for every event: the ids that carry an analyst's tag.
type TagIndex interface {
	TagIDs(tag string, prefix bool) []event.ID
}

// MakeAnd joins nodes with AND; nil and All vanish, nested ANDs are flattened.
func MakeAnd(nodes ...*Node) *Node {
	kids := make([]*Node, 0, len(nodes))
	for _, n := range nodes {
		switch {
		case n == nil || n.Op == All:
		case n.Op == And:
			kids = append(kids, n.Kids...)
		default:
			kids = append(kids, n)
		}
	}
	switch len(kids) {
	case 0:
		return &Node{Op: All}
	case 1:
		return kids[0]
	}
	return &Node{Op: And, Kids: kids, Column: kids[0].Column}
}

// Interval is the node for "the event's interval overlaps [from, to]", or lies
// inside when sure is set; both sides inclusive, ns UTC.
func Interval(from, to int64, sure bool) *Node {
	return &Node{Op: Time, From: from, To: to, Sure: sure}
}

// Equal is the node for "field is value".
func Equal(field, value string) *Node { return &Node{Op: Term, Field: field, Value: value} }
