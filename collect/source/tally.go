package source

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// outcome is the sum of many outcomes: collected where nothing went wrong,
// partial with the counts and the first failure otherwise.
func (s *tally) outcome() bundle.Outcome {
	o := bundle.Outcome{Outcome: bundle.Collected, Exhibits: s.exhibits, Bytes: s.bytes, Errno: s.errno}
	for _, f := range slices.Sorted(maps.Keys(s.flags)) {
		o.Flags = append(o.Flags, fmt.Sprintf("%s: %d files", f, s.flags[f]))
	}
	var parts []string
	for _, c := range slices.Sorted(maps.Keys(s.count)) {
		parts = append(parts, fmt.Sprintf("%s %d", c, s.count[c]))
	}
	o.Reason = strings.Join(parts, ", ")
	if len(parts) == 0 {
		o.Reason = "nothing in it to take"
	}
	if s.count[bundle.Partial] > 0 {
		o.Outcome, o.Benign = bundle.Partial, true
	}
	if s.bad {
		o.Outcome, o.Benign = bundle.Partial, false
		o.Reason += fmt.Sprintf("; first failure %s: %s", s.first, s.why)
	}
	return o
}
