package desk

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/collect/seal"
)

// Sealed is where plain inputs went.
type Sealed struct {
	Path string
	// Written is the seal of a bundle that was written now; "" when one of the
	// same inputs was there already and whole, and was kept.
	Written string
}

// Seal takes plain files and directories into a bundle in o.Out. When a bundle
// of the same inputs is there already and whole, it is kept and given.
func Seal(ctx context.Context, paths []string, o Options) (Sealed, error) {
	s, err := Look(ctx, paths, o)
	if err != nil {
		return Sealed{}, err
	}
	return s.Seal(ctx)
}

// Path is where the bundle of this survey goes.
func (s *Survey) Path() string { return filepath.Join(s.o.Out, s.RunID+".tar.zst") }

// Seal writes the inputs into the bundle: those bytes that are kept, and those
// of a second reading. It is written beside its place, flushed to disk and
// renamed.
func (s *Survey) Seal(ctx context.Context) (Sealed, error) {
	out := s.Path()
	if b, err := bundle.Open(out, bundle.OpenOptions{}); err == nil {
		whole := b.Seal().State == bundle.Whole && b.Acquisition().RunID == s.RunID
		_ = b.Close()
		if whole {
			return Sealed{Path: out}, nil
		}
	}
	if err := os.MkdirAll(s.o.Out, 0o700); err != nil {
		return Sealed{}, fmt.Errorf("desk: %w", err)
	}
	tmp, err := os.CreateTemp(s.o.Out, ".sealing-*")
	if err != nil {
		return Sealed{}, fmt.Errorf("desk: %w", err)
	}
	defer os.Remove(tmp.Name()) // gone after the rename
	sum, err := s.write(ctx, tmp)
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), out)
	}
	if err != nil {
		return Sealed{}, fmt.Errorf("desk: seal %q: %w", out, err)
	}
	return Sealed{Path: out, Written: sum.Seal}, syncDir(s.o.Out)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("desk: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("desk: %w", err)
	}
	return nil
}

func (s *Survey) write(ctx context.Context, out *os.File) (bundle.Summary, error) {
	signer := s.o.Signer
	if signer == nil {
		r := s.o.Rand
		if r == nil {
			r = rand.Reader
		}
		key, err := seal.NewRunKey(r)
		if err != nil {
			return bundle.Summary{}, err
		}
		signer = key
	}
	now := s.o.Now()
	w, err := bundle.NewWriter(out, bundle.Options{Plan: s.plan, Signer: signer, Now: s.o.Now, Workers: s.o.Workers,
		Acquisition: bundle.Acquisition{RunID: s.RunID, Sealed: "desk", Tool: s.o.Tool, CaseID: s.o.CaseID, Operator: s.o.Operator,
			Host:  bundle.HostClaims{Hostname: s.Host, Zone: s.Zone, ZoneData: s.tz, OS: s.os},
			Clock: record.Clock{When: "start", Realtime: now.UnixNano()}}})
	if err != nil {
		return bundle.Summary{}, err
	}
	defer w.Abort() // nothing after Close
	defer context.AfterFunc(ctx, func() { w.Fail(context.Cause(ctx)) })()
	closing := newOutcomes(s.plan, s.outs, now.UnixNano())
	var o opener
	defer o.close()
	for i := range s.files {
		if err := ctx.Err(); err != nil {
			return bundle.Summary{}, err
		}
		if err := s.file(ctx, w, &o, &s.files[i], closing); err != nil {
			return bundle.Summary{}, err
		}
	}
	for _, o := range closing.all(s.o.Now().UnixNano()) {
		if err := w.Outcome(o); err != nil {
			return bundle.Summary{}, err
		}
	}
	return w.Close()
}

// file writes one file. What cannot be read is noted in the outcome of its
// input, not an error.
func (s *Survey) file(ctx context.Context, w *bundle.Writer, o *opener, f *found, c *outcomes) error {
	if f.err != nil {
		c.fail(f, f.err)
		return nil
	}
	x := bundle.Exhibit{Item: f.item, Path: record.Bytes(f.path), Stat: f.stat, Method: "desk"}
	if f.data != nil {
		return s.keptFile(w, x, f, c)
	}
	h, err := o.open(f)
	if err != nil {
		c.fail(f, err)
		return nil
	}
	defer h.Close()
	x, err = w.File(x, f.size, &counted{ctx: ctx, r: holed(h, f.size), s: s})
	if err != nil {
		return err
	}
	c.take(f, x, changed(f, x, h))
	return nil
}

// keptFile writes a file of which all bytes are in memory, as they were hashed.
func (s *Survey) keptFile(w *bundle.Writer, x bundle.Exhibit, f *found, c *outcomes) error {
	x, err := w.Hashed(x, f.data, f.sum)
	if err != nil {
		return err
	}
	grew := ""
	if f.grew {
		grew = sizeChanged
	}
	c.take(f, x, grew)
	s.o.Keep.hold(x, f.data)
	s.count(len(f.data))
	return nil
}

// sizeChanged is a flag of an outcome; the path follows.
const sizeChanged = "size changed while read: "

// changed says how a file is another than at the first reading, "" for not at
// all. The run id follows from the first reading, the exhibit is the second.
func changed(f *found, x bundle.Exhibit, h *os.File) string {
	if x.SHA256 != fmt.Sprintf("%x", f.sum) {
		return "changed while read: "
	}
	if now, err := statOf(h); err == nil && now.Size != f.stat.Size {
		return sizeChanged
	}
	return ""
}

// outcomes balances the plan.
type outcomes struct {
	byItem []bundle.Outcome
}

func newOutcomes(plan []bundle.PlanItem, given []bundle.Outcome, start int64) *outcomes {
	c := &outcomes{byItem: make([]bundle.Outcome, len(plan))}
	for i := range plan {
		c.byItem[i] = bundle.Outcome{Item: i + 1, Outcome: bundle.Collected, Method: "desk", Started: start}
	}
	for _, o := range given {
		c.byItem[o.Item-1] = o
	}
	return c
}

func (c *outcomes) fail(f *found, err error) {
	o := &c.byItem[f.item-1]
	if o.Reason == "" {
		o.Reason = fmt.Sprintf("%q: %v", f.path, err)
	}
	o.Flags = append(o.Flags, "not read: "+shown(f.path))
	o.Outcome = code(err)
	if o.Exhibits > 0 {
		o.Outcome = bundle.Partial
	}
}

func (c *outcomes) take(f *found, x bundle.Exhibit, changed string) {
	o := &c.byItem[f.item-1]
	o.Exhibits++
	o.Bytes += x.Size
	if changed != "" {
		o.Flags = append(o.Flags, changed+shown(f.path))
	}
	for _, st := range x.States {
		if st.State == bundle.BytesUnreadable {
			o.Outcome = bundle.Partial
			o.Reason = fmt.Sprintf("%q: %s", f.path, st.Errno)
		}
	}
	if o.Outcome == bundle.Denied || o.Outcome == bundle.Failed || o.Outcome == bundle.Absent {
		o.Outcome = bundle.Partial
	}
}

func (c *outcomes) all(end int64) []bundle.Outcome {
	for i := range c.byItem {
		if c.byItem[i].Ended == 0 {
			c.byItem[i].Ended = end
		}
	}
	return c.byItem
}
