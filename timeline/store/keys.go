package store

import "encoding/binary"

// Format is the number of the store format this package reads and writes.
const Format = 4

const (
	segmentRows  = 256 << 10 // events of a segment, at most
	segmentBytes = 192 << 20 // packed bytes of a segment's rows before it is cut
	blockRows    = 256
	pieceRows    = 64      // rows of a block whose values and messages are compressed together
	blockBytes   = 1 << 20 // packed bytes of a block's rows before it is cut
	rowLimit     = 64 << 20
	generation   = 8 << 20 // events of a generation, at most
	wideAfter    = int64(3600e9)
	minuteNanos  = int64(60e9)
	termBytes    = 255
)

// The drawers of FORMAT.md section 3.
const (
	narrow = iota
	wide
	undated
	drawers
)

// The index kinds of FORMAT.md section 5.
const (
	kindHost = 1 + iota
	kindSource
	kindParser
	kindActor
	kindAction
	kindMeaning
	kindIP
	kindDir
	kindTag
	kindBundle
	kindExhibit
	kindField
	kindEnd
)

func segKey(prefix byte, seg uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{prefix}, seg)
}

func blockKey(seg uint32, block int) []byte {
	return binary.BigEndian.AppendUint32(segKey('b', seg), uint32(block))
}

// chunk16 is the key of a chunk of the id index ('d') or signature ('s').
func chunk16(prefix byte, seg uint32, chunk int) []byte {
	return binary.BigEndian.AppendUint16(segKey(prefix, seg), uint16(chunk))
}

func termsKey(seg uint32, kind, chunk int) []byte {
	return binary.BigEndian.AppendUint32(append(segKey('i', seg), byte(kind)), uint32(chunk))
}

func postingsKey(seg uint32, chunk int) []byte {
	return binary.BigEndian.AppendUint32(segKey('p', seg), uint32(chunk))
}

func numberKey(prefix byte, n uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{prefix}, n)
}

// otherKey names a segment of an earlier generation: masks and overlays.
func otherKey(prefix string, gen string, seg uint32) []byte {
	return binary.BigEndian.AppendUint32(append([]byte(prefix), gen...), seg)
}

// cutTerm shortens a value to what an index keeps of it.
func cutTerm(s string) string {
	if len(s) > termBytes {
		return s[:termBytes]
	}
	return s
}
