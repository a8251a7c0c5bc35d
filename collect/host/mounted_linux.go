package host

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// mounted is a tree of files that belonged to another host: a mounted image.
type mounted struct {
	*tree
	dir   string
	notes []string
}

// NewMounted opens a mounted tree. Every path and every link is resolved
// inside it.
func NewMounted(dir string) (Host, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("root %q: %w", dir, err)
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return nil, fmt.Errorf("root %q: %w", dir, err)
	}
	h := &mounted{dir: abs}
	fd, noatime, err := cloneMount(unix.AT_FDCWD, abs, true)
	if err == nil {
		if !noatime {
			h.notes = append(h.notes, "files: detached clone of the tree without noatime, O_NOATIME per file")
		} else {
			h.notes = append(h.notes, "files: detached read-only noatime clone of the tree (open_tree, mount_setattr)")
		}
	} else {
		why := ErrnoName(err)
		if fd, err = unix.Open(abs, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err != nil {
			return nil, fmt.Errorf("root %q: %w", dir, err)
		}
		h.notes = append(h.notes, "files: no clone of the tree (open_tree: "+why+"), O_NOATIME per file")
	}
	h.tree = newTree(fd, noatime)
	if f, err := h.tree.st.fd(fd); err != nil || f.Mode&unix.S_IFMT != unix.S_IFDIR {
		h.tree.close()
		return nil, fmt.Errorf("root %q: not a directory", dir)
	}
	return h, nil
}

// Live is false.
func (h *mounted) Live() bool { return false }

// Root is the directory the tree is mounted at.
func (h *mounted) Root() string { return h.dir }

// Proc is nil: a tree has no processes.
func (h *mounted) Proc() Proc { return nil }

// Kernel is nil.
func (h *mounted) Kernel() Kernel { return nil }

// Clock reads the clocks of the machine that examines the tree.
func (h *mounted) Clock(when string) record.Clock { return readClock(when) }

// Identity is what the files of the tree say.
func (h *mounted) Identity() Identity { return readIdentity(h.tree) }

// Facts are remarks on how the tree was read.
func (h *mounted) Facts() []string { return append(h.notes, h.tree.facts()...) }

// Close gives the clone back.
func (h *mounted) Close() error { return h.tree.close() }

// Mounts lists the root of the tree and the mounts below it, with mount
// points as the tree sees them.
func (h *mounted) Mounts() ([]Mount, error) {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("mount table: %w", err)
	}
	all, _ := ParseMountinfo(data)
	var holder Mount // the mount that holds the root directory
	var below []Mount
	for _, m := range all {
		switch rel, ok := under(h.dir, m.Point); {
		case ok && rel != "/":
			m.Point = rel
			below = append(below, m)
		default:
			if _, ok := under(m.Point, h.dir); ok && len(m.Point) >= len(holder.Point) {
				holder = m
			}
		}
	}
	holder.Root = filepath.Join("/", holder.Root, strings.TrimPrefix(h.dir, holder.Point))
	holder.Point = "/"
	return append([]Mount{holder}, below...), nil
}

// under gives path as seen from dir: "/" for dir itself.
func under(dir, path string) (string, bool) {
	if path == dir {
		return "/", true
	}
	rel, ok := strings.CutPrefix(path, strings.TrimSuffix(dir, "/")+"/")
	return "/" + rel, ok
}

// Walk walks one mount of the tree through its own non-recursive clone.
func (h *mounted) Walk(ctx context.Context, m Mount, o WalkOptions) (WalkResult, error) {
	fd, method, err := h.openMount(m)
	if err != nil {
		return WalkResult{Method: method}, err
	}
	defer unix.Close(fd)
	w := newWalk(ctx, h.tree, fd, m, o)
	w.clone, w.noatime = strings.HasPrefix(method, "open_tree"), method == noatimeClone
	return w.run(method)
}

// Uncover opens the files of one mount alone.
func (h *mounted) Uncover(m Mount) (Host, error) {
	fd, method, err := h.openMount(m)
	if err != nil {
		return nil, err
	}
	return uncover(h, fd, method, m.Point)
}

// openMount gives a descriptor of the root of a mount of the tree.
func (h *mounted) openMount(m Mount) (int, string, error) {
	at := filepath.Join(h.dir, m.Point)
	fd, noatime, err := cloneMount(unix.AT_FDCWD, at, false)
	switch {
	case err == nil && noatime:
		return fd, noatimeClone, nil
	case err == nil:
		return fd, "open_tree clone, O_NOATIME", nil
	}
	method := "path, O_NOATIME (open_tree: " + ErrnoName(err) + ")"
	if fd, err = unix.Open(at, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0); err != nil {
		return -1, method, &PathError{Op: "open mount", Path: m.Point, Err: err}
	}
	return fd, method, nil
}
