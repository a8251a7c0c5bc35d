package bundle

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// finish closes the current entry.
func (w *walker) finish() error {
	e := &w.cur
	var sum [32]byte
	e.sum.Sum(sum[:0])
	if !e.tag {
		w.pending = append(w.pending, payload{name: e.name, size: e.size, at: e.at, mtime: e.mtime, sum: sum})
		w.led.payload(sum[:], e.name, e.size)
		return nil
	}
	covered := !strings.HasPrefix(e.name, "checkpoints/") && e.name != manifestName
	w.led.tag(tagRef{name: e.name, at: e.at, size: e.size, sum: sum}, covered)
	if w.acq.RunID != "" && e.mtime != w.own {
		w.problem(e.name, "tar mtime of a file of the bundle is not the start of the run")
	}
	switch {
	case e.name == "bagit.txt":
		if string(e.data) != bagitText {
			w.problem(e.name, "not the declaration of BagIt 1.0")
		}
	case e.name == "bag-info.txt":
		if string(e.data) != bagInfo(w.run, e.mtime) {
			w.problem(e.name, "not what the run makes it")
		}
	case e.name == "run.json":
		return w.runRecord(e.data)
	case e.name == "plan.jsonl":
		var err error
		if w.plan, err = parsePlan(e.data); err != nil {
			w.problem(e.name, "%v", err)
		}
	case strings.HasPrefix(e.name, "exhibits/"):
		w.partEntry(e.data)
	case strings.HasPrefix(e.name, "checkpoints/"):
		return w.checkpointEntry()
	case e.name == "outcomes.jsonl":
		return nil // compared at the next checkpoint
	case e.name == manifestName:
		var want [32]byte
		w.led.manifest.Sum(want[:0])
		if sum != want {
			w.problem(e.name, "the manifest does not list the exhibits of the bag")
		}
	}
	return nil
}

func (w *walker) runRecord(data []byte) error {
	a, err := parseRun(data, w.run, nil)
	if errors.Is(err, ErrVersion) {
		return err
	}
	if err == nil {
		w.pub, err = seal.ParsePublicLine(a.Signer)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNothing, err)
	}
	w.acq, w.own = a, tarTime(a.Clock.Realtime)
	if a.Authorization != nil && a.Authorization.Nonce != "" {
		w.led.nonce = a.Authorization.Nonce
	}
	return nil
}

// partEntry compares the records of a part with the entries before it.
func (w *walker) partEntry(data []byte) {
	name := w.cur.name
	if name != fmt.Sprintf("exhibits/%08d.jsonl", w.first) {
		w.problem(name, "part of exhibits is out of order")
	}
	rows, err := parsePart(data, w.first)
	if err != nil {
		w.problem(name, "%v", err)
	}
	for i := range w.pending {
		if i >= len(rows) {
			w.problem(w.pending[i].name, "no record of this exhibit")
			continue
		}
		w.compare(&rows[i], &w.pending[i])
	}
	for i := len(w.pending); i < len(rows); i++ {
		w.problem(rows[i].Name, "exhibit of the record is not in the bag")
	}
	w.parts = append(w.parts, partRef{first: w.first, tag: len(w.led.tags) - 1})
	w.first += uint32(len(w.pending))
	w.pending = w.pending[:0]
}

func (w *walker) compare(x *exhibitLine, p *payload) {
	sum, _ := sumHex(x.SHA256)
	switch {
	case x.Name != p.name:
		w.problem(p.name, "the record of exhibit %d names %.200q", x.Number, x.Name)
	case sum != p.sum:
		w.problem(p.name, "content differs from the record: SHA-256 %x, recorded %s", p.sum, x.SHA256)
	case x.Size != p.size || x.At != p.at:
		w.problem(p.name, "size or place differs from the record")
	case exhibitTime(&x.Exhibit, w.own) != p.mtime:
		w.problem(p.name, "tar header: mtime %d differs from the record", p.mtime)
	}
}

// checkpointEntry takes a checkpoint text, or the signature that follows it.
func (w *walker) checkpointEntry() error {
	e := &w.cur
	name := fmt.Sprintf("checkpoints/%08d.txt", w.led.seq+1)
	switch {
	case w.text == nil && e.name == name:
		if !e.atCut {
			w.note(framesAnew, "%s does not begin a frame", e.name)
		}
		w.text, w.textAt = e.data, e.mark
		return nil
	case w.text != nil && e.name == name+".sig":
		text := w.text
		w.text = nil
		w.judge(text, e.data, w.textAt, nil)
		return nil
	}
	return w.lost("entry %q where %s belongs", e.name, name)
}

// inside takes a checkpoint in a skippable frame.
func (w *walker) inside(body, stored []byte) error {
	i := bytes.Index(body, []byte("-----BEGIN SSH SIGNATURE-----\n"))
	if i < 0 || !bytes.HasPrefix(body, []byte(checkpointBanner)) || !bytes.Equal(skippableFrame(body), stored) {
		return w.lost("skippable frame at %d is not a checkpoint", w.frameMark.stored)
	}
	if w.cur.tag || w.cur.pos == 0 || w.cur.pos == w.cur.size || w.acq.RunID == "" {
		return w.lost("checkpoint inside no exhibit")
	}
	w.judge(body[:i], body[i:], w.frameMark, &w.cur)
	return nil
}

// hash is the SHA-256 of the last accepted checkpoint.
func (w *walker) hash() string { return hex.EncodeToString(w.proven.sum[:]) }
