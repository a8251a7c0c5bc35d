package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/y"
)

// Badger trusts its files: it panics on a table whose offsets lie, from
// goroutines where nobody can catch it, leaves a table out whose checksum is
// wrong, and grows a slice to any level a MANIFEST names. A store may be made
// by hand, hashes and all, so that its files are held against Badger's format
// before Badger sees them. Source: table/builder.go, table/table.go, manifest.go,
// key_registry.go and memtable.go of badger v4.9.6.

const (
	badgerLevels   = 7
	badgerVersions = 1 << 40 // commits of one generation, at most
	badgerStamp    = 8       // bytes of the version behind each key
	registryText   = "Hello Badger"
)

// guard turns a panic on data into damage of the file or directory at path.
func guard(path string, err *error) {
	if p := recover(); p != nil {
		*err = &DamagedError{File: path, What: fmt.Sprintf("cannot be read: %.120q", fmt.Sprint(p))}
	}
}

// checkManifest reads a MANIFEST and gives the tables it leaves in place.
func checkManifest(data []byte) (tables []uint64, err error) {
	if !bytes.HasPrefix(data, []byte("Bdgr\x00\x00\x00\x08")) {
		return nil, fmt.Errorf("%w: no MANIFEST of this version", errCorrupt)
	}
	for s := (scan{b: data[8:]}); len(s.b) > 0; {
		head := s.bytes(8)
		if s.err != nil {
			return nil, s.err
		}
		change := s.bytes(int(binary.BigEndian.Uint32(head)))
		if s.err != nil {
			return nil, s.err
		}
		if crc32.Checksum(change, y.CastagnoliCrcTable) != binary.BigEndian.Uint32(head[4:]) {
			return nil, fmt.Errorf("%w: checksum of a change", errCorrupt)
		}
		if tables, err = applyChanges(change, tables); err != nil {
			return nil, err
		}
	}
	slices.Sort(tables)
	return tables, nil
}

// applyChanges reads a ManifestChangeSet (protobuf): changes 1, each id 1,
// operation 2 (0 create, 1 delete), level 3, key 4, encryption 5, compression 6.
func applyChanges(set []byte, tables []uint64) ([]uint64, error) {
	for s := (scan{b: set}); len(s.b) > 0; {
		if s.uv() != 1<<3|2 {
			s.fail("a field of a change set")
		}
		var f [7]uint64
		for c := (scan{b: s.bytes(s.count()), err: s.err}); c.err == nil && len(c.b) > 0; {
			tag := c.uv()
			if tag&7 != 0 || tag>>3 < 1 || tag>>3 > 6 {
				return nil, fmt.Errorf("%w: field %d of a change", errCorrupt, tag)
			}
			if f[tag>>3] = c.uv(); c.err != nil {
				return nil, c.err
			}
		}
		if s.err != nil {
			return nil, s.err
		}
		at := slices.Index(tables, f[1])
		switch {
		case f[3] >= badgerLevels || f[4] != 0 || f[5] != 0 || f[6] != 0:
			return nil, fmt.Errorf("%w: table %d of level %d, key %d, compression %d", errCorrupt, f[1], f[3], f[4], f[6])
		case f[2] == 0 && at < 0:
			tables = append(tables, f[1])
		case f[2] == 1 && at >= 0:
			tables = slices.Delete(tables, at, at+1)
		default:
			return nil, fmt.Errorf("%w: change %d of table %d, which is there %v", errCorrupt, f[2], f[1], at >= 0)
		}
	}
	return tables, nil
}

// checkRegistry reads a KEYREGISTRY: 16 random bytes, a text, and no key.
func checkRegistry(data []byte) error {
	if len(data) != 16+len(registryText) || string(data[16:]) != registryText {
		return fmt.Errorf("%w: a registry that holds keys", errCorrupt)
	}
	return nil
}

// checkLogHead reads the first 20 bytes of a value log: key 0, then an IV.
func checkLogHead(head []byte) error {
	if len(head) < 20 || binary.BigEndian.Uint64(head) != 0 {
		return fmt.Errorf("%w: a value log with a key", errCorrupt)
	}
	return nil
}

// tableEntry is an entry of a table as it lies there; value is a view.
type tableEntry struct {
	key     []byte // with Badger's version behind it
	value   []byte // or the pointer into a value log
	pointer bool
}

// checkTable reads every entry of a table.
func checkTable(data []byte) error { return eachEntry(data, func(tableEntry) error { return nil }) }

