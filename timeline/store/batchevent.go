package store

import (
	"fmt"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// scratch is what one caller of Event packs a row with.
type scratch struct {
	buf  []byte
	last [8]lastExhibit // met last, by the low bits of their numbers in the bundle
}

type lastExhibit struct {
	number int // in the batch, + 1; 0: none
	ref    exhibitRef
}

func (x *exhibitRef) is(o *event.Origin) bool {
	return x.Number == o.Exhibit && x.Run == o.Run && x.Path == o.Path && x.Layer == o.Layer && x.SHA256 == o.SHA256
}

// exhibit gives the number of an origin's exhibit in the batch.
func (b *Batch) exhibit(s *scratch, o *event.Origin) int {
	l := &s.last[o.Exhibit%uint32(len(s.last))]
	if l.number == 0 || !l.ref.is(o) {
		l.number, l.ref = b.exhibitNumber(o)+1, refOf(o)
	}
	return l.number - 1
}

func (b *Batch) exhibitNumber(o *event.Origin) int {
	b.exMu.RLock()
	for _, i := range b.byNumber[o.Exhibit] {
		if b.exhibits[i].is(o) {
			b.exMu.RUnlock()
			return i
		}
	}
	b.exMu.RUnlock()
	b.exMu.Lock()
	defer b.exMu.Unlock()
	ref := refOf(o)
	for _, i := range b.byNumber[o.Exhibit] {
		if b.exhibits[i] == ref {
			return i
		}
	}
	b.exhibits = append(b.exhibits, ref)
	b.byNumber[o.Exhibit] = append(b.byNumber[o.Exhibit], len(b.exhibits)-1)
	return len(b.exhibits) - 1
}

// Event files one event. The batch does not keep it: the caller may reuse it.
// It returns the first error of any part of the batch.
func (b *Batch) Event(e *event.Event) error {
	s := b.scratch.Get().(*scratch)
	defer b.scratch.Put(s)
	p := appendRow(s.buf[:0], e, b.exhibit(s, &e.Origin))
	s.buf = p
	if len(p) > rowLimit {
		s.buf = nil
		return fmt.Errorf("store: an event of %d bytes at exhibit %q offset %d: at most %d are kept", len(p), e.Origin.Path, e.Origin.Offset, rowLimit)
	}
	drawer, key := drawerOf(e.Time)
	ref := rowRef{key: key, host: hostNumber(e.Host), id: idNumbers(e.ID())}
	class := hashClass(b.w.seed, e)
	b.mu.Lock()
	if b.ended {
		b.mu.Unlock()
		return ErrClosed
	}
	b.events[e.Origin.Exhibit]++
	g := b.gathers[drawer]
	if g == nil {
		g = b.w.newGather(drawer)
		b.gathers[drawer] = g
	}
	g.add(p, e, class, ref, b.w.limits.segment)
	if !g.full(b.w.limits.segment) {
		b.mu.Unlock()
		return nil
	}
	b.gathers[drawer] = nil
	b.mu.Unlock()
	return b.submit(g)
}

// Warning files one warning.
func (b *Batch) Warning(x event.Warning) error {
	return b.note(0, func(p []byte) []byte { return packWarning(p, &x) })
}

// Counter files one counter reading.
func (b *Batch) Counter(x event.Counter) error {
	return b.note(1, func(p []byte) []byte { return packCounter(p, &x) })
}

func (b *Batch) note(which int, pack func([]byte) []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return ErrClosed
	}
	n := &b.notes[which]
	n.add(pack)
	if len(n.body) < notesChunk {
		return nil
	}
	if err := b.gen.put([]kv{n.take()}); err != nil {
		b.fail(err)
		return err
	}
	return nil
}
