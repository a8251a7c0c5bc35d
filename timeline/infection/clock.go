package infection

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// leastStep is the smallest step of the wall clock, in ns, that is heeded:
// smaller ones are the daily work of time services.
const leastStep = int64(60e9)

// setBack is one time that the wall clock of the host was set back: the time
// from..to was lived through twice, and a stamp in it may be of the first or of
// the second, which came by later.
type setBack struct {
	from, to int64 // the clock after, and before
	by       int64
	id       event.ID
}

// readClock takes the backward steps of the host's clock that are on record:
// the journal's, which rest on the monotonic clock, pairs of records in wtmp,
// and those that a time service tells.
func (s *subject) readClock(ctx context.Context, ev Events) error {
	olds := map[string]*event.Event{} // clock-old records of wtmp by exhibit, to be paired
	for e, err := range ev.Having(ctx, s.host, "action", []string{"clock-step", "clock-old", "clock-new"}) {
		if err != nil {
			return fmt.Errorf("read clock steps: %w", err)
		}
		if e.Host != s.host || !e.Time.Dated() {
			continue
		}
		switch {
		case e.Action == "clock-step" && e.Source == "journal" && get(e, "step") != "":
			before, err1 := time.Parse(time.RFC3339Nano, get(e, "before"))
			after, err2 := time.Parse(time.RFC3339Nano, get(e, "after"))
			by, err3 := strconv.ParseFloat(get(e, "step"), 64)
			if err1 == nil && err2 == nil && err3 == nil && by < 0 && by > -1e10 {
				s.back(after.UnixNano(), before.UnixNano(), int64(-by*1e9), e.ID())
			}
		case e.Action == "clock-step" && e.Parser == "chrony" && get(e, "offset_s") != "":
			by, err := strconv.ParseFloat(strings.TrimPrefix(get(e, "offset_s"), "+"), 64)
			if err == nil && by < 0 && by > -1e10 {
				s.back(e.Time.Earliest, e.Time.Latest+int64(-by*1e9), int64(-by*1e9), e.ID())
			}
		case e.Action == "clock-old" || e.Action == "clock-new":
			s.pairClock(olds, e)
		}
	}
	return nil
}

// pairClock joins the two records that wtmp has of one setting of the clock,
// which stand one behind the other.
func (s *subject) pairClock(met map[string]*event.Event, e *event.Event) {
	pair := func(before, after *event.Event) {
		s.back(after.Time.Earliest, before.Time.Latest, before.Time.Instant-after.Time.Instant, after.ID())
	}
	size := e.Origin.Length
	for _, at := range []int64{e.Origin.Offset - size, e.Origin.Offset + size} {
		o := met[clockKey(e, at)]
		if o == nil || o.Action == e.Action {
			continue
		}
		switch {
		case o.Action == "clock-old" && at < e.Origin.Offset:
			pair(o, e)
		case o.Action == "clock-new" && at > e.Origin.Offset:
			pair(e, o)
		}
	}
	c := *e
	met[clockKey(e, e.Origin.Offset)] = &c
}

func clockKey(e *event.Event, offset int64) string {
	return fmt.Sprintf("%s %d %d", e.Origin.Run, e.Origin.Exhibit, offset)
}

func (s *subject) back(from, to, by int64, id event.ID) {
	if by >= leastStep && from < to {
		s.steps = append(s.steps, setBack{from: from, to: to, by: by, id: id})
	}
}

// stamped widens a proof whose time a clock of the host wrote: where that time
// was lived through twice, it may be of the second.
func (s *subject) stamped(p proof) proof {
	for _, b := range s.steps {
		if p.earliest > b.to || p.latest < b.from || p.latest > event.MaxTime-b.by {
			continue
		}
		p.latest += b.by
		p.reason += fmt.Sprintf("; the clock of the host was set back by %s (event %s), and the record may be of the time after that", time.Duration(b.by).Round(time.Second), b.id)
	}
	return p
}
