// Package infection answers WHEN: between which two provable instants an
// implant was on a host.
//
// Presence (a process start, the birth of the file, a command that ran or made
// it) gives only "not after": it was there by then. "Not before" needs
// evidence of absence: an earlier acquisition that could see it and does not
// show it, the boot that emptied a memory file system, the creation of the
// file system that holds the path. Without such evidence the start is unknown,
// and the row says why. The same holds for the end.
package infection

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// Events is what the analysis asks the timeline for. Answers may hold more
// than was asked; the analysis looks at every event itself.
type Events interface {
	// Get gives one event by id.
	Get(ctx context.Context, id event.ID) (*event.Event, bool, error)
	// Naming gives the events of a host that name one of the words in their
	// object, path, executable, command or message.
	Naming(ctx context.Context, host event.HostKey, words []string) iter.Seq2[*event.Event, error]
	// Having gives the events of a host whose field has one of the values.
	Having(ctx context.Context, host event.HostKey, field string, values []string) iter.Seq2[*event.Event, error]
}

// Acquisition is one bundle of a host with what it could see. The states are
// those of coverage at its own instant.
type Acquisition struct {
	Run       string
	Host      event.HostKey
	Collected int64 // start of the acquisition, ns UTC; 0 unknown
	Processes string
	Files     string
	Sockets   string
	Unread    int // processes whose executable was not readable, when nothing else is missing of Processes
}

// Input is what infections are made from.
type Input struct {
	Findings     []claim.Finding
	Coverage     []claim.Coverage // of sources that record continuously
	Acquisitions []Acquisition
}

// Analyze gives one row per host and implant, and one more for each time the
// implant was shown absent in between.
func Analyze(ctx context.Context, ev Events, in Input) ([]claim.Infection, error) {
	subjects, err := subjectsOf(ctx, ev, in.Findings)
	if err != nil {
		return nil, err
	}
	var out []claim.Infection
	for _, s := range subjects {
		s.acquisitions = acquisitionsOf(s.host, in.Acquisitions)
		if err := s.gather(ctx, ev); err != nil {
			return nil, err
		}
		for _, ep := range s.episodes() {
			row := s.row(ep)
			row.Blind = blind(s.host, row, s.lastCollected(), in.Coverage)
			out = append(out, row)
		}
	}
	slices.SortFunc(out, func(a, b claim.Infection) int {
		return cmp.Or(cmp.Compare(shownFrom(&a), shownFrom(&b)), bytes.Compare(a.Host[:], b.Host[:]), cmp.Compare(a.Implant, b.Implant), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// shownFrom is from when an infection is proven; the host where that is
// earliest comes first.
func shownFrom(x *claim.Infection) int64 {
	if !x.NotAfter.Known {
		return event.MaxTime
	}
	return x.NotAfter.Time
}

func acquisitionsOf(host event.HostKey, all []Acquisition) []Acquisition {
	var out []Acquisition
	for _, a := range all {
		if a.Host == host && a.Collected != 0 {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(a, b Acquisition) int {
		return cmp.Or(cmp.Compare(a.Collected, b.Collected), cmp.Compare(a.Run, b.Run))
	})
	return out
}

// rowID names an infection: host, implant and number of the episode. It stays
// when more evidence moves the bounds.
func rowID(host event.HostKey, implant string, episode int) string {
	h := sha256.New()
	h.Write(host[:])
	fmt.Fprintf(h, "%d:%s:%d", len(implant), implant, episode)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// state says "confirmed" only when two detectors that look at different
// things agree at a high level, "possible" when none says more than low; else
// "probable". All are words for how much the evidence agrees, not verdicts.
func state(fs []claim.Finding) string {
	high, more := map[string]bool{}, false
	for _, f := range fs {
		more = more || f.Level.Rank() > claim.Low.Rank()
		if f.Level == claim.High {
			high[f.Rule] = true
		}
	}
	if len(high) >= 2 {
		return "confirmed"
	}
	if !more {
		return "possible"
	}
	return "probable"
}

// blind lists when, inside the infection, a continuous source says nothing.
func blind(host event.HostKey, row claim.Infection, collected int64, cov []claim.Coverage) []claim.Blind {
	from, to := row.NotAfter.Time, row.EndNotBefore.Time
	if row.NotBefore.Known {
		from = row.NotBefore.Time
	}
	switch {
	case row.EndNotAfter.Known:
		to = row.EndNotAfter.Time
	case row.PresentAtCollect && collected > to:
		to = collected
	}
	var out []claim.Blind
	for _, c := range cov {
		if c.Host != host || c.State == "present" {
			continue
		}
		b := claim.Blind{From: max(from, c.From), To: min(to, c.To), Source: c.Source}
		if b.From < b.To {
			out = append(out, b)
		}
	}
	slices.SortFunc(out, func(a, b claim.Blind) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	var merged []claim.Blind
	for _, b := range out {
		if n := len(merged); n > 0 && merged[n-1].Source == b.Source && b.From <= merged[n-1].To {
			merged[n-1].To = max(merged[n-1].To, b.To)
			continue
		}
		merged = append(merged, b)
	}
	return merged
}
