package journal

import (
	"errors"
	"fmt"
	"io"
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
	r    io.ReaderAt
	size int64

	mu    sync.Mutex
	have  map[int64]*block
	spare [][]byte // memory of blocks that nobody reads any more
	clock int64
	idle  []*zstd.Decoder
	rooms []*memory // of views that were closed

	large sync.Mutex // held while a value over smallValue is unfolded
}

type block struct {
	at   int64
	once sync.Once
	data []byte // not changed once it is read, until nobody reads it
	err  error
	used int64

	readers int  // views that hold it
	gone    bool // it is not in pool.have any more
}

func newPool(r io.ReaderAt, size int64) *pool {
	return &pool{r: r, size: size, have: map[int64]*block{}}
}

// block gives an aligned block, from memory or read now. It stays as it is
// until it is let go of.
func (p *pool) block(at int64) (*block, error) {
	p.mu.Lock()
	p.clock++
	k := p.have[at]
	if k == nil {
		if len(p.have) >= blockMax {
			p.forget()
		}
		k = &block{at: at}
		if n := len(p.spare); n > 0 {
			k.data, p.spare = p.spare[n-1], p.spare[:n-1]
		}
		p.have[at] = k
	}
	k.used = p.clock
	k.readers++
	p.mu.Unlock()
	k.once.Do(func() { k.data, k.err = p.read(at, k.data) })
	if err := k.err; err != nil {
		p.letGo(k)
		return nil, err
	}
	return k, nil
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
	if k.data != nil && len(p.spare) < blockNear {
		p.spare = append(p.spare, k.data)
	}
	k.data = nil
}

// forget drops the block that was not used for longest; mu is held.
func (p *pool) forget() {
	var old *block
	for _, k := range p.have {
		if old == nil || k.used < old.used {
			old = k
		}
	}
	delete(p.have, old.at)
	if old.gone = true; old.readers == 0 {
		p.keep(old)
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
	at := off &^ (blockSize - 1)
	if b.last != nil && b.last.at == at {
		return b.last, nil
	}
	slot := &b.near[at/blockSize%blockNear]
	if *slot == nil || (*slot).at != at {
		k, err := b.pool.block(at)
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
