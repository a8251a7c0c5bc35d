package store

import (
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// event makes the event of a row.
func (b *block) event(i int) (event.Event, error) {
	t, err := b.time()
	if err != nil {
		return event.Event{}, err
	}
	c, err := b.small()
	if err != nil {
		return event.Event{}, err
	}
	v, at, err := b.value(i)
	if err != nil {
		return event.Event{}, err
	}
	m, _, err := b.text(i)
	if err != nil {
		return event.Event{}, err
	}
	return b.eventOf(i, t, c, v, m, at), nil
}

// eventOf makes the event of a row from the columns of its block and of its
// piece, where its place is at.
func (b *block) eventOf(i int, t *timeCols, c *smallCols, v *valueCols, m *textCol, at int) event.Event {
	tab := b.tab
	x := &tab.exhibits[c.exhibit.at(i)]
	e := event.Event{Time: t.of(i, c.reasons.at(i)),
		Meaning: tab.meanings[c.meaning.at(i)], Host: tab.hosts[c.host.at(i)], Source: tab.sources[c.source.at(i)],
		Parser: tab.parsers[c.parser.at(i)], Actor: v.actor.row(at), Action: tab.actions[c.action.at(i)], Object: v.object.row(at),
		Message: m.message(at), Ordinal: c.ordinal.at(i),
		Origin: event.Origin{Run: x.Run, Exhibit: x.Number, Path: x.Path, Layer: x.Layer, SHA256: x.SHA256,
			Offset: c.offset[i], Length: c.length[i], Spans: c.spansOf(i)}}
	if c.heldBy.at(i) > 0 {
		e.HeldBy = tab.hosts[c.heldBy.at(i)-1]
	}
	if names := v.names(at); len(names) > 0 {
		e.Fields = make([]event.Field, len(names))
		for j, name := range names {
			e.Fields[j] = event.Field{Name: tab.names[name], Value: v.field(at, j)}
		}
	}
	for _, tag := range c.tagsOf(i) {
		e.Tags = append(e.Tags, tab.tags[tag])
	}
	own(&e)
	return e
}

// own gives an event memory of its own, so that who keeps a name of it does
// not keep the whole block.
func own(e *event.Event) {
	n := len(e.Actor) + len(e.Object) + len(e.Message)
	for i := range e.Fields {
		n += len(e.Fields[i].Value)
	}
	var b strings.Builder
	b.Grow(n)
	take := func(s *string) {
		at := b.Len()
		b.WriteString(*s)
		*s = b.String()[at:]
	}
	take(&e.Actor)
	take(&e.Object)
	take(&e.Message)
	for i := range e.Fields {
		take(&e.Fields[i].Value)
	}
}

// loneReader reads rows of which a page wants one of a piece: what was not
// unpacked before is unpacked into memory of the reader, and not kept unless it
// is asked for again.
type loneReader struct {
	values valueCols
	texts  textCol
	raw    [2][]byte
	stored []byte
	ints   []uint32
}

const (
	lonePiece = 1 << 20        // bytes of a piece from which on it is unpacked in memory of its own
	loneInts  = 16 * pieceRows // room for the columns of a piece of rows with a few fields
)

// event makes the event of a row, as block.event does.
func (l *loneReader) event(b *block, i int) (event.Event, error) {
	p := &b.pieces[i/pieceRows]
	b.mu.Lock()
	v, m, again := p.values, p.texts, p.visited
	p.visited = true
	b.mu.Unlock()
	if again || p.bytes() > lonePiece { // a screen that moves to and fro: keep it
		return b.event(i)
	}
	t, err := b.time()
	if err != nil {
		return event.Event{}, err
	}
	c, err := b.small()
	if err != nil {
		return event.Event{}, err
	}
	if l.ints == nil {
		l.ints = make([]uint32, loneInts)
	}
	mem := memory{free: l.ints}
	parts, err := l.fetch(b, p)
	if err != nil {
		return event.Event{}, err
	}
	if v == nil {
		v = &l.values
		nums, err := b.numbers()
		if err != nil {
			return event.Event{}, err
		}
		raw, err := l.open(b, &parts, partValues)
		if err != nil {
			return event.Event{}, err
		}
		if err := v.read(&scan{b: raw, mem: &mem}, i/pieceRows*pieceRows, p.n, len(b.tab.names), nums); err != nil {
			return event.Event{}, b.named(err)
		}
	}
	if m == nil {
		m = &l.texts
		raw, err := l.open(b, &parts, partMessages)
		if err != nil {
			return event.Event{}, err
		}
		if err := m.read(&scan{b: raw, mem: &mem}, p.n); err != nil {
			return event.Event{}, b.named(err)
		}
	}
	return b.eventOf(i, t, c, v, m, i%pieceRows), nil
}

// fetch reads the sections of a piece, which lie one behind the other.
func (l *loneReader) fetch(b *block, p *piece) (parts [2]packed, err error) {
	parts = p.parts
	v, m := &parts[partValues], &parts[partMessages]
	if v.stored != nil || m.stored != nil {
		for i := range parts {
			if parts[i], err = b.fetch(&parts[i], nil); err != nil {
				return parts, err
			}
		}
		return parts, nil
	}
	both, err := b.fetch(&packed{off: v.off, size: v.size + m.size}, l.stored)
	if err != nil {
		return parts, err
	}
	l.stored = both.stored
	v.stored, m.stored = l.stored[:v.size:v.size], l.stored[v.size:]
	return parts, nil
}

// open gives the raw bytes of a section until the next one is read.
func (l *loneReader) open(b *block, parts *[2]packed, part int) (raw []byte, err error) {
	if parts[part].plain {
		raw, err = b.u.view(parts[part])
	} else if raw, err = b.u.unpack(parts[part], l.raw[part]); err == nil {
		l.raw[part] = raw
	}
	if err != nil {
		return nil, b.named(err)
	}
	return raw, nil
}
