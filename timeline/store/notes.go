package store

import (
	"bytes"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// packWarning and packCounter write the entries of the chunks `w` and `n`.
func packWarning(b []byte, x *event.Warning) []byte {
	b = putStr(b, x.Run)
	b = putUv(b, uint64(x.Exhibit))
	b = putStr(b, x.Path)
	b = append(b, x.Host[:]...)
	b = putZv(putZv(b, x.Offset), x.Length)
	b = putStr(b, x.Layer)
	b = putStr(b, x.Parser)
	b = putStr(b, x.Code)
	return putStr(b, x.Message)
}

func (s *scan) warning() event.Warning {
	x := event.Warning{Run: s.str(), Exhibit: uint32(s.uv()), Path: s.str()}
	copy(x.Host[:], s.bytes(8))
	x.Offset, x.Length = s.zv(), s.zv()
	x.Layer, x.Parser, x.Code, x.Message = s.str(), s.str(), s.str(), s.str()
	return x
}

func packCounter(b []byte, x *event.Counter) []byte {
	b = putStr(b, x.Run)
	b = putUv(b, uint64(x.Exhibit))
	b = append(b, x.Host[:]...)
	b = putStr(b, x.Source)
	b = putStr(b, x.Name)
	b = putStr(b, x.Scope)
	b = putUv(putUv(b, x.First), x.Last)
	return putZv(putZv(b, x.From), x.To)
}

func (s *scan) counter() event.Counter {
	x := event.Counter{Run: s.str(), Exhibit: uint32(s.uv())}
	copy(x.Host[:], s.bytes(8))
	x.Source, x.Name, x.Scope = s.str(), s.str(), s.str()
	x.First, x.Last = s.uv(), s.uv()
	x.From, x.To = s.zv(), s.zv()
	return x
}

// notesChunk is the size at which gathered warnings or counters are written.
const notesChunk = 256 << 10

// noteWriter gathers warnings or counters.
type noteWriter struct {
	prefix byte
	body   []byte
	chunks uint64
}

func (n *noteWriter) add(pack func([]byte) []byte) { n.body = pack(n.body) }

func (n *noteWriter) take() kv {
	p := kv{numberKey(n.prefix, n.chunks), bytes.Clone(n.body)}
	n.chunks++
	n.body = n.body[:0]
	return p
}
