package store

import (
	"bytes"
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
)

// change gives another value for a key; the same for keys it leaves alone.
type change func(t *testing.T, key, value []byte) []byte

// at changes the values of the first key that begins with prefix, so that a
// store has one lie and not many.
func at(prefix string, f func(t *testing.T, value []byte) []byte) func() change {
	return func() change {
		done := false
		return func(t *testing.T, key, value []byte) []byte {
			if done || !strings.HasPrefix(string(key), prefix) {
				return value
			}
			done = true
			return f(t, value)
		}
	}
}

// to replaces a value.
func to(value []byte) func(*testing.T, []byte) []byte {
	return func(*testing.T, []byte) []byte { return value }
}

// manifestWith packs a manifest again after a change.
func manifestWith(f func(m *manifest)) func(*testing.T, []byte) []byte {
	return func(t *testing.T, value []byte) []byte {
		u, err := newUnpacker()
		if err != nil {
			t.Fatal(err)
		}
		defer u.dec.Close()
		m, err := readManifest(value, u)
		if err != nil {
			t.Fatal(err)
		}
		f(m)
		pk, err := newPacker()
		if err != nil {
			t.Fatal(err)
		}
		return m.pack(pk)
	}
}

// innerWith changes what the section of a value holds.
func innerWith(f func(raw []byte) []byte) func(*testing.T, []byte) []byte {
	return func(t *testing.T, value []byte) []byte { return wrap(f(inner(t, value))) }
}

// section gives a block part that is a section of these bytes.
func section(f func(raw []byte) []byte) func(*testing.T, int, []byte) []byte {
	return func(_ *testing.T, _ int, raw []byte) []byte { return wrap(f(append([]byte(nil), raw...))) }
}

// nil2 is an empty value that is there.
var nil2 = []byte{}

var huge = putUv(nil, 1<<63)

func lies(list ...[]byte) []byte { return bytes.Join(list, nil) }

