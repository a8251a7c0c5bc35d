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

// fileSource takes files of the host as they are: the common form of all
// sources that only name paths.
//
// Each want is a path, a pattern or a directory:
//
//	/etc/crontab      a file; missing is an outcome of its own (absent)
//	/etc/cron.d/      everything below a directory
//	/etc/*-release    a pattern, one component at a time (path.Match)
//	~/.ssh/           below the home directory of every account
//	?/opt/app.conf    taken where it is, not mentioned where it is missing
type fileSource struct {
	desc  collect.Description
	wants []string
	// more gives wants that depend on the host, such as paths found in its
	// configuration; nil for none.
	more func(ctx context.Context, env *collect.Env) []string
	// cap bounds one file, bytes; 0 is no bound.
	cap int64
	// skip leaves out files below directories, such as caches.
	skip func(path string) bool
	// aged applies --since: files last written before it are skipped.
	aged bool
	// few leaves out what lies beyond maxTree files, or total bytes, of one
	// directory, and files larger than small.
	few          bool
	total, small int64
	// remote also reads what a daemon or another host answers for.
	remote bool
	// follow also enters directories that symbolic links lead to.
	follow bool
}

// Describe implements collect.Source.
func (s fileSource) Describe() collect.Description { return s.desc }

// Plan implements collect.Source: one item a file, up to maxTree files below
// one directory; what lies beyond is one more item.
func (s fileSource) Plan(ctx context.Context, env *collect.Env) ([]bundle.PlanItem, error) {
	p := newPlanner(ctx, env, s)
	wants := s.wants
	if s.more != nil {
		wants = append(append([]string{}, wants...), s.more(ctx, env)...)
	}
	for _, w := range wants {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p.want(w)
	}
	return p.items, nil
}

// restPrefix marks the item for the files of a directory beyond maxTree. It
// cannot be a path, for those begin with a slash.
const restPrefix = "further files below "

// topMark ends the target of a link that is not followed. No planned path ends
// so, for the names of a directory are never ".".
const topMark = "/."

// Collect implements collect.Source.
func (s fileSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	if rest, ok := strings.CutPrefix(item.Target, restPrefix); ok {
		if s.few {
			return bundle.Outcome{Outcome: bundle.Skipped, Reason: fmt.Sprintf("only the first %d files and %d bytes of a directory are taken; name it with --paths to take all", maxTree, s.total)}, nil
		}
		return s.collectRest(ctx, env, string(collect.Unescape(rest)))
	}
	if pattern, ok := strings.CutPrefix(item.Target, patternPrefix); ok {
		return s.collectPattern(ctx, env, string(collect.Unescape(pattern)))
	}
	path := string(collect.Unescape(item.Target))
	if strings.HasSuffix(path, topMark) {
		return collect.OutcomeOf(errTop), nil
	}
	if dir, ok := strings.CutSuffix(path, "/"); ok {
		return s.marker(ctx, env, dir)
	}
	if m, ok := remoteMount(env, path); ok && !s.enters(m) {
		return remoteSkipped(m), nil
	}
	t := taker{ctx: ctx, env: env, src: s}
	return t.take(path)
}

// enters says whether a source reads what lies on a mount that is not this
// host's own. Nothing enters autofs: that would mount something.
func (s fileSource) enters(m host.Mount) bool {
	return s.remote && m.Storage() != host.StorageAutofs
}

func remoteSkipped(m host.Mount) bundle.Outcome {
	if m.Storage() == host.StorageAutofs {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "autofs at " + collect.Escape([]byte(m.Point)) + ": looking there would mount something"}
	}
	return bundle.Outcome{Outcome: bundle.Skipped, Reason: "file system " + m.FSType + " is answered by a daemon or another host; name the file with --paths to read it"}
}

// marker closes the item of a directory that could not be listed when the
// plan was made, was missing, was empty, or lies very deep. What is there by
// now is taken.
func (s fileSource) marker(ctx context.Context, env *collect.Env, dir string) (bundle.Outcome, error) {
	if m, ok := remoteMount(env, dir); ok && !s.enters(m) {
		return remoteSkipped(m), nil
	}
	names := 0
	err := env.Host.ReadDir(dir, func(string, byte) bool { names++; return names < 2 })
	if err == nil && names > 0 && !s.few {
		return s.collectRest(ctx, env, dir)
	}
	o := collect.OutcomeOf(err)
	if err == nil {
		o.Reason = "nothing in it to take"
	}
	return o, nil
}

// collectRest walks a large directory again and takes what has no item of its own.
func (s fileSource) collectRest(ctx context.Context, env *collect.Env, dir string) (bundle.Outcome, error) {
	if m, ok := remoteMount(env, dir); ok && !s.enters(m) {
		return remoteSkipped(m), nil
	}
	sum := tally{}
	t := taker{ctx: ctx, env: env, src: s}
	w := treeWalk{env: env, src: s}
	w.visit = func(path string, _ record.File, claimed bool) bool {
		if claimed || ctx.Err() != nil {
			return ctx.Err() == nil
		}
		o, err := t.take(path)
		if err != nil {
			sum.err = err
			return false
		}
		sum.add(path, o)
		return true
	}
	w.denied = func(path string, err error) { sum.add(path, collect.OutcomeOf(err)) }
	w.walk(dir)
	if sum.err == nil {
		sum.err = context.Cause(ctx)
	}
	return sum.outcome(), sum.err
}

// tally adds the outcomes of many files into one.
type tally struct {
	count    map[bundle.OutcomeCode]int
	exhibits int
	bytes    int64
	first    string // the first path that failed
	why      string
	errno    string
	bad      bool
	flags    map[string]int
	err      error
}

func (s *tally) add(path string, o bundle.Outcome) {
	if s.count == nil {
		s.count, s.flags = map[bundle.OutcomeCode]int{}, map[string]int{}
	}
	s.count[o.Outcome]++
	s.exhibits += o.Exhibits
	s.bytes += o.Bytes
	for _, f := range o.Flags {
		s.flags[f]++
	}
	wrong := o.Outcome == bundle.Denied || o.Outcome == bundle.TimedOut || o.Outcome == bundle.Failed || (o.Outcome == bundle.Partial && !o.Benign)
	if wrong && !s.bad {
		s.first, s.why, s.errno = collect.Escape([]byte(path)), o.Reason, o.Errno
	}
	s.bad = s.bad || wrong
}
