package timeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"filippo.io/age"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/store"
)

// The words of the store that callers of this package need.
type (
	// ExhibitInfo is what the case keeps of an exhibit.
	ExhibitInfo = store.ExhibitInfo
	// LockedError says that another process writes the case.
	LockedError = store.LockedError
	// DamagedError says that a file of the store is not as it was written.
	DamagedError = store.DamagedError
	// NoSpaceError says that the disk has no room for what must be written next.
	NoSpaceError = store.NoSpaceError
	// WriterOptions tune a CaseWriter.
	WriterOptions = store.WriterOptions
)

// ErrKnown says that a bundle is in the case already, with the same parsers.
var ErrKnown = store.ErrKnown

// CaseWriter is the one writer of a case; while it is open no other process
// can write, and all can read.
type CaseWriter struct {
	c *Case
	w *store.Writer

	ledger sync.Mutex // several bundles may come in at the same time
}

// Writer takes the write lock of the case. A lock held by another process is a
// *LockedError that names it.
func (c *Case) Writer(o WriterOptions) (*CaseWriter, error) {
	w, err := store.OpenWriter(filepath.Join(c.dir, storeDir), o)
	if err != nil {
		return nil, err
	}
	return &CaseWriter{c: c, w: w}, nil
}

// Merge joins small or overlapping parts of the store; called at the end of an ingest.
func (w *CaseWriter) Merge(ctx context.Context) error { return w.w.Merge(ctx) }

// Close takes the new state of the store and gives the lock back. What the old
// state held of the disk is free then, unless somebody still reads it.
func (w *CaseWriter) Close() error {
	_, rerr := w.c.Refresh()
	return errors.Join(rerr, w.w.Close())
}

// Drop takes a bundle out of the case: out of the store and, by a further
// line, out of the ledger. The bundle itself stays where it is.
func (w *CaseWriter) Drop(run string) error {
	lines, err := readLedger(w.c.dir)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(lines, func(l BundleLine) bool { return l.Run == run && !l.Dropped })
	if i < 0 {
		return fmt.Errorf("bundle %q is not in this case: %w", run, os.ErrNotExist)
	}
	// A drop that was interrupted may have left the bundle in the ledger alone.
	var unknown *store.UnknownBundleError
	if err := w.w.Drop(run); err != nil && !errors.As(err, &unknown) {
		return err
	}
	lines[i].Dropped = true
	return appendLedger(w.c.dir, lines[i])
}

// VerifyOptions say how the case judges a bundle.
type VerifyOptions struct {
	At       time.Time // time at which the signer is judged; zero: not proven
	AtFrom   string    // where that time comes from, in words
	Receipts []string  // files of signed intake receipts that must hold
	Written  string    // seal of a bundle that the caller has just written itself: bundle.VerifyOptions
	Progress func(done, total int64)
}

// Verify judges a bundle against the signers of the case. Seals that this desk
// made are known by the ledger.
func (c *Case) Verify(ctx context.Context, b *bundle.Bundle, o VerifyOptions) (bundle.Report, error) {
	p, err := c.verifyOptions(o)
	if err != nil {
		return bundle.Report{}, err
	}
	return b.Verify(ctx, p)
}

// IngestOptions say how a bundle comes into the case.
type IngestOptions struct {
	VerifyOptions
	Identities []age.Identity // for encrypted bundles; Raw uses them too
	Desk       bool           // this desk has just sealed it from a plain input
	Copy       bool           // keep a copy in the case directory
	Zone       string         // IANA name in which its times are read; "": what an earlier ingest said, else what the bundle says
	Parsers    map[string]int // all parsers that will be offered its exhibits, with their versions
}

// Ingest is a bundle on its way into the case. It satisfies parse.Receiver;
// nothing of it is seen before Commit.
type Ingest struct {
	Bundle *bundle.Bundle
	Report bundle.Report
	w      *CaseWriter
	batch  *store.Batch
	info   BundleInfo
	line   BundleLine
}

// Ingest opens and verifies the bundle at path and begins to take it in. A
// bundle that is cut or damaged is taken as far as it is proven; its Report
// says so. ErrKnown (with the Report filled) says that there is nothing to do.
func (w *CaseWriter) Ingest(ctx context.Context, path string, o IngestOptions) (*Ingest, error) {
	w.c.Unlock(o.Identities...)
	if o.Copy {
		w.ledger.Lock()
		p, err := w.c.keep(path, o.Identities)
		w.ledger.Unlock()
		if err != nil {
			return nil, err
		}
		path = p
	}
	b, err := bundle.Open(path, bundle.OpenOptions{Identities: o.Identities})
	if err != nil {
		return nil, fmt.Errorf("open bundle %q: %w", path, err)
	}
	in := &Ingest{Bundle: b, w: w}
	if err := in.begin(ctx, path, o); err != nil {
		return in, errors.Join(err, b.Close())
	}
	return in, nil
}

