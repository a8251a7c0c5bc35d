package bundle

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"strings"
)

// header gathers the blocks of one header.
func (w *walker) header(p []byte) (int, error) {
	if len(w.head) == 0 {
		w.cur = entry{atCut: w.plain == w.framePlain, mark: w.frameMark}
	}
	want := tarBlock
	if len(w.head) >= tarBlock {
		h, _, _, _ := parseUstar(w.head[:tarBlock]) // it was read before
		want = 2*tarBlock + int(h.size+padding(h.size))
	}
	n := min(len(p), want-len(w.head))
	w.head = append(w.head, p[:n]...)
	if len(w.head) < want {
		return n, nil
	}
	if want == tarBlock {
		h, typ, zero, err := parseUstar(w.head)
		switch {
		case err != nil:
			return 0, w.lost("tar header at %d: %v", w.plain, err)
		case zero:
			return 0, w.lost("the archive ends before its seal")
		case typ == 'x' && h.size > 2*maxNameBytes:
			return 0, w.lost("pax header of %d bytes", h.size)
		case typ == 'x':
			return n, nil
		}
	}
	return n, w.begin(w.plain + int64(n))
}

func (w *walker) lost(format string, a ...any) error {
	w.problem(w.near(), format, a...)
	return errWalk
}

// near names the place for a problem without a better name.
func (w *walker) near() string {
	return fmt.Sprintf("after exhibit %d", w.led.exhibits)
}

// begin starts the entry whose header is complete; content begins at at.
func (w *walker) begin(at int64) error {
	h, _, _, err := parseUstar(w.head[len(w.head)-tarBlock:])
	if err != nil {
		return w.lost("tar header: %v", err)
	}
	if len(w.head) > tarBlock {
		x, _, _, _ := parseUstar(w.head[:tarBlock]) // it was read before
		path, size, err := parsePax(w.head[tarBlock : tarBlock+x.size])
		if err != nil {
			return w.lost("%v", err)
		}
		if path != "" {
			h.name = path
		}
		if size >= 0 {
			h.size = size
		}
	}
	dir, name, ok := strings.Cut(h.name, "/")
	if w.run == "" {
		if name != "bagit.txt" || checkRunID(dir) != nil {
			return fmt.Errorf("%w: begins with the entry %.120q", ErrNotBundle, h.name)
		}
		w.run, w.led.run = dir, dir
	}
	if !ok || dir != w.run {
		return w.lost("entry %.200q is outside the bag %q", h.name, w.run)
	}
	if err := checkName(name); err != nil {
		return w.lost("%v", err)
	}
	if h.size > math.MaxInt64/4 || at > math.MaxInt64/4 {
		return w.lost("entry %.200q of %d bytes", name, h.size)
	}
	if name == "frames.txt" {
		return errTail
	}
	again := tarHeader(h.name, h.size, h.mtime)
	if !bytes.Equal(again, w.head) {
		w.problem(name, "tar header is not in its one canonical form")
	}
	w.head = w.head[:0]
	w.cur = entry{name: name, size: h.size, mtime: h.mtime, at: at, sum: sha256.New(), atCut: w.cur.atCut, mark: w.cur.mark}
	if !w.names.add(name) {
		w.problem(name, "entry occurs twice")
	}
	w.step = w.body
	return w.kind()
}

// kind decides what an entry is and whether it is kept.
func (w *walker) kind() error {
	e := &w.cur
	if strings.HasPrefix(e.name, "data/") {
		if len(w.pending) >= maxPartExhibits {
			return w.lost("more than %d exhibits without a part", maxPartExhibits)
		}
		return w.finishEmpty()
	}
	e.tag = true
	limit := int64(maxPlanBytes)
	switch {
	case e.name == "bagit.txt", e.name == "bag-info.txt", e.name == "run.json":
		limit = maxRunRecord
	case e.name == "plan.jsonl", e.name == "outcomes.jsonl", e.name == manifestName:
	case strings.HasPrefix(e.name, "exhibits/"):
		limit = maxPartBytes
	case strings.HasPrefix(e.name, "checkpoints/"):
		limit = maxCheckpoint
	default:
		return w.lost("entry %.200q does not belong in a bundle", e.name)
	}
	if len(w.led.tags) >= maxTagFiles {
		return w.lost("more than %d files of the bundle's own", maxTagFiles)
	}
	e.keep = e.name != manifestName && e.name != "outcomes.jsonl"
	if e.keep && e.size > limit {
		return w.lost("%s is %d bytes, at most %d", e.name, e.size, limit)
	}
	return w.finishEmpty()
}

func (w *walker) finishEmpty() error {
	if w.cur.size > 0 {
		return nil
	}
	w.step = w.header
	return w.finish()
}
