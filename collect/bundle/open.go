package bundle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// OpenOptions say how a bundle is opened.
type OpenOptions struct {
	Identities []age.Identity // for encrypted bundles
}

// State says in what condition a bundle was found when it was opened.
type State string

// The states. Whole says that structure and seal hold; a frame may still turn
// out damaged when it is read.
const (
	Whole   State = "whole"
	Cut     State = "cut"     // ends early: valid up to its last checkpoint
	Damaged State = "damaged" // its end, or something before, is not what was signed
)

// SealInfo is what opening a bundle found.
type SealInfo struct {
	State      State
	Hash       string // SHA-256 of the tag manifest; of the last checkpoint when there is no seal
	Checkpoint int    // number of the last checkpoint
	Items      int    // exhibits proven
	Bytes      int64  // bytes of exhibits proven
	Reason     string // why not whole
}

// Errors of Open.
var (
	ErrNotBundle = errors.New("bundle: not a bundle")
	ErrVersion   = errors.New("bundle: format version is not known to this program")
	ErrNothing   = errors.New("bundle: nothing is proven: no checkpoint holds")
	ErrEncrypted = errors.New("bundle: encrypted with age: an identity is needed")
)

// Bundle is an open bundle. It is safe for several goroutines.
type Bundle struct {
	path   string
	r      io.ReaderAt
	size   int64
	closer io.Closer
	tab    *frameTable
	led    *ledger
	parts  []partRef
	acq    Acquisition
	plan   []PlanItem
	pub    ssh.PublicKey
	info   SealInfo
	inside *exhibitLine // cut bundle: the exhibit that was being written
	outs   []byte       // cut bundle: proven outcome lines
	found  []Problem    // cut or damaged bundle: what the scan saw
	cache  partCache
}

// partRef is one exhibits/ part: the number of its first exhibit and which tag
// file it is.
type partRef struct {
	first uint32
	tag   int
}

// Open opens a bundle file. Seek table, frames.txt and seal are checked first.
// Without a sound end the file is read through, and what its checkpoints
// prove is usable.
func Open(path string, o OpenOptions) (*Bundle, error) {
	return OpenContext(context.Background(), path, o)
}

// OpenContext is Open for commands that can be cancelled: reading through a
// cut bundle takes as long as verifying it.
func OpenContext(ctx context.Context, path string, o OpenOptions) (*Bundle, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%w: %q is not a regular file", ErrNotBundle, path)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	b, err := openReader(ctx, f, st.Size(), o)
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	b.path, b.closer = path, f
	return b, nil
}

// OpenReader opens a bundle of size bytes behind r. Close does not close r.
func OpenReader(r io.ReaderAt, size int64, o OpenOptions) (*Bundle, error) {
	return openReader(context.Background(), r, size, o)
}

func openReader(ctx context.Context, r io.ReaderAt, size int64, o OpenOptions) (*Bundle, error) {
	r, size, err := decrypt(r, size, o.Identities)
	if err != nil {
		return nil, err
	}
	b := &Bundle{r: r, size: size}
	s, err := readTail(r, size)
	if err == nil {
		err = s.sigErr
	}
	if err == nil {
		if err = b.whole(s); err == nil {
			return b, nil
		}
		b.Close()
		if errors.Is(err, ErrVersion) {
			return nil, err
		}
	}
	c := &Bundle{r: r, size: size}
	if serr := c.scan(ctx, err); serr != nil {
		c.Close()
		return nil, serr
	}
	return c, nil
}

// whole takes over what a sound tail proves.
func (b *Bundle) whole(s *sealed) error {
	tab, err := newFrameTable(b.r, s.led.frames[:s.hashed])
	if err != nil {
		return err
	}
	b.tab, b.led, b.pub = tab, s.led, s.pub
	if err := b.layout(); err != nil {
		return err
	}
	var bad *DamagedError
	switch err := b.records(s.led.run); {
	case errors.As(err, &bad): // the seal still vouches for every other frame
		b.acq = Acquisition{Version: FormatVersion, RunID: s.led.run, Signer: seal.PublicLine(s.pub)}
		b.found = append(b.found, Problem{What: err.Error(), Where: "run.json, plan.jsonl"})
	case err != nil:
		return err
	case tarTime(b.acq.Clock.Realtime) != s.mtime:
		return errors.New("bundle: times of the tail differ from the run record")
	}
	b.info = SealInfo{State: Whole, Hash: s.sealHash()}
	return b.lastMark()
}

