package source

import (
	"context"
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

func covered() collect.Source { return coveredSource{} }

// coveredSource takes files that another mount hides.
type coveredSource struct{}

// Describe implements collect.Source.
func (coveredSource) Describe() collect.Description {
	return collect.Description{
		Name: "covered",
		Doc: "files in directories that another mount lies over, such as a log directory with an empty tmpfs on top: they are still on the disk, " +
			"and no path leads to them. Of one directory at most 4,096 files and 256 MiB.",
		Effects:    "page cache of their size; the clone of the mount is seen nowhere and goes with this process",
		References: []string{"open_tree(2)", "mount_setattr(2)"},
		Group:      collect.GroupLogs,
		MinKernel:  "5.12",
		Fallback:   "before 5.12 nothing is taken, the outcome says so",
		Root:       true,
		Profiles:   []string{collect.ProfileTriage, collect.ProfileFull},
	}
}

// coveredFiles is what is taken below one covered directory.
func coveredFiles(dir string) fileSource {
	return fileSource{desc: coveredSource{}.Describe(), wants: []string{dir + "/"}, few: true, total: 256 << 20}
}

// coverTarget names the item of one mount point.
func coverTarget(over host.Mount) string {
	return fmt.Sprintf("below mount %d at %s", over.ID, collect.Escape([]byte(over.Point)))
}

// Plan implements collect.Source: one item for each mount point whose covered
// directory holds anything.
func (s coveredSource) Plan(_ context.Context, env *collect.Env) ([]bundle.PlanItem, error) {
	u, ok := env.Host.(host.Uncoverer)
	if !ok {
		return nil, nil
	}
	var items []bundle.PlanItem
	for _, m := range env.Mounts() {
		over := coveringMounts(m, env.Mounts())
		if len(over) == 0 || m.Storage() != host.StorageLocal {
			continue
		}
		view, err := u.Uncover(m)
		for _, o := range over {
			if err != nil || holdsAnything(view, o.Point) {
				items = append(items, bundle.PlanItem{Target: coverTarget(o), Bytes: -1})
			}
		}
		if err == nil {
			view.Close()
		}
	}
	return items, nil
}

// coveringMounts lists the mounts that lie over directories of m.
func coveringMounts(m host.Mount, all []host.Mount) (over []host.Mount) {
	for _, o := range all {
		if o.Parent == m.ID && o.ID != m.ID && o.Point != m.Point {
			over = append(over, o)
		}
	}
	return over
}

func holdsAnything(h host.Host, dir string) bool {
	found := false
	err := h.ReadDir(dir, func(string, byte) bool { found = true; return false })
	return found || (err != nil && host.ErrnoName(err) != "ENOTDIR" && host.ErrnoName(err) != "ENOENT")
}

// Collect implements collect.Source.
func (s coveredSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	u, ok := env.Host.(host.Uncoverer)
	if !ok {
		return bundle.Outcome{Outcome: bundle.Failed, Reason: "this host cannot show a mount alone"}, nil
	}
	for _, m := range env.Mounts() {
		for _, o := range coveringMounts(m, env.Mounts()) {
			if coverTarget(o) != item.Target {
				continue
			}
			view, err := u.Uncover(m)
			if err != nil {
				return uncoverOutcome(err), nil
			}
			defer view.Close()
			return s.below(ctx, env, view, o)
		}
	}
	return bundle.Outcome{Outcome: bundle.Absent, Reason: "unmounted since the plan was made"}, nil
}

// uncoverOutcome words why a mount cannot be shown alone.
func uncoverOutcome(err error) bundle.Outcome {
	o := collect.OutcomeOf(err)
	o.Outcome = bundle.Skipped
	return o
}

// below takes the files of one covered directory.
func (s coveredSource) below(ctx context.Context, env *collect.Env, view host.Host, over host.Mount) (bundle.Outcome, error) {
	e := *env
	e.Host = view
	src := coveredFiles(over.Point)
	t := taker{ctx: ctx, env: &e, src: src, flag: fmt.Sprintf("covered by mount %d (%s) at %s", over.ID, over.FSType, collect.Escape([]byte(over.Point)))}
	var sum tally
	var bytes int64
	files := 0
	w := treeWalk{env: &e, src: src, root: true}
	w.visit = func(path string, f record.File, _ bool) bool {
		if files++; files > maxTree || bytes+f.Size > src.total {
			sum.add(path, bundle.Outcome{Outcome: bundle.Partial, Reason: "only the first files are taken", Cap: src.total})
			return false
		}
		bytes += f.Size
		o, err := t.take(path)
		if err != nil {
			sum.err = err
			return false
		}
		sum.add(path, o)
		return ctx.Err() == nil
	}
	w.denied = func(path string, err error) { sum.add(path, collect.OutcomeOf(err)) }
	w.walk(strings.TrimSuffix(over.Point, "/"))
	if sum.err == nil {
		sum.err = context.Cause(ctx)
	}
	return sum.outcome(), sum.err
}
