package parser

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/saksi-dfir/saksi/parse/format/journal"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// journalBoots bounds the boots of one file.
const journalBoots = 1 << 16

// journalBoot is what is known of a boot while the file is read. Entries of
// several boots may lie between one another: a loghost writes what it gets.
type journalBoot struct {
	e       *event.Event // nil when the file does not hold the start of the boot
	id      journal.ID
	mono    uint64 // us since boot, of the first entry
	entries int
	last    event.Time
	prev    journalNote // its last entry
	part    int         // in which that was read
}

// boot finds the boot of an entry, and begins an event for one whose first
// seconds this file holds. It is nil when there are too many.
func (j *journalRun) boot(n *journalNote) *journalBoot {
	if j.now != nil && j.now.id == n.boot {
		return j.now
	}
	b := j.boots[n.boot]
	if b == nil {
		if len(j.boots) >= journalBoots {
			return nil
		}
		b = &journalBoot{id: n.boot, mono: n.mono}
		j.boots[n.boot] = b
		j.order = append(j.order, b)
		j.begin(b, n)
	}
	j.now = b
	return b
}

func (j *journalRun) begin(b *journalBoot, n *journalNote) {
	const early = 15e6 // us
	if !n.e.Time.Dated() || n.mono > early {
		return
	}
	e := &event.Event{Source: "journal", Parser: "journal", Meaning: "boot", Action: "boot", Ordinal: 1, Host: n.e.Host, HeldBy: n.e.HeldBy}
	at := (int64(n.real) - int64(n.mono)) * 1000
	e.Time = event.At(at, event.Microsecond, event.BootDerived, event.ClockUnverified)
	e.Time.Latest = n.e.Time.Latest // a clock that was set since the boot moves it
	e.Message = "system boot, boot id " + n.boot.String()
	e.Origin.Offset, e.Origin.Length = n.offset, n.length
	e.Origin.Spans = slices.Clone(n.e.Origin.Spans) // the host is told by a field of the entry
	b.e = e
}

// endBoots makes the events of the boots, each with its last entry.
func (j *journalRun) endBoots() {
	for _, b := range j.order {
		if b.e == nil {
			continue
		}
		e := j.b.Event()
		*e = *b.e
		j.b.Field("boot", b.id.String())
		j.b.Field("monotonic", strconv.FormatUint(b.mono, 10))
		j.b.Field("entries", strconv.Itoa(b.entries))
		if b.last.Dated() {
			j.b.Field("last_entry", wtmpStamp(b.last.Instant))
		}
		e.Fields = j.b.Take()
	}
}

// follow takes an entry to its boot: how many entries it has, and steps of the clock
// between them.
func (j *journalRun) follow(n *journalNote) {
	b := j.boot(n)
	if b == nil {
		return
	}
	if b.entries > 0 {
		j.step(b, n)
	}
	b.entries++
	b.last, b.prev, b.part = n.e.Time, *n, j.taken
}

// journalStep is the least change, in us, of realtime minus monotonic between
// two entries that is reported; slewing explains a thousandth of the gap.
const journalStep = 1e6

// delta is by how much (us) the clock was set between two entries of a boot.
func delta(prev, n *journalNote) int64 {
	if max(n.real, n.mono, prev.real, prev.mono) > math.MaxInt64/1000 {
		return 0
	}
	gap := int64(n.mono) - int64(prev.mono)
	d := (int64(n.real) - int64(prev.real)) - gap
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
func (j *journalRun) step(b *journalBoot, n *journalNote) {
	d := delta(&b.prev, n)
	if d == 0 {
		return
	}
	e := n.e
	e.Time.Reasons = e.Time.Reasons.With(event.ClockStep)
	if b.part == j.taken || b.part == j.waits { // it is not handed over yet
		b.prev.e.Time.Reasons = b.prev.e.Time.Reasons.With(event.ClockStep)
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
	c.Origin.Spans = append([]event.Span{{Offset: b.prev.offset, Length: b.prev.length}}, e.Origin.Spans...)
	j.b.Field("step", strconv.FormatFloat(float64(d)/1e6, 'f', 6, 64))
	j.b.Field("boot", n.boot.String())
	j.b.Field("before", wtmpStamp(int64(b.prev.real)*1000))
	j.b.Field("after", wtmpStamp(int64(n.real)*1000))
	c.Fields = j.b.Take()
}
