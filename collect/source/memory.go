package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/memory"
	"github.com/saksi-dfir/saksi/collect/record"
)

// ram is the source of the RAM image. It runs only when it is asked for.
func ram() collect.Source { return ramSource{} }

type ramSource struct{}

// ramPart is the most that goes into one exhibit, so that labels stay small in memory.
const ramPart = 4 << 30

const (
	ramTarget  = "physical memory"
	iomemLimit = 4 << 20
)

// Describe implements collect.Source.
func (ramSource) Describe() collect.Description {
	return collect.Description{
		Name: "memory",
		Doc: "image of RAM: the System RAM ranges of /proc/iomem read through the direct map of /proc/kcore, each page labelled read, zero or " +
			"unreadable, each chunk with its time; only with --memory",
		Effects:    "reads all of RAM once; a file as output goes past the page cache where the file system allows it",
		References: []string{"proc_kcore(5)", "proc_iomem(5)", "kernel fs/proc/kcore.c", "kernel_lockdown(7)"},
		Group:      collect.GroupMemory,
		MinKernel:  "3.10",
		Fallback:   "without /proc/kcore, or under lockdown=confidentiality: denied, with what is still possible",
		Root:       true,
		LiveOnly:   true,
	}
}

// Plan implements collect.Source.
func (ramSource) Plan(ctx context.Context, env *collect.Env) ([]bundle.PlanItem, error) {
	size := int64(-1)
	if proc := env.Host.Proc(); proc != nil {
		if b, _, err := proc.Read(ctx, "iomem", iomemLimit); err == nil {
			if rs, err := memory.ParseIomem(b); err == nil {
				size = 0
				for _, r := range rs {
					size += int64(r.Len())
				}
			}
		}
	}
	return []bundle.PlanItem{{Source: "memory", Target: ramTarget, Bytes: size}}, nil
}

// Collect implements collect.Source.
func (ramSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	proc := env.Host.Proc()
	if proc == nil {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "not a live host"}, nil
	}
	text, _, err := proc.Read(ctx, "iomem", iomemLimit)
	if err != nil {
		return ramRefused("iomem", err), nil
	}
	ranges, err := memory.ParseIomem(text)
	if err != nil {
		return ramRefused("iomem", err), nil
	}
	core, err := proc.Open("kcore")
	if err != nil {
		return ramRefused("kcore", err), nil
	}
	defer core.Close()
	k, err := memory.ReadKcore(core)
	if err != nil {
		return ramRefused("kcore", err), nil
	}
	im := &imager{env: env, core: core, k: k, item: item.Item}
	if err := im.beside(text); err != nil {
		return bundle.Outcome{}, err
	}
	return im.image(ctx, ranges)
}

// ramRefused words why there is no image and what is still possible.
func ramRefused(what string, err error) bundle.Outcome {
	const still = "; processes, sockets and executables are still taken; take memory from the hypervisor, or boot a kernel with CONFIG_PROC_KCORE and without lockdown=confidentiality"
	o := bundle.Outcome{Outcome: bundle.Denied, Errno: host.ErrnoName(err)}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		o.Reason = "this kernel has no /proc/" + what + still
	case errors.Is(err, memory.ErrHidden):
		o.Reason = err.Error() + still
	case errors.Is(err, fs.ErrPermission):
		o.Reason = "the kernel refuses /proc/" + what + " (not root, or lockdown)" + still
	default:
		o.Outcome, o.Reason = bundle.Failed, fmt.Sprintf("/proc/%s: %v%s", what, err, still)
	}
	return o
}

// imager writes one image.
type imager struct {
	env  *collect.Env
	core host.File
	k    *memory.Kcore
	item int
	sum  record.MemorySummary
	out  bundle.Outcome
	recs collect.RecordStream
}

// beside writes what makes the image readable elsewhere.
func (im *imager) beside(iomem []byte) error {
	for _, p := range []struct {
		name string
		data []byte
	}{{"iomem", iomem}, {"kcore-header", im.k.Header}, {"kcore-notes", im.k.Notes}} {
		x := bundle.Exhibit{Name: "data/memory/" + p.name, Item: im.item, Source: "memory", Method: "read /proc"}
		if _, err := im.env.Out.Bytes(x, p.data); err != nil {
			return fmt.Errorf("write %s: %w", x.Name, err)
		}
		im.out.Exhibits++
		im.out.Bytes += int64(len(p.data))
	}
	return nil
}

func (im *imager) image(ctx context.Context, ranges []memory.Range) (bundle.Outcome, error) {
	c := im.env.Host.Clock("memory")
	im.sum = record.MemorySummary{Type: "memory-summary", Source: "kcore", Kernel: im.env.Host.Identity().Kernel, Offset: im.k.Offset, Started: c.Realtime}
	var err error
	im.recs, err = im.env.Out.Records(bundle.Exhibit{Name: "data/records/memory", Item: im.item, Source: "memory", Method: "kcore"})
	if err != nil {
		return im.out, fmt.Errorf("open memory records: %w", err)
	}
	for _, r := range ranges {
		for at := r.Start; at < r.End; at += ramPart {
			p := memory.Range{Start: at, End: min(at+ramPart, r.End)}
			if ctx.Err() != nil {
				im.sum.Left += int64(p.Len())
				im.sum.Ranges = append(im.sum.Ranges, record.MemoryRange{Start: p.Start, End: p.End})
				continue
			}
			if err := im.part(ctx, p); err != nil {
				return im.out, err
			}
		}
	}
	return im.close()
}