// tampered are stores whose hashes are right and whose values lie.
func tampered() map[string]func() change {
	cut := func(raw []byte) []byte { return raw[:len(raw)/2] }
	more := func(raw []byte) []byte { return append(raw, 0) }
	drop := to(nil)
	return map[string]func() change{
		"another format":                  at("v", to([]byte("99"))),
		"manifest of another format":      at("m", to([]byte{99})),
		"manifest section of 2^63 bytes":  at("m", to(lies([]byte{Format}, huge, huge))),
		"manifest of drawer 9":            at("m", manifestWith(func(m *manifest) { m.drawer = 9 })),
		"manifest of 2^40 rows":           at("m", manifestWith(func(m *manifest) { m.rows = 1 << 40 })),
		"manifest of one row more":        at("m", manifestWith(func(m *manifest) { m.rows++ })),
		"manifest keys backwards":         at("m", manifestWith(func(m *manifest) { m.first, m.last = m.last+1, m.first })),
		"manifest first key too late":     at("m", manifestWith(func(m *manifest) { m.first++ })),
		"blocks out of order":             at("m", manifestWith(func(m *manifest) { m.blocks[1].first = m.blocks[0].first - 1 })),
		"block key that is not the row's": at("m", manifestWith(func(m *manifest) { m.blocks[1].first++ })),
		"last key that is not the row's":  at("m", manifestWith(func(m *manifest) { m.last++ })),
		"interval narrower than its rows": at("m", manifestWith(func(m *manifest) { m.blocks[0].after = 0 })),
		"block without rows":              at("m", manifestWith(func(m *manifest) { m.blocks[0].rows, m.blocks[1].rows = 0, 2*blockRows })),
		"blocks of other sizes":           at("m", manifestWith(func(m *manifest) { m.blocks[0].rows--; m.blocks[1].rows++ })),
		"directory of terms out of order": at("m", manifestWith(func(m *manifest) { m.directories[kindActor] = []string{"z", "a"} })),
		"directory with a chunk too many": at("m", manifestWith(func(m *manifest) { m.directories[kindActor] = append(m.directories[kindActor], "\xff") })),
		"directory that names another":    at("m", manifestWith(func(m *manifest) { m.directories[kindActor] = []string{"\xfe"} })),
		"signature of 7 chunks":           at("m", manifestWith(func(m *manifest) { m.sigs = 7 })),
		"signature that is not there":     at("m", manifestWith(func(m *manifest) { m.sigs = sigBits / sigChunkRows })),
		"id index of 900 chunks":          at("m", manifestWith(func(m *manifest) { m.ids = 900 })),
		"hosts cut short":                 at("m", manifestWith(func(m *manifest) { m.tab.hosts = m.tab.hosts[:1] })),
		"exhibit of nobody":               at("m", manifestWith(func(m *manifest) { m.tab.exhibits[0].Run = "run-nobody" })),
		"other host":                      at("m", manifestWith(func(m *manifest) { m.tab.hosts[0], m.tab.hosts[1] = m.tab.hosts[1], m.tab.hosts[0] })),
		"manifest with bytes left over":   at("m", func(t *testing.T, v []byte) []byte { return append([]byte{Format}, wrap(more(inner(t, v[1:])))...) }),
		"manifest cut":                    at("m", func(t *testing.T, v []byte) []byte { return append([]byte{Format}, wrap(cut(inner(t, v[1:])))...) }),
		"manifest that is a bomb":         at("m", func(t *testing.T, v []byte) []byte { return append([]byte{Format}, bomb(t, 100, 900<<20)...) }),
		"manifest of half a GiB of zeros": at("m", func(t *testing.T, v []byte) []byte { return append([]byte{Format}, bomb(t, 300<<20, 300<<20)...) }),
		"block that is missing":           at("b", drop),
		"block of another version":        at("b", to([]byte{99})),
		"block of 60,000 rows":            at("b", to(joinBlock(60000, emptyParts(blockParts+2)))),
		"block section of 2^63 bytes":     at("b", to(joinBlock(256, [][]byte{lies(huge, huge), wrap(nil), wrap(nil)}))),
		"times that are a bomb":           at("b", blockPart(partTimes, func(t *testing.T, _ int, _ []byte) []byte { return bomb(t, 1000, 900<<20) })),
		"messages that are a bomb":        at("b", blockPart(blockParts+partMessages, func(t *testing.T, _ int, _ []byte) []byte { return bomb(t, 400<<20, 400<<20) })),
		"times cut":                       at("b", blockPart(partTimes, section(cut))),
		"times backwards":                 at("b", blockPart(partTimes, section(func([]byte) []byte { return backwards(256) }))),
		"small columns cut":               at("b", blockPart(partSmalls, section(cut))),
		"small columns beyond the tables": at("b", blockPart(partSmalls, section(func(raw []byte) []byte { return bytes.Repeat([]byte{0, 0x7f}, len(raw)/2) }))),
		"numbers of names not there":      at("b", blockPart(partNumbers, section(func([]byte) []byte { return []byte{1, 0x7f, columnSame, 0, 0} }))),
		"numbers without end":             at("b", blockPart(partNumbers, section(func([]byte) []byte { return lies([]byte{1, 0, columnSame, 0, 57}) }))),
		"numbers of 2^63 fields":          at("b", blockPart(partNumbers, section(func([]byte) []byte { return huge }))),
		"numbers of rows without one":     at("b", blockPart(partNumbers, section(func([]byte) []byte { return []byte{1, 0, columnSame, 5, 0} }))),
		"numbers that are missing":        at("b", blockPart(partNumbers, section(func([]byte) []byte { return nil }))),
		"numbers that are a bomb":         at("b", blockPart(partNumbers, func(t *testing.T, _ int, _ []byte) []byte { return bomb(t, 1000, 900<<20) })),
		"values cut":                      at("b", blockPart(blockParts+partValues, section(cut))),
		"values of 2^63 shapes":           at("b", blockPart(blockParts+partValues, section(func([]byte) []byte { return lies([]byte{1, 0}, []byte{1, 0}, huge) }))),
		"messages of 2^63 bytes":          at("b", blockPart(blockParts+partMessages, section(func([]byte) []byte { return bytes.Repeat(huge, 256) }))),
		"messages that end early":         at("b", blockPart(blockParts+partMessages, section(cut))),
		"minute table that is missing":    at("t", drop),
		"minutes without end":             at("t", innerWith(func([]byte) []byte { return huge })),
		"minutes backwards": at("t", innerWith(func([]byte) []byte {
			return lies(putUv(nil, 2), putZv(nil, 9), putUv(nil, 1), putZv(nil, -3), putUv(nil, 1))
		})),
		"minutes beyond int64": at("t", innerWith(func([]byte) []byte {
			return lies(putUv(nil, 2), putZv(nil, math.MaxInt64), putUv(nil, 1), putZv(nil, 9), putUv(nil, 1))
		})),
		"minutes of other rows":           at("t", innerWith(func([]byte) []byte { return lies(putUv(nil, 1), putZv(nil, 9), putUv(nil, 1)) })),
		"minute table that is a bomb":     at("t", func(t *testing.T, _ []byte) []byte { return bomb(t, 64, 900<<20) }),
		"id index that is missing":        at("d", drop),
		"id index of 3 bytes":             at("d", to([]byte{1, 2, 3})),
		"id index with buckets backwards": at("d", func(_ *testing.T, v []byte) []byte { binary.LittleEndian.PutUint32(v, math.MaxUint32); return v }),
		"id index that knows nothing":     at("d", func(_ *testing.T, v []byte) []byte { clear(v); return v }),
		"terms that are missing":          at("i", drop),
		"terms without end":               at("i", innerWith(func([]byte) []byte { return huge })),
		"terms of a prefix not there":     at("i", innerWith(func([]byte) []byte { return lies(putUv(nil, 1), huge, []byte{0}) })),
		"terms with 2^63 rows":            at("i", innerWith(func([]byte) []byte { return lies(putUv(nil, 1), []byte{0, 1, 'a'}, huge) })),
		"terms cut":                       at("i", innerWith(cut)),
		"postings nowhere":                at("i\x00\x00\x00\x00\x02", lastTerm(1<<20, 0, 4)),
		"postings beyond their chunk":     at("i\x00\x00\x00\x00\x02", lastTerm(0, 1<<29, 1<<29)),
		"postings of another term":        at("i\x00\x00\x00\x00\x02", lastTerm(0, 0, 6)),
		"terms out of order":              at("i\x00\x00\x00\x00\x04", innerWith(swapTerms)),
		"postings that are missing":       at("p", drop),
		"postings beyond the segment":     at("p", func(_ *testing.T, v []byte) []byte { return bytes.Repeat([]byte{0xff, 0xff, 0x7f}, len(v)/3) }),
		"postings that are a hostile map": at("p", func(_ *testing.T, v []byte) []byte {
			return append([]byte{1, 0x3b, 0x30, 0xff, 0xff}, make([]byte, len(v))...)
		}),
		"bundle that is no JSON":       at("B", to([]byte("{"))),
		"bundle of another name":       at("B", to([]byte(`{"run":"run-z"}`))),
		"bundle gone, its rows not":    at("Brun-a", drop),
		"removal of 2^63 exhibits":     at("D", to(lies([]byte{1}, huge))),
		"removal with bytes left over": at("D", to([]byte{0, 0})),
		"mask beyond the segment":      at("x", to(putUv([]byte{0}, 1<<30))),
		"empty mask":                   at("x", to(nil2)),
		"overlay beyond the segment":   at("o", to(lies([]byte{0, 1, 1, 'x', 5, 0}, putUv(nil, 1<<30)))),
		"witnesses beyond the segment": at("k", to(lies(putStr(nil, []byte{0, 1}), putUv(nil, 1), putUv(nil, 1<<40), []byte{1}))),
		"witnesses of 2^63 rows":       at("k", to(lies(putStr(nil, []byte{0, 1}), huge))),
		"overlay of 2^63 levels":       at("o", to(huge)),
		"overlay tag of 2^63 bytes":    at("o", to(lies([]byte{0, 1}, huge))),
		"warning of 2^63 bytes":        at("w", to(huge)),
		"counter cut":                  at("n", func(_ *testing.T, v []byte) []byte { return v[:len(v)-1] }),
		"claims that are missing":      at("c", drop),
		"claims that are no gob":       at("c", to([]byte("not a gob"))),
		"claims of another length":     at("C", to(putUv(nil, 1<<40))),
		"claims of a count of 2^60":    at("c", func(_ *testing.T, v []byte) []byte { return append(v[:len(v)-4:len(v)-4], 0xf8, 0x0f, 0xff, 0xff) }),
	}
}

