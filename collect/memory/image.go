package memory

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// ErrNotImaged says that an address lies in no part of an image.
var ErrNotImaged = errors.New("the image does not hold this address")

// Part is one stretch of an image that lies somewhere in one piece.
type Part struct {
	Range      Range
	Unreadable []Range // inside Range: zeros stand there
	// Open gives the bytes; offset 0 is Range.Start.
	Open func() (ReadAtCloser, error)
}

// ReadAtCloser is random access that can be closed.
type ReadAtCloser interface {
	io.ReaderAt
	io.Closer
}

// Image joins parts, of one bundle or of several that were taken one after
// the other, into one view by physical address. Where parts overlap, the
// earlier one in the list counts, unless it could not be read there. Safe for
// several goroutines.
type Image struct {
	segs []imageSegment // ascending, no overlap
	all  []Range        // what the parts cover, joined
	read []Range        // of it, what was read

	mu   sync.Mutex
	part *Part // whose bytes are open
	open ReadAtCloser
}

type imageSegment struct {
	r    Range
	part *Part // nil: unreadable everywhere
}

// NewImage joins parts.
func NewImage(parts []Part) *Image {
	im := &Image{}
	for i := range parts {
		p := &parts[i]
		good := Subtract([]Range{p.Range}, p.Unreadable)
		for _, r := range Subtract(good, im.read) {
			im.segs = append(im.segs, imageSegment{r, p})
		}
		im.read = Normal(append(im.read, good...))
		im.all = append(im.all, p.Range)
	}
	im.all = Normal(im.all)
	for _, r := range Subtract(im.all, im.read) {
		im.segs = append(im.segs, imageSegment{r: r})
	}
	slices.SortFunc(im.segs, func(a, b imageSegment) int { return cmp.Compare(a.r.Start, b.r.Start) })
	return im
}

// Ranges is what the image covers, neighbours joined.
func (im *Image) Ranges() []Range { return im.all }

// Read is what of Ranges was read.
func (im *Image) Read() []Range { return im.read }

// Unreadable is what of Ranges holds zeros because it could not be read.
func (im *Image) Unreadable() []Range { return Subtract(im.all, im.read) }

// ReadAt reads at a physical address. It ends with ErrNotImaged where the
// image does.
func (im *Image) ReadAt(p []byte, addr uint64) (int, error) {
	i, _ := slices.BinarySearchFunc(im.segs, addr, func(s imageSegment, a uint64) int {
		if s.r.End <= a {
			return -1
		}
		if s.r.Start > a {
			return 1
		}
		return 0
	})
	done := 0
	for done < len(p) {
		at := addr + uint64(done)
		if i >= len(im.segs) || at < im.segs[i].r.Start || at >= im.segs[i].r.End {
			return done, fmt.Errorf("%x: %w", at, ErrNotImaged)
		}
		s := im.segs[i]
		n := int(min(uint64(len(p)-done), s.r.End-at))
		if err := im.segment(s, p[done:done+n], at); err != nil {
			return done, err
		}
		done += n
		i++
	}
	return done, nil
}

func (im *Image) segment(s imageSegment, p []byte, at uint64) error {
	if s.part == nil {
		clear(p)
		return nil
	}
	im.mu.Lock()
	defer im.mu.Unlock()
	if im.part != s.part {
		if err := im.close(); err != nil {
			return err
		}
		r, err := s.part.Open()
		if err != nil {
			return fmt.Errorf("%s: %w", s.part.Range, err)
		}
		im.part, im.open = s.part, r
	}
	n, err := im.open.ReadAt(p, int64(at-s.part.Range.Start))
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%x: %w", at+uint64(max(n, 0)), err)
}

// Close closes what is open.
func (im *Image) Close() error {
	im.mu.Lock()
	defer im.mu.Unlock()
	return im.close()
}

func (im *Image) close() error {
	if im.open == nil {
		return nil
	}
	err := im.open.Close()
	im.part, im.open = nil, nil
	return err
}

// Sources gives ranges of the image as streams, for the writers of this
// package. Only what the image covers is given.
func (im *Image) Sources(ranges []Range) []Source {
	var out []Source
	for _, r := range Intersect(im.all, ranges) {
		out = append(out, Source{Range: r, Data: &imageStream{im: im, at: r.Start, end: r.End}})
	}
	return out
}

// imageStream reads one range from its start to its end.
type imageStream struct {
	im      *Image
	at, end uint64
}

// Read implements io.Reader.
func (s *imageStream) Read(p []byte) (int, error) {
	if s.at == s.end {
		return 0, io.EOF
	}
	n, err := s.im.ReadAt(p[:min(uint64(len(p)), s.end-s.at)], s.at)
	s.at += uint64(n)
	return n, err
}
