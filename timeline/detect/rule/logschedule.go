package rule

import (
	"fmt"
	"time"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// What makes a command line one of a schedule: so often, over so many ns, of
// processes that have no terminal.
const (
	scheduledTimes = 5
	scheduledSpan  = int64(48 * time.Hour)
	scheduledCited = 10 // events that such a finding cites, besides the last
)

// fold makes one finding of the same command line that a schedule runs again
// and again: a cleanup by cron is no deed a day. What weighs little by itself
// weighs less then; all else keeps its level.
func fold(acts []*act) []*act {
	type key struct {
		host          event.HostKey
		account, core string
	}
	groups := map[key][]*act{}
	for _, a := range acts {
		if a.unseen && a.f.Time.Dated() {
			k := key{a.host, a.account, a.core}
			groups[k] = append(groups[k], a)
		}
	}
	var out []*act
	for _, a := range acts {
		g := groups[key{a.host, a.account, a.core}]
		n := len(g)
		switch {
		case !a.unseen || n < scheduledTimes || g[n-1].f.Time.Instant-g[0].f.Time.Instant < scheduledSpan:
			out = append(out, a)
		case a == g[0]:
			out = append(out, repeated(g))
		}
	}
	return out
}

// repeated is the finding of a command line that was run so many times.
func repeated(g []*act) *act {
	first, last := *g[0], g[len(g)-1]
	f := &first.f
	f.Events = nil
	for i, a := range g {
		if i < scheduledCited || i == len(g)-1 {
			f.Events = append(f.Events, a.f.Events...)
		}
	}
	if f.Level == claim.Low {
		f.Level = claim.Info
	}
	f.Title += fmt.Sprintf(", %d times", len(g))
	f.Detail += fmt.Sprintf("\nthe same command line, %d times without a terminal until %s: a schedule", len(g), time.Unix(0, last.f.Time.Instant).UTC().Format(time.RFC3339))
	return &first
}
