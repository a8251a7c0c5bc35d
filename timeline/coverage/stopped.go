package coverage

import (
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// LeastStop is the shortest pause between the end of a log daemon and its next
// start, in ns, that is a row of its own: restarts take seconds.
const LeastStop = int64(300e9)

// Stop is a stretch in which the daemon that writes a source did not run, by
// its own words: it ended at From and started again at To.
type Stop struct {
	Host     event.HostKey
	Source   string
	From, To int64
}

// stopped cuts a stop out of the rows that say that records are here: too short
// to show in the rhythm, it is known by what the daemon itself told.
func stopped(rows []claim.Coverage, s Stop) []claim.Coverage {
	hit := false
	out := make([]claim.Coverage, 0, len(rows)+2)
	for _, r := range rows {
		if r.State != Present || r.To <= s.From || r.From >= s.To {
			out = append(out, r)
			continue
		}
		hit = true
		if before := r; before.From < s.From {
			before.To = s.From
			out = append(out, before)
		}
		if after := r; after.To > s.To {
			after.From = s.To
			out = append(out, after)
		}
	}
	if !hit {
		return out
	}
	return append(out, claim.Coverage{Host: s.Host, Source: s.Source, From: s.From, To: s.To, State: Absent,
		JudgedBy: "events: the daemon that writes it ended, and started again at the end of this"})
}
