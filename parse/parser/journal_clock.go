package parser

import (
	"math"
	"strconv"
	"time"

	"github.com/saksi-dfir/saksi/parse/format/journal"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// journalBoots bounds the boots of one file.
const journalBoots = 1 << 16

// journalBoot is the boot whose entries are being read. Its event waits for
// the last of them.
type journalBoot struct {
	e       *event.Event // nil when the file does not hold the start of the boot
	id      journal.ID
	mono    uint64 // us since boot, of the first entry
	entries int
	last    event.Time
}

// boot begins an event for a boot whose first seconds this file holds, and
// ends that of the boot before.
func (j *journalRun) boot(n *journalNote) {
	e := n.e
	if j.now.id == n.boot && j.now.entries > 0 {
		j.now.entries++
		j.now.last = e.Time
		return
	}
	j.endBoot()
	j.now = journalBoot{id: n.boot, mono: n.mono, entries: 1, last: e.Time}
	const early = 15e6 // us
	if j.boots[n.boot] || !e.Time.Dated() || n.mono > early || len(j.boots) >= journalBoots {
		return
	}
	j.boots[n.boot] = true
	b := &event.Event{Source: "journal", Parser: "journal", Meaning: "boot", Action: "boot", Ordinal: 1, Host: e.Host, HeldBy: e.HeldBy}
	at := (int64(n.real) - int64(n.mono)) * 1000
	b.Time = event.At(at, event.Microsecond, event.BootDerived, event.ClockUnverified)
	b.Time.Latest = e.Time.Latest // a clock that was set since the boot moves it
	b.Message = "system boot, boot id " + n.boot.String()
	b.Origin.Offset, b.Origin.Length = n.offset, n.length
	j.now.e = b
}

// endBoot hands over the event of the boot that was read, with its last entry.
func (j *journalRun) endBoot() {
	b := j.now.e
	if b == nil {
		return
	}
	j.now.e = nil
	e := j.b.Event()
	*e = *b
	j.b.Field("boot", j.now.id.String())
	j.b.Field("monotonic", strconv.FormatUint(j.now.mono, 10))
	j.b.Field("entries", strconv.Itoa(j.now.entries))
	if j.now.last.Dated() {
		j.b.Field("last_entry", wtmpStamp(j.now.last.Instant))
	}
	e.Fields = j.b.Take()
}

// journalStep is the least change, in us, of realtime minus monotonic between
// two entries that is reported; slewing explains a thousandth of the gap.
const journalStep = 1e6

// delta is by how much (us) the clock was set between the entry before and n.
func (j *journalRun) delta(n *journalNote) int64 {
	if !j.prev.set || j.prev.boot != n.boot || max(n.real, n.mono, j.prev.real, j.prev.mono) > math.MaxInt64/1000 {
		return 0
	}
	gap := int64(n.mono) - int64(j.prev.mono)
	d := (int64(n.real) - int64(j.prev.real)) - gap
	if abs(d) < journalStep+abs(gap)/1000 {
		return 0
	}
	return d
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// step adds an event when the clock was set before this entry.
func (j *journalRun) step(n *journalNote) {
	d := j.delta(n)
	if d == 0 {
		return
	}
	e := n.e
	e.Time.Reasons = e.Time.Reasons.With(event.ClockStep)
	if j.prev.undelivered {
		j.prev.e.Time.Reasons = j.prev.e.Time.Reasons.With(event.ClockStep)
	}
	c := j.b.Event()
	c.Source, c.Parser, c.Meaning, c.Action, c.Ordinal = "journal", "journal", "logged", "clock-step", 2
	c.Host, c.HeldBy = e.Host, e.HeldBy
	c.Time = e.Time
	c.Object = time.Duration(d * 1000).String()
	causes := "the clock was set back by hand, by NTP, or after a restored snapshot"
	if d > 0 {
		causes = "the machine was suspended, a paused virtual machine was resumed, or the clock was set by hand, by NTP or at the first contact with a time server"
	}
	c.Message = "the wall clock moved by " + c.Object + " against the monotonic clock since the entry before: " + causes
	c.Origin.Offset, c.Origin.Length = n.offset, n.length
	// The entry before, and this one with its fields: they tell whose clock.
	c.Origin.Spans = append([]event.Span{{Offset: j.prev.offset, Length: j.prev.length}}, e.Origin.Spans...)
	j.b.Field("step", strconv.FormatFloat(float64(d)/1e6, 'f', 6, 64))
	j.b.Field("boot", n.boot.String())
	j.b.Field("before", wtmpStamp(int64(j.prev.real)*1000))
	j.b.Field("after", wtmpStamp(int64(n.real)*1000))
	c.Fields = j.b.Take()
}
