package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/memory"
)

// ram is the source of the RAM image. It runs only when it is asked for.
func ram() collect.Source { return ramSource{} }

type ramSource struct{}

// ramPart is the most that goes into one exhibit: no more than lies between
// two checkpoints, so that a run that is killed loses one part at most.
const ramPart = 64 << 20

const (
	ramTarget  = "physical memory"
	iomemLimit = 4 << 20
)

// Describe implements collect.Source.
func (ramSource) Describe() collect.Description {
	return collect.Description{
		Name: "memory",
		Doc: "image of RAM: the System RAM ranges of /proc/iomem read through the direct map of /proc/kcore, each chunk labelled read, zero or " +
			"unreadable, with its time; beside it kallsyms, BTF, VMCOREINFO, modules; only with --memory",
		Effects:    "reads all of RAM once; the bundle goes past the page cache where the file system allows it, and run.json says which way it went",
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
				wanted, _ := ramWanted(env, rs)
				size = int64(memory.Total(wanted))
			}
		}
	}
	return []bundle.PlanItem{{Source: "memory", Target: ramTarget, Bytes: size}}, nil
}

// ramWanted cuts ranges down to what the user asked for; rest is what the
// bound on bytes leaves out.
func ramWanted(env *collect.Env, all []memory.Range) (wanted, rest []memory.Range) {
	if len(env.RAM.Ranges) > 0 {
		var only []memory.Range
		for _, e := range env.RAM.Ranges {
			only = append(only, memory.Range(e))
		}
		all = memory.Intersect(all, only)
	}
	if env.RAM.Max > 0 {
		return memory.Head(all, uint64(env.RAM.Max)&^(memory.PageSize-1))
	}
	return all, nil
}

// Collect implements collect.Source.
func (ramSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	proc := env.Host.Proc()
	if proc == nil {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "not a live host"}, nil
	}
	im := &imager{env: env, proc: proc, item: item.Item}
	text, ranges, o := im.listed(ctx)
	if o != nil {
		return *o, nil
	}
	if o := im.open(); o != nil {
		return *o, nil
	}
	defer im.closeCore()
	if err := im.beside(ctx, text); err != nil {
		return bundle.Outcome{}, err
	}
	return im.image(ctx, ranges)
}

// listed reads the System RAM of iomem.
func (im *imager) listed(ctx context.Context) ([]byte, []memory.Range, *bundle.Outcome) {
	text, _, err := im.proc.Read(ctx, "iomem", iomemLimit)
	if err != nil {
		return nil, nil, ramRefused("iomem", err)
	}
	ranges, err := memory.ParseIomem(text)
	if err != nil {
		return nil, nil, ramRefused("iomem", err)
	}
	return text, ranges, nil
}

// open opens kcore and reads its header. It is opened anew after memory was
// plugged in: the kernel brings its list of segments up to date only then.
func (im *imager) open() *bundle.Outcome {
	im.closeCore()
	core, err := im.proc.Open("kcore")
	if err != nil {
		return ramRefused("kcore", err)
	}
	im.core = core
	if im.k, err = memory.ReadKcore(core); err != nil {
		return ramRefused("kcore", err)
	}
	wait := chunkWait
	if im.env.Stall > 0 {
		wait = min(wait, im.env.Stall/2)
	}
	im.src = memory.NewPatient(core, wait)
	return nil
}

// closeCore closes kcore, unless a read of it still hangs in the kernel.
func (im *imager) closeCore() {
	if im.src != nil {
		im.src.Close()
	}
	if im.core != nil && (im.src == nil || !im.src.Stuck()) {
		im.core.Close()
	}
	im.core, im.src = nil, nil
}

// ramRefused words why there is no image and what is still possible.
func ramRefused(what string, err error) *bundle.Outcome {
	const still = "; processes, sockets and executables are still taken; take memory from the hypervisor, or boot a kernel with CONFIG_PROC_KCORE and without lockdown=confidentiality"
	o := &bundle.Outcome{Outcome: bundle.Denied, Errno: host.ErrnoName(err)}
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
