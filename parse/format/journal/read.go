package journal

import (
	"errors"
	"fmt"
	"io"
)

const (
	blockSize = 1 << 20
	blockMax  = 32 // blocks in memory
)

// blocks reads through a small cache of aligned blocks.
type blocks struct {
	r       io.ReaderAt
	size    int64
	have    map[int64]*block
	last    *block
	clock   int64
	scratch []byte
}

type block struct {
	at   int64
	data []byte
	used int64
}

func newBlocks(r io.ReaderAt, size int64) *blocks {
	return &blocks{r: r, size: size, have: map[int64]*block{}}
}

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
	if int64(cap(b.scratch)) < n {
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
	b.clock++
	k := b.have[at]
	if k == nil {
		k = b.spare()
		k.at = at
		k.data = k.data[:min(blockSize, b.size-at)]
		n, err := b.r.ReadAt(k.data, at)
		if n < len(k.data) {
			if err == nil || errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("read %d bytes at %d: %w", len(k.data), at, err)
		}
		b.have[at] = k
	}
	k.used = b.clock
	b.last = k
	return k, nil
}

// spare is a new block, or the one that was not used for longest.
func (b *blocks) spare() *block {
	if len(b.have) < blockMax {
		return &block{data: make([]byte, min(blockSize, b.size))}
	}
	var old *block
	for _, k := range b.have {
		if old == nil || k.used < old.used {
			old = k
		}
	}
	delete(b.have, old.at)
	old.data = old.data[:cap(old.data)]
	return old
}
