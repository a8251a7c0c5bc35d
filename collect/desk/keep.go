package desk

import (
	"cmp"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// Keeper holds the bytes of files from their reading on, so that what was
// hashed is what is sealed and no file is read twice. It is memory outside of
// the Go heap. A nil one holds nothing.
type Keeper struct {
	mu   sync.Mutex
	left int64 // bytes that may still be held
	maps [][]byte
	free []byte // of the last slab of small files
	held []held // by number
}

// held is an exhibit whose bytes are in memory.
type held struct {
	number uint32
	sum    string // SHA-256 of data, as in its record
	data   []byte
}

const (
	keptFile = 1 << 20 // bytes; larger files have memory of their own
	keptSlab = 4 << 20 // small files share slabs of so many bytes
)

// NewKeeper gives one that holds so many bytes at most: of files that do not
// fit in any more, none.
func NewKeeper(most int64) *Keeper { return &Keeper{left: most} }

// room is memory for n bytes, nil when the bound is reached or there is none.
func (k *Keeper) room(n int64) []byte {
	if k == nil || n <= 0 {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if n <= keptFile {
		if int64(len(k.free)) < n {
			k.free = k.more(keptSlab)
		}
		if k.free == nil {
			return nil
		}
		p := k.free[:n:n]
		k.free = k.free[n:]
		return p
	}
	return k.more(n)
}

// more maps so many bytes; mu is held.
func (k *Keeper) more(n int64) []byte {
	if n > k.left || int64(int(n)) != n {
		return nil
	}
	m, err := unix.Mmap(-1, 0, int(n), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil { // the file is read again
		return nil
	}
	k.left -= n
	k.maps = append(k.maps, m)
	return m
}

// hold notes of which exhibit the bytes are.
func (k *Keeper) hold(x bundle.Exhibit, data []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held = append(k.held, held{x.Number, x.SHA256, data})
}

// Bytes gives the bytes of an exhibit of the bundle that was written with
// Options.Keep, if they are still there: those with the SHA-256 of its record.
// They must not be changed, and go with Release.
func (k *Keeper) Bytes(x bundle.Exhibit) (data []byte, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	i, ok := slices.BinarySearchFunc(k.held, x.Number, func(h held, n uint32) int { return cmp.Compare(h.number, n) })
	if !ok || k.held[i].sum != x.SHA256 || int64(len(k.held[i].data)) != x.Size {
		return nil, false
	}
	return k.held[i].data, true
}

// Release gives all memory back: nothing that Bytes gave may be used any more.
func (k *Keeper) Release() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, m := range k.maps {
		_ = unix.Munmap(m) // fails for addresses that were never mapped
	}
	k.maps, k.free, k.held, k.left = nil, nil, nil, 0
}
