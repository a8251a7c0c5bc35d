package bundle

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
)

// scan reads a bundle without a sound end from its first byte and keeps what
// its checkpoints prove. tailErr is why the end is not sound.
func (b *Bundle) scan(ctx context.Context, tailErr error) error {
	tab, err := newFrameTable(b.r, nil)
	if err != nil {
		return err
	}
	defer tab.close()
	w := newWalker()
	f := &feed{r: b.r, size: b.size, tab: tab}
	err = f.run(ctx, func(p *piece) error {
		if p.err != nil {
			return p.err
		}
		return w.frame(p)
	})
	if errors.Is(err, ErrVersion) || ctx.Err() != nil {
		return err
	}
	if w.run == "" && !errors.Is(err, ErrNotBundle) {
		return fmt.Errorf("%w: %w", ErrNotBundle, err)
	}
	if w.proven.checkpoint == 0 {
		if errors.Is(err, ErrNotBundle) || errors.Is(err, ErrNothing) {
			return err
		}
		return &UnprovenError{Problems: w.problems, Err: fmt.Errorf("%w: %w", ErrNothing, firstOf(w.problems, err))}
	}
	return b.keep(w, f, tailErr, err)
}

// UnprovenError says that no checkpoint of a file holds, and what was found.
type UnprovenError struct {
	Problems []Problem
	Err      error // wraps ErrNothing
}

func (e *UnprovenError) Error() string { return e.Err.Error() }
func (e *UnprovenError) Unwrap() error { return e.Err }

func firstOf(p []Problem, err error) error {
	if len(p) > 0 {
		return fmt.Errorf("%s: %s", p[0].Where, p[0].What)
	}
	return err
}

// keep takes over what the walk proved.
func (b *Bundle) keep(w *walker, f *feed, tailErr, err error) error {
	p := w.proven
	b.led = w.led
	b.led.frames, b.led.tags = b.led.frames[:p.frames], b.led.tags[:p.tags]
	var terr error
	if b.tab, terr = newFrameTable(b.r, b.led.frames); terr != nil {
		return terr
	}
	b.parts, b.outs, b.inside = w.parts[:p.parts], w.outs[:p.outs], p.inside
	b.acq, b.plan, b.pub = w.acq, w.plan, w.pub
	b.found = w.problems
	b.info = SealInfo{State: Damaged, Hash: w.hash(), Checkpoint: p.checkpoint, Items: int(p.exhibits), Bytes: p.bytes}
	if p.inside != nil {
		b.info.Items++
	}
	b.info.Reason = b.reason(f, w, tailErr, err)
	return nil
}

// reason says why the bundle is not whole, and whether it is only cut.
func (b *Bundle) reason(f *feed, w *walker, tailErr, err error) string {
	if errors.Is(err, errTail) {
		err = f.rest(w.led.stored)
	}
	var end *errScanEnd
	if errors.As(err, &end) && end.cut && len(w.problems) == 0 && errors.Is(tailErr, errNoSeal) {
		b.info.State = Cut
		return fmt.Sprintf("the bundle was cut or never closed: it ends at byte %d without a seal; proven up to checkpoint %d", b.size, b.info.Checkpoint)
	}
	if len(w.problems) == 0 {
		b.found = append(b.found, Problem{What: tailErr.Error(), Where: "the end of the bundle"})
	}
	var bad *DamagedError
	if errors.As(err, &bad) || (errors.As(err, &end) && !end.cut) {
		b.found = append(b.found, Problem{What: err.Error(), Where: w.near()})
	}
	return fmt.Sprintf("the bundle is not what was sealed (%v); proven up to checkpoint %d", tailErr, b.info.Checkpoint)
}

// rest reads the frames of a tail that does not hold: cut when it just ends,
// damaged when there is a seek table, or something that is no frame.
func (f *feed) rest(offset int64) error {
	var magic [4]byte
	for n := 0; n < maxFrames; n++ {
		p := &piece{offset: offset}
		if err := f.next(p); err != nil {
			return err
		}
		copy(magic[:], p.stored)
		if binary.LittleEndian.Uint32(magic[:]) == seekTableMagic {
			return &errScanEnd{offset: offset, why: errors.New("a seek table that does not end the file, or a tail that does not match it")}
		}
		offset += int64(p.ref.stored)
	}
	return &errScanEnd{offset: offset, why: errors.New("too many frames")}
}
