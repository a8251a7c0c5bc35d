package source

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
)

// glob matches a pattern component by component; links to directories are
// followed. Mounts that a daemon or another host answers for are left out.
func glob(env *collect.Env, pattern string) []string {
	found, _ := globAway(env, pattern, false)
	return found
}

// globAway is glob, and tells the places on mounts that a daemon or another
// host answers for into which the pattern leads. With enter it looks there too,
// which may hang.
func globAway(env *collect.Env, pattern string, enter bool) (out, away []string) {
	h := env.Host
	remote := func(p string) bool {
		m, ok := remoteMount(env, p)
		if enter && m.Storage() != host.StorageAutofs {
			return false
		}
		if ok && len(away) < maxMatches {
			away = append(away, p)
		}
		return ok
	}
	found := []string{""}
	for part := range strings.SplitSeq(strings.TrimPrefix(pattern, "/"), "/") {
		var next []string
		for _, base := range found {
			if remote(cmp.Or(base, "/")) {
				continue
			}
			if !strings.ContainsAny(part, "*?[") {
				next = append(next, base+"/"+part)
				continue
			}
			_ = h.ReadDir(cmp.Or(base, "/"), func(name string, _ byte) bool {
				hidden := strings.HasPrefix(name, ".") && !strings.HasPrefix(part, ".")
				if ok, err := path.Match(part, name); ok && err == nil && !hidden {
					next = append(next, base+"/"+name)
				}
				return len(next) < maxMatches
			})
		}
		found = next
	}
	for _, f := range found {
		if remote(f) {
			continue
		}
		if _, err := h.Lstat(f); err == nil || !errors.Is(err, fs.ErrNotExist) && host.ErrnoName(err) != "ENOTDIR" {
			out = append(out, f)
		}
	}
	slices.Sort(out)
	return out, away
}

// patternPrefix marks the item for a pattern that leads into a mount which a
// daemon or another host answers for. It cannot be a path.
const patternPrefix = "pattern "

// collectPattern takes what a pattern matches now and what no item of its own has.
func (s fileSource) collectPattern(ctx context.Context, env *collect.Env, pattern string) (bundle.Outcome, error) {
	found, _ := globAway(env, strings.TrimSuffix(pattern, "/"), true)
	sum, t, taken := tally{}, taker{ctx: ctx, env: env, src: s}, 0
	for _, f := range found {
		if err := context.Cause(ctx); err != nil {
			sum.err = err
			break
		}
		st, err := env.Host.Stat(f)
		if err != nil {
			sum.add(f, collect.OutcomeOf(err))
			continue
		}
		if !env.Seen.Claim(st) || kind(st) != modeReg {
			continue
		}
		taken++
		o, err := t.take(f)
		if err != nil {
			return sum.outcome(), err
		}
		sum.add(f, o)
	}
	if taken == 0 && sum.err == nil && len(sum.count) == 0 {
		return bundle.Outcome{Outcome: bundle.Absent}, nil
	}
	return sum.outcome(), sum.err
}
