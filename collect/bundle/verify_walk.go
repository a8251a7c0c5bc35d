package bundle

import (
	"context"
	"errors"
	"fmt"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// unchanged says whether every frame is stored as the seal covers it. What
// follows the frames was compared when the bundle was opened.
func (b *Bundle) unchanged(ctx context.Context, progress func(done, total int64)) (bool, error) {
	same := true
	f := &feed{r: b.r, size: b.size, refs: b.tab.refs, tab: b.tab, hash: true}
	err := f.run(ctx, func(p *piece) error {
		if progress != nil {
			progress(p.offset+int64(p.ref.stored), b.size)
		}
		same = same && p.err == nil
		return nil
	})
	return same, err
}

// walk follows a whole bundle from its first byte.
func (b *Bundle) walk(ctx context.Context, progress func(done, total int64), r *Report) error {
	w := newWalker()
	var damaged []*piece
	lost := false
	f := &feed{r: b.r, size: b.size, refs: b.tab.refs, tab: b.tab}
	if f.refs == nil {
		f.refs = []frameRef{}
	}
	err := f.run(ctx, func(p *piece) error {
		if progress != nil {
			progress(p.offset+int64(p.ref.stored), b.size)
		}
		if p.err != nil {
			damaged = append(damaged, p)
			lost = true
		}
		if lost {
			return nil
		}
		switch err := w.frame(p); {
		case errors.Is(err, errWalk), errors.Is(err, errTail), errors.Is(err, ErrNotBundle), errors.Is(err, ErrNothing):
			w.problem("", "%v", err)
			lost = true
		case err != nil:
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !lost {
		b.compare(w)
	}
	b.damage(damaged, w, r)
	if len(w.problems) > 0 {
		r.Integrity = IntegrityDamaged
		r.Problems = append(r.Problems, w.problems...)
		r.Proven.Checkpoint = w.proven.checkpoint
		if len(damaged) == 0 {
			r.Proven.Items, r.Proven.Bytes = int(w.proven.exhibits), w.proven.bytes
		}
		if r.Reason == "" {
			r.Reason = fmt.Sprintf("%d places are not what was sealed", len(w.problems))
		}
	}
	return nil
}

// compare holds what the walk made again against what the seal covers.
func (b *Bundle) compare(w *walker) {
	own := len(b.led.tags) - 4 // the tail adds frames.txt, index.txt, the tag manifest and its signature
	switch {
	case len(w.head) > 0 || w.text != nil || len(w.pending) > 0 || w.led.lines.Len() > 0:
		w.problem("the end of the bundle", "files after the last checkpoint")
	case len(w.led.tags) != own:
		w.problem("index.txt", "lists %d files, the bag has %d", own, len(w.led.tags))
	case own < 2 || w.led.tags[own-1].name != manifestName:
		w.problem(manifestName, "is not the last file before the seal")
	case w.pub == nil || seal.PublicLine(w.pub) != seal.PublicLine(b.pub):
		w.problem("tagmanifest-sha256.txt.sig", "sealed by another key than the checkpoints")
	}
	for i := range min(own, len(w.led.tags)) {
		if w.led.tags[i] != b.led.tags[i] {
			w.problem(w.led.tags[i].name, "not what the seal covers")
		}
	}
}

// damage names the exhibits and files that lie in damaged frames.
func (b *Bundle) damage(bad []*piece, w *walker, r *Report) {
	if len(bad) == 0 {
		return
	}
	r.Reason = fmt.Sprintf("%d of %d frames are damaged, first at byte %d; the rest is usable", len(bad), len(b.tab.refs), bad[0].offset)
	hit := func(at, size int64) error {
		for _, p := range bad {
			i := b.tab.at(at)
			for ; i < len(b.tab.refs) && b.tab.plain[i] < at+max(size, 1); i++ {
				if b.tab.stored[i] == p.offset {
					return p.err
				}
			}
		}
		return nil
	}
	for i := range b.led.tags[:len(b.led.tags)-4] {
		t := &b.led.tags[i]
		if err := hit(t.at, t.size); err != nil {
			w.problem(t.name, "%v", err)
		}
	}
	for x, err := range b.rows() {
		if err != nil {
			w.problem("", "%v", err)
			continue
		}
		head := x.At - tarBlock // the header lies before the content
		if err := hit(head, x.Size+tarBlock); err != nil {
			w.problem(x.Name, "%v", err)
			r.Proven.Items--
			r.Proven.Bytes -= x.Size
		}
	}
	if len(w.problems) == 0 {
		w.problem("archive structure", "%v", bad[0].err)
	}
}
