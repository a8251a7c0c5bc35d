package journal

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// File is a view of an open journal file. It is not safe for concurrent use;
// see View.
type File struct {
	header  Header
	pool    *pool
	blocks  *blocks
	size    int64
	limit   int64 // bytes of a decompressed value
	allowed int64 // bytes that may be read, hashed or decompressed
	start   int64 // of the first object
	compact bool
	keyed   bool
	keyLost bool // no hash fits: objects cannot be verified by theirs
	key     [16]byte
	doubts  []string // what the probe found wrong with the header

	*memory
	piece Piece // of the visit
	names []string
	keys  map[string]int
	zstd  *zstd.Decoder
	large bool // this view holds pool.large

	view   bool            // another File owns pool
	fixed  map[int64]int64 // true sizes of objects whose size field is wrong
	spent  int64           // bytes read, hashed or decompressed so far
	walked int64           // where the walk began

	current    Entry
	currentWhy string
}

// Open reads the header. The error wraps ErrNotJournal when there is none.
func Open(r io.ReaderAt, size int64) (*File, error) { return open(r, size, maxObject) }

// open is Open with a limit for decompressed values.
func open(r io.ReaderAt, size, limit int64) (*File, error) {
	p := newPool(r, size)
	f := &File{pool: p, blocks: newBlocks(p), memory: &memory{}, size: size, limit: limit, allowed: allowance(size), keys: map[string]int{}, fixed: map[int64]int64{}}
	b, err := f.blocks.bytes(0, min(size, 272))
	if err != nil {
		return nil, fmt.Errorf("journal header: %w", err)
	}
	h, signed, err := parseHeader(b)
	if err != nil {
		return nil, err
	}
	if !signed {
		f.doubts = append(f.doubts, fmt.Sprintf("the file begins with %q, not with the signature of a journal", b[:8]))
	}
	f.header, f.key = h, h.FileID
	f.compact, f.keyed = h.Incompatible&flagCompact != 0, h.Incompatible&flagKeyed != 0
	f.start = int64(h.HeaderSize)
	if h.HeaderSize < minHeader || h.HeaderSize > 4096 || h.HeaderSize&7 != 0 {
		f.doubts = append(f.doubts, fmt.Sprintf("the header claims to be %d bytes long", h.HeaderSize))
		f.start = minHeader
	}
	if extra := h.Incompatible &^ flagsKnown; extra != 0 {
		f.doubts = append(f.doubts, fmt.Sprintf("the header names features that this reader does not know (0x%x)", extra))
	}
	if fit := f.probe(); fit == 0 && !signed {
		f.Close()
		return nil, fmt.Errorf("%w: it begins with %q and holds no object that verifies", ErrNotJournal, b[:8])
	}
	return f, nil
}

// Close frees the decompressors; those of views go back to the file, and so
// does their memory: no Data or Entry that came of a view may be used any
// longer, their texts may.
func (f *File) Close() {
	if f.zstd != nil {
		f.pool.giveBack(f.zstd)
		f.zstd = nil
	}
	f.blocks.letGo()
	if !f.view {
		f.pool.close()
		return
	}
	m := f.memory
	if m == nil {
		return
	}
	f.remember(m)
	f.memory = nil // what is used after Close fails at once
	m.scratch, m.data = f.blocks.scratch, f.current.Data
	f.pool.leave(m)
}

// View gives another view of the file, which may be used beside this one by
// another goroutine and must be closed before it. It is meant for so many
// bytes of the file: the bound on its work follows from them.
func (f *File) View(bytes int64) *File {
	v := &File{header: f.header, pool: f.pool, blocks: newBlocks(f.pool), memory: f.pool.memory(), size: f.size, limit: f.limit, allowed: allowance(bytes),
		start: f.start, compact: f.compact, keyed: f.keyed, keyLost: f.keyLost, key: f.key, view: true}
	v.keys, v.fixed = map[string]int{}, map[int64]int64{}
	v.blocks.scratch, v.current.Data = v.memory.scratch, v.memory.data
	return v
}