// layout finds the parts among the tag files.
func (b *Bundle) layout() error {
	for i := range b.led.tags {
		name, ok := strings.CutPrefix(b.led.tags[i].name, "exhibits/")
		if !ok {
			continue
		}
		num, ok := strings.CutSuffix(name, ".jsonl")
		n, err := strconv.ParseUint(num, 10, 32)
		if !ok || err != nil || fmt.Sprintf("%08d", n) != num {
			return fmt.Errorf("bundle: part %.80q", name)
		}
		if k := len(b.parts); (k == 0 && n != 1) || (k > 0 && (uint32(n) <= b.parts[k-1].first || uint32(n) > b.parts[k-1].first+maxPartExhibits)) {
			return fmt.Errorf("bundle: part %.80q is out of order", name)
		}
		b.parts = append(b.parts, partRef{first: uint32(n), tag: i})
	}
	return nil
}

// lastMark takes the totals from the last checkpoint text that can be read.
func (b *Bundle) lastMark() error {
	for i := len(b.led.tags) - 1; i >= 0; i-- {
		name := b.led.tags[i].name
		if !strings.HasPrefix(name, "checkpoints/") || !strings.HasSuffix(name, ".txt") {
			continue
		}
		text, err := b.tagAt(i, maxCheckpoint)
		var bad *DamagedError
		if errors.As(err, &bad) {
			continue
		}
		if err != nil {
			return err
		}
		c, err := parseCheckpoint(text)
		if err != nil {
			return fmt.Errorf("bundle: %s: %w", name, err)
		}
		b.info.Checkpoint, b.info.Items, b.info.Bytes = c.seq, int(c.exhibits), c.bytes
		return nil
	}
	return nil
}

// tagBytes reads a tag file through verified frames and checks its own hash.
func (b *Bundle) tagBytes(name string, limit int64) ([]byte, error) {
	for i := range b.led.tags {
		if b.led.tags[i].name == name {
			return b.tagAt(i, limit)
		}
	}
	return nil, fmt.Errorf("bundle: no %s", name)
}

func (b *Bundle) tagAt(i int, limit int64) ([]byte, error) {
	t := &b.led.tags[i]
	if t.size > limit {
		return nil, fmt.Errorf("bundle: %s is %d bytes, at most %d", t.name, t.size, limit)
	}
	data := make([]byte, t.size)
	if _, err := b.tab.read(data, t.at); err != nil {
		return nil, fmt.Errorf("bundle: %s: %w", t.name, err)
	}
	if sha256.Sum256(data) != t.sum {
		return nil, fmt.Errorf("bundle: %s is not what the seal covers", t.name)
	}
	return data, nil
}

// Close releases the file.
func (b *Bundle) Close() error {
	if b.tab != nil {
		b.tab.close()
	}
	if b.closer != nil {
		return b.closer.Close()
	}
	return nil
}

// Path is the file that was opened, "" for OpenReader.
func (b *Bundle) Path() string { return b.path }

// Acquisition is the run record.
func (b *Bundle) Acquisition() Acquisition { return b.acq }

// Plan is what the run set out to take.
func (b *Bundle) Plan() []PlanItem { return b.plan }

// Seal is what opening found: whole, cut or damaged, and what is proven.
func (b *Bundle) Seal() SealInfo { return b.info }

// SignerKey is the key, or certificate, that signed the seal or, in a cut
// bundle, the checkpoints.
func (b *Bundle) SignerKey() ssh.PublicKey { return b.pub }

// Outcomes are the proven outcomes: all of a whole bundle, those up to the
// last checkpoint of a cut one.
func (b *Bundle) Outcomes() ([]Outcome, error) {
	data := b.outs
	if b.info.State == Whole {
		var err error
		if data, err = b.tagBytes("outcomes.jsonl", maxPlanBytes); err != nil {
			return nil, err
		}
	}
	var out []Outcome
	for line := range strings.Lines(string(data)) {
		var o Outcome
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			return out, fmt.Errorf("bundle: outcomes: %w", err)
		}
		out = append(out, o)
	}
	return out, nil
}

// sumHex is a hash from its hex form; ok is false for anything else.
func sumHex(s string) (sum [32]byte, ok bool) {
	if len(s) != 64 {
		return sum, false
	}
	_, err := hex.Decode(sum[:], []byte(s))
	return sum, err == nil
}
