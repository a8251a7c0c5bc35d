package parse

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/parse/format/codec"
	"github.com/saksi-dfir/saksi/timeline/event"
)

const (
	headSize  = 64 << 10
	maxLayers = 3
	// innerWindow is what an inner layer may ask for: together they stay bounded.
	innerWindow = 8 << 20
	// maxDecoded is how many bytes may come out of a compressed exhibit.
	maxDecoded = 64 << 30
	// maxRatio bounds them further once maxPlain bytes are out: text logs
	// reach ratios of some hundreds, a bomb over a thousand.
	maxRatio = 1100
	maxPlain = 4 << 30
)

// Content is one exhibit's bytes.
type Content interface {
	io.Reader
	io.ReaderAt
	io.Closer
	Size() int64
}

// Damage is what an error says about a range that cannot be read, when the
// bytes behind it still can: *bundle.DamagedError satisfies it.
type Damage interface {
	error
	Damaged() (offset, length int64)
}

// reading is what came of reading one exhibit: how far, and what failed.
type reading struct {
	mu     sync.Mutex
	plain  bool  // not behind a codec
	size   int64 // furthest decoded byte of the innermost layer
	damage []event.Warning
	raw    []event.Warning // of bytes of the exhibit itself, before any codec
}

func (r *reading) isPlain() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.plain
}

func (r *reading) behindCodec() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plain, r.size = false, 0
}

func (r *reading) reached(n int64) {
	r.mu.Lock()
	r.size = max(r.size, n)
	r.mu.Unlock()
}

func (r *reading) failed(w event.Warning) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.damage, w) {
		r.damage = append(r.damage, w)
	}
}

func (r *reading) failedRaw(w event.Warning) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.raw, w) {
		r.raw = append(r.raw, w)
	}
}

// prepare makes the parser's view of an exhibit.
func prepare(src Source, acq *bundle.Acquisition, b bundle.Exhibit) (*Exhibit, *reading, error) {
	x := &Exhibit{
		Run: acq.RunID, Number: b.Number, Name: b.Name, Path: string(b.Path), Source: b.Source,
		Size: b.Size, Started: b.Started, UID: -1,
		Sealed: acq.Sealed == "host" && (strings.HasPrefix(b.Name, "data/records/") || strings.HasPrefix(b.Name, "data/kernel/")),
	}
	if b.Stat != nil {
		x.Mtime, x.Ctime, x.Btime, x.UID = b.Stat.Mtime, b.Stat.Ctime, b.Stat.Btime, int64(b.Stat.UID)
	}
	if acq.Sealed == "desk" {
		x.Btime = 0 // of the copy that was sealed
	}
	sum, err := hex.DecodeString(b.SHA256)
	if err == nil && len(sum) == len(x.SHA256) {
		copy(x.SHA256[:], sum)
	}
	c, err := src.OpenExhibit(b)
	if err != nil {
		return nil, nil, fmt.Errorf("open exhibit %q: %w", b.Name, err)
	}
	state := &reading{plain: true}
	at := &patched{c: c, state: state}
	x.close = c.Close
	x.Open = func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(at, 0, b.Size)), nil }
	if err := readHead(x); err != nil {
		return x, state, err
	}
	if err := unwrap(x, at, b.Size, state); err != nil {
		return x, state, err
	}
	x.Mark = byteOrderMark(x.Head)
	x.Head = x.Head[x.Mark:]
	if x.Layer == "" {
		x.At = at
		x.Tail = readTail(at, x.Size)
	}
	return x, state, nil
}

// unwrap puts a decoder around Open for every codec that the content begins
// with, and cuts the codec's suffix off the path.
func unwrap(x *Exhibit, at io.ReaderAt, size int64, state *reading) error {
	var layers []string
	for len(layers) < maxLayers {
		name := codec.Detect(x.Head)
		if name == "" {
			break
		}
		state.behindCodec() // sizes are those of the innermost layer
		layers = append(layers, name)
		x.Path = codec.Trim(x.Path, name)
		x.Size = -1
		x.Layer = strings.Join(layers, "+")
		x.Open = opener(at, size, layers, state)
		if err := readHead(x); err != nil {
			return err
		}
	}
	return nil
}

// opener opens the decoded stream. Errors of decoding end the stream and are
// kept in state: what was decoded before them is used.
func opener(at io.ReaderAt, size int64, layers []string, state *reading) func() (io.ReadCloser, error) {
	names := append([]string(nil), layers...)
	layer := strings.Join(names, "+")
	return func() (io.ReadCloser, error) {
		d := &decoded{state: state, layer: layer, size: size, limit: limitFor(size)}
		var r io.Reader = bufio.NewReaderSize(io.NewSectionReader(at, 0, size), int(min(max(size, 16), headSize)))
		window := int64(codec.MaxWindow)
		for _, n := range names {
			z, err := codec.NewWindow(n, r, window)
			if err != nil {
				d.r = failing{err}
				return d, nil
			}
			d.closers = append(d.closers, z)
			r = &bounded{z, limitFor(size)}
			window = innerWindow
		}
		d.r = r
		return d, nil
	}
}

func limitFor(size int64) int64 {
	if size > maxDecoded/maxRatio {
		return maxDecoded
	}
	return max(maxPlain, size*maxRatio)
}

// bounded fails after so many bytes of one layer.
type bounded struct {
	r    io.Reader
	left int64
}

var errTooLarge = errors.New("more comes out than such an exhibit should hold")

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// patched reads an exhibit's bytes. Where the content is not behind a codec,
// a damaged range reads as zeros and is kept in state.
type patched struct {
	c     Content
	state *reading
}

// ReadAt reads at an offset of the exhibit.
func (r *patched) ReadAt(p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) {
		n, err := r.c.ReadAt(p[done:], off+int64(done))
		done += n
		if err == nil || errors.Is(err, io.EOF) {
			return done, err
		}
		var d Damage
		if !r.state.isPlain() || !errors.As(err, &d) {
			return done, err
		}
		at := off + int64(done)
		offset, length := d.Damaged()
		end := min(offset+length, r.c.Size())
		if offset > at || end <= at {
			return done, err
		}
		r.state.failed(event.Warning{Offset: offset, Length: end - offset, Code: "damaged", Message: "the bundle is damaged here: " + err.Error()})
		n = int(min(end-at, int64(len(p)-done)))
		clear(p[done : done+n])
		done += n
	}
	return done, nil
}

// Piece gives the bytes around an offset that lie in memory in one piece, and
// where they begin, without copying them; no bytes when there are none such, or
// they are damaged: ReadAt tells. They are there until done is called.
func (r *patched) Piece(off int64) (data []byte, from int64, done func()) {
	c, ok := r.c.(interface {
		Piece(off int64) (data []byte, from int64, done func(), err error)
	})
	if !ok || !r.state.isPlain() {
		return nil, 0, nil
	}
	data, from, done, err := c.Piece(off)
	if err != nil {
		return nil, 0, nil
	}
	return data, from, done
}
