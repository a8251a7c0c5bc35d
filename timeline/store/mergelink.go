package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	linkBytes = 8 << 20 // value logs below it are copied: readers hold every file open
	linkSpare = 16      // at most this part of a value log may be of no use when it is taken over
)

// segmentPrefixes are the first bytes of the keys that a segment has, the
// manifest last.
const segmentPrefixes = "bdsiptm"

// moved is what a merge takes over of one generation: whole segments, whose
// values stay where they are as long as their value logs are worth it.
type moved struct {
	from    *genReader
	dir     string
	number  map[uint32]uint32 // of each segment, old to new (from 0 on until placed)
	entries []tableEntry      // of the segments; the keys without Badger's version
	logs    map[uint32]*movedLog
}

// movedLog is a value log of the old generation.
type movedLog struct {
	file   fileInfo
	used   int64 // bytes of the entries that are taken over
	linked bool
	number uint32 // in the new generation
}

// takeOver brings segments of one generation into the batch as they are: value
// logs of which nearly all is still of use as files that both generations have,
// other values one by one.
func (b *Batch) takeOver(ctx context.Context, r *Reader, g *genReader, list []*segment) error {
	m, err := r.movedFrom(g, list)
	if err != nil {
		return err
	}
	if !m.worthLinking(b.w.limits.link) {
		return b.copySegments(ctx, list)
	}
	rows := 0
	for _, s := range list {
		rows += s.man.rows
	}
	b.mu.Lock()
	gen, first, err := b.place(rows, len(list))
	b.mu.Unlock()
	if err != nil {
		return err
	}
	for old := range m.number {
		m.number[old] += first
	}
	m.link(gen, b.w.limits.link)
	return m.write(ctx, gen)
}

// movedFrom reads the tables of a generation for the entries of some segments.
func (r *Reader) movedFrom(g *genReader, list []*segment) (*moved, error) {
	m := &moved{from: g, dir: filepath.Join(r.dir, g.name), number: map[uint32]uint32{}, logs: map[uint32]*movedLog{}}
	for i, s := range list {
		m.number[s.no] = uint32(i)
	}
	files, err := readFiles(m.dir, r.cur.gens[g.n].sum)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if number, ok := strings.CutSuffix(f.name, ".vlog"); ok {
			n, err := strconv.ParseUint(number, 10, 32)
			if err != nil {
				return nil, &DamagedError{File: filepath.Join(m.dir, f.name), What: "has a name that no value log has"}
			}
			m.logs[uint32(n)] = &movedLog{file: f}
		}
	}
	for _, f := range files {
		if !strings.HasSuffix(f.name, ".sst") {
			continue
		}
		path := filepath.Join(m.dir, f.name)
		data, err := readSmall(path, f.size)
		if err != nil {
			return nil, err
		}
		if sumOf(data) != f.sum {
			return nil, &DamagedError{File: path, What: "was changed after it was written (SHA-256 differs)"}
		}
		if err := eachEntry(data, m.take); err != nil {
			return nil, &DamagedError{File: path, What: err.Error()}
		}
	}
	return m, nil
}

// take keeps an entry when it is of one of the segments.
func (m *moved) take(e tableEntry) error {
	e.key = e.key[:len(e.key)-badgerStamp]
	if len(e.key) < 5 || strings.IndexByte(segmentPrefixes, e.key[0]) < 0 {
		return nil
	}
	if _, ok := m.number[be(e.key[1:5])]; !ok {
		return nil
	}
	if e.pointer {
		p := readPointer(e.value)
		l := m.logs[p.file]
		if l == nil || int64(p.at)+int64(p.n) > l.file.size {
			return fmt.Errorf("%w: the value of key %.60q lies in no file", errCorrupt, e.key)
		}
		l.used += int64(p.n)
	}
	m.entries = append(m.entries, e)
	return nil
}

// worth says whether a value log is to be taken over as a file.
func (l *movedLog) worth(least int64) bool {
	return l.file.size >= least && l.used >= l.file.size-l.file.size/linkSpare
}

func (m *moved) worthLinking(least int64) bool {
	for _, l := range m.logs {
		if l.worth(least) {
			return true
		}
	}
	return false
}

// link takes value logs over. One that the file system does not let us have
// under a second name is copied like the others.
func (m *moved) link(gen *genWriter, least int64) {
	for _, n := range slices.Sorted(maps.Keys(m.logs)) {
		l := m.logs[n]
		if !l.worth(least) {
			continue
		}
		n, err := gen.link(filepath.Join(m.dir, l.file.name), l.file)
		l.number, l.linked = n, err == nil
	}
}

// write files the entries under their new numbers.
func (m *moved) write(ctx context.Context, gen *genWriter) error {
	var pairs []kv
	size := 0
	for _, e := range m.entries {
		key := append([]byte(nil), e.key...)
		binary.BigEndian.PutUint32(key[1:], m.number[be(e.key[1:5])])
		value := e.value
		if e.pointer {
			p := readPointer(e.value)
			if l := m.logs[p.file]; l.linked {
				gen.point(key, logPointer{file: l.number, n: p.n, at: p.at})
				continue
			}
			var err error
			if value, err = m.from.get(e.key); err != nil {
				return err
			}
		}
		pairs = append(pairs, kv{key, value})
		if size += len(value); size < 16<<20 {
			continue
		}
		if err := errors.Join(gen.write(pairs), ctx.Err()); err != nil {
			return err
		}
		pairs, size = pairs[:0], 0
	}
	return gen.write(pairs)
}
