package collect

import (
	"fmt"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// Result is the balance of a run.
type Result struct {
	Items   int
	Count   map[bundle.OutcomeCode]int
	Bad     []bundle.Outcome // outcomes that make the run incomplete, at most 1,000
	BadMore int              // how many more
	Notes   []string         // flags that begin with FlagMatch, at most 1,000
	Bytes   int64
	Elapsed time.Duration
	Ended   error // nil, or why the run ended early
}

// Complete says whether everything planned was had, or was rightly absent:
// exit code 0, else 3.
func (r Result) Complete() bool { return r.Ended == nil && len(r.Bad) == 0 }

// codes lists the outcomes in the order of the balance line.
func codes() []bundle.OutcomeCode {
	return []bundle.OutcomeCode{bundle.Collected, bundle.Partial, bundle.Absent, bundle.Denied, bundle.Skipped, bundle.TimedOut, bundle.Failed}
}

// Line is the balance in one line: "plan 9 = collected 5 + partial 0 + ...".
func (r Result) Line() string {
	var parts []string
	for _, c := range codes() {
		parts = append(parts, fmt.Sprintf("%s %d", c, r.Count[c]))
	}
	return fmt.Sprintf("plan %d = %s", r.Items, strings.Join(parts, " + "))
}