// part writes one stretch of a range as one exhibit and its chunks as records.
func (im *imager) part(ctx context.Context, p memory.Range) error {
	r := &chunkReader{ctx: ctx, im: im, m: memory.NewReader(ctx, im.core, im.k, p), start: p.Start,
		base: im.env.Host.Clock("memory"), began: time.Now()}
	x := bundle.Exhibit{Name: fmt.Sprintf("data/memory/%016x-%016x.raw", p.Start, p.End-1), Item: im.item, Source: "memory", Method: "kcore"}
	x, err := im.env.Out.File(x, int64(p.Len()), r)
	if err != nil {
		return fmt.Errorf("write %s: %w", x.Name, err)
	}
	im.sum.Ranges = append(im.sum.Ranges, record.MemoryRange{Start: p.Start, End: p.End, Exhibit: x.Name})
	im.out.Exhibits++
	im.out.Bytes += x.Size
	for i := range r.chunks {
		if err := im.recs.Record(&r.chunks[i]); err != nil {
			return fmt.Errorf("memory records: %w", err)
		}
	}
	for _, l := range r.m.Labels() {
		switch l.State {
		case memory.Zero:
			im.sum.Zero += l.Length
		case memory.Unreadable:
			im.sum.Unreadable += l.Length
		default:
			im.sum.Read += l.Length
		}
	}
	if done := r.pos; done < int64(p.Len()) {
		im.sum.Left += int64(p.Len()) - done
	}
	return nil
}

func (im *imager) close() (bundle.Outcome, error) {
	c := im.env.Host.Clock("memory")
	im.sum.At, im.sum.Boottime = c.Realtime, c.Boottime
	if err := im.recs.Record(&im.sum); err != nil {
		return im.out, fmt.Errorf("memory records: %w", err)
	}
	parts, n, err := im.recs.Close()
	if err != nil {
		return im.out, fmt.Errorf("memory records: %w", err)
	}
	o := im.out
	o.Exhibits += parts
	o.Bytes += n
	o.Outcome, o.Method = bundle.Collected, "kcore"
	if im.sum.Unreadable > 0 {
		o.Outcome, o.Reason = bundle.Partial, fmt.Sprintf("%d bytes could not be read", im.sum.Unreadable)
	}
	if im.sum.Left > 0 {
		o.Outcome, o.Reason = bundle.Partial, fmt.Sprintf("stopped: %d bytes were not read", im.sum.Left)
	}
	return o, nil
}

// chunkReader reads one part in chunks, keeps the time of each, and waits as
// the budgets demand.
type chunkReader struct {
	ctx    context.Context
	im     *imager
	m      *memory.Reader
	start  uint64
	base   record.Clock // read once a part; chunks count from it
	began  time.Time
	pos    int64
	chunks []record.MemoryChunk
}

// Read implements collect.Reader. A stop ends the exhibit short.
func (r *chunkReader) Read(p []byte) (int, error) {
	since := time.Since(r.began).Nanoseconds()
	n, err := r.m.Read(p)
	if n > 0 {
		r.note(since, n)
		if r.im.env.Throttle != nil {
			if terr := r.im.env.Throttle(r.ctx, n); terr != nil {
				return n, terr
			}
		}
	}
	return n, err
}

func (r *chunkReader) note(since int64, n int) {
	k := record.MemoryChunk{Type: "memory-chunk", At: r.base.Realtime + since, Boottime: r.base.Boottime + since, Start: r.start + uint64(r.pos), Length: int64(n)}
	end := r.pos + int64(n)
	for _, l := range r.m.Since(r.pos) {
		from, to := max(l.Offset, r.pos), min(l.Offset+l.Length, end)
		k.States = append(k.States, record.MemoryState{Offset: from - r.pos, Length: to - from, State: string(l.State), Errno: l.Errno})
	}
	r.pos = end
	r.chunks = append(r.chunks, k)
}

// States gives the labels that are not plain reads to the bundle writer.
func (r *chunkReader) States() []bundle.StateRange {
	var out []bundle.StateRange
	for _, l := range r.m.Labels() {
		switch l.State {
		case memory.Zero:
			out = append(out, bundle.StateRange{Offset: l.Offset, Length: l.Length, State: bundle.BytesZero})
		case memory.Unreadable:
			out = append(out, bundle.StateRange{Offset: l.Offset, Length: l.Length, State: bundle.BytesUnreadable, Errno: l.Errno})
		}
	}
	return out
}
