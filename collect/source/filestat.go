package source

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

func filestat() collect.Source { return filestatSource{} }

// filestatSource walks every local file system with statx(2).
type filestatSource struct{}

// Describe implements collect.Source.
func (filestatSource) Describe() collect.Description {
	return collect.Description{
		Name: "filestat",
		Doc: "statx of every name on every local file system: four times in ns, size, mode, owner, links, attributes, link targets, " +
			"extended attributes of executables. Each mount is walked through its own clone, so that files hidden under another mount are seen. " +
			"The base of every file timeline.",
		Effects:    "fills the kernel's cache of names and inodes; changes no access time where open_tree and mount_setattr work (Linux 5.12), else O_NOATIME on directories",
		References: []string{"statx(2)", "open_tree(2)", "mount_setattr(2)"},
		Group:      collect.GroupWalk,
		MinKernel:  "5.12",
		Fallback:   "before 5.2 no clone: what other mounts cover stays unseen; before 4.11 fstatat(2): no birth time",
		Root:       true,
		Profiles:   []string{collect.ProfileTriage, collect.ProfileFull},
	}
}

// tableTarget is the item for the mount table itself.
const tableTarget = "mount table"

// Plan implements collect.Source: one item a mount that holds files, and one
// for the table. Mounts that are not walked are items too, so that the bundle
// says what it does not cover.
func (filestatSource) Plan(ctx context.Context, env *collect.Env) ([]bundle.PlanItem, error) {
	var items []bundle.PlanItem
	env.Seen.Foreign = foreignMounts(ctx, env)
	for _, m := range walkable(env) {
		if m.Storage() == host.StoragePseudo {
			continue // named in the mount table
		}
		items = append(items, bundle.PlanItem{Target: mountTarget(m), Bytes: mountEstimate(env, m)})
	}
	return append(items, bundle.PlanItem{Target: tableTarget, Bytes: -1}), nil
}

func mountTarget(m host.Mount) string {
	return fmt.Sprintf("%s (%s, mount %d)", collect.Escape([]byte(m.Point)), collect.Escape([]byte(m.FSType)), m.ID)
}

// Collect implements collect.Source.
func (s filestatSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	if item.Target == tableTarget {
		return s.table(env)
	}
	for _, m := range walkable(env) {
		if mountTarget(m) != item.Target {
			continue
		}
		if why := unwalked(m, env.Mounts()); why != "" {
			env.Seen.Walks[m.ID] = collect.Walked{Why: why}
			return bundle.Outcome{Outcome: bundle.Skipped, Reason: why}, nil
		}
		return s.walk(ctx, env, m)
	}
	return bundle.Outcome{Outcome: bundle.Absent, Reason: "unmounted since the plan was made"}, nil
}

// table records all mounts and what became of each.
func (filestatSource) table(env *collect.Env) (bundle.Outcome, error) {
	stream, err := env.Out.Records(bundle.Exhibit{Source: "filestat", Parts: "mount", Method: "/proc/self/mountinfo"})
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("mount records: %w", err)
	}
	walked := 0
	for _, m := range walkable(env) {
		w, ok := env.Seen.Walks[m.ID]
		switch {
		case m.Storage() == host.StoragePseudo:
			w.Why = "kernel objects, no files"
		case !ok:
			w.Why = "not reached by this run"
		case w.Why == "":
			walked++
		}
		if err := stream.Record(mountRecord(m, w)); err != nil {
			return bundle.Outcome{}, fmt.Errorf("mount records: %w", err)
		}
	}
	if _, _, err := stream.Close(); err != nil {
		return bundle.Outcome{}, fmt.Errorf("mount records: %w", err)
	}
	o := bundle.Outcome{Outcome: bundle.Collected, Reason: fmt.Sprintf("%d mounts, %d of them walked", len(walkable(env)), walked)}
	if _, err := env.Host.Mounts(); err != nil {
		o.Outcome, o.Errno, o.Reason = bundle.Partial, host.ErrnoName(err), err.Error()
	}
	return o, nil
}

func mountRecord(m host.Mount, w collect.Walked) record.Mount {
	return record.Mount{
		Type: "mount", At: time.Now().UnixNano(), ID: m.ID, Parent: m.Parent, Dev: m.Dev, Root: record.Bytes(m.Root), Point: record.Bytes(m.Point),
		FSType: record.Bytes(m.FSType), Source: record.Bytes(m.Source), Options: record.Bytes(m.Options), Super: record.Bytes(m.Super),
		Walked: w.Why == "", Reason: w.Why, Dirs: w.Dirs, Files: w.Files, Denied: w.Denied,
	}
}

