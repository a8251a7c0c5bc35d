package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
)

// What Badger calls its things: bits of meta, the version that all entries have.
const (
	metaPointer  = 1 << 1
	entryVersion = 1
	bottomLevel  = badgerLevels - 1
	keyLimit     = 65000
)

// entry is a key with Badger's version behind it, and a short value or the
// pointer to a long one.
type entry struct {
	key, value []byte
	meta       byte
	length     uint32 // in the value log
}

// tableFiles gives the files that hold the entries, in order of their keys. Of an
// entry that was written twice the later counts.
func tableFiles(entries []entry) (files [][]byte) {
	slices.SortStableFunc(entries, func(a, b entry) int { return y.CompareKeys(a.key, b.key) })
	o := table.Options{TableSize: 2 << 20, BlockSize: 4 << 10, BloomFalsePositive: 0.01, Compression: options.None}
	b := table.NewTableBuilder(o)
	defer func() { b.Close() }()
	for i, e := range entries {
		if i+1 < len(entries) && bytes.Equal(entries[i+1].key, e.key) {
			continue
		}
		if b.ReachedCapacity() {
			files = append(files, b.Finish())
			b.Close()
			b = table.NewTableBuilder(o)
		}
		b.Add(e.key, y.ValueStruct{Meta: e.meta, Value: e.value}, e.length)
	}
	return append(files, b.Finish())
}

// manifestFile gives the MANIFEST that names the tables 1 to n.
func manifestFile(n int) []byte {
	var set []byte
	for i := range n {
		c := putUv([]byte{1 << 3}, uint64(i+1))
		c = append(c, 3<<3, bottomLevel)
		set = append(putLen(append(set, 1<<3|2), len(c)), c...)
	}
	b := []byte("Bdgr\x00\x00\x00\x08")
	b = binary.BigEndian.AppendUint32(b, uint32(len(set)))
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(set, y.CastagnoliCrcTable))
	return append(b, set...)
}

// registryFile gives a KEYREGISTRY without keys.
func registryFile() []byte { return append(make([]byte, 16), registryText...) }

// writeTables writes everything but the value logs, and gives the lines of FILES.
func writeTables(dir string, entries []entry) (out []fileInfo, err error) {
	write := func(name string, data []byte) error {
		out = append(out, fileInfo{name: name, size: int64(len(data)), sum: sumOf(data)})
		return writeSynced(filepath.Join(dir, name), data)
	}
	list := tableFiles(entries)
	for i, data := range list {
		if err := write(fmt.Sprintf("%06d.sst", i+1), data); err != nil {
			return nil, err
		}
	}
	if err := write("KEYREGISTRY", registryFile()); err != nil {
		return nil, err
	}
	return out, write("MANIFEST", manifestFile(len(list)))
}

// writeFiles writes FILES, the last file of a generation, and gives its hash.
func writeFiles(dir string, files []fileInfo) (string, error) {
	slices.SortFunc(files, func(a, b fileInfo) int { return strings.Compare(a.name, b.name) })
	var b []byte
	for _, x := range files {
		b = fmt.Appendf(b, "%s %d %s\n", x.sum, x.size, x.name)
	}
	if err := writeSynced(filepath.Join(dir, filesName), b); err != nil {
		return "", err
	}
	return sumOf(b), syncDir(dir)
}
