package gen

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/collect/seal"
)

// Case is what Write made.
type Case struct {
	Bundles []string // paths of the bundles, in the order of hosts
	Truth   Truth
}

// Write makes the three bundles and truth.json below dir, which must exist.
func Write(dir string) (*Case, error) {
	c := &Case{Truth: truth()}
	for _, h := range hosts() {
		path := filepath.Join(dir, h.name+".tar.zst")
		if err := writeHost(path, h); err != nil {
			return nil, fmt.Errorf("sample host %s: %w", h.name, err)
		}
		c.Bundles = append(c.Bundles, path)
	}
	t, err := json.MarshalIndent(c.Truth, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("truth: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "truth.json"), append(t, '\n'), 0o644); err != nil {
		return nil, fmt.Errorf("truth: %w", err)
	}
	return c, nil
}

func writeHost(path string, h hostSpec) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	key, err := seal.NewRunKey(&seedReader{seed: "saksi sample key of " + h.name})
	if err != nil {
		return err
	}
	parts, err := exhibits(h)
	if err != nil {
		return err
	}
	w, err := bundle.NewWriter(f, bundle.Options{Acquisition: acquisition(h), Plan: plan(parts), Signer: key, Workers: 1, Now: func() time.Time { return scenario().collected }})
	if err != nil {
		return err
	}
	for i, p := range parts {
		if err := p.write(w, i+1); err != nil {
			return fmt.Errorf("%s: %w", p.target, err)
		}
	}
	_, err = w.Close()
	return err
}

// runID names the run of a host; it never changes.
func runID(h hostSpec) string { return "sample-" + h.name + "-20240731" }

func acquisition(h hostSpec) bundle.Acquisition {
	c := scenario().collected
	return bundle.Acquisition{
		Version: bundle.FormatVersion, RunID: runID(h), Synthetic: true, Sealed: "host",
		Tool: bundle.Tool{Name: "saksi samples", Version: "1"}, CaseID: "SAMPLE-1", Operator: "sample operator", Profile: "full",
		Host:  bundle.HostClaims{Hostname: h.name, MachineID: h.machineID, BootID: h.bootID, Kernel: "6.1.0-18-amd64", Arch: "x86_64", OS: "Debian GNU/Linux 12 (bookworm)", Zone: zoneName},
		Self:  bundle.Self{PID: 31337, Start: ticks(h, c.Add(-2*time.Second))},
		Clock: record.Clock{When: "start", Realtime: c.UnixNano(), Monotonic: c.Sub(h.boot).Nanoseconds(), Boottime: c.Sub(h.boot).Nanoseconds()},
	}
}

// ticks is a moment as stat field 22 counts it: hundredths of a second since boot.
func ticks(h hostSpec, t time.Time) uint64 { return uint64(t.Sub(h.boot) / (10 * time.Millisecond)) }

// part is one planned item of a sample bundle with its exhibit.
type part struct {
	source, target string
	mode           uint32
	uid            uint32
	mtime          time.Time
	data           []byte   // of a file
	lines          [][]byte // of a record stream
	bag            string   // of a copied executable
	ino            uint64
}

func plan(ps []part) []bundle.PlanItem {
	var out []bundle.PlanItem
	for i, p := range ps {
		out = append(out, bundle.PlanItem{Item: i + 1, Source: p.source, Target: p.target, Bytes: int64(len(p.data))})
	}
	return out
}

func (p part) write(w *bundle.Writer, item int) error {
	now := scenario().collected.UnixNano()
	x := bundle.Exhibit{Item: item, Source: p.source, Method: "sample", Started: now, Ended: now}
	o := bundle.Outcome{Item: item, Source: p.source, Target: p.target, Outcome: bundle.Collected, Method: "sample", Started: now, Ended: now}
	if p.lines != nil {
		x.Name = "data/records/" + p.source
		rs, err := w.Records(x)
		if err != nil {
			return err
		}
		for _, l := range p.lines {
			if err := rs.Line(l); err != nil {
				return err
			}
		}
		n, size, err := rs.Close()
		if err != nil {
			return err
		}
		o.Exhibits, o.Bytes = n, size
		return w.Outcome(o)
	}
	x.Name = p.bag
	if x.Name == "" {
		x.Name = bundle.BagName("data/files", []byte(p.target))
	}
	t := p.mtime.UnixNano()
	x.Path = record.Bytes(p.target)
	x.Stat = &bundle.Stat{Dev: 0xfe01, Ino: p.ino, Mode: p.mode, UID: p.uid, GID: p.uid, Nlink: 1, Size: int64(len(p.data)), Atime: t, Mtime: t, Ctime: t, Btime: scenario().from.UnixNano()}
	if _, err := w.File(x, int64(len(p.data)), bytes.NewReader(p.data)); err != nil {
		return err
	}
	o.Exhibits, o.Bytes = 1, int64(len(p.data))
	return w.Outcome(o)
}

// seedReader gives an endless stream that a text determines.
type seedReader struct {
	seed string
	n    int
	buf  []byte
}

// Read fills p from SHA-256 of the seed and a counter.
func (r *seedReader) Read(p []byte) (int, error) {
	for len(r.buf) < len(p) {
		h := sha256.Sum256(fmt.Appendf(nil, "%s %d", r.seed, r.n))
		r.n++
		r.buf = append(r.buf, h[:]...)
	}
	n := copy(p, r.buf)
	r.buf = r.buf[n:]
	return n, nil
}

var _ io.Reader = (*seedReader)(nil)
