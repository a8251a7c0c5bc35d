package bundle

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/collect/seal"
)

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
