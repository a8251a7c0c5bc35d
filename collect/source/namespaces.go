package source

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/saksi-dfir/saksi/collect/host"
)

// namespaces are the network namespaces with a task inside, by inode.
type namespaces map[uint64]nsTasks

// nsTasks is a namespace: the number of tasks inside, and some of them to enter
// it by, since any of them may end before its turn comes.
type nsTasks struct {
	kept  []task
	count int
}

// maxKept is how many tasks of one namespace are kept to enter it by.
const maxKept = 8

// namespacesOf finds the network namespaces of all processes and threads.
func namespacesOf(ctx context.Context, proc host.Proc) (found namespaces, denied int, err error) {
	pids, err := proc.PIDs()
	if err != nil {
		return nil, 0, fmt.Errorf("list processes: %w", err)
	}
	found = namespaces{}
	see := func(t task) {
		ino, errno := netNSOf(proc, t)
		if ino == 0 {
			if refused(errno) && t.tid == 0 {
				denied++
			}
			return
		}
		n := found[ino]
		if n.count++; len(n.kept) < maxKept && sameProcess(n.kept, t.pid) < maxKept/4 {
			n.kept = append(n.kept, t)
		}
		found[ino] = n
	}
	for _, pid := range pids {
		if ctx.Err() != nil {
			break
		}
		see(taskOf(pid, 0))
		for _, tid := range threads(proc, pid) {
			see(taskOf(pid, tid))
		}
	}
	return found, denied, nil
}

func sameProcess(list []task, pid int) (n int) {
	for _, t := range list {
		if t.pid == pid {
			n++
		}
	}
	return n
}

// netNSOf reads which network namespace a task is in; 0 and the errno when it
// cannot be read. A task that ends has none any more.
func netNSOf(proc host.Proc, t task) (ino uint64, errno string) {
	target, err := proc.Readlink(t.dir + "/ns/net")
	if err != nil {
		return 0, host.ErrnoName(err)
	}
	ino, _ = nsInode(target, netnsPrefix)
	return ino, ""
}

// visit runs fn once per namespace, ascending, with a task that is inside. When
// that task was not inside any more after fn, what fn learned may be of nothing
// or of another namespace, so the next one gets its turn. Namespaces that no
// kept task was in to the end are gone: they leave the map, and may still live
// by a mount.
func (found namespaces) visit(ctx context.Context, proc host.Proc, fn func(ino uint64, t task) error) (gone []uint64, err error) {
	for _, ino := range slices.Sorted(maps.Keys(found)) {
		stayed := false
		for _, t := range found[ino].kept {
			if err := ctx.Err(); err != nil {
				return gone, err
			}
			if now, _ := netNSOf(proc, t); now != ino {
				continue
			}
			if err := fn(ino, t); err != nil {
				return gone, err
			}
			if now, _ := netNSOf(proc, t); now == ino {
				stayed = true
				break
			}
		}
		if !stayed {
			delete(found, ino)
			gone = append(gone, ino)
		}
	}
	return gone, nil
}
