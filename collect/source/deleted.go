package source

import (
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
			"memory files; also code mapped from where anybody may write, from hidden directories, or from files that anybody may write. One copy for each inode; " +
			"each such mapping is a record with its grounds",
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
	return []bundle.PlanItem{{Source: "deleted", Target: "deleted files that are open, and odd files mapped as code", Bytes: -1}}, nil
}

// Collect implements collect.Source.
func (deletedSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	proc := env.Host.Proc()
	if proc == nil || env.Host.Kernel() == nil {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "not a live host"}, nil
	}
	pids, err := proc.PIDs()
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("list processes: %w", err)
	}
	slices.Sort(pids)
	d := &deletedCopier{env: env, proc: proc, item: item.Item, clock: newWatch(env.Host, "deleted"),
		seen: map[[2]uint64]bool{}, had: map[[2]uint64]bundle.Exhibit{}, known: map[[2]uint64][]string{}}
	for key, c := range knownCopies(env) { // what the source exe has copied
		if id := [2]uint64{key[0], key[1]}; c.Bag != "" {
			d.seen[id], d.had[id] = true, bundle.Exhibit{Name: c.Bag, SHA256: c.SHA256}
		}
	}
	for _, pid := range pids {
		if ctx.Err() != nil {
			break
		}
		if err := d.visit(ctx, pid); err != nil {
			return bundle.Outcome{}, err
		}
	}
	out := d.outcome()
	if d.stream != nil {
		parts, _, err := d.stream.Close()
		if err != nil {
			return bundle.Outcome{}, fmt.Errorf("mapped records: %w", err)
		}
		out.Exhibits += parts
		out.Flags = append(out.Flags, fmt.Sprintf("%d odd files mapped as code", d.lines))
	}
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
	seen  map[[2]uint64]bool           // device and inode
	had   map[[2]uint64]bundle.Exhibit // their copies
	known map[[2]uint64][]string       // grounds of files that were looked at as mapped code

	stream collect.RecordStream // of odd mappings; nil before the first
	lines  int

	exhibits, cut, left, failed, denied int
	bytes                               int64
	errno                               string
}

func (d *deletedCopier) visit(ctx context.Context, pid int) error {
	if err := d.table(ctx, taskOf(pid, 0)); err != nil {
		return err
	}
	for _, tid := range ownTables(d.env.Host.Kernel(), pid, threads(d.proc, pid)) {
		if err := d.table(ctx, taskOf(pid, tid)); err != nil {
			return err
		}
	}
	return d.mapped(ctx, pid)
}

// table takes the files without a name of one descriptor table.
func (d *deletedCopier) table(ctx context.Context, t task) error {
	dir, label := t.dir, strconv.Itoa(t.pid)
	if t.tid != 0 {
		label += "-" + strconv.Itoa(t.tid)
	}
	names, err := d.proc.ReadDir(dir + "/fd")
	if refused(host.ErrnoName(err)) {
		d.denied++
		d.errno = host.ErrnoName(err)
	}
	if err == nil {
		for _, n := range names {
			if target, err := d.proc.Readlink(dir + "/fd/" + n); err == nil && heldFile(target) {
				if err := d.take(ctx, dir+"/fd/"+n, label+"-fd"+n, target, nil); err != nil {
					return err
				}
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

// take copies one file unless its inode was copied before.
func (d *deletedCopier) take(ctx context.Context, name, label, target string, why []string) error {
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
		Stat: statOf(st)}
	for _, w := range why {
		x.Flags = append(x.Flags, flagWhy+w)
	}
	if size < st.Size {
		x.Flags = append(x.Flags, "cut at its cap")
		d.cut++
	}
	if x, err = d.env.Out.File(x, size, throttled{ctx: ctx, env: d.env, r: io.NewSectionReader(f, 0, size)}); err != nil {
		return fmt.Errorf("copy %q: %w", name, err)
	}
	d.had[key] = x
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
