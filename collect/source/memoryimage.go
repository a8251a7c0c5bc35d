package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/memory"
	"github.com/saksi-dfir/saksi/collect/record"
)

// chunkWait is how long one chunk of memory may take before it is labelled
// unreadable and the image goes on.
const chunkWait = 10 * time.Second

// plugRounds is how often memory that was plugged in during the image is
// looked for and read.
const plugRounds = 3

// imager writes one image.
type imager struct {
	env    *collect.Env
	proc   host.Proc
	core   host.File
	src    *memory.Patient
	k      *memory.Kcore
	item   int
	sum    record.MemorySummary
	out    bundle.Outcome
	stop   error          // why the image ends early
	imaged []memory.Range // what went into exhibits
	rest   []memory.Range // left out by the bound on bytes
	left   []memory.Range // left out by stop
}

// image reads the ranges that are wanted, then those plugged in meanwhile.
func (im *imager) image(ctx context.Context, listed []memory.Range) (bundle.Outcome, error) {
	unlisted := memory.Subtract(im.k.Ranges(), listed)
	wanted, rest := ramWanted(im.env, memory.Normal(append(append([]memory.Range(nil), listed...), unlisted...)))
	im.rest = rest
	if err := im.plan(listed, wanted, unlisted); err != nil {
		return im.out, err
	}
	if err := im.all(ctx, wanted); err != nil {
		return im.out, err
	}
	for round := 0; round < plugRounds && im.stop == nil && len(im.rest) == 0; round++ {
		_, now, o := im.listed(ctx)
		if o != nil {
			break
		}
		added := memory.Subtract(now, memory.Normal(append(append([]memory.Range(nil), listed...), unlisted...)))
		im.sum.Gone = recordRanges(memory.Subtract(listed, now))
		if added, _ = ramWanted(im.env, added); len(added) == 0 {
			break
		}
		if im.open() != nil {
			im.left = append(im.left, added...)
			break
		}
		im.sum.Added = append(im.sum.Added, recordRanges(added)...)
		if err := im.all(ctx, added); err != nil {
			return im.out, err
		}
		listed = memory.Normal(append(listed, added...))
	}
	return im.close(ctx)
}

// plan writes the first record of the image.
func (im *imager) plan(listed, wanted, unlisted []memory.Range) error {
	c, id := im.env.Host.Clock("memory"), im.env.Host.Identity()
	resident, _ := im.resident()
	im.sum = record.MemorySummary{Type: "memory-summary", Source: "kcore", Kernel: id.Kernel, Offset: im.k.Offset, Started: c.Realtime}
	p := record.MemoryPlan{Type: "memory-plan", At: c.Realtime, Boottime: c.Boottime, Source: "kcore", Kernel: id.Kernel, Boot: id.BootID,
		Offset: im.k.Offset, Listed: recordRanges(listed), Wanted: recordRanges(wanted), Unlisted: recordRanges(unlisted),
		Output: im.written(), Resumes: im.env.RAM.Resumes, Resident: resident}
	return im.records(&p)
}

func recordRanges(rs []memory.Range) []record.MemoryRange {
	var out []record.MemoryRange
	for _, r := range rs {
		out = append(out, record.MemoryRange{Start: r.Start, End: r.End})
	}
	return out
}

func (im *imager) written() string {
	if im.env.Written == nil {
		return ""
	}
	return im.env.Written()
}

// records writes lines as one part of the stream, so that a run that is cut
// has those of every part it has.
func (im *imager) records(lines ...any) error {
	s, err := im.env.Out.Records(bundle.Exhibit{Name: "data/records/memory", Item: im.item, Source: "memory", Method: "kcore"})
	if err != nil {
		return fmt.Errorf("open memory records: %w", err)
	}
	for _, l := range lines {
		if err := s.Record(l); err != nil {
			return fmt.Errorf("memory records: %w", err)
		}
	}
	parts, n, err := s.Close()
	if err != nil {
		return fmt.Errorf("memory records: %w", err)
	}
	im.out.Exhibits += parts
	im.out.Bytes += n
	return nil
}

