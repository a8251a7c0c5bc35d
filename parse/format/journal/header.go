// Package journal decodes the files of systemd-journald, whole or damaged, by
// walking their objects in file order. It knows objects, not events. Open a
// file, Walk it, and ask for Entry and Data of what the walk meets; see
// FORMAT.md.
package journal

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// Signature is how every journal file begins.
const Signature = "LPKSHHRH"

// Flags that readers must know.
const (
	flagXZ      = 1
	flagLZ4     = 2
	flagKeyed   = 4
	flagZSTD    = 8
	flagCompact = 16
	flagsKnown  = 31
)

// The states of a file.
const (
	Offline  = 0
	Online   = 1 // open for writing, or not closed cleanly
	Archived = 2
)

// ErrNotJournal says that the bytes do not begin as a journal file.
var ErrNotJournal = errors.New("not a journal file")

// ID is a 128-bit id.
type ID [16]byte

// String gives 32 hex digits.
func (i ID) String() string { return hex.EncodeToString(i[:]) }

// Header is the head of a file: what the writer claims. Times are microseconds
// since 1970 UTC.
type Header struct {
	Compatible, Incompatible uint32
	State                    uint8
	FileID, MachineID        ID
	BootID, SeqnumID         ID
	HeaderSize, ArenaSize    uint64
	DataTable, DataTableSize uint64
	FieldTable, FieldSize    uint64
	TailObject               uint64
	Objects, Entries         uint64
	TailSeqnum, HeadSeqnum   uint64
	EntryArray               uint64
	HeadRealtime             uint64
	TailRealtime             uint64
	TailMonotonic            uint64
	Datas, Fields            uint64 // 0 in files before systemd 187
	Tags, EntryArrays        uint64 // 0 in files before systemd 189
}

const minHeader = 208

// parseHeader reads a header. signed says whether it begins as it should.
func parseHeader(b []byte) (h Header, signed bool, err error) {
	if len(b) < minHeader {
		return h, false, fmt.Errorf("%w: %d bytes are too few for a header", ErrNotJournal, len(b))
	}
	signed = bytes.Equal(b[:8], []byte(Signature))
	le := binary.LittleEndian
	u := func(at int) uint64 {
		if at+8 > len(b) {
			return 0
		}
		return le.Uint64(b[at:])
	}
	h.Compatible, h.Incompatible, h.State = le.Uint32(b[8:]), le.Uint32(b[12:]), b[16]
	copy(h.FileID[:], b[24:])
	copy(h.MachineID[:], b[40:])
	copy(h.BootID[:], b[56:])
	copy(h.SeqnumID[:], b[72:])
	h.HeaderSize, h.ArenaSize = u(88), u(96)
	h.DataTable, h.DataTableSize, h.FieldTable, h.FieldSize = u(104), u(112), u(120), u(128)
	h.TailObject, h.Objects, h.Entries = u(136), u(144), u(152)
	h.TailSeqnum, h.HeadSeqnum, h.EntryArray = u(160), u(168), u(176)
	h.HeadRealtime, h.TailRealtime, h.TailMonotonic = u(184), u(192), u(200)
	if h.HeaderSize >= 224 {
		h.Datas, h.Fields = u(208), u(216)
	}
	if h.HeaderSize >= 240 {
		h.Tags, h.EntryArrays = u(224), u(232)
	}
	return h, signed, nil
}

// Names of the flags in words, for listings.
func (h Header) Names() string {
	var b bytes.Buffer
	for i, n := range [...]string{"xz", "lz4", "keyed-hash", "zstd", "compact"} {
		if h.Incompatible&(1<<i) != 0 {
			if b.Len() > 0 {
				b.WriteByte(',')
			}
			b.WriteString(n)
		}
	}
	return b.String()
}
