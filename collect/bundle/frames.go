package bundle

import (
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"sort"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// DamagedError says that a stored frame is not what the seal (or the scan
// that opened a cut bundle) recorded. Offset and Length are bytes of the
// bundle file, before encryption.
type DamagedError struct {
	Offset, Length int64
	Why            string
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("bundle: damaged frame at offset %d (%d bytes): %s", e.Offset, e.Length, e.Why)
}

// frameTable reads tar bytes out of frames whose hashes are known. Nothing
// leaves it unverified. It is safe for several goroutines.
type frameTable struct {
	r      io.ReaderAt
	refs   []frameRef
	stored []int64 // offset of each frame in the file
	plain  []int64 // offset of its content in the tar; one more at the end
	dec    *zstd.Decoder

	mu    sync.Mutex
	cache [cachedFrames]cachedFrame
	tick  int64
}

type cachedFrame struct {
	frame int
	used  int64
	data  []byte
}

const cachedFrames = 8

// readFull fills p from off. io.EOF together with all the bytes is no error
// (io.ReaderAt allows it at the end of the input).
func readFull(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func newDecoder() (*zstd.Decoder, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(FrameSize), zstd.WithDecoderMaxWindow(8<<20))
	if err != nil {
		return nil, fmt.Errorf("bundle: zstd: %w", err)
	}
	return d, nil
}

func newFrameTable(r io.ReaderAt, refs []frameRef) (*frameTable, error) {
	dec, err := newDecoder()
	if err != nil {
		return nil, err
	}
	t := &frameTable{r: r, refs: refs, dec: dec, stored: make([]int64, len(refs)), plain: make([]int64, len(refs)+1)}
	var s, p int64
	for i := range refs {
		t.stored[i], t.plain[i] = s, p
		s += int64(refs[i].stored)
		p += int64(refs[i].content)
	}
	t.plain[len(refs)] = p
	return t, nil
}

// size is the number of tar bytes that the frames hold.
func (t *frameTable) size() int64 { return t.plain[len(t.refs)] }

// frame gives the verified content of frame i. The slice must not be changed.
func (t *frameTable) frame(i int) ([]byte, error) {
	t.mu.Lock()
	t.tick++
	oldest := 0
	for k := range t.cache {
		c := &t.cache[k]
		if c.data != nil && c.frame == i {
			c.used = t.tick
			data := c.data
			t.mu.Unlock()
			return data, nil
		}
		if c.used < t.cache[oldest].used {
			oldest = k
		}
	}
	t.mu.Unlock()
	data, err := t.load(i)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	t.cache[oldest] = cachedFrame{frame: i, used: t.tick, data: data}
	t.mu.Unlock()
	return data, nil
}

// load reads, verifies and decompresses frame i.
func (t *frameTable) load(i int) ([]byte, error) {
	ref := t.refs[i]
	stored := make([]byte, ref.stored)
	if err := readFull(t.r, stored, t.stored[i]); err != nil {
		return nil, &DamagedError{t.stored[i], int64(ref.stored), "read: " + err.Error()}
	}
	return t.open(i, stored)
}

// open verifies and decompresses the stored bytes of frame i.
func (t *frameTable) open(i int, stored []byte) ([]byte, error) {
	ref := t.refs[i]
	if sha256.Sum256(stored) != ref.sum {
		return nil, &DamagedError{t.stored[i], int64(ref.stored), "SHA-256 differs from the sealed one"}
	}
	data, err := decodeFrame(t.dec, stored, int64(ref.content), nil)
	if err != nil {
		return nil, &DamagedError{t.stored[i], int64(ref.stored), err.Error()}
	}
	return data, nil
}

// decodeFrame decompresses exactly one frame of a known content size, into
// dst when that has room.
func decodeFrame(dec *zstd.Decoder, stored []byte, content int64, dst []byte) ([]byte, error) {
	info, err := scanFrame(stored)
	if err != nil {
		return nil, err
	}
	if info.skippable {
		if content != 0 {
			return nil, fmt.Errorf("%w: a skippable frame has no content", errFrameForm)
		}
		return dst[:0], nil
	}
	if info.size != int64(len(stored)) || info.content != content {
		return nil, fmt.Errorf("%w: %d bytes of %d, content %d of %d", errFrameForm, info.size, len(stored), info.content, content)
	}
	data, err := dec.DecodeAll(stored, slices.Grow(dst[:0], int(content)))
	if err != nil {
		return nil, fmt.Errorf("decompress: %w", err)
	}
	if int64(len(data)) != content {
		return nil, fmt.Errorf("%w: content of %d bytes, want %d", errFrameForm, len(data), content)
	}
	return data, nil
}

// at is the frame that holds tar byte off.
func (t *frameTable) at(off int64) int {
	return sort.Search(len(t.refs), func(i int) bool { return t.plain[i+1] > off })
}

// read fills p from tar byte off; at a damaged frame it gives what lies before.
func (t *frameTable) read(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) {
		i := t.at(off)
		if i >= len(t.refs) {
			return n, io.ErrUnexpectedEOF
		}
		data, err := t.frame(i)
		if err != nil {
			return n, err
		}
		k := copy(p[n:], data[off-t.plain[i]:])
		n += k
		off += int64(k)
	}
	return n, nil
}

func (t *frameTable) close() { t.dec.Close() }
