package store

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// class is what many rows of a segment share: rows name it by its number, so
// that these values are looked up once for all of them.
type class struct {
	source, parser, meaning, action string
	tags, names                     []string // names of the fields in the order of the record
}

// classTable numbers the classes of the rows of one segment.
type classTable struct {
	seed  uint64
	slots []uint64 // as in strTable
	hash  []uint64
	list  []class
	texts map[string]string // one copy of each name
}

func newClassTable(seed uint64) *classTable {
	return &classTable{seed: seed, slots: make([]uint64, minSlots), texts: map[string]string{}}
}

func randomSeed() uint64 { return rand.Uint64() }

func (t *classTable) reset() {
	t.hash, t.list = t.hash[:0], t.list[:0]
	if len(t.slots) > 1<<14 || len(t.texts) > 1<<14 {
		*t = *newClassTable(t.seed)
		return
	}
	clear(t.slots)
	clear(t.texts)
}

// hashClass hashes what makes the class of an event.
func hashClass(seed uint64, e *event.Event) uint64 {
	h := hashText(seed, e.Source)
	h = hashText(h, e.Parser)
	h = hashText(h, e.Meaning)
	h = hashText(h, e.Action)
	for i := range e.Fields {
		h = hashText(h, e.Fields[i].Name)
	}
	if len(e.Tags) > 0 {
		h = mix(h^mixA, mixB)
		for _, t := range e.Tags {
			h = hashText(h, t)
		}
	}
	return h
}

func (c *class) is(e *event.Event) bool {
	if c.source != e.Source || c.parser != e.Parser || c.meaning != e.Meaning || c.action != e.Action || len(c.names) != len(e.Fields) {
		return false
	}
	for i := range c.names {
		if c.names[i] != e.Fields[i].Name {
			return false
		}
	}
	return slices.Equal(c.tags, e.Tags)
}

// id gives the number of the class of an event whose hash is h.
func (t *classTable) id(h uint64, e *event.Event) uint32 {
	mask := uint64(len(t.slots) - 1)
	i := h & mask
	for ; t.slots[i] != 0; i = (i + 1) & mask {
		if v := t.slots[i]; v>>32 == h>>32 && t.list[uint32(v)-1].is(e) {
			return uint32(v) - 1
		}
	}
	n := uint32(len(t.list))
	c := class{source: t.text(e.Source), parser: t.text(e.Parser), meaning: t.text(e.Meaning), action: t.text(e.Action)}
	for i := range e.Fields {
		c.names = append(c.names, t.text(e.Fields[i].Name))
	}
	for _, x := range e.Tags {
		c.tags = append(c.tags, t.text(x))
	}
	t.list, t.hash = append(t.list, c), append(t.hash, h)
	t.slots[i] = h>>32<<32 | uint64(n+1)
	if len(t.list)*2 > len(t.slots) {
		t.grow()
	}
	return n
}

// text gives a copy of a string that does not hold on to the record.
func (t *classTable) text(s string) string {
	v, ok := t.texts[s]
	if !ok {
		v = strings.Clone(s)
		t.texts[v] = v
	}
	return v
}

func (t *classTable) grow() {
	t.slots = make([]uint64, 4*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for n, h := range t.hash {
		i := h & mask
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = h>>32<<32 | uint64(n+1)
	}
}
