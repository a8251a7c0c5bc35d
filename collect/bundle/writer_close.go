package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// checkpoint writes the pending exhibits part and a signed checkpoint, in
// frames of its own, so that a cut after it loses nothing before it. After a
// failure nothing more can be written.
func (w *Writer) checkpoint() error {
	err := w.writeCheckpoint()
	if err != nil {
		w.fr.fail(err)
	}
	return err
}

func (w *Writer) writeCheckpoint() error {
	if w.partCount > 0 {
		name := fmt.Sprintf("exhibits/%08d.jsonl", w.partFirst)
		if err := w.tagFile(name, w.part.Bytes(), true); err != nil {
			return err
		}
		w.part.Reset()
		w.partCount = 0
	}
	if err := w.fr.sync(); err != nil {
		return err
	}
	text := w.led.checkpointText(w.stamp(), w.led.mark(), w.pending, "")
	sig, err := w.o.Signer.Sign(seal.NamespaceCheckpoint, text)
	if err != nil {
		return fmt.Errorf("bundle: checkpoint %d: %w", w.led.seq+1, err)
	}
	w.led.advance(text, false)
	w.pending = w.pending[:0]
	name := fmt.Sprintf("checkpoints/%08d.txt", w.led.seq)
	if err := w.tagFile(name, text, false); err != nil {
		return err
	}
	if err := w.tagFile(name+".sig", sig, false); err != nil {
		return err
	}
	w.last = w.fr.plain
	if err := w.fr.sync(); err != nil {
		return err
	}
	return w.flush()
}

// checkpointInside signs the prefix of an exhibit that is being written, in a
// skippable frame.
func (w *Writer) checkpointInside(s *streaming) error {
	if err := w.fr.sync(); err != nil {
		return err
	}
	x, err := json.Marshal(exhibitLine{Exhibit: *s.x, At: s.at})
	if err != nil {
		return fmt.Errorf("bundle: exhibit record: %w", err)
	}
	inside := insideText(s.sum.Sum(nil), s.pos, s.x.Name, x)
	text := w.led.checkpointText(w.stamp(), w.led.mark(), w.pending, inside)
	sig, err := w.o.Signer.Sign(seal.NamespaceCheckpoint, text)
	if err != nil {
		return fmt.Errorf("bundle: checkpoint %d: %w", w.led.seq+1, err)
	}
	w.led.advance(text, true)
	w.pending = w.pending[:0]
	if err := w.fr.skippable(append(text, sig...)); err != nil {
		return err
	}
	return w.flush()
}

// insideText is what a checkpoint inside an exhibit says beyond the others.
func insideText(sum []byte, n int64, name string, exhibit []byte) string {
	return fmt.Sprintf("prefix %x %d %s\nexhibit %s\n", sum, n, name, exhibit)
}

func (w *Writer) stamp() string { return w.o.Now().UTC().Format(time.RFC3339Nano) }

// Close writes outcomes, manifests, seal and seek table. Without Close a
// bundle is cut. The output itself is not closed.
func (w *Writer) Close() (Summary, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return Summary{}, ErrClosed
	}
	w.done = true
	defer w.manifest.release()
	defer w.fr.close()
	if err := w.finish(); err != nil {
		return Summary{}, err
	}
	pub := w.o.Signer.PublicKey()
	s := Summary{RunID: w.led.run, Exhibits: w.led.exhibits, ExhibitBytes: w.led.exhibitBytes, Checkpoints: w.led.seq,
		Fingerprint: seal.Fingerprint(pub), SignerLine: seal.AllowedSignersLine(pub, w.led.run)}
	tarBytes, manifest, err := w.led.tail(w.mtime, func(m []byte) ([]byte, error) { return w.o.Signer.Sign(seal.NamespaceSeal, m) })
	if err != nil {
		return s, fmt.Errorf("bundle: seal: %w", err)
	}
	sum := sha256.Sum256(manifest)
	s.Seal = hex.EncodeToString(sum[:])
	stored, refs := rawFrames(tarBytes)
	stored = append(stored, seekTable(append(w.led.frames, refs...))...)
	if _, err := w.fr.out.Write(stored); err != nil {
		return s, fmt.Errorf("bundle: write: %w", err)
	}
	s.Bytes = w.led.stored + int64(len(stored))
	s.FileBytes = s.Bytes
	if w.age != nil {
		if err := w.age.Close(); err != nil {
			return s, fmt.Errorf("bundle: encrypt: %w", err)
		}
		s.FileBytes, s.FileSHA256 = w.out.n, hex.EncodeToString(w.out.sum.Sum(nil))
	}
	return s, nil
}

// Statement makes the signed statement that lies beside an encrypted bundle
// (NAME.statement.json, .sig; namespace saksi.seal): which ciphertext belongs
// to which run and seal, for those who cannot decrypt. Only after Close.
func (w *Writer) Statement(s Summary) (text, sig []byte, err error) {
	if s.FileSHA256 == "" {
		return nil, nil, errors.New("bundle: a statement is for encrypted bundles")
	}
	text, err = json.MarshalIndent(struct {
		Form   string `json:"saksi_statement"`
		Run    string `json:"run"`
		Seal   string `json:"seal"`
		Bytes  int64  `json:"bytes"`
		SHA256 string `json:"sha256"`
	}{"1", s.RunID, s.Seal, s.FileBytes, s.FileSHA256}, "", " ")
	if err != nil {
		return nil, nil, fmt.Errorf("bundle: statement: %w", err)
	}
	text = append(text, '\n')
	sig, err = w.o.Signer.Sign(seal.NamespaceSeal, text)
	return text, sig, err
}

// Fail makes this and every other call of the writer end with err: the way to
// stop an exhibit that is being written. It may be called at any time.
func (w *Writer) Fail(err error) { w.fr.fail(err) }

// Abort ends a run without a seal: what was written stays valid up to its last
// checkpoint. After Close it does nothing.
func (w *Writer) Abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.done {
		w.done = true
		w.fr.close()
		w.manifest.release()
	}
}

// finish writes everything that frames.txt accounts for.
func (w *Writer) finish() error {
	if err := w.fr.failed(); err != nil {
		return err
	}
	if w.partCount > 0 {
		if err := w.checkpoint(); err != nil {
			return err
		}
	}
	var all []byte
	for _, line := range w.outcomes {
		all = append(all, line...)
	}
	if err := w.tagFile("outcomes.jsonl", all, true); err != nil {
		return err
	}
	if err := w.checkpoint(); err != nil {
		return err
	}
	if err := w.header(manifestName, w.led.manifestSize, w.mtime); err != nil {
		return err
	}
	t := tagRef{name: manifestName, at: w.fr.plain, size: w.led.manifestSize}
	w.led.manifest.Sum(t.sum[:0])
	if err := w.manifest.each(func(line []byte) error {
		_, err := w.fr.Write(line)
		return err
	}); err != nil {
		return err
	}
	if _, err := w.fr.Write(make([]byte, padding(t.size))); err != nil {
		return err
	}
	w.led.tag(t, false)
	w.manifest.release() // the tail needs room of its own
	w.names, w.outcomes = nameSet[uint32]{}, nil
	return w.fr.sync()
}

const manifestName = "manifest-sha256.txt"
