package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// live is the running host.
type live struct {
	*tree
	proc   Proc
	kernel Kernel
	notes  []string
}

// NewLive opens the running host read-only: a detached procfs and a detached
// read-only noatime clone of all mounts where the kernel gives them, the plain
// ones otherwise; Facts tells which.
func NewLive() (Host, error) {
	h := &live{kernel: newKernel()}
	fd, noatime, err := cloneMount(unix.AT_FDCWD, "/", true)
	switch {
	case err == nil && noatime:
		h.note("files: detached read-only noatime clone of all mounts (open_tree, mount_setattr)")
	case err == nil:
		h.note("files: detached clone of all mounts without noatime (open_tree; mount_setattr missing), O_NOATIME per file")
	default:
		why := ErrnoName(err)
		if fd, err = unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err != nil {
			return nil, fmt.Errorf("open %q: %w", "/", err)
		}
		h.note("files: no clone of mounts (open_tree: " + why + "), O_NOATIME per file")
	}
	h.tree = newTree(fd, noatime)
	proc, facts, err := openProc()
	if err != nil {
		h.tree.close()
		return nil, fmt.Errorf("open procfs: %w", err)
	}
	h.proc, h.notes = proc, append(h.notes, facts...)
	return h, nil
}

func (h *live) note(s string) { h.notes = append(h.notes, s) }

// Live is true.
func (h *live) Live() bool { return true }

// Root is "" on a live host.
func (h *live) Root() string { return "" }

// Proc is the procfs.
func (h *live) Proc() Proc { return h.proc }

// Kernel gives the calls that have no file.
func (h *live) Kernel() Kernel { return h.kernel }

// Clock reads all clocks.
func (h *live) Clock(when string) record.Clock { return readClock(when) }

// Facts are remarks on how this host was read.
func (h *live) Facts() []string { return append(slices.Clone(h.notes), h.tree.facts()...) }

// facts tells of access times that may have changed.
func (t *tree) facts() []string {
	opens, links := t.touched.Load(), t.links.Load()
	if opens+links == 0 {
		return []string{"atime: 0 opens without noatime"}
	}
	return []string{fmt.Sprintf("atime: %d files or directories were opened without noatime and %d symbolic links read; their access times may have changed", opens, links)}
}

// Identity asks the kernel first and the files for the rest.
func (h *live) Identity() Identity {
	id := readIdentity(h.tree)
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		if node := text(u.Nodename[:]); node != "" && node != "(none)" {
			id.Hostname = node
		}
		id.Kernel, id.Arch = text(u.Release[:]), text(u.Machine[:])
	}
	if b, _, err := h.proc.Read(context.Background(), "sys/kernel/random/boot_id", 64); err == nil {
		id.BootID = machineID(b)
	}
	return id
}

func text(b []byte) string {
	s, _, _ := bytes.Cut(b, []byte{0})
	return string(s)
}

// maxMountinfo bounds the mount table: 100,000 lines of containers fit.
const maxMountinfo = 32 << 20

// Mounts lists the mounts of this process's mount namespace, which is that of
// the host unless the collector runs in a container.
func (h *live) Mounts() ([]Mount, error) {
	data, cut, err := h.proc.Read(context.Background(), "self/mountinfo", maxMountinfo)
	if err != nil {
		return nil, fmt.Errorf("mount table: %w", err)
	}
	mounts, bad := ParseMountinfo(data)
	if cut || bad > 0 {
		return mounts, fmt.Errorf("mount table: %d lines unreadable, cut %v", bad, cut)
	}
	return mounts, nil
}

// Walk walks one mount through its own non-recursive clone.
func (h *live) Walk(ctx context.Context, m Mount, o WalkOptions) (WalkResult, error) {
	fd, method, err := h.openMount(m)
	if err != nil {
		return WalkResult{Method: method}, err
	}
	defer unix.Close(fd)
	w := newWalk(ctx, h.tree, fd, m, o)
	w.clone, w.noatime = strings.HasPrefix(method, "open_tree"), method == noatimeClone
	return w.run(method)
}

// openMount gives a descriptor of the root of a mount.
func (h *live) openMount(m Mount) (int, string, error) {
	fd, noatime, err := cloneMount(unix.AT_FDCWD, m.Point, false)
	method := noatimeClone
	if err == nil && !noatime {
		method = "open_tree clone, O_NOATIME"
	}
	if err != nil {
		method = "path, O_NOATIME (open_tree: " + ErrnoName(err) + ")"
		fd, err = unix.Open(m.Point, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err == unix.ENOTDIR { // a file mounted over a file
			fd, err = unix.Open(m.Point, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		}
		if err != nil {
			return -1, method, &PathError{Op: "open mount", Path: m.Point, Err: err}
		}
	}
	// A clone has a mount id of its own: ask the path it was made from.
	if f, err := h.tree.st.name(unix.AT_FDCWD, m.Point, unix.AT_SYMLINK_NOFOLLOW); err == nil && f.MntID != 0 && f.MntID != uint64(m.ID) {
		unix.Close(fd)
		return -1, method, &PathError{Op: "open mount", Path: m.Point, Err: ErrCovered}
	}
	return fd, method, nil
}

// Uncover opens the files of one mount alone.
func (h *live) Uncover(m Mount) (Host, error) {
	fd, method, err := h.openMount(m)
	if err != nil {
		return nil, err
	}
	return uncover(h, fd, method, m.Point)
}

// Close gives the clones back.
func (h *live) Close() error {
	err := h.tree.close()
	if c, ok := h.proc.(io.Closer); ok {
		err = errors.Join(err, c.Close())
	}
	return err
}
