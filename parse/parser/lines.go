package parser

import (
	"context"
	"strings"
	"sync"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// lineLog is a parser of a log in which a line is a record. Lines that read
// does not take belong to the record before them when follow says so, else
// they are warned about.
type lineLog struct {
	about  parse.Description
	read   func(r *lineRecord) bool
	follow func(text string) bool
	ignore func(text string) bool // comments
	// ordered says whether the records of a head stand as a log writes them;
	// nil: they do.
	ordered func(head []byte) bool
	// zone reads lines for what they show of the zone of those that state
	// none; nil: none state any.
	zone zoneReader
	// strength of the claim; zero: Strong.
	strength parse.Strength

	once     sync.Once // for messages, which take longer to make than a tiny exhibit to read
	messages *Messages
}

// lineRecord is one line, and where what it says is put.
type lineRecord struct {
	text string
	e    *event.Event
	b    *parse.Batch
	wall *parse.Wall
	x    *parse.Exhibit
	f    *parse.Facts
	m    *Messages
	more []*event.Event // further events of the same line
	// doubt warns about a line that was read but is not as it should be.
	doubt string

	zones     *fileZones // what the file shows of its zone
	offset    int64      // of the line
	placeName string     // zone that the lines name, and its clock
	placeWall *parse.Wall
}

// again makes a further event of the line.
func (r *lineRecord) again() *event.Event {
	e := r.b.Event()
	r.more = append(r.more, e)
	return e
}

// Describe gives the parser's description.
func (l *lineLog) Describe() parse.Description { return l.about }

// Claim reads the lines of the head.
func (l *lineLog) Claim(x *parse.Exhibit) parse.Strength {
	lines, hits := 0, 0
	r := lineRecord{e: new(event.Event), b: new(parse.Batch), wall: parse.NewWall(&parse.Facts{}), x: x, f: &parse.Facts{}, m: nil}
	for line := range headLines(x.Head, 32) {
		if line == "" || l.ignore != nil && l.ignore(line) {
			continue
		}
		lines++
		r.text = line
		*r.e = event.Event{}
		if l.read(&r) {
			hits++
		} else if l.follow != nil && l.follow(line) {
			lines--
		}
		r.b.Take()
	}
	switch {
	case hits > 0 && l.ordered != nil && !l.ordered(x.Head):
		return parse.No
	case hits > 0 && hits*2 >= lines && l.strength != parse.No:
		return l.strength
	case hits > 0 && hits*2 >= lines:
		return parse.Strong
	case hits > 0 && l.strength == parse.No:
		return parse.Weak
	}
	return parse.No
}

// Parse reads the exhibit.
func (l *lineLog) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	l.once.Do(func() { l.messages = NewMessages() })
	m := l.messages.For(f)
	starts := func(line []byte) bool { return l.follow == nil || !l.follow(unsafeString(line)) }
	var zones *fileZones
	if l.zone != nil {
		zones = lineZones(ctx, f, x, l.zone)
	}
	o := parse.TextOptions{Starts: starts, Workers: x.Workers}
	return parse.EachChunk(ctx, x, s, o, func(c *parse.Chunk, b *parse.Batch) error {
		r := lineRecord{b: b, wall: parse.NewWall(f), x: x, f: f, m: m, zones: zones}
		l.chunk(c, &r)
		return nil
	})
}

// chunk makes events of the lines of a chunk. The newline behind a record, and
// blank lines, are padding once it is known that the record does not go on.
func (l *lineLog) chunk(c *parse.Chunk, r *lineRecord) {
	data := c.Data
	var last *event.Event
	var rest lineRest
	for at := 0; at < len(data); {
		next := lineEnd(data, at)
		text := trimEOL(data[at:next])
		offset := c.Offset + int64(at)
		behind := offset + int64(len(text))
		switch {
		case text == "" || l.ignore != nil && l.ignore(text):
			rest.add(r.b, offset, int64(next-at))
		case last != nil && l.follow != nil && l.follow(text) && behind-last.Origin.Offset <= continuationLimit && !noText(text):
			last.Origin.Length = behind - last.Origin.Offset
			from := int(last.Origin.Offset - c.Offset)
			last.Message = data[from : from+int(last.Origin.Length)]
			rest = lineRest{behind, int64(next-at) - int64(len(text))}
		default:
			rest.end(r.b)
			if last = l.record(r, text, offset); last == nil {
				code, why := "unreadable", "no line of a known form"
				if noText(text) {
					code, why = unlettered(text)
				}
				r.b.Extend(offset, int64(next-at), code, why)
				break
			}
			rest = lineRest{behind, int64(next-at) - int64(len(text))}
		}
		at = next
	}
	rest.end(r.b)
}

// lineRest is what lies behind the last record: its newline and blank lines.
type lineRest struct{ offset, length int64 }

// add takes a line that carries nothing.
func (p *lineRest) add(b *parse.Batch, offset, length int64) {
	if p.length == 0 {
		b.Padding(offset, length)
		return
	}
	p.length += length
}

// end makes padding of it: the record does not go on.
func (p *lineRest) end(b *parse.Batch) {
	b.Padding(p.offset, p.length)
	*p = lineRest{}
}

// record makes the events of one line; nil when it is not of the form.
func (l *lineLog) record(r *lineRecord, text string, offset int64) *event.Event {
	r.text, r.more, r.doubt, r.offset = text, r.more[:0], "", offset
	r.e = new(event.Event)
	if noText(text) || !l.read(r) {
		r.b.Reset(0)
		return nil
	}
	korean(r.b, text)
	e := r.b.Event()
	*e = *r.e
	fields := r.b.Take()
	if e.Message == "" {
		e.Message = text
	}
	if r.doubt != "" {
		r.b.Warning(offset, int64(len(text)), "doubt", r.doubt)
	}
	for i, x := range append([]*event.Event{e}, r.more...) {
		x.Source, x.Parser = firstOf(x.Source, l.about.Sources[0]), firstOf(x.Parser, l.about.Name)
		x.Origin.Offset, x.Origin.Length, x.Ordinal = offset, int64(len(text)), uint32(i)
		if x.Fields == nil {
			x.Fields = fields
		}
		if x.Message == "" {
			x.Message = e.Message
		}
	}
	return e
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// indented says whether a line goes on from the one before.
func indented(text string) bool { return text != "" && (text[0] == ' ' || text[0] == '\t') }

// local reads a time of the wall: in the zone of the host, or in that which
// the file shows.
func (r *lineRecord) local(c *parse.Civil) event.Time {
	t := r.wall.Local(c)
	if s := r.zones.at("", r.offset); s != nil && t.Dated() {
		return s.read(c, t, false)
	}
	return t
}

// plainTime reads "2024-03-03 02:14:07[,.fraction]" in the zone of the host.
func (r *lineRecord) plainTime(s string) (t event.Time, rest string, ok bool) {
	var c parse.Civil
	n := civilAt(s, &c)
	if n < 0 {
		return t, s, false
	}
	return r.wall.Local(&c), strings.TrimLeft(s[n:], " "), true
}
