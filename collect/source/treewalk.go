package source

import (
	"errors"
	"fmt"
	"io/fs"
	pathpkg "path"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// File types of st_mode (inode(7)).
const (
	modeMask = 0o170000
	modeDir  = 0o040000
	modeReg  = 0o100000
	modeLink = 0o120000
)

func kind(f record.File) uint32 { return f.Mode & modeMask }

// maxDepth bounds directories within directories of one tree.
const maxDepth = 64

// errTop says that a link would lead the walk into most of the disk.
var errTop = fmt.Errorf("a link to a top-level directory is not followed; name it with --paths: %w", host.ErrNotRegular)

// errDeep says that a directory lies deeper than maxDepth.
var errDeep = errors.New("deeper than 64 directories")

// treeWalk visits the regular files below a directory. Mounts that a daemon or
// another host answers for are not entered; symbolic links to regular files
// are visited under their own path, those to directories only if the source
// follows them.
type treeWalk struct {
	env    *collect.Env
	src    fileSource
	visit  func(path string, f record.File, claimed bool) bool // false ends the walk
	denied func(path string, err error)                        // a directory that could not be listed
	root   bool                                                // the paths are of one mount alone: mounts over them do not matter
	dirs   map[[2]uint64]bool
	ended  bool
}

func (w *treeWalk) walk(dir string) {
	w.dirs = map[[2]uint64]bool{}
	w.enter(dir, 0)
}

func (w *treeWalk) enter(dir string, depth int) {
	if m, ok := remoteMount(w.env, dir); ok && !w.src.enters(m) && !w.root {
		w.denied(dir, host.ErrUnsupported)
		return
	}
	if depth > maxDepth {
		w.denied(dir, errDeep)
		return
	}
	if f, err := w.env.Host.Stat(dir); err == nil {
		key := [2]uint64{f.Dev, f.Ino}
		if w.dirs[key] {
			return
		}
		w.dirs[key] = true
	}
	err := w.env.Host.ReadDir(dir, func(name string, typ byte) bool {
		w.entry(dir+"/"+name, depth)
		return !w.ended
	})
	if err != nil && !w.ended {
		w.denied(dir, err)
	}
}

// entry visits one name.
func (w *treeWalk) entry(path string, depth int) {
	if !w.root && w.env.RemotePoint(path) { // even looking at it may hang
		w.denied(path, host.ErrUnsupported)
		return
	}
	f, err := w.env.Host.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return // it went away
	case err != nil:
		w.denied(path, err)
		return
	}
	if kind(f) == modeLink {
		if !w.root && leadsAway(w.env, path) {
			return
		}
		if f, err = w.env.Host.Stat(path); err != nil || (kind(f) == modeDir && !w.src.follow) {
			return // dangling, or a directory that is planned under its own name
		}
		if kind(f) == modeDir && strings.Count(linkEnd(w.env, path), "/") < 2 {
			w.denied(path, errTop)
			return
		}
	}
	switch kind(f) {
	case modeDir:
		w.enter(path, depth+1)
	case modeReg:
		if w.src.skip != nil && w.src.skip(path) {
			return
		}
		w.ended = !w.visit(path, f, w.env.Seen.Claimed(f))
	}
}

// leadsAway says whether a symbolic link leads to a mount that a daemon or
// another host answers for, judged by the texts of the links alone.
func leadsAway(env *collect.Env, path string) bool {
	away := false
	followTexts(env, path, func(p string) bool {
		_, away = remoteMount(env, p)
		return !away
	})
	return away
}

// linkEnd is where a chain of links ends, judged by their texts.
func linkEnd(env *collect.Env, path string) (end string) {
	followTexts(env, path, func(p string) bool { end = p; return true })
	return end
}

// followTexts calls fn with each path that a chain of links names in turn.
func followTexts(env *collect.Env, path string, fn func(string) bool) {
	for range 8 {
		target, err := env.Host.Readlink(path)
		if err != nil {
			return
		}
		if !strings.HasPrefix(target, "/") {
			target = path[:strings.LastIndexByte(path, '/')+1] + target
		}
		if path = pathpkg.Clean(target); !fn(path) {
			return
		}
	}
}

// remoteMount tells whether a path lies on a mount below the root that a
// daemon or another host answers for: a read there may hang.
func remoteMount(env *collect.Env, path string) (host.Mount, bool) {
	var best host.Mount
	if !env.AnyRemote() {
		return best, false
	}
	for _, m := range env.Mounts() {
		if len(m.Point) >= len(best.Point) && (m.Point == path || strings.HasPrefix(path, strings.TrimSuffix(m.Point, "/")+"/")) {
			best = m
		}
	}
	return best, best.Point != "" && best.Point != "/" && (best.Storage() == host.StorageRemote || best.Storage() == host.StorageAutofs)
}
