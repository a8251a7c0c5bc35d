package bundle

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// piece is one stored frame on its way through a sequential reading.
type piece struct {
	ref    frameRef
	offset int64
	stored []byte
	data   []byte // content
	skip   bool
	err    error // why data is missing
	done   chan struct{}
}

// feed reads frames in order, verifies and decompresses them on two
// goroutines, and hands them to fn in order. With refs they are the frames to
// expect, and a damaged one is handed over with its err; without, frames are
// found by their headers, and the feed ends at the first byte that is no frame.
type feed struct {
	r    io.ReaderAt
	size int64
	refs []frameRef // nil: scan
	tab  *frameTable
	hash bool // only hash the frames of refs, unpack nothing

	spare chan *piece // buffers to use again
}

// errScanEnd says how a scan ended: a cut frame, or bytes that are no frame.
type errScanEnd struct {
	offset int64
	cut    bool
	why    error
}

func (e *errScanEnd) Error() string {
	if e.cut {
		return fmt.Sprintf("bundle: the file ends inside a frame at offset %d", e.offset)
	}
	return fmt.Sprintf("bundle: no readable frame at offset %d: %v", e.offset, e.why)
}

const feedWorkers = 2

// run calls fn for each frame until it fails, the frames end, or the context
// is done. The error of a scan that ran out of frames is an *errScanEnd.
func (f *feed) run(ctx context.Context, fn func(p *piece) error) error {
	ctx, stop := context.WithCancel(ctx)
	order := make(chan *piece, feedWorkers*2)
	f.spare = make(chan *piece, feedWorkers*3)
	jobs := make(chan *piece)
	var workers sync.WaitGroup
	workers.Add(feedWorkers)
	for range feedWorkers {
		go func() {
			defer workers.Done()
			for p := range jobs {
				f.decode(p)
				close(p.done)
			}
		}()
	}
	ended := make(chan error, 1)
	go func() {
		defer close(order)
		defer close(jobs)
		ended <- f.read(ctx, order, jobs)
	}()
	err := f.consume(order, fn)
	stop()
	for range order { // let the reader end; its pieces are done or dropped
		continue
	}
	if rerr := <-ended; err == nil {
		err = rerr
	}
	workers.Wait() // nobody uses the decoder after this
	return err
}

func (f *feed) consume(order chan *piece, fn func(p *piece) error) error {
	for p := range order {
		<-p.done
		if err := fn(p); err != nil {
			return err
		}
		select {
		case f.spare <- &piece{stored: p.stored[:0], data: p.data[:0]}:
		default:
		}
		p.stored, p.data = nil, nil // a damaged piece may be kept; its buffers are used again
	}
	return nil
}

// piece gives a piece at offset with buffers that were used before.
func (f *feed) piece(offset int64) *piece {
	p := &piece{}
	select {
	case p = <-f.spare:
	default:
	}
	p.offset, p.done = offset, make(chan struct{})
	return p
}

// read gives pieces to the decoders and, in order, to the consumer.
func (f *feed) read(ctx context.Context, order, jobs chan *piece) error {
	var offset int64
	for i := 0; ; i++ {
		p := f.piece(offset)
		if f.refs != nil {
			if i == len(f.refs) {
				return nil
			}
			p.ref = f.refs[i]
			p.stored = slices.Grow(p.stored[:0], int(p.ref.stored))[:p.ref.stored]
			if err := readFull(f.r, p.stored, offset); err != nil {
				p.err = &DamagedError{offset, int64(p.ref.stored), "read: " + err.Error()}
			}
		} else if err := f.next(p); err != nil {
			return err
		}
		offset += int64(p.ref.stored)
		select {
		case jobs <- p:
		case <-ctx.Done():
			return fmt.Errorf("bundle: %w", ctx.Err())
		}
		select {
		case order <- p:
		case <-ctx.Done():
			return fmt.Errorf("bundle: %w", ctx.Err())
		}
	}
}

// next finds the frame at p.offset by its headers.
func (f *feed) next(p *piece) error {
	if p.offset == f.size {
		return &errScanEnd{offset: p.offset, cut: true}
	}
	for want := int64(64 << 10); ; want = maxFrameOnDisk + 64 {
		n := min(want, f.size-p.offset)
		b := slices.Grow(p.stored[:0], int(n))[:n]
		if err := readFull(f.r, b, p.offset); err != nil {
			return &errScanEnd{offset: p.offset, why: err}
		}
		info, err := scanFrame(b)
		switch {
		case errors.Is(err, errFrameCut) && int64(len(b)) < f.size-p.offset && want < maxFrameOnDisk:
			continue
		case errors.Is(err, errFrameCut):
			return &errScanEnd{offset: p.offset, cut: int64(len(b)) == f.size-p.offset, why: err}
		case err != nil:
			return &errScanEnd{offset: p.offset, why: err}
		}
		p.stored, p.skip = b[:info.size], info.skippable
		p.ref = frameRef{stored: uint32(info.size), content: uint32(info.content)}
		return nil
	}
}

// decode fills data or err.
func (f *feed) decode(p *piece) {
	if p.err != nil {
		return
	}
	sum := sha256.Sum256(p.stored)
	if f.refs == nil {
		p.ref.sum = sum
	} else if sum != p.ref.sum {
		p.err = &DamagedError{p.offset, int64(p.ref.stored), "SHA-256 differs from the sealed one"}
		return
	}
	if f.hash {
		return
	}
	data, err := decodeFrame(f.tab.dec, p.stored, int64(p.ref.content), p.data)
	if err != nil {
		p.err = &DamagedError{p.offset, int64(p.ref.stored), err.Error()}
		return
	}
	p.data = data
	p.skip = p.ref.content == 0
}
