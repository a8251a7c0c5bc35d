package journal

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

const (
	blockSize = 1 << 20
	blockMax  = 24 // blocks in memory, for all views
	blockNear = 4  // blocks that a view finds without a lock
)

// pool is what all views of a file share: blocks that were read, idle
// decompressors, and the right to unfold one large value at a time.
type pool struct {
	r      io.ReaderAt
	pieces pieces // of r; nil: it has none
	size   int64

	mu    sync.Mutex
	have  []*block // at most blockMax
	spare [][]byte // memory of blocks that nobody reads any more
	clock int64
	idle  []*zstd.Decoder
	rooms []*memory // of views that were closed

	large sync.Mutex // held while a value over smallValue is unfolded
}

// pieces is what a reader has that holds its bytes in memory: those around an
// offset, and where they begin, until done is called; none when they have to be
// read.
type pieces interface {
	Piece(off int64) (data []byte, from int64, done func())
}

// block is a stretch of the file: an aligned one that was read, or a piece of
// the reader.
type block struct {
	at, end int64
	once    sync.Once
	data    []byte // not changed once it is read, until nobody reads it
	done    func() // lets go of a piece; nil: data is our own
	err     error
	used    int64

	readers int  // views that hold it
	gone    bool // it is not in pool.have any more
}

func (k *block) holds(off int64) bool { return k != nil && off >= k.at && off < k.end }

func newPool(r io.ReaderAt, size int64) *pool {
	p := &pool{r: r, size: size}
	p.pieces, _ = r.(pieces)
	return p
}

// block gives the block that holds an offset, from memory or read now. It stays
// as it is until it is let go of.
func (p *pool) block(off int64) (*block, error) {
	p.mu.Lock()
	k := p.take(off)
	p.mu.Unlock()
	if k == nil {
		k = p.load(off)
	}
	k.once.Do(func() {
		if k.done == nil {
			k.data, k.err = p.read(k.at, k.data)
		}
	})
	if err := k.err; err != nil {
		p.letGo(k)
		return nil, err
	}
	return k, nil
}

// take finds a block in memory; mu is held.
func (p *pool) take(off int64) *block {
	for _, k := range p.have {
		if k.holds(off) {
			p.clock++
			k.used = p.clock
			k.readers++
			return k
		}
	}
	return nil
}

// load adds the block of an offset, a piece of the reader if it has one. An
// aligned one is still to be read.
func (p *pool) load(off int64) *block {
	k := &block{}
	if p.pieces != nil {
		k.data, k.at, k.done = p.pieces.Piece(off)
		k.end = k.at + int64(len(k.data))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if other := p.take(off); other != nil { // somebody else was faster
		if k.done != nil {
			k.done()
		}
		return other
	}
	if len(p.have) >= blockMax {
		p.forget()
	}
	if k.done == nil {
		k.at = off &^ (blockSize - 1)
		k.end = min(k.at+blockSize, p.size)
		if n := len(p.spare); n > 0 {
			k.data, p.spare = p.spare[n-1], p.spare[:n-1]
		}
	}
	p.clock++
	k.used, k.readers = p.clock, 1
	p.have = append(p.have, k)
	return k
}

// letGo ends what block began.
func (p *pool) letGo(k *block) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k.readers--; k.readers == 0 && k.gone {
		p.keep(k)
	}
}

// keep takes the memory of a block that nobody reads any more; mu is held.
func (p *pool) keep(k *block) {
	switch {
	case k.done != nil:
		k.done()
	case k.data != nil && len(p.spare) < blockNear:
		p.spare = append(p.spare, k.data)
	}
	k.data = nil
}

// forget drops the block that was not used for longest; mu is held.
func (p *pool) forget() {
	old := 0
	for i, k := range p.have {
		if k.used < p.have[old].used {
			old = i
		}
	}
	p.drop(p.have[old])
	p.have = slices.Delete(p.have, old, old+1)
}

// drop lets a block go, once nobody reads it; mu is held.
func (p *pool) drop(k *block) {
	if k.gone = true; k.readers == 0 {
		p.keep(k)
	}
}

func (p *pool) read(at int64, data []byte) ([]byte, error) {
	if size := min(blockSize, p.size-at); int64(cap(data)) < size {
		data = make([]byte, size)
	} else {
		data = data[:size]
	}
	n, err := p.r.ReadAt(data, at)
	if n < len(data) {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("read %d bytes at %d: %w", len(data), at, err)
	}
	return data, nil
}

// decoder gives a decompressor of small values.
func (p *pool) decoder() (*zstd.Decoder, error) {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		z := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return z, nil
	}
	p.mu.Unlock()
	return newZstd(smallValue)
}

func (p *pool) giveBack(z *zstd.Decoder) {
	p.mu.Lock()
	p.idle = append(p.idle, z)
	p.mu.Unlock()
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, z := range p.idle {
		z.Close()
	}
	p.idle = nil
	for _, k := range p.have {
		p.drop(k)
	}
	p.have = nil
}

func newZstd(limit int64) (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(limit)),
		zstd.WithDecoderMaxWindow(uint64(max(limit, 1<<10))), zstd.WithDecoderLowmem(true))
}

// blocks is how one view reads.
type blocks struct {
	pool    *pool
	size    int64
	last    *block
	near    [blockNear]*block
	scratch []byte
}

func newBlocks(p *pool) *blocks { return &blocks{pool: p, size: p.size} }

// bytes returns [off, off+n) of the file. The slice is valid until the next
// call. It fails when the range lies outside of the file or cannot be read.
func (b *blocks) bytes(off, n int64) ([]byte, error) {
	if off < 0 || n < 0 || n > maxObject || off > b.size-n {
		return nil, fmt.Errorf("%w: %d bytes at %d of %d", errRange, n, off, b.size)
	}
	if n == 0 {
		return nil, nil
	}
	k, err := b.block(off)
	if err != nil {
		return nil, err
	}
	if i := off - k.at; i+n <= int64(len(k.data)) {
		return k.data[i : i+n : i+n], nil
	}
	if int64(cap(b.scratch)) < n || cap(b.scratch) > 4<<20 {
		b.scratch = make([]byte, max(n, 64<<10))
	}
	out := b.scratch[:n]
	for done := int64(0); done < n; {
		k, err := b.block(off + done)
		if err != nil {
			return nil, err
		}
		m := copy(out[done:], k.data[off+done-k.at:])
		if m == 0 {
			return nil, io.ErrUnexpectedEOF
		}
		done += int64(m)
	}
	return out, nil
}

var errRange = errors.New("outside of the file")

func (b *blocks) block(off int64) (*block, error) {
	if b.last.holds(off) {
		return b.last, nil
	}
	slot := &b.near[off/blockSize%blockNear]
	if !(*slot).holds(off) {
		k, err := b.pool.block(off)
		if err != nil {
			return nil, err
		}
		if *slot != nil {
			b.pool.letGo(*slot)
		}
		*slot = k
	}
	b.last = *slot
	return b.last, nil
}

// letGo lets go of all blocks: nothing that bytes gave holds any longer.
func (b *blocks) letGo() {
	for i, k := range b.near {
		if k != nil {
			b.pool.letGo(k)
		}
		b.near[i] = nil
	}
	b.last = nil
}
