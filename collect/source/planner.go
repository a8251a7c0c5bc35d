package source

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

const (
	maxTree    = 4096 // files below one directory that get an item of their own
	maxMatches = 4096 // paths of one pattern
	maxHomes   = 10000
	maxNames   = 2000 // names of a home directory that are kept while planning
)

// planner turns the wants of one file source into plan items.
type planner struct {
	ctx   context.Context
	env   *collect.Env
	src   fileSource
	items []bundle.PlanItem
	homes []string
	deny  map[string]bool // homes that cannot be entered and mounts that are passed by, named once
	// inside holds the names in each home directory; nil where it cannot be listed.
	inside map[string]map[string]bool
}

func newPlanner(ctx context.Context, env *collect.Env, src fileSource) *planner {
	return &planner{ctx: ctx, env: env, src: src, deny: map[string]bool{}, inside: map[string]map[string]bool{}}
}

func (p *planner) add(path string, bytes int64) {
	p.items = append(p.items, bundle.PlanItem{Target: collect.Escape([]byte(path)), Bytes: bytes})
}

// want plans one want.
func (p *planner) want(w string) {
	quiet := false
	if rest, ok := strings.CutPrefix(w, "?"); ok {
		w, quiet = rest, true
	}
	if rest, ok := strings.CutPrefix(w, "~/"); ok {
		if p.homes == nil {
			p.homes = homes(p.env)
		}
		for _, h := range p.homes {
			if !p.deny[h] {
				p.home(h, rest)
			}
		}
		return
	}
	p.paths(w, quiet)
}

// home plans one want below a home directory. A home that cannot be entered
// is one item, not one for each file that may be in it.
func (p *planner) home(home, rest string) {
	names, known := p.inside[home]
	if !known {
		if !p.enterHome(home) {
			p.deny[home] = true
			return
		}
		names = p.inside[home]
	}
	top, _, _ := strings.Cut(rest, "/")
	if names != nil && !strings.ContainsAny(top, "*?[") && !names[top] {
		return
	}
	p.paths(home+"/"+rest, true)
}

// enterHome lists a home directory once: most of what is wanted of it is not
// there, and there may be thousands of homes.
func (p *planner) enterHome(home string) bool {
	if _, ok := remoteMount(p.env, home); ok {
		p.add(home+"/", 0)
		return false
	}
	if _, err := p.env.Host.Lstat(home + "/."); err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			p.add(home+"/", 0)
		}
		return false
	}
	names := map[string]bool{}
	err := p.env.Host.ReadDir(home, func(name string, _ byte) bool {
		names[name] = true
		return len(names) < maxNames
	})
	if err != nil || len(names) >= maxNames {
		names = nil // cannot be listed, but perhaps looked into
	}
	p.inside[home] = names
	return true
}

// paths plans a path, pattern or directory.
func (p *planner) paths(w string, quiet bool) {
	tree := strings.HasSuffix(w, "/")
	if !strings.ContainsAny(w, "*?[") {
		p.path(strings.TrimSuffix(w, "/"), tree, quiet)
		return
	}
	found, away := globAway(p.env, strings.TrimSuffix(w, "/"), false)
	for _, f := range found {
		p.path(f, tree, true)
	}
	switch {
	case len(away) > 0 && p.src.remote: // looked at under the watch of the run
		p.items = append(p.items, bundle.PlanItem{Target: patternPrefix + collect.Escape([]byte(w)), Bytes: -1})
	case len(away) > 0:
		p.passed(away)
	case len(found) == 0 && !quiet:
		p.add(w, 0)
	}
}

// passed adds one item for each mount that a daemon or another host answers
// for and into which patterns of this source lead.
func (p *planner) passed(away []string) {
	for _, dir := range away {
		if m, ok := remoteMount(p.env, dir); ok && !p.deny[m.Point] {
			p.deny[m.Point] = true
			p.add(m.Point+"/", 0)
		}
	}
}

// path plans one path that holds no pattern.
func (p *planner) path(name string, tree, quiet bool) {
	if _, ok := remoteMount(p.env, name); ok { // not even looked at while planning: it may hang
		p.away(name, tree)
		return
	}
	f, err := p.env.Host.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) || host.ErrnoName(err) == "ENOTDIR":
		if !quiet {
			p.missing(name, tree)
		}
	case err != nil:
		p.missing(name, tree)
	case kind(f) == modeDir:
		p.tree(name)
	case p.env.Seen.Claim(f):
		p.add(name, p.src.size(f))
	}
}

// away plans a path that a daemon or another host answers for.
func (p *planner) away(name string, tree bool) {
	if tree && p.src.remote {
		p.items = append(p.items, bundle.PlanItem{Target: restPrefix + collect.Escape([]byte(name)), Bytes: -1})
		return
	}
	p.missing(name, tree)
}

func (p *planner) missing(name string, tree bool) {
	if tree {
		name += "/"
	}
	p.add(name, 0)
}

// size is the estimate for one file.
func (s fileSource) size(f record.File) int64 {
	switch {
	case s.small > 0 && f.Size > s.small:
		return 0
	case s.cap > 0:
		return min(f.Size, s.cap)
	}
	return f.Size
}

// tree plans everything below a directory.
func (p *planner) tree(dir string) {
	from, n, bytes, over := len(p.items), 0, int64(0), false
	w := treeWalk{env: p.env, src: p.src}
	w.visit = func(name string, f record.File, claimed bool) bool {
		if p.ctx.Err() != nil {
			return false
		}
		n++
		if claimed {
			return true
		}
		if len(p.items)-from >= maxTree {
			over = true
			return false
		}
		if bytes += p.src.size(f); p.src.few && bytes > p.src.total {
			over = true
			return false
		}
		if p.env.Seen.Claim(f) {
			p.add(name, p.src.size(f))
		}
		return true
	}
	w.denied = func(name string, err error) {
		n++
		switch {
		case errors.Is(err, host.ErrUnsupported):
			p.away(name, true)
		case errors.Is(err, errTop):
			p.add(name+topMark, 0)
		default:
			p.add(name+"/", 0)
		}
	}
	w.walk(dir)
	slices.SortFunc(p.items[from:], func(a, b bundle.PlanItem) int { return cmp.Compare(a.Target, b.Target) })
	if over {
		p.items = append(p.items, bundle.PlanItem{Target: restPrefix + collect.Escape([]byte(dir)), Bytes: -1})
	}
	if n == 0 {
		p.add(dir+"/", 0)
	}
}
