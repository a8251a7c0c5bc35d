package netfilter

import (
	"encoding/binary"
	"strings"
)

// Message is one netlink message.
type Message struct {
	Type, Flags uint16
	Offset      int // of its header in the dump
	Body        []byte
}

// Interrupted says that the kernel's list changed while it was dumped
// (NLM_F_DUMP_INTR): entries may be missing.
func (m Message) Interrupted() bool { return m.Flags&0x10 != 0 }

// Messages splits a dump; rest is what is no whole message.
func Messages(b []byte) (list []Message, rest []byte) {
	const header = 16
	for off := 0; len(b) >= header; {
		size := int(binary.LittleEndian.Uint32(b))
		if size < header || size > len(b) {
			return list, b
		}
		list = append(list, Message{Type: binary.LittleEndian.Uint16(b[4:]), Flags: binary.LittleEndian.Uint16(b[6:]), Offset: off, Body: b[header:size]})
		step := min((size+3)&^3, len(b))
		off += step
		b = b[step:]
	}
	return list, b
}

// Attrs are the attributes of a message by their number; of one that stands
// more than once the last counts.
type Attrs map[uint16][]byte

// each calls fn for every attribute in order.
func each(b []byte, fn func(kind uint16, v []byte)) {
	for len(b) >= 4 {
		size := int(binary.LittleEndian.Uint16(b))
		if size < 4 || size > len(b) {
			return
		}
		fn(binary.LittleEndian.Uint16(b[2:])&0x3fff, b[4:size])
		b = b[min((size+3)&^3, len(b)):]
	}
}

func attrs(b []byte) Attrs {
	out := Attrs{}
	each(b, func(kind uint16, v []byte) { out[kind] = v })
	return out
}

func after(b []byte, n int) []byte { return b[min(n, len(b)):] }

// text reads a string with its NUL.
func (a Attrs) text(kind uint16) string {
	s, _, _ := strings.Cut(string(a[kind]), "\x00")
	return s
}

// be32 reads a number in network order, as nf_tables has them.
func (a Attrs) be32(kind uint16) uint32 {
	if v := a[kind]; len(v) >= 4 {
		return binary.BigEndian.Uint32(v)
	}
	return 0
}

func (a Attrs) be64(kind uint16) uint64 {
	if v := a[kind]; len(v) >= 8 {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

func (a Attrs) le32(kind uint16) uint32 {
	if v := a[kind]; len(v) >= 4 {
		return binary.LittleEndian.Uint32(v)
	}
	return 0
}

func (a Attrs) nest(kind uint16) Attrs { return attrs(a[kind]) }
