package journal

import (
	"math/bits"
	"math/rand/v2"
	"slices"
)

// past keeps what one view of a file decoded for the next: data objects that
// entries name again and again. What a view finds there it decodes no second
// time; it counts as work all the same, so that what comes out does not depend
// on which views came before.
type past struct {
	slots []pastSlot // a power of two of them, at most half of them taken
	seed  uint64     // keeps a file from choosing what collides
	room  room       // of what is kept
	n     int        // data objects that are kept
	names []string   // of their fields
	keys  []int      // number of each name in this view, -1 when it has none yet
}

type pastSlot struct {
	off int64
	d   *Data // nil: free; its name is that of names
}

const (
	pastMost  = 1 << 14 // data objects
	pastNames = 256     // names of fields
	pastText  = 128     // bytes of a value
)

func (p *past) place(off int64) *pastSlot {
	hi, lo := bits.Mul64(uint64(off)^p.seed, 0x9e3779b97f4a7c15)
	mask := uint64(len(p.slots) - 1)
	for i := (hi ^ lo) & mask; ; i = (i + 1) & mask {
		if s := &p.slots[i]; s.d == nil || s.off == off {
			return s
		}
	}
}

// put keeps a copy of a data object, unless it is there.
func (p *past) put(d *Data, name string) {
	if p.slots == nil {
		p.slots, p.seed = make([]pastSlot, 2*pastMost), rand.Uint64()
		clear(p.slots) // pages that are read before they are written are mapped twice
	}
	s := p.place(d.Offset)
	if s.d != nil {
		return
	}
	if p.n == pastMost {
		p.forget()
		s = p.place(d.Offset)
	}
	n := slices.Index(p.names, name)
	if n < 0 {
		if n = len(p.names); n == pastNames {
			return
		}
		p.names = append(p.names, name)
	}
	kept := p.room.data()
	*kept = *d
	kept.Value, kept.name = p.room.copy(d.Value), uint16(n)
	*s = pastSlot{d.Offset, kept}
	p.n++
}

func (p *past) forget() {
	clear(p.slots)
	p.room.forget()
	p.n, p.names = 0, nil
}

// begin makes it ready for another view.
func (p *past) begin() {
	p.keys = p.keys[:0]
	for range p.names {
		p.keys = append(p.keys, -1)
	}
}

// remember keeps what entries of this view named that lay before it, or more
// than once.
func (f *File) remember(m *memory) {
	if f.tired() || len(f.fixed) > 0 {
		return
	}
	left := m.room.datas
	for _, slab := range m.room.slabs {
		for i := range slab[:min(left, roomDatas)] {
			d := &slab[i]
			if d.named == 0 || d.named == 1 && d.Offset >= f.walked {
				continue
			}
			if d.Problem == "" && !d.Lost && d.Key >= 0 && d.Length == int64(len(d.Value)) && len(d.Value) <= pastText {
				m.past.put(d, f.names[d.Key])
			}
		}
		if left -= roomDatas; left <= 0 {
			break
		}
	}
}

// recall gives a data object that a view before this one decoded, as this one
// would have done.
func (f *File) recall(off int64) *Data {
	p := &f.past
	if p.n == 0 || len(f.fixed) > 0 || f.tired() {
		return nil
	}
	s := p.place(off)
	if s.d == nil {
		return nil
	}
	d := s.d
	name := p.names[d.name]
	if p.keys[d.name] < 0 {
		if p.keys[d.name] = f.numberOf(name); p.keys[d.name] < 0 {
			return nil
		}
	}
	if f.spend(d.Size); d.Flags != 0 {
		f.spend(d.Length + int64(len(name)) + 1)
	}
	f.room.hold(d.Value)
	d.Key, d.Used, d.named = p.keys[d.name], false, 0
	f.cache.put(d)
	return d
}
