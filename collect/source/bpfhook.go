package source

import (
	"context"

	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// netHooks records what is attached to the interfaces of every network
// namespace that a process or thread is in, or that is mounted.
func (w *bpfWalk) netHooks(ctx context.Context) error {
	found, _, err := namespacesOf(ctx, w.proc)
	if err != nil {
		return err
	}
	if _, err := found.visit(ctx, w.proc, w.hooksOf); err != nil {
		return err
	}
	mounted, done := mountedNetNS(w.env, w.kernel, found)
	defer done()
	for _, m := range mounted {
		if m.errno != "" {
			if err := w.put([]record.Hook{{Where: "net", NetNS: m.ino, Target: record.Bytes(m.point), Errno: m.errno}}); err != nil {
				return err
			}
			continue
		}
		if err := w.hooksOf(m.ino, m.task); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// hooksOf records what is attached in one network namespace.
func (w *bpfWalk) hooksOf(ino uint64, t task) error {
	list, err := w.kernel.NetHooks(t.pid, t.tid)
	for i := range list {
		list[i].NetNS = ino
	}
	if err != nil {
		list = append(list, record.Hook{Where: "net", NetNS: ino, Errno: host.ErrnoName(err)})
	}
	return w.put(list)
}

func (w *bpfWalk) put(list []record.Hook) error {
	for i := range list {
		h := &list[i]
		h.Type = "bpf-hook"
		h.At, _ = w.clock.now()
		if err := w.stream.Record(h); err != nil {
			return err
		}
	}
	return nil
}

// cgroupHooks records what is attached to the control groups of the unified
// hierarchy, where it is mounted already.
func (w *bpfWalk) cgroupHooks(ctx context.Context) error {
	for _, root := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		if _, err := w.env.Host.Stat(root + "/cgroup.controllers"); err != nil {
			continue
		}
		dirs := []string{root}
		for n := 0; len(dirs) > 0 && n < cgroupDirs; n++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			dir := dirs[len(dirs)-1]
			dirs = dirs[:len(dirs)-1]
			list, err := w.kernel.BPFCgroup(dir)
			if err != nil && !gone(host.ErrnoName(err)) {
				list = append(list, record.Hook{Where: "cgroup", Target: record.Bytes(dir), Errno: host.ErrnoName(err)})
				if err := w.put(list); err != nil {
					return err
				}
				return nil // no such query on this kernel, or no right to it
			}
			if err := w.put(list); err != nil {
				return err
			}
			_ = w.env.Host.ReadDir(dir, func(name string, typ byte) bool { // a group that went away has nothing attached
				if typ == 4 {
					dirs = append(dirs, dir+"/"+name)
				}
				return len(dirs) < cgroupDirs
			})
		}
		return nil
	}
	return nil
}

// maxPins bounds the names that are read in bpf file systems.
const maxPins = 1 << 14

// pins records what is pinned in the bpf file systems that are mounted
// already in the collector's own mount namespace. None is ever mounted: that
// alone may load programs.
func (w *bpfWalk) pins(ctx context.Context) error {
	mounts, err := w.env.Host.Mounts()
	if err != nil {
		return w.put([]record.Hook{{Where: "pin", Errno: host.ErrnoName(err)}})
	}
	left := maxPins
	for _, m := range mounts {
		if m.FSType != "bpf" {
			continue
		}
		dirs := []string{m.Point}
		for len(dirs) > 0 && left > 0 && ctx.Err() == nil {
			dir := dirs[len(dirs)-1]
			dirs = dirs[:len(dirs)-1]
			var names []string
			err := w.env.Host.ReadDir(dir, func(name string, typ byte) bool {
				left--
				if typ == 4 {
					dirs = append(dirs, dir+"/"+name)
				} else {
					names = append(names, dir+"/"+name)
				}
				return left > 0
			})
			if err != nil {
				names = nil
				if err := w.put([]record.Hook{{Where: "pin", Target: record.Bytes(dir), Errno: host.ErrnoName(err)}}); err != nil {
					return err
				}
			}
			for _, name := range names {
				if err := w.pin(name); err != nil {
					return err
				}
			}
		}
	}
	return ctx.Err()
}

func (w *bpfWalk) pin(name string) error {
	h := record.Hook{Where: "pin", Target: record.Bytes(name)}
	kind, id, err := w.kernel.BPFPinned(name)
	if err != nil {
		h.Errno = host.ErrnoName(err)
	} else {
		h.Name, h.IDs = record.Bytes(kind), []uint32{id}
	}
	return w.put([]record.Hook{h})
}
