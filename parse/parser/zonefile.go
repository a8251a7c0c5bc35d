package parser

import (
	"math"
	"sort"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// What a file shows of the zone of its own lines, all in seconds.
const (
	// zoneNear is how far the clock of the wall may go on from a line that
	// states its offset to one that does not for the two to be neighbours: an
	// hour, so that summer time may begin or end between them, and five minutes
	// for lines that came late. Zones lie further apart than these five.
	zoneNear = 65 * 60
	zoneLate = 5 * 60
	// zoneSummer is by how much summer time moves a clock.
	zoneSummer = 3600
	// zoneReach is how far, in time, lines are neighbours. Summer time lasts
	// longer everywhere: it does not begin and end within it.
	zoneReach = 20 * 86400

	zoneHosts = 1000 // hosts that are followed in one file
	zoneSpans = 4096 // stretches of one host
)

// zoneSpan is a stretch of a file in which the zone of one host's lines is known.
type zoneSpan struct {
	from, to          int64 // offsets of its first and last line
	east, least, most int   // seconds: the likely offset from UTC, and its bounds
}

// fileZones is what a file shows of the zones of the hosts in it.
type fileZones struct{ hosts map[string][]zoneSpan }

// at gives what is known of the line of a host at an offset; nil for nothing.
func (z *fileZones) at(host string, offset int64) *zoneSpan {
	if z == nil {
		return nil
	}
	spans := z.hosts[host]
	i := sort.Search(len(spans), func(i int) bool { return spans[i].to >= offset })
	if i < len(spans) && spans[i].from <= offset {
		return &spans[i]
	}
	return nil
}

// read is the time of a line in the zone that the file shows. have is the
// reading under the zone of the host, or under none: a host's zone that lies
// within what the file shows stays, one that does not stands beside it.
func (s *zoneSpan) read(c *parse.Civil, have event.Time, foreign bool) event.Time {
	t, early, late := parse.Zoned(c, s.east), parse.Zoned(c, s.most), parse.Zoned(c, s.least)
	t.Earliest, t.Latest = early.Earliest, late.Latest
	own := event.Reasons(0).With(event.ZoneHost)
	if !foreign && have.Reasons&own != 0 {
		if have.Earliest >= t.Earliest && have.Latest <= t.Latest {
			return have
		}
		t.Earliest, t.Latest = min(t.Earliest, have.Earliest), max(t.Latest, have.Latest)
		t.Reasons |= own
	}
	t.Reasons = t.Reasons.With(event.ZoneFile)
	return t
}

// zoneScan follows the lines of a file in their order and finds for each host
// which lines that state no offset are neighbours of lines that do: the clock
// of the wall goes on from the one to the other.
type zoneScan struct{ hosts map[string]*zoneTrack }

// zoneMark is a line that states an offset: its clock of the wall, and the offset.
type zoneMark struct {
	wall int64
	east int
	ok   bool
}

// zoneTrack is what was seen of one host.
type zoneTrack struct {
	spans []zoneSpan
	epoch int // first span since the zone was set by somebody
	mixed bool
	least int // offsets since then
	most  int
	left  zoneMark
	run   zoneRun
}

// zoneRun is a run of lines without an offset.
type zoneRun struct {
	open        bool
	back        bool // went back by up to an hour
	from, to    int64
	first, last int64 // clock of the wall
	days        []zoneDay
}

// zoneDay is the first line of a run that is of another day than those before.
type zoneDay struct{ wall, offset int64 }

func (z *zoneScan) track(host string) *zoneTrack {
	t := z.hosts[host]
	if t == nil {
		if z.hosts == nil {
			z.hosts = make(map[string]*zoneTrack)
		}
		if len(z.hosts) == zoneHosts {
			return nil
		}
		t = &zoneTrack{least: math.MaxInt, most: math.MinInt}
		z.hosts[host] = t
	}
	return t
}

// naive adds a line without an offset: its place, and its clock of the wall.
func (z *zoneScan) naive(host string, offset, wall int64) {
	t := z.track(host)
	if t == nil {
		return
	}
	r := &t.run
	if r.open && wall-r.last < -zoneNear { // another zone, or a clock that was set
		t.close(zoneMark{})
		t.left = zoneMark{}
	}
	if !r.open {
		*r = zoneRun{open: true, from: offset, first: wall, days: r.days[:0]}
	} else if wall-r.last < -zoneLate {
		r.back = true
	}
	if n := len(r.days); n == 0 || wall >= r.days[n-1].wall+86400 {
		if n < zoneSpans {
			r.days = append(r.days, zoneDay{wall, offset})
		}
	}
	r.to, r.last = offset, wall
}

// stated adds a line that states its offset; one that also has a stamp without
// it is a neighbour of itself (own).
func (z *zoneScan) stated(host string, offset, wall int64, east int, own bool) {
	t := z.track(host)
	if t == nil {
		return
	}
	m := zoneMark{wall, east, true}
	t.least, t.most = min(t.least, east), max(t.most, east)
	t.mixed = t.mixed || t.most-t.least > zoneSummer
	t.close(m)
	if own {
		t.add(zoneSpan{offset, offset, east, east, east})
	}
	t.left = m
}

// moved says that somebody set the zone here: nothing that was shown before
// holds behind it, and nothing behind it before.
func (z *zoneScan) moved(host string) {
	t := z.track(host)
	if t == nil {
		return
	}
	t.close(zoneMark{})
	t.settle()
	t.left = zoneMark{}
}

// settle ends an epoch: of one whose lines state several zones nothing is known.
func (t *zoneTrack) settle() {
	if t.mixed {
		t.spans = t.spans[:t.epoch]
	}
	t.epoch, t.mixed, t.least, t.most = len(t.spans), false, math.MaxInt, math.MinInt
}

// close ends the open run before a line that states its offset, or none.
func (t *zoneTrack) close(right zoneMark) {
	r := &t.run
	if !r.open {
		return
	}
	r.open = false
	left := t.left
	before, behind := r.first-left.wall, right.wall-r.last
	if left.ok && before < -zoneNear || right.ok && behind < -zoneNear { // the order of the lines is against it
		return
	}
	left.ok, right.ok = left.ok && before <= zoneNear, right.ok && behind <= zoneNear
	s := zoneSpan{from: r.from, to: r.to}
	switch {
	case left.ok && right.ok:
		s.east, s.least, s.most = left.east, min(left.east, right.east), max(left.east, right.east)
		if right.wall-left.wall <= zoneReach && !r.back && before >= -zoneLate && behind >= -zoneLate {
			t.add(s)
			return
		}
	case left.ok:
		s.east, s.least, s.most = left.east, left.east, left.east
		for _, d := range r.days {
			if d.wall > left.wall+zoneReach {
				s.to = d.offset - 1
				break
			}
		}
	case right.ok:
		s.east, s.least, s.most = right.east, right.east, right.east
		for _, d := range r.days {
			if s.from = d.offset; d.wall >= right.wall-zoneReach {
				break
			}
		}
	default:
		return
	}
	s.least, s.most = s.least-zoneSummer, s.most+zoneSummer
	t.add(s)
}

func (t *zoneTrack) add(s zoneSpan) {
	if len(t.spans) < zoneSpans && s.from <= s.to {
		t.spans = append(t.spans, s)
	}
}

// done ends the scan; nil when the file shows nothing.
func (z *zoneScan) done() *fileZones {
	out := &fileZones{hosts: make(map[string][]zoneSpan)}
	for host, t := range z.hosts {
		t.close(zoneMark{})
		t.settle()
		if len(t.spans) > 0 {
			out.hosts[host] = t.spans
		}
	}
	if len(out.hosts) == 0 {
		return nil
	}
	return out
}
