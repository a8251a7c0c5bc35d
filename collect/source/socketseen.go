package source

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/record"
)

// socketState is a digest of what a filter is; two looks at one socket agree
// in it unless the filter was changed between them.
func socketState(s *record.Socket) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, s.FilterAs, s.Errno, s.Locked != nil && *s.Locked)
	for _, in := range s.Filter {
		h.Write(binary.LittleEndian.AppendUint32([]byte{byte(in.Code), byte(in.Code >> 8), in.JT, in.JF}, in.K))
	}
	return h.Sum64()
}

// notedSockets hands records on and remembers each socket. With was it hands
// on only those that was does not know as they are.
type notedSockets struct {
	collect.RecordStream
	now map[uint64]uint64
	was map[uint64]uint64

	came, changed int
}

// Record implements collect.RecordStream.
func (n *notedSockets) Record(v any) error {
	if s, ok := v.(*record.Socket); ok {
		state := socketState(s)
		n.now[s.Ino] = state
		if n.was != nil {
			before, known := n.was[s.Ino]
			switch {
			case !known:
				n.came++
			case before != state:
				n.changed++
			default:
				return nil
			}
		}
	}
	return n.RecordStream.Record(v)
}