// eachEntry reads every entry of a table: blocks, index (flatbuffer TableIndex),
// its length, its checksum (protobuf, CRC-32C), the length of that.
func eachEntry(data []byte, f func(tableEntry) error) (err error) {
	s := tailReader{data}
	sum := s.last(s.number())
	index := s.last(s.number())
	if s.b == nil || index == nil {
		return fmt.Errorf("%w: a table of %d bytes", errCorrupt, len(data))
	}
	if err := checkSum(index, sum); err != nil {
		return err
	}
	t := fb.GetRootAsTableIndex(index, 0)
	n := t.OffsetsLength()
	if n < 1 || n > len(data) || t.MaxVersion() > badgerVersions {
		return fmt.Errorf("%w: a table of %d blocks, version %d", errCorrupt, n, t.MaxVersion())
	}
	var last []byte
	end := uint64(0)
	for i := range n {
		var o fb.BlockOffset
		if !t.Offsets(&o, i) {
			return fmt.Errorf("%w: block %d of a table has no place", errCorrupt, i)
		}
		if uint64(o.Offset()) != end || end+uint64(o.Len()) > uint64(len(s.b)) {
			return fmt.Errorf("%w: block %d of a table at %d, length %d", errCorrupt, i, o.Offset(), o.Len())
		}
		from := end
		end += uint64(o.Len())
		if last, err = checkTableBlock(s.b[from:end], o.KeyBytes(), last, t.MaxVersion(), f); err != nil {
			return fmt.Errorf("block %d: %w", i, err)
		}
	}
	if end != uint64(len(s.b)) {
		return fmt.Errorf("%w: %d bytes of a table are no block", errCorrupt, uint64(len(s.b))-end)
	}
	return nil
}

// tailReader takes parts from the end of a file; b is nil after a fault.
type tailReader struct{ b []byte }

func (t *tailReader) last(n uint64) []byte {
	if n > uint64(len(t.b)) {
		t.b = nil
		return nil
	}
	at := len(t.b) - int(n)
	part := t.b[at:]
	t.b = t.b[:at:at]
	return part
}

// number takes a big-endian uint32; one that is not there is beyond all.
func (t *tailReader) number() uint64 {
	b := t.last(4)
	if len(b) < 4 {
		return math.MaxUint64
	}
	return uint64(binary.BigEndian.Uint32(b))
}

// checkSum compares bytes with a protobuf Checksum: algorithm 1 (0, CRC-32C), sum 2.
func checkSum(data, sum []byte) error {
	s := scan{b: sum}
	if s.uv() != 2<<3 || s.uv() != uint64(crc32.Checksum(data, y.CastagnoliCrcTable)) || s.end() != nil {
		return fmt.Errorf("%w: checksum of a table", errCorrupt)
	}
	return nil
}

// checkTableBlock reads one block: entries, their offsets (uint32 each, native,
// which is little endian where this runs), their number, checksum, its length.
// It gives the last key.
func checkTableBlock(block, base, last []byte, versions uint64, f func(tableEntry) error) ([]byte, error) {
	s := tailReader{block}
	sum := s.last(s.number())
	if err := checkSum(s.b, sum); err != nil {
		return nil, err
	}
	n := s.number()
	offsets := s.last(min(n, math.MaxUint32) * 4)
	if n < 1 || offsets == nil {
		return nil, fmt.Errorf("%w: %d entries", errCorrupt, n)
	}
	var first []byte
	keys := make([]byte, 0, len(block)) // of all entries, one behind another
	for i := range n {
		from, to := uint64(binary.LittleEndian.Uint32(offsets[4*i:])), uint64(len(s.b))
		if i+1 < n {
			to = uint64(binary.LittleEndian.Uint32(offsets[4*i+4:]))
		}
		if i == 0 && from != 0 || from+4 > to || to > uint64(len(s.b)) {
			return nil, fmt.Errorf("%w: entry %d from %d to %d", errCorrupt, i, from, to)
		}
		e := s.b[from:to]
		overlap, diff := int(binary.LittleEndian.Uint16(e)), int(binary.LittleEndian.Uint16(e[2:]))
		if overlap > len(first) || 4+diff > len(e) || overlap+diff <= badgerStamp {
			return nil, fmt.Errorf("%w: key of entry %d", errCorrupt, i)
		}
		at := len(keys)
		keys = append(append(keys, first[:overlap]...), e[4:4+diff]...)
		key := keys[at:len(keys):len(keys)]
		if last != nil && y.CompareKeys(last, key) >= 0 || y.ParseTs(key) > versions {
			return nil, fmt.Errorf("%w: entry %d is out of order", errCorrupt, i)
		}
		if last = key; i == 0 {
			if first = key; !bytes.Equal(key, base) {
				return nil, fmt.Errorf("%w: the index names another first key", errCorrupt)
			}
		}
		value, pointer, err := readValue(e[4+diff:])
		if err == nil {
			err = f(tableEntry{key, value, pointer})
		}
		if err != nil {
			return nil, err
		}
	}
	return last, nil
}

// readValue reads a ValueStruct: meta, user meta, uv expiry, then the value or
// a pointer of 12 bytes into a value log. No store deletes, expires or merges.
func readValue(b []byte) (value []byte, pointer bool, err error) {
	const transaction = 1<<6 | 1<<7
	s := scan{b: b}
	meta, user, expires := s.byte(), s.byte(), s.uv()
	pointer = meta&metaPointer != 0
	if s.err != nil || meta&^(metaPointer|transaction) != 0 || user != 0 || expires != 0 || pointer && len(s.b) != pointerBytes {
		return nil, false, fmt.Errorf("%w: a value with meta %x", errCorrupt, meta)
	}
	return s.b, pointer, nil
}
