// Package detect runs detectors over a timeline. A detector reads events in
// time order and makes findings that cite them; it sees nothing but what
// Events and Coverage give it.
package detect

import (
	"context"
	"iter"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// Events gives the events that match, in time order, the undated last.
type Events interface {
	Events(ctx context.Context, q *query.Node) iter.Seq2[*event.Event, error]
}

// Coverage says for which time a source of a host can speak.
type Coverage interface {
	// State judges one instant; MinTime asks for the acquisition itself.
	State(host event.HostKey, source string, at int64) string
	// Around lists the coverage of the named sources of a host in words for a
	// finding: "socket: present", "audit: absent".
	Around(host event.HostKey, sources ...string) []string
}

// Description is the one description of a detector.
type Description struct {
	Name        string
	Version     int
	Doc         string
	Technique   string // ATT&CK id
	References  []string
	Alternative string   // the innocent explanation
	Sources     []string // event sources it rests on
}

// Detector makes findings.
type Detector interface {
	Describe() Description
	Detect(ctx context.Context, ev Events, cov Coverage, emit func(claim.Finding) error) error
}