// allowance is how much work any honest file of so many bytes may ask for.
func allowance(size int64) int64 { return 64*size + (512 << 20) }

// Header is what the file claims of itself.
func (f *File) Header() Header { return f.header }

// Start is where the objects begin.
func (f *File) Start() int64 { return f.start }

// Doubts lists what is wrong with the header itself.
func (f *File) Doubts() []string { return f.doubts }

// Key is the name of the field with a number, as in Data.Key.
func (f *File) Key(k int) string {
	if k < 0 || k >= len(f.names) {
		return ""
	}
	return f.names[k]
}

// Keys is how many field names were seen.
func (f *File) Keys() int { return len(f.names) }

func (f *File) hash(p []byte) uint64 {
	if f.keyed {
		return siphash(f.key, p)
	}
	return jenkins(p)
}

// The probe tries so many objects, in the first bytes of the file.
const (
	probeObjects = 16
	probeBytes   = 16 << 20
)

// probe tries the first objects under each layout and hash. What fits
// overrules the header. It returns how many objects fit.
func (f *File) probe() int {
	said := [2]bool{f.compact, f.keyed}
	best, most, seen := said, 0, 0
	for _, try := range [...][2]bool{said, {said[0], !said[1]}, {!said[0], said[1]}, {!said[0], !said[1]}} {
		f.compact, f.keyed = try[0], try[1]
		fit, n := f.fit()
		if fit > most {
			best, most = try, fit
		}
		seen = max(seen, n)
		if try == said && fit > 0 && fit*2 >= n {
			break
		}
	}
	if most == 0 { // the key is lost: only entries can be verified, by their xor hash
		f.keyLost = true
		for _, compact := range [...]bool{said[0], !said[0]} {
			f.compact = compact
			if fit, _ := f.fit(); fit > most {
				best, most = [2]bool{compact, said[1]}, fit
			}
		}
		f.keyLost = most > 0 || seen > 0
	}
	f.compact, f.keyed = best[0], best[1]
	f.forget()
	if f.keyLost {
		f.doubts = append(f.doubts, "no object has the hash that is stored with it: the file id in the header, which is the key, was changed")
	}
	if best != said {
		f.doubts = append(f.doubts, fmt.Sprintf("the header claims compact=%t keyed-hash=%t, the objects are compact=%t keyed-hash=%t",
			said[0], said[1], best[0], best[1]))
	}
	return most
}

// fit counts the objects among the first that verify: data objects, or when
// the key is lost entries.
func (f *File) fit() (fit, seen int) {
	f.forget()
	off, end := f.start, min(f.size, f.start+probeBytes)
	for steps := 0; steps < 4096 && seen < probeObjects && off < end; steps++ {
		o, ok := f.head(off)
		if !ok {
			next, found := f.scan(off+8, end)
			if !found {
				return fit, seen
			}
			off = next
			continue
		}
		switch {
		case f.keyLost && o.Type == TypeEntry:
			seen++
			if e, why := f.entry(o); why == "" && e.checked {
				fit++
			}
		case !f.keyLost && o.Type == TypeData && o.Size < 1<<20:
			d := f.load(o)
			if !d.Lost {
				seen++
			}
			if d.Problem == "" {
				fit++
			}
		}
		off = o.End()
	}
	return fit, seen
}

// forget drops what was decoded under another layout or hash.
func (f *File) forget() {
	f.cache, f.before = dataCache{}, nil
	f.stems.forget()
	f.current = Entry{}
}

// tired says whether the file has asked for more work than any honest file of
// its size: overlapping objects, or values that unfold to a hundred times
// their size. From then on values are not verified and not decompressed.
func (f *File) tired() bool { return f.spent > f.allowed }

func (f *File) spend(n int64) { f.spent += n }

// Held is how many bytes this view took for small values so far. What a caller
// keeps of one may keep more of them: who keeps values of many has to look at it.
func (f *File) Held() int64 { return f.room.held }

// Tired says whether the reader stopped verifying.
func (f *File) Tired() bool { return f.tired() }
