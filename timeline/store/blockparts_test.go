package store

import (
	"encoding/binary"
	"hash/crc32"
	"testing"

	"github.com/dgraph-io/badger/v4/y"
)

// partsOf takes a block apart: its rows and its sections, each as other values
// have them, lengths in front.
func partsOf(t testing.TB, value []byte) (rows int, parts [][]byte) {
	t.Helper()
	s := scan{b: value[1:]}
	rows = s.num(1 << 16)
	sections := make([]packed, blockParts+2*((rows+pieceRows-1)/pieceRows))
	for i := range sections {
		sections[i] = s.sealed(rawLimit)
	}
	s.bytes(crc32.Size)
	for _, p := range sections {
		p.stored = s.bytes(p.size)
		if err := p.check(); err != nil {
			t.Fatal(err)
		}
		stored := uint64(len(p.stored))
		if p.plain {
			stored = 0
		}
		parts = append(parts, append(putUv(putUv(nil, uint64(p.raw)), stored), p.stored...))
	}
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	return rows, parts
}

// joinBlock is the inverse of partsOf. What the lengths of a part say is not
// judged; the checksums are right.
func joinBlock(rows uint64, parts [][]byte) []byte {
	head, body := putUv([]byte{blockVersion}, rows), []byte(nil)
	for _, p := range parts {
		s := scan{b: p}
		head = putUv(putUv(head, s.uv()), s.uv())
		head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(s.b, y.CastagnoliCrcTable))
		body = append(body, s.b...)
	}
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(head, y.CastagnoliCrcTable))
	return append(head, body...)
}

// emptyParts are so many sections of nothing.
func emptyParts(n int) (parts [][]byte) {
	for range n {
		parts = append(parts, wrap(nil))
	}
	return parts
}

// blockPart changes one section of a block; the others stay.
func blockPart(n int, f func(t *testing.T, rows int, raw []byte) []byte) func(*testing.T, []byte) []byte {
	return func(t *testing.T, value []byte) []byte {
		rows, parts := partsOf(t, value)
		parts[n] = f(t, rows, inner(t, parts[n]))
		return joinBlock(uint64(rows), parts)
	}
}

// TestDamagedSection changes each byte of a block: none is taken for the right
// one by who reads what it belongs to.
func TestDamagedSection(t *testing.T) {
	values, man := storeSeeds(t)
	u, err := newUnpacker()
	if err != nil {
		t.Fatal(err)
	}
	defer u.dec.Close()
	for _, value := range values['b'][:2] {
		rows := man.blocks[0].rows
		if _, err := openBlock(value, rows, &man.tab, u); err != nil {
			continue // of a segment with other tables
		}
		for at := 0; at < len(value); at += 1 + at%7 {
			bad := append([]byte(nil), value...)
			bad[at] ^= 1 << (at % 8)
			b, err := openBlock(bad, rows, &man.tab, u)
			for i := 0; err == nil && i < rows; i++ {
				_, err = b.event(i)
			}
			if err == nil {
				t.Fatalf("byte %d of %d was changed and nobody noticed", at, len(value))
			}
		}
	}
}