// unwalked says why a mount is not walked, or "".
func unwalked(m host.Mount, all []host.Mount) string {
	switch m.Storage() {
	case host.StorageRemote:
		if m.Point != "/" {
			return "file system " + m.FSType + " is answered by a daemon or another host"
		}
	case host.StorageAutofs:
		return "autofs: entering it would mount something"
	}
	if m.FSType == "overlay" && m.Point != "/" && (strings.HasSuffix(m.Point, "/merged") || strings.HasSuffix(m.Point, "/rootfs")) {
		return "overlay of a container: its layers are walked where they lie"
	}
	for _, o := range all {
		if o.ID == m.ID || o.Dev != m.Dev || o.Storage() != host.StorageLocal || !contains(o.Root, m.Root) {
			continue
		}
		if o.Root != m.Root || o.ID < m.ID {
			return fmt.Sprintf("same files as mount %d at %s", o.ID, collect.Escape([]byte(o.Point)))
		}
	}
	return ""
}

// contains says whether the directory a holds the directory b of one file system.
func contains(a, b string) bool {
	return a == b || a == "/" || strings.HasPrefix(b, a+"/")
}

// walk walks one mount.
func (s filestatSource) walk(ctx context.Context, env *collect.Env, m host.Mount) (bundle.Outcome, error) {
	w, ok := env.Host.(host.Walker)
	if !ok {
		return bundle.Outcome{Outcome: bundle.Failed, Reason: "this host cannot be walked"}, nil
	}
	stream, err := env.Out.Records(bundle.Exhibit{Source: "filestat", Method: "statx"})
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("file records: %w", err)
	}
	workers := min(runtime.GOMAXPROCS(0), 2)
	l := &lister{ctx: ctx, env: env, stream: stream, bufs: make([][]byte, workers)}
	r, err := w.Walk(ctx, m, host.WalkOptions{Workers: workers, Visit: l.visit, Xattrs: true, Covered: coveredBelow(m, env.Mounts())})
	if ferr := l.finish(); ferr != nil {
		return bundle.Outcome{}, ferr
	}
	if _, _, cerr := stream.Close(); cerr != nil {
		return bundle.Outcome{}, fmt.Errorf("file records: %w", cerr)
	}
	note := collect.Walked{WalkResult: r}
	if err != nil {
		note.Why = collect.Escape([]byte(err.Error()))
	}
	env.Seen.Walks[m.ID] = note
	return walkOutcome(r, err)
}

// coveredBelow lists the mount points that lie over directories of a mount.
func coveredBelow(m host.Mount, all []host.Mount) (points []string) {
	for _, o := range all {
		if o.Parent == m.ID && o.ID != m.ID && o.Point != m.Point {
			points = append(points, o.Point)
		}
	}
	return points
}

func walkOutcome(r host.WalkResult, err error) (bundle.Outcome, error) {
	o := bundle.Outcome{Outcome: bundle.Collected, Method: r.Method, Reason: fmt.Sprintf("%d directories, %d other names", r.Dirs, r.Files)}
	var w *collect.WriteError
	switch {
	case errors.As(err, &w):
		return o, err
	case errors.Is(err, host.ErrCovered):
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: err.Error()}, nil
	case err != nil && r.Dirs == 0:
		return collect.OutcomeOf(err), nil
	case err != nil:
		o.Outcome, o.Errno = bundle.Partial, host.ErrnoName(err)
		o.Reason += "; ended by " + collect.Escape([]byte(err.Error()))
	case r.Denied > 0:
		o.Outcome, o.Errno = bundle.Partial, r.Errno
		o.Reason += fmt.Sprintf("; %d could not be read, the first %s", r.Denied, collect.Escape([]byte(r.First)))
	}
	if r.Gone > 0 {
		o.Flags = append(o.Flags, fmt.Sprintf("%d names went away while read", r.Gone))
	}
	return o, nil
}

// lister encodes what the walk visits and hands it on in batches.
type lister struct {
	ctx  context.Context
	env  *collect.Env
	bufs [][]byte

	mu     sync.Mutex
	stream collect.RecordStream
}

const listBatch = 128 << 10

func (l *lister) visit(worker int, f *record.File) error {
	b := appendFile(l.bufs[worker], f)
	b = append(b, '\n')
	if len(b) >= listBatch {
		if err := l.flush(b); err != nil {
			return err
		}
		b = b[:0]
	}
	l.bufs[worker] = b
	return nil
}

func (l *lister) flush(b []byte) error {
	if err := l.env.Throttle(l.ctx, len(b)); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return collect.Lines(l.stream, b)
}

func (l *lister) finish() error {
	for _, b := range l.bufs {
		if len(b) == 0 {
			continue
		}
		if err := collect.Lines(l.stream, b); err != nil {
			return fmt.Errorf("file records: %w", err)
		}
	}
	return nil
}
