package bundle

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
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
		w.text, w.textAt = e.data, w.frameMark
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

// framesAnew is where a bundle is reported that was compressed again: its
// contents may still be those that were signed, its frames are not.
const framesAnew = "the frames (compressed again)"

// judge compares a checkpoint with the ledger and checks its signature. in is
// the exhibit that it lies inside of.
func (w *walker) judge(text, sig []byte, at mark, in *entry) {
	where := w.span(in)
	c, err := parseCheckpoint(text)
	if err != nil {
		w.problem(where, "checkpoint %d: %v", w.led.seq+1, err)
		w.led.advance(text, in != nil)
		return
	}
	pub, err := seal.VerifyCanonical(sig, text, seal.NamespaceCheckpoint)
	switch {
	case err != nil:
		w.unsigned(in, "checkpoint %d does not prove it: %v", w.led.seq+1, err)
	case w.pub == nil || seal.PublicLine(pub) != seal.PublicLine(w.pub):
		w.unsigned(in, "checkpoint %d is signed by %s, not by the key of the run record", w.led.seq+1, seal.Fingerprint(pub))
	case c.run != w.run:
		w.problem(where, "checkpoint %d belongs to run %q", w.led.seq+1, c.run)
	}
	insideLines, row := "", (*exhibitLine)(nil)
	if in != nil {
		insideLines, row = w.insideLines(&c, in)
	}
	if !bytes.Equal(w.led.checkpointText(c.stamp, at, c.outcomes, insideLines), text) {
		if !bytes.Equal(w.led.checkpointText(c.stamp, c.mark, c.outcomes, insideLines), text) {
			w.differences(&c, where)
		}
		if c.mark != at {
			w.note(framesAnew, "frames before checkpoint %d are not those it signed; contents are compared one by one", c.seq)
		}
	}
	if !w.outcomesMatch(&c) {
		w.problem("outcomes.jsonl", "outcomes differ from those in the checkpoints")
	}
	w.led.advance(text, in != nil)
	w.accept(&c, row)
}

// unsigned names every exhibit that a checkpoint without a good signature
// would have covered.
func (w *walker) unsigned(in *entry, format string, a ...any) {
	if in != nil {
		w.problem(in.name, format, a...)
		return
	}
	any := false
	for line := range strings.Lines(w.led.lines.String()) {
		if name := strings.TrimSuffix(line[66:], "\n"); strings.HasPrefix(name, "data/") {
			w.problem(name, format, a...)
			any = true
		}
	}
	if !any {
		w.problem(w.span(nil), format, a...)
	}
}

// accept counts what the checkpoint proves, as long as everything held.
func (w *walker) accept(c *checkpoint, row *exhibitLine) {
	if w.broken {
		return
	}
	w.outs = append(w.outs, c.outcomes...)
	w.proven = proof{checkpoint: w.led.seq, exhibits: w.led.exhibits, bytes: w.led.exhibitBytes, frames: len(w.led.frames),
		tags: len(w.led.tags), parts: len(w.parts), outs: len(w.outs), stored: w.led.stored, sum: w.led.prev, inside: row}
	if row != nil {
		w.proven.bytes += row.Size
	}
}

// span names what a checkpoint covers.
func (w *walker) span(in *entry) string {
	if in != nil {
		return in.name
	}
	names := w.led.lines.Bytes()
	i := bytes.Index(names, []byte("  data/"))
	if i < 0 {
		return fmt.Sprintf("checkpoint %d", w.led.seq+1)
	}
	first, _, _ := bytes.Cut(names[i+2:], []byte("\n"))
	if n := bytes.Count(names, []byte("  data/")); n > 1 {
		return fmt.Sprintf("%s and %d more up to exhibit %d", first, n-1, w.led.exhibits)
	}
	return string(first)
}

// insideLines makes the prefix and exhibit lines again and gives the record
// of the prefix.
func (w *walker) insideLines(c *checkpoint, in *entry) (string, *exhibitLine) {
	sum := in.sum.Sum(nil)
	var x exhibitLine
	if err := json.Unmarshal(c.exhibit, &x); err != nil || x.Name != in.name || x.At != in.at || x.Size != in.size ||
		x.Number != w.led.exhibits+1 || exhibitTime(&x.Exhibit, w.own) != in.mtime {
		w.problem(in.name, "checkpoint %d inside the exhibit has another record of it", c.seq)
	}
	lines := insideText(sum, in.pos, in.name, c.exhibit)
	x.Size, x.SHA256 = in.pos, hex.EncodeToString(sum)
	x.Flags = append(x.Flags, "cut")
	return lines, &x
}

// outcomesMatch compares outcomes.jsonl, which lies before the last
// checkpoint, with the outcome lines of all checkpoints.
func (w *walker) outcomesMatch(c *checkpoint) bool {
	w.led.outcome(c.outcomes)
	t := w.led.tags[len(w.led.tags)-1]
	for i := len(w.led.tags) - 1; i >= 0 && i >= len(w.led.tags)-4; i-- {
		if t = w.led.tags[i]; t.name == "outcomes.jsonl" {
			var want [32]byte
			w.led.outcomes.Sum(want[:0])
			return t.sum == want
		}
	}
	return true
}

// differences names the files whose lines differ between a checkpoint and the bag.
func (w *walker) differences(c *checkpoint, where string) {
	have := map[string]string{}
	for line := range strings.Lines(w.led.lines.String()) {
		have[line[66:]] = line[:64]
	}
	before := len(w.problems)
	for line := range strings.Lines(string(c.lines)) {
		if len(line) < 67 {
			continue
		}
		name := strings.TrimSuffix(line[66:], "\n")
		if have[line[66:]] != line[:64] {
			w.problem(name, "not what checkpoint %d signed", c.seq)
		}
		delete(have, line[66:])
	}
	for name := range have {
		w.problem(strings.TrimSuffix(name, "\n"), "checkpoint %d does not know it", c.seq)
	}
	switch {
	case len(w.problems) > before:
	case c.prev != w.led.prev || c.seq != w.led.seq+1:
		w.problem(where, "checkpoint %d does not follow the one before", c.seq)
	default:
		w.problem(where, "checkpoint %d does not match the bag", c.seq)
	}
}

// hash is the SHA-256 of the last accepted checkpoint.
func (w *walker) hash() string { return hex.EncodeToString(w.proven.sum[:]) }
