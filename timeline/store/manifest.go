package store

import (
	"fmt"
	"math"
	"sort"
)

// manifest describes a segment (FORMAT.md section 4).
type manifest struct {
	drawer              int
	rows                int
	first, last         int64 // sort keys
	tab                 tables
	blocks              []blockInfo
	directories         [kindEnd][]string
	postings, sigs, ids int // chunks

	starts []int // first ordinal of each block, and rows; computed
}

// blockInfo is what is known of a block without reading it.
type blockInfo struct {
	rows   int
	first  int64  // sort key of its first row
	before uint64 // greatest key - Earliest
	after  uint64 // greatest Latest - key
}

func (m *manifest) pack(pk *packer) []byte {
	b := putUv(nil, uint64(m.drawer))
	b = putUv(b, uint64(m.rows))
	b = putZv(putZv(b, m.first), m.last)
	b = m.tab.append(b)
	b = putUv(b, uint64(len(m.blocks)))
	last := int64(0)
	for _, x := range m.blocks {
		b = putUv(b, uint64(x.rows))
		b = putZv(b, x.first-last)
		b = putUv(putUv(b, x.before), x.after)
		last = x.first
	}
	for k := kindHost; k < kindEnd; k++ {
		b = appendStrings(b, m.directories[k])
	}
	b = putUv(putUv(putUv(b, uint64(m.postings)), uint64(m.sigs)), uint64(m.ids))
	return pk.section([]byte{Format}, b)
}

func readManifest(data []byte, u *unpacker) (*manifest, error) {
	f := scan{b: data}
	if v := f.byte(); f.err == nil && v != Format {
		return nil, fmt.Errorf("%w: manifest of format %d", errCorrupt, v)
	}
	p := f.packed(rawLimit)
	if err := f.end(); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	raw, err := u.open(p)
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	s := scan{b: raw}
	m := &manifest{drawer: s.num(drawers), rows: s.num(segmentRows + 1), first: s.zv(), last: s.zv()}
	m.tab.read(&s)
	n, last := s.count(), int64(0)
	m.starts = append(m.starts, 0)
	for range n {
		x := blockInfo{rows: s.num(blockRows + 1)}
		x.first, x.before, x.after = last+s.zv(), s.uv(), s.uv()
		if x.rows == 0 || len(m.blocks) > 0 && x.first < last {
			s.fail("a block without rows or out of order")
		}
		last = x.first
		if s.err != nil {
			break
		}
		m.starts = append(m.starts, m.starts[len(m.starts)-1]+x.rows)
		m.blocks = append(m.blocks, x)
	}
	for k := kindHost; k < kindEnd; k++ {
		if m.directories[k] = s.strings(); !inOrder(m.directories[k]) {
			s.fail("a directory of terms out of order")
		}
	}
	m.postings, m.sigs, m.ids = s.num(1<<30), s.num(sigBits/sigChunkRows+1), s.num(1<<16)
	if err := s.end(); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	if m.starts[len(m.starts)-1] != m.rows || m.rows == 0 {
		return nil, fmt.Errorf("%w: manifest: %d rows in blocks, %d announced", errCorrupt, m.starts[len(m.starts)-1], m.rows)
	}
	if m.blocks[0].first != m.first || last > m.last || m.drawer == undated && (m.first != 0 || m.last != 0) {
		return nil, fmt.Errorf("%w: manifest: keys from %d to %d, blocks from %d to %d", errCorrupt, m.first, m.last, m.blocks[0].first, last)
	}
	if m.sigs != 0 && m.sigs != sigBits/sigChunkRows || m.ids != (1<<idShift(m.rows)+idBuckets-1)/idBuckets {
		return nil, fmt.Errorf("%w: manifest: %d signature chunks, %d id chunks", errCorrupt, m.sigs, m.ids)
	}
	return m, nil
}

// inOrder says whether each string lies behind the one before.
func inOrder(list []string) bool {
	for i := 1; i < len(list); i++ {
		if list[i-1] >= list[i] {
			return false
		}
	}
	return true
}

// blockAt gives the block that holds an ordinal.
func (m *manifest) blockAt(ord int) int {
	if b := ord / blockRows; b < len(m.blocks) && m.starts[b] <= ord && ord < m.starts[b+1] {
		return b
	}
	return sort.Search(len(m.blocks), func(i int) bool { return m.starts[i+1] > ord })
}

// lastKey is an upper bound of the keys of a block.
func (m *manifest) lastKey(block int) int64 {
	if block+1 < len(m.blocks) {
		return m.blocks[block+1].first
	}
	return m.last
}

// unboundedSide stands for an interval without Earliest or Latest.
const unboundedSide = uint64(math.MaxInt64) + 1