// backwards is a time section of n rows, one nanosecond after the other but
// for the last, which wraps to before the first.
func backwards(n int) []byte {
	b := lies([]byte{columnSame}, putUv(nil, flagNoEarliest|flagNoLatest), []byte{0}, putZv(nil, testBase))
	for range n - 2 {
		b = putUv(b, 1)
	}
	return lies(putUv(b, math.MaxUint64-5000), []byte{columnSame, 0, columnSame, 0})
}

// lastTerm replaces the place of the postings of the last of several terms.
func lastTerm(chunk, off, n uint64) func(*testing.T, []byte) []byte {
	return func(t *testing.T, value []byte) []byte {
		list, err := readTerms(inner(t, value), segmentRows)
		if err != nil || list[len(list)-1].rows < 2 {
			t.Fatal(list, err)
		}
		raw := putUv(nil, uint64(len(list)))
		for i, e := range list {
			raw = putUv(putStr(append(raw, 0), e.term), uint64(e.rows))
			if i == len(list)-1 {
				raw = putUv(putUv(putUv(raw, chunk), off), n)
			} else {
				raw = putUv(putUv(putUv(raw, uint64(e.ref.chunk)), uint64(e.ref.off)), uint64(e.ref.n))
			}
		}
		return wrap(raw)
	}
}

// swapTerms lists two terms in the wrong order.
func swapTerms([]byte) []byte {
	return lies(putUv(nil, 2), []byte{0, 1, 'z', 1, 0}, []byte{0, 1, 'a', 1, 1})
}

// TestTamperedStores makes stores by hand whose hashes are all right and whose
// values lie: Check names each, and nothing panics, runs on, or takes memory.
func TestTamperedStores(t *testing.T) {
	base, all := tamperBase(t), tampered()
	for i, name := range slices.Sorted(maps.Keys(all)) {
		if testing.Short() && i%8 != 0 {
			continue
		}
		c := all[name]
		t.Run(name, func(t *testing.T) {
			dir, f := copyOf(t, base), c()
			remake(t, dir, func(key, value []byte) []byte { return f(t, key, value) })
			hostile(t, dir, "g0")
		})
	}
}
