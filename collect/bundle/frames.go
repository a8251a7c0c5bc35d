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
	cache []*cachedFrame // cachedFrames at most, unless more are read at once
	tick  int64
	free  [][]byte  // memory of frames that are not kept, for others
	spare sync.Pool // *[]byte, of stored frames
}

// cachedFrame is a frame that is in memory, or on its way there. Its buffer
// goes to another frame once nobody reads it any more.
type cachedFrame struct {
	frame   int
	used    int64
	readers int
	free    bool          // it holds no frame
	ready   chan struct{} // closed once data or err is there
	data    []byte
	err     error
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

// frame gives the verified content of frame i, which must not be changed, and
// which is there until it is let go of.
func (t *frameTable) frame(i int) (*cachedFrame, error) {
	c, load := t.take(i)
	if load {
		t.fill(c)
	}
	<-c.ready
	if err := c.err; err != nil {
		t.letGo(c)
		return nil, err
	}
	return c, nil
}

// fill reads a frame; what waits for it goes on in any case.
func (t *frameTable) fill(c *cachedFrame) {
	defer close(c.ready)
	c.err = &DamagedError{t.stored[c.frame], int64(t.refs[c.frame].stored), "reading it was given up"}
	c.data, c.err = t.load(c.frame, c.data[:0])
}

// take gives the place of a frame; with load the caller has to fill it, and
// others wait for that.
func (t *frameTable) take(i int) (c *cachedFrame, load bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tick++
	for _, k := range t.cache {
		if !k.free && k.frame == i {
			k.used = t.tick
			k.readers++
			return k, false
		}
		if k.readers == 0 && (c == nil || k.used < c.used) {
			c = k
		}
	}
	if c == nil || len(t.cache) < cachedFrames {
		c = &cachedFrame{}
		t.cache = append(t.cache, c)
		if n := len(t.free); n > 0 {
			c.data, t.free = t.free[n-1], t.free[:n-1]
		}
	}
	*c = cachedFrame{frame: i, used: t.tick, readers: 1, ready: make(chan struct{}), data: c.data}
	return c, true
}

// letGo ends what frame began. A frame that failed is tried again the next time.
func (t *frameTable) letGo(c *cachedFrame) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c.readers--
	if c.err != nil {
		c.free, c.used = true, 0
	}
	if c.readers == 0 && len(t.cache) > cachedFrames {
		t.cache = slices.DeleteFunc(t.cache, func(k *cachedFrame) bool { return k == c })
		if len(t.free) < cachedFrames {
			t.free = append(t.free, c.data)
		}
	}
}

// load reads, verifies and decompresses frame i, into dst when that has room.
func (t *frameTable) load(i int, dst []byte) ([]byte, error) {
	ref := t.refs[i]
	stored, _ := t.spare.Get().(*[]byte)
	if stored == nil {
		stored = new([]byte)
	}
	defer t.spare.Put(stored)
	*stored = slices.Grow((*stored)[:0], int(ref.stored))[:ref.stored]
	if err := readFull(t.r, *stored, t.stored[i]); err != nil {
		return dst, &DamagedError{t.stored[i], int64(ref.stored), "read: " + err.Error()}
	}
	return t.open(i, *stored, dst)
}

// open verifies and decompresses the stored bytes of frame i. With an error it
// gives dst back.
func (t *frameTable) open(i int, stored, dst []byte) ([]byte, error) {
	ref := t.refs[i]
	if sha256.Sum256(stored) != ref.sum {
		return dst, &DamagedError{t.stored[i], int64(ref.stored), "SHA-256 differs from the sealed one"}
	}
	data, err := decodeFrame(t.dec, stored, int64(ref.content), dst)
	if err != nil {
		return dst, &DamagedError{t.stored[i], int64(ref.stored), err.Error()}
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
		c, err := t.frame(i)
		if err != nil {
			return n, err
		}
		k := copy(p[n:], c.data[off-t.plain[i]:])
		t.letGo(c)
		n += k
		off += int64(k)
	}
	return n, nil
}

func (t *frameTable) close() { t.dec.Close() }
