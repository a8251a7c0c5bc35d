package source

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// deleted is the source of files without a name that processes still hold.
func deleted() collect.Source { return deletedSource{} }

type deletedSource struct{}

const (
	deletedCap   = 64 << 20  // bytes of one file
	deletedTotal = 512 << 20 // bytes of all of them
	deletedFiles = 4096
)

// Describe implements collect.Source.
func (deletedSource) Describe() collect.Description {
	return collect.Description{
		Name: "deleted",
		Doc: "contents of deleted files that processes still have open or have mapped as code: unlinked logs, libraries that were replaced, " +
			"memory files; one copy for each inode",
		Effects:    "reads pages of these files, which may enter the page cache",
		References: []string{"proc_pid_fd(5)", "proc_pid_map_files(5)", "MITRE ATT&CK T1070.004", "MITRE ATT&CK T1055"},
		Group:      collect.GroupExe,
		MinKernel:  "3.10",
		Fallback:   "kernels that do not let map_files be opened: open descriptors only",
		Root:       true,
		LiveOnly:   true,
		Profiles:   []string{"triage", "full"},
	}
}

// Plan implements collect.Source.
func (deletedSource) Plan(context.Context, *collect.Env) ([]bundle.PlanItem, error) {
	return []bundle.PlanItem{{Source: "deleted", Target: "deleted files that are open or mapped as code", Bytes: -1}}, nil
}

// Collect implements collect.Source.
func (deletedSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	proc := env.Host.Proc()
	if proc == nil {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "not a live host"}, nil
	}
	pids, err := proc.PIDs()
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("list processes: %w", err)
	}
	slices.Sort(pids)
	d := &deletedCopier{env: env, proc: proc, item: item.Item, clock: newWatch(env.Host, "deleted"), seen: map[[2]uint64]bool{}}
	for _, pid := range pids {
		if ctx.Err() != nil {
			break
		}
		if err := d.visit(ctx, pid); err != nil {
			return bundle.Outcome{}, err
		}
	}
	out := d.outcome()
	out.Method = method(proc)
	if ctx.Err() != nil {
		out.Outcome, out.Reason = bundle.Partial, "cancelled"
	}
	return out, nil
}

type deletedCopier struct {
	env   *collect.Env
	proc  host.Proc
	item  int
	clock watch
	seen  map[[2]uint64]bool // device and inode

	exhibits, cut, left, failed, denied int
	bytes                               int64
	errno                               string
}

func (d *deletedCopier) visit(ctx context.Context, pid int) error {
	dir := strconv.Itoa(pid)
	if exe, err := d.proc.Readlink(dir + "/exe"); err == nil && nameless(exe) {
		if st, err := d.proc.Stat(dir + "/exe"); err == nil {
			d.seen[[2]uint64{st.Dev, st.Ino}] = true // copied by the source exe
		}
	}
	names, err := d.proc.ReadDir(dir + "/fd")
	if refused(host.ErrnoName(err)) {
		d.denied++
		d.errno = host.ErrnoName(err)
	}
	if err == nil {
		for _, n := range names {
			if target, err := d.proc.Readlink(dir + "/fd/" + n); err == nil && heldFile(target) {
				if err := d.take(ctx, dir+"/fd/"+n, dir+"-fd"+n, target); err != nil {
					return err
				}
			}
		}
	}
	ctx2, cancel := context.WithTimeout(ctx, taskWait)
	defer cancel()
	maps, _, err := d.proc.Read(ctx2, dir+"/maps", mapsCap)
	if err != nil {
		return nil
	}
	for line := range bytes.Lines(maps) {
		if rng, target, ok := deletedCode(string(line)); ok {
			if err := d.take(ctx, dir+"/map_files/"+rng, dir+"-map-"+rng, target); err != nil {
				return err
			}
		}
	}
	return nil
}

// heldFile says whether the target of a descriptor is a file that lost its
// name. Memory of the kernel's own making (shared memory of System V, graphics,
// asynchronous IO) is not meant.
func heldFile(target string) bool {
	if !strings.HasPrefix(target, "/") || !strings.HasSuffix(target, " (deleted)") {
		return false
	}
	for _, own := range []string{"/SYSV", "/[aio]", "/dev/zero", "/i915", "/drm", "/anon_hugepage", "/memfd:"} {
		if strings.HasPrefix(target, own) {
			return false
		}
	}
	return true
}

// deletedCode takes address range and name of an executable mapping of a file
// without a name out of a line of maps, proc_pid_maps(5).
func deletedCode(line string) (rng, target string, ok bool) {
	f := strings.SplitN(strings.TrimRight(line, "\n"), " ", 6)
	if len(f) < 6 || len(f[1]) < 3 || f[1][2] != 'x' {
		return "", "", false
	}
	target = strings.TrimLeft(f[5], " ")
	if strings.HasPrefix(target, "/memfd:") && strings.HasSuffix(target, " (deleted)") {
		return f[0], target, true
	}
	return f[0], target, heldFile(target)
}

// take copies one file unless its inode was copied before.
func (d *deletedCopier) take(ctx context.Context, name, label, target string) error {
	st, err := d.proc.Stat(name)
	if err != nil || st.Mode&0xf000 != 0x8000 {
		return nil // gone meanwhile, or no regular file
	}
	key := [2]uint64{st.Dev, st.Ino}
	if d.seen[key] {
		return nil
	}
	d.seen[key] = true
	if d.exhibits >= deletedFiles || d.bytes >= deletedTotal {
		d.left++
		return nil
	}
	f, err := d.proc.Open(name)
	if err != nil {
		if errno := host.ErrnoName(err); !gone(errno) {
			d.failed++
			d.errno = errno
		}
		return nil
	}
	defer f.Close()
	size := min(st.Size, deletedCap, deletedTotal-d.bytes)
	began, _ := d.clock.now()
	x := bundle.Exhibit{Name: "data/deleted/" + label, Item: d.item, Source: "deleted", Path: record.Bytes(target), Method: method(d.proc), Started: began,
		Stat: &bundle.Stat{Dev: st.Dev, Ino: st.Ino, Mode: st.Mode, UID: st.UID, GID: st.GID, Nlink: st.Nlink, Size: st.Size, Atime: st.Atime, Mtime: st.Mtime,
			Ctime: st.Ctime, Btime: st.Btime}}
	if size < st.Size {
		x.Flags = append(x.Flags, "cut at its cap")
		d.cut++
	}
	if _, err := d.env.Out.File(x, size, throttled{ctx: ctx, env: d.env, r: io.NewSectionReader(f, 0, size)}); err != nil {
		return fmt.Errorf("copy %q: %w", name, err)
	}
	d.exhibits++
	d.bytes += size
	return nil
}

func (d *deletedCopier) outcome() bundle.Outcome {
	o := bundle.Outcome{Outcome: bundle.Collected, Exhibits: d.exhibits, Bytes: d.bytes}
	switch {
	case d.denied > 0:
		o.Outcome, o.Errno = bundle.Partial, d.errno
		o.Reason = fmt.Sprintf("no right to see what %d processes hold", d.denied)
	case d.failed > 0:
		o.Outcome, o.Errno = bundle.Partial, d.errno
		o.Reason = fmt.Sprintf("%d files could not be opened", d.failed)
	case d.cut+d.left > 0:
		o.Outcome, o.Cap = bundle.Partial, deletedTotal
		o.Reason = fmt.Sprintf("%d files cut and %d left out by the caps", d.cut, d.left)
	}
	return o
}