func (in *Ingest) begin(ctx context.Context, path string, o IngestOptions) error {
	c, acq := in.w.c, in.Bundle.Acquisition()
	rel, err := relative(c.dir, path)
	if err != nil {
		return err
	}
	in.line = BundleLine{Run: acq.RunID, Seal: in.Bundle.Seal().Hash, Path: rel, Machine: acq.Host.MachineID}
	if o.Desk && acq.Sealed == "desk" {
		in.line.Sealed = "desk"
	}
	lines, err := in.w.lines()
	if err != nil {
		return err
	}
	_, have := c.stored(in.line.Run, in.line.Seal)
	in.line.Zone = o.Zone
	for _, l := range lines {
		if l.Run != in.line.Run || l.Seal != in.line.Seal {
			continue
		}
		if l.Sealed == "desk" {
			in.line.Sealed = "desk"
		}
		if have || o.Zone == "" {
			in.line.Zone = l.Zone
		}
	}
	if in.line.Sealed == "desk" { // noted first, so that Verify knows the seal
		if err := in.w.note(in.line); err != nil {
			return err
		}
	}
	if in.Report, err = c.Verify(ctx, in.Bundle, o.VerifyOptions); err != nil {
		return fmt.Errorf("verify bundle %q: %w", path, err)
	}
	in.line.Trust, in.line.Integrity = in.Report.Signer, in.Report.Integrity
	if err := in.w.note(in.line); err != nil {
		return err
	}
	if in.info, err = infoOf(in.Bundle, in.Report, rel, o.Parsers); err != nil {
		return err
	}
	in.batch, err = in.w.w.Ingest(in.info)
	return err
}

// lines reads the ledger while nobody writes it.
func (w *CaseWriter) lines() ([]BundleLine, error) {
	w.ledger.Lock()
	defer w.ledger.Unlock()
	return readLedger(w.c.dir)
}

// note writes a line into the ledger unless it stands there already.
func (w *CaseWriter) note(l BundleLine) error {
	w.ledger.Lock()
	defer w.ledger.Unlock()
	lines, err := readLedger(w.c.dir)
	if err != nil || slices.Contains(lines, l) {
		return err
	}
	return appendLedger(w.c.dir, l)
}

// infoOf makes what the store keeps of a bundle.
func infoOf(b *bundle.Bundle, r bundle.Report, path string, parsers map[string]int) (BundleInfo, error) {
	acq := b.Acquisition()
	info := BundleInfo{Run: acq.RunID, Seal: b.Seal().Hash, Path: path, Host: event.MakeHostKey(acq.Host.MachineID, acq.Host.Hostname),
		Hostname: acq.Host.Hostname, Zone: acq.Host.Zone, Synthetic: acq.Synthetic, Desk: acq.Sealed == "desk", Trust: r.Signer, Integrity: r.Integrity, Parsers: parsers}
	if acq.Sealed != "desk" {
		info.Collected = acq.Clock.Realtime
	}
	outs, err := b.Outcomes()
	if err != nil {
		return info, fmt.Errorf("outcomes of bundle %q: %w", path, err)
	}
	for _, o := range outs {
		info.Outcomes = append(info.Outcomes, store.OutcomeInfo{Source: o.Source, Target: o.Target, Outcome: string(o.Outcome), Reason: o.Reason, Errno: o.Errno, Benign: o.Benign})
	}
	for _, m := range r.Missing {
		info.Outcomes = append(info.Outcomes, store.OutcomeInfo{Source: m.Source, Target: m.Target, Outcome: string(bundle.Failed), Reason: "no proven outcome: the bundle is " + r.Integrity})
	}
	return info, nil
}

// Event takes one event.
func (in *Ingest) Event(e *event.Event) error { return in.batch.Event(e) }

// Warning takes one warning.
func (in *Ingest) Warning(w event.Warning) error { return in.batch.Warning(w) }

// Counter takes one reading of a sequence.
func (in *Ingest) Counter(x event.Counter) error { return in.batch.Counter(x) }

// Exhibit says what became of an exhibit.
func (in *Ingest) Exhibit(x ExhibitInfo) { in.batch.Exhibit(x) }

// Zone is the zone in which the times of the bundle are read, "" for what the
// bundle says: the ledger keeps it, so that a rebuilt case is the same.
func (in *Ingest) Zone() string { return in.line.Zone }

// Info is what the case keeps of the bundle.
func (in *Ingest) Info() BundleInfo { return in.info }

// Skip says whether an exhibit was parsed before by this version of a parser:
// for parse.Options.Skip.
func (in *Ingest) Skip(exhibit uint32, parser string, version int) bool {
	old, ok := in.w.c.stored(in.info.Run, in.info.Seal)
	if !ok || old.Parsers[parser] < version {
		return false
	}
	i := slices.IndexFunc(old.Exhibits, func(x ExhibitInfo) bool { return x.Number == exhibit })
	return i >= 0 && old.Exhibits[i].Parser == parser && old.Exhibits[i].Failed == ""
}

func (c *Case) stored(run, seal string) (BundleInfo, bool) {
	s, done, err := c.use()
	if err != nil {
		return BundleInfo{}, false
	}
	defer done()
	for _, b := range s.r.Bundles() {
		if b.Run == run && b.Seal == seal {
			return b, true
		}
	}
	return BundleInfo{}, false
}

// Commit makes the bundle visible, all of it in one step.
func (in *Ingest) Commit() error {
	return errors.Join(in.batch.Commit(in.info), in.Bundle.Close())
}

// Abort takes back what was handed over. The ledger keeps the line: a later
// ingest of the case continues with it.
func (in *Ingest) Abort() error {
	return errors.Join(in.batch.Abort(), in.Bundle.Close())
}
