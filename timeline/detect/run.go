package detect

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// maxFindings is how many findings one detector may make in one run. One that
// fires on everything is stopped there, and a last finding says so.
const maxFindings = 10_000

// errFull stops a detector that has made maxFindings.
var errFull = errors.New("too many findings")

// ErrIncomplete marks a finding that cites nothing, or lacks its level or the
// innocent alternative: such a claim is not made (promise P6).
var ErrIncomplete = errors.New("incomplete finding")

// Run runs all detectors and gives their findings, the weightiest first. A
// finding made twice (same rule, host and events) is kept once. The result
// does not depend on the order of the detectors.
func Run(ctx context.Context, detectors []Detector, ev Events, cov Coverage) ([]claim.Finding, error) {
	var all []claim.Finding
	seen := map[string]bool{}
	for _, d := range detectors {
		desc := d.Describe()
		n := 0
		err := d.Detect(ctx, ev, cov, func(f claim.Finding) error {
			if n++; n > maxFindings {
				f.Level, f.Implant, f.Detail = claim.Info, "", ""
				f.Title = fmt.Sprintf("detector %s found more than %d places; from here on they are not listed", desc.Name, maxFindings)
			}
			if err := complete(&f, desc); err != nil {
				return err
			}
			if len(f.Coverage) == 0 {
				f.Coverage = cov.Around(f.Host, desc.Sources...)
			}
			if !seen[f.ID] {
				seen[f.ID] = true
				all = append(all, f)
			}
			if n > maxFindings {
				return errFull
			}
			return nil
		})
		if err != nil && !errors.Is(err, errFull) {
			return nil, fmt.Errorf("detector %q: %w", desc.Name, err)
		}
	}
	adopt(all)
	slices.SortFunc(all, compare)
	return all, nil
}

// adopt joins findings of one process: a finding that claims no implant of
// its own belongs to the one that another finding claims for the same process
// and executable.
func adopt(all []claim.Finding) {
	type who struct {
		host event.HostKey
		pid  int
		path string
	}
	claimed := map[who]string{}
	for _, f := range all {
		if f.Implant != "" && f.PID > 0 {
			k := who{f.Host, f.PID, f.Path}
			if old, ok := claimed[k]; !ok || f.Implant < old {
				claimed[k] = f.Implant
			}
		}
	}
	for i, f := range all {
		if f.Implant == "" && f.PID > 0 {
			all[i].Implant = claimed[who{f.Host, f.PID, f.Path}]
		}
	}
}

// complete fills what the description knows and refuses a claim that does not
// show what it rests on.
func complete(f *claim.Finding, d Description) error {
	f.Rule, f.Version = d.Name, d.Version
	f.Technique = cmp.Or(f.Technique, d.Technique)
	f.Alternative = cmp.Or(f.Alternative, d.Alternative)
	f.Confidence = cmp.Or(f.Confidence, "low")
	f.Title, f.Detail = cut(f.Title, maxTitle), cut(f.Detail, maxDetail)
	slices.SortFunc(f.Events, func(a, b event.ID) int { return bytes.Compare(a[:], b[:]) })
	f.Events = slices.Compact(f.Events)
	switch {
	case len(f.Events) == 0:
		return fmt.Errorf("%w: cites no event: %q", ErrIncomplete, f.Title)
	case f.Level.Rank() < 0:
		return fmt.Errorf("%w: level %q", ErrIncomplete, f.Level)
	case f.Title == "" || f.Alternative == "":
		return fmt.Errorf("%w: no title or no alternative: %q", ErrIncomplete, f.Title)
	}
	f.ID = findingID(f.Rule, f.Host, f.Events)
	return nil
}

// Bounds of the words of a finding in bytes. The events have it all.
const (
	maxTitle  = 512
	maxDetail = 32 << 10
)

// cut shortens a text, at the border of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n -= len(" ...")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + " ..."
}

func findingID(rule string, host event.HostKey, events []event.ID) string {
	h := sha256.New()
	h.Write([]byte(rule))
	h.Write([]byte{0})
	h.Write(host[:])
	for _, id := range events {
		h.Write(id[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func compare(a, b claim.Finding) int {
	ka, _ := a.Time.Key()
	kb, _ := b.Time.Key()
	return cmp.Or(cmp.Compare(b.Level.Rank(), a.Level.Rank()), cmp.Compare(ka, kb), bytes.Compare(a.Host[:], b.Host[:]), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.ID, b.ID))
}
