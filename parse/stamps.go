package parse

import (
	"fmt"
	"time"

	"github.com/saksi-dfir/saksi/timeline/event"
)

const (
	// stampSlack is how far behind the acquisition, in ns, a stamp may lie
	// without remark: the exhibit was read a while after it began, and a clock
	// was set.
	stampSlack = int64(24 * time.Hour)
	// firstLinux is 1991-09-17 UTC, the day of the first kernel: no Linux host
	// logged before it.
	firstLinux = 684_979_200 * int64(time.Second)
)

// stampDoubt gathers the events of one exhibit whose stated times lie where
// none should: each keeps its time, and one warning tells of all.
type stampDoubt struct {
	taken       int64 // start of the acquisition, ns; 0 unknown
	late, early stampCount
}

type stampCount struct {
	n             int64
	first         event.Span // the first event
	extreme       int64      // the stamp that lies furthest out
	extremeOffset int64
}

// add notes an event. Times of files are whatever somebody set: they are
// remarked on only where they lie behind the acquisition.
func (d *stampDoubt) add(e *event.Event) {
	if !e.Time.Dated() {
		return
	}
	switch t := e.Time; {
	case d.taken != 0 && t.Earliest != event.MinTime && t.Earliest > d.taken+stampSlack:
		d.late.add(e, t.Instant > d.late.extreme)
	case t.Latest < firstLinux && e.Source != "file":
		d.early.add(e, t.Instant < d.early.extreme)
	}
}

func (c *stampCount) add(e *event.Event, further bool) {
	if c.n == 0 {
		c.first = event.Span{Offset: e.Origin.Offset, Length: e.Origin.Length}
	}
	if c.n == 0 || further {
		c.extreme, c.extremeOffset = e.Time.Instant, e.Origin.Offset
	}
	c.n++
}

// warnings tells of what was noted.
func (d *stampDoubt) warnings() (out []event.Warning) {
	say := func(c *stampCount, code, what, why string) {
		if c.n == 0 {
			return
		}
		out = append(out, event.Warning{Offset: c.first.Offset, Length: c.first.Length, Code: code,
			Message: fmt.Sprintf("%d of the events are stamped %s, this one first, that at %d furthest (%s): %s", c.n, what, c.extremeOffset,
				time.Unix(0, c.extreme).UTC().Format(time.RFC3339), why)})
	}
	say(&d.late, "after-collection", "over a day after the acquisition ("+time.Unix(0, d.taken).UTC().Format(time.RFC3339)+")",
		"the clock that stamped them was ahead or has been set back since, that of the acquisition was behind, or the stamps were made up")
	say(&d.early, "before-linux", "before there was Linux",
		"the clock was not set yet, as on a host that starts without a battery, or the stamps were made up")
	return out
}
