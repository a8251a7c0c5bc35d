package parser

import (
	"github.com/saksi-dfir/saksi/parse/format/audit"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// The bounds of the window in which records of one event may be interleaved
// with those of others.
const (
	auditWindowEvents = 512      // events waiting for more records
	auditWindowBytes  = 64 << 20 // text held by them
	auditGroupBytes   = 4 << 20  // text of one event
)

// auditKey is what all records of an event share.
type auditKey struct {
	sec    int64
	serial uint64
	node   string
	milli  int32
}

// time is the stated time in ns, that of the last second at most.
func (k auditKey) time() int64 { return min(k.sec, lastSecond)*1e9 + int64(k.milli)*1e6 }

// stamp is the time of an event; one that 64 bits of ns do not hold cannot be.
func (k auditKey) stamp() event.Time {
	if k.sec > lastSecond {
		return event.Undated(event.StampInvalid)
	}
	return event.At(k.time(), event.Millisecond, event.ClockUnverified)
}

// auditRecord is one record inside a group's text.
type auditRecord struct {
	typ            string
	body, enriched [2]int // start and end in text
}

type auditSpan struct {
	at, length int64
	newline    bool // one follows
}

// auditGroup is an event whose records are being gathered.
type auditGroup struct {
	key     auditKey
	text    []byte
	records []auditRecord
	spans   []auditSpan
	stepped bool // its time falls behind that of the serial before
}

// clear makes a group ready for use; a large text is let go.
func (g *auditGroup) clear() {
	if cap(g.text) > 64<<10 {
		g.text = nil
	}
	*g = auditGroup{text: g.text[:0], records: g.records[:0], spans: g.spans[:0]}
}

// auditWindow holds the groups that may still grow, oldest first.
type auditWindow struct {
	groups map[auditKey]*auditGroup
	queue  []*auditGroup // in order of their first record
	head   int
	bytes  int
	last   *auditGroup
	fresh  func() *auditGroup
}

// add puts a record into its group. Groups that fall out of the window go to done.
func (w *auditWindow) add(k auditKey, typ string, text []byte, r *audit.Record, l audit.Line, done func(*auditGroup)) {
	g := w.last
	if g == nil || g.key != k {
		g = w.groups[k]
	}
	if g != nil && len(g.text)+len(text) > auditGroupBytes {
		w.remove(g, done)
		g = nil
	}
	if g == nil {
		g = w.open(k)
	}
	w.last = g
	g.put(typ, r)
	w.bytes += len(text)
	g.span(l)
	for len(w.queue)-w.head > auditWindowEvents || (w.bytes > auditWindowBytes && len(w.queue)-w.head > 1) {
		w.flushOldest(done)
	}
}

func (w *auditWindow) open(k auditKey) *auditGroup {
	g := w.fresh()
	g.key = k
	w.groups[k] = g
	w.queue = append(w.queue, g)
	return g
}

func (g *auditGroup) put(typ string, r *audit.Record) {
	rec := auditRecord{typ: typ}
	rec.body[0] = len(g.text)
	g.text = append(g.text, r.Body...)
	rec.body[1] = len(g.text)
	rec.enriched[0] = len(g.text)
	g.text = append(g.text, r.Enriched...)
	rec.enriched[1] = len(g.text)
	g.records = append(g.records, rec)
}

// span notes where the record lies; neighbours join into one span.
func (g *auditGroup) span(l audit.Line) {
	if n := len(g.spans); n > 0 {
		p := &g.spans[n-1]
		if p.newline && p.at+p.length+1 == l.Offset {
			p.length, p.newline = l.Offset+l.Length-p.at, l.End == 1
			return
		}
	}
	g.spans = append(g.spans, auditSpan{l.Offset, l.Length, l.End == 1})
}

func (w *auditWindow) flushOldest(done func(*auditGroup)) {
	g := w.queue[w.head]
	w.queue[w.head] = nil
	w.head++
	if w.head > 4096 {
		w.queue = append(w.queue[:0], w.queue[w.head:]...)
		w.head = 0
	}
	if g != nil {
		w.finish(g, done)
	}
}

func (w *auditWindow) finish(g *auditGroup, done func(*auditGroup)) {
	w.bytes -= len(g.text)
	if w.groups[g.key] == g {
		delete(w.groups, g.key)
	}
	if w.last == g {
		w.last = nil
	}
	done(g)
}

// remove takes a group out before its turn.
func (w *auditWindow) remove(g *auditGroup, done func(*auditGroup)) {
	for i := w.head; i < len(w.queue); i++ {
		if w.queue[i] == g {
			w.queue[i] = nil
		}
	}
	w.finish(g, done)
}

func (w *auditWindow) flushAll(done func(*auditGroup)) {
	for w.head < len(w.queue) {
		w.flushOldest(done)
	}
}