// all images ranges part by part until something ends it.
func (im *imager) all(ctx context.Context, ranges []memory.Range) error {
	for _, r := range ranges {
		for at := r.Start; at < r.End; at = min(at-at%ramPart+ramPart, r.End) {
			p := memory.Range{Start: at, End: min(at-at%ramPart+ramPart, r.End)}
			if im.stop == nil && ctx.Err() != nil {
				im.stop = context.Cause(ctx)
			}
			if im.stop != nil {
				im.left = append(im.left, p)
				continue
			}
			if err := im.part(ctx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// part writes one stretch of a range as one exhibit and its chunks as records.
func (im *imager) part(ctx context.Context, p memory.Range) error {
	r := &chunkReader{ctx: ctx, env: im.env, m: memory.NewReader(ctx, im.src, im.k, p), start: p.Start,
		base: im.env.Host.Clock("memory"), began: time.Now()}
	x := bundle.Exhibit{Name: fmt.Sprintf("data/memory/%016x-%016x.raw", p.Start, p.End-1), Item: im.item, Source: "memory", Method: "kcore"}
	x, err := im.env.Out.File(x, int64(p.Len()), r)
	late := errors.Is(err, host.ErrTimeout)
	if err != nil && !late {
		return fmt.Errorf("write %s: %w", x.Name, err)
	}
	im.imaged = memory.Normal(append(im.imaged, p))
	im.out.Exhibits++
	im.out.Bytes += x.Size
	if late { // the reader still runs somewhere: nothing of it is touched
		im.stop = host.ErrTimeout
		im.count(p, x.States, firstUnread(x.States, int64(p.Len())))
		return nil
	}
	im.count(p, x.States, r.pos)
	switch {
	case r.stop != nil:
		im.stop = r.stop
	case r.pos < int64(p.Len()) && ctx.Err() != nil:
		im.stop = context.Cause(ctx)
	case r.pos < int64(p.Len()):
		im.stop = memory.ErrGivenUp
	}
	lines := make([]any, len(r.chunks))
	for i := range r.chunks {
		lines[i] = &r.chunks[i]
	}
	return im.records(lines...)
}

// firstUnread is where the last state of an exhibit begins when it reaches to
// the end of it.
func firstUnread(states []bundle.StateRange, size int64) int64 {
	if n := len(states); n > 0 && states[n-1].Offset+states[n-1].Length == size {
		return states[n-1].Offset
	}
	return size
}

// count sums the states of one part; what lies behind pos was not tried.
func (im *imager) count(p memory.Range, states []bundle.StateRange, pos int64) {
	read := pos
	for _, s := range states {
		n := min(s.Offset+s.Length, pos) - min(s.Offset, pos)
		read -= n
		if s.State == bundle.BytesZero {
			im.sum.Zero += n
		} else {
			im.sum.Unreadable += n
		}
	}
	im.sum.Read += read
	if pos < int64(p.Len()) {
		im.left = append(im.left, memory.Range{Start: p.Start + uint64(pos), End: p.End})
	}
}

// close writes the last record and words the outcome.
func (im *imager) close(ctx context.Context) (bundle.Outcome, error) {
	c := im.env.Host.Clock("memory")
	im.sum.At, im.sum.Boottime, im.sum.Output = c.Realtime, c.Boottime, im.written()
	im.sum.Resident, im.sum.Peak = im.resident()
	missing := memory.Normal(append(im.left, im.rest...))
	im.sum.Ranges = recordRanges(im.imaged)
	im.sum.Left, im.sum.Missing = int64(memory.Total(missing)), recordRanges(missing)
	if err := im.records(&im.sum); err != nil {
		return im.out, err
	}
	o := im.out
	o.Outcome, o.Method = bundle.Collected, "kcore"
	if out := im.written(); out != "" {
		o.Method += ", output " + out
	}
	if len(im.sum.Added) > 0 {
		o.Flags = append(o.Flags, "memory was plugged in while the image was made")
	}
	if len(im.sum.Gone) > 0 {
		o.Flags = append(o.Flags, "memory was taken away while the image was made")
	}
	if im.sum.Unreadable > 0 {
		o.Outcome, o.Reason = bundle.Partial, fmt.Sprintf("%d bytes could not be read", im.sum.Unreadable)
	}
	if len(missing) == 0 {
		return o, nil
	}
	o.Outcome = bundle.Partial
	why := "the bound --memory-max"
	if im.stop != nil {
		why = im.stop.Error()
	} else {
		o.Cap = im.env.RAM.Max
	}
	o.Reason = strings.TrimPrefix(fmt.Sprintf("%s; %d bytes were not read (%s); go on with --memory-range %s", o.Reason, memory.Total(missing), why, memory.Join(missing)), "; ")
	if errors.Is(im.stop, collect.ErrFreeSpace) || errors.Is(im.stop, collect.ErrMemory) { // these end the run, not only the image
		return o, fmt.Errorf("%s: %w", o.Reason, im.stop)
	}
	return o, nil
}

// resident is how much memory this process holds, and held at most, in bytes.
func (im *imager) resident() (now, peak int64) {
	ctx, cancel := host.Patience(context.Background(), taskWait)
	defer cancel()
	b, _, err := im.proc.Read(ctx, fmt.Sprintf("%d/status", os.Getpid()), smallCap)
	if err != nil {
		return 0, 0
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		var n int64
		if k, _ := fmt.Sscanf(line, "VmRSS: %d kB", &n); k == 1 {
			now = n << 10
		} else if k, _ := fmt.Sscanf(line, "VmHWM: %d kB", &n); k == 1 {
			peak = n << 10
		}
	}
	return now, peak
}
