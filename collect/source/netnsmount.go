package source

import (
	"context"
	"slices"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// mountedNS is a network namespace that lives by a mount alone: no task is
// inside, as ip-netns(8) leaves them.
type mountedNS struct {
	ino   uint64
	point string
	task  task // its pid is the descriptor, negated
	errno string
}

// maxMountedNS bounds the namespaces that are held open at a time.
const maxMountedNS = 1024

// mountedNetNS opens the namespaces of the mount table that no task is in; done
// closes them.
func mountedNetNS(env *collect.Env, kernel host.Kernel, found namespaces) (list []mountedNS, done func()) {
	done = func() {
		for _, m := range list {
			if m.errno == "" {
				kernel.Close(-m.task.pid)
			}
		}
	}
	if kernel == nil || env.Seen == nil {
		return nil, done
	}
	seen := map[uint64]bool{}
	for _, m := range env.Mounts() {
		ino, ok := nsInode(m.Root, netnsPrefix)
		if _, inside := found[ino]; m.FSType != "nsfs" || !ok || inside || seen[ino] || len(list) >= maxMountedNS {
			continue
		}
		seen[ino] = true
		n := mountedNS{ino: ino, point: m.Point}
		fd, err := kernel.OpenNetNS(m.Point)
		n.errno = host.ErrnoName(err)
		n.task = task{pid: -fd}
		list = append(list, n)
	}
	return list, done
}

// writeMounted writes the namespaces without a task: that they are there, and
// what rtnetlink tells of them. Their files below /proc need a task. Of those
// whose tasks ended meanwhile and that no mount holds, a line says so.
func writeMounted(ctx context.Context, env *collect.Env, stream collect.RecordStream, clock watch, found namespaces, gone []uint64) (capped int, err error) {
	list, done := mountedNetNS(env, env.Host.Kernel(), found)
	defer done()
	for _, m := range list {
		at, _ := clock.now()
		r := &record.NetNS{Type: "netns", At: at, Ino: m.ino, Mount: record.Bytes(m.point), Errno: m.errno, Files: map[string]*record.Piece{}}
		if err := stream.Record(r); err != nil {
			return capped, err
		}
		if m.errno != "" {
			continue
		}
		n, err := writeRoutes(ctx, env, stream, clock, m.ino, m.task)
		if err != nil {
			return capped, err
		}
		capped += n
	}
	for _, ino := range gone {
		if slices.ContainsFunc(list, func(m mountedNS) bool { return m.ino == ino }) {
			continue
		}
		at, _ := clock.now()
		if err := stream.Record(&record.NetNS{Type: "netns", At: at, Ino: ino, Errno: "ESRCH", Files: map[string]*record.Piece{}}); err != nil {
			return capped, err
		}
	}
	return capped, nil
}
