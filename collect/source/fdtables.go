package source

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/host"
)

const (
	tableFresh = 2 * time.Second // how long a descriptor table that was read serves other sources
	tableNotes = 1 << 16         // descriptors kept of all processes together
)

// fdLink is one descriptor and what it leads to.
type fdLink struct{ fd, target string }

// fdTable is what one look at the descriptor table of a process showed of
// sockets and of kernel objects.
type fdTable struct {
	at      time.Time
	start   uint64         // of the process, ticks since boot
	sockets map[int]uint64 // descriptor -> inode
	kernel  []fdLink
	errno   string // why targets were not shown
}

// note keeps a descriptor when it is of a kind that the table is for.
func (t *fdTable) note(fd int, name, target, errno string) {
	if refused(errno) {
		t.errno = errno
	}
	if ino, ok := nsInode(target, "socket:["); ok {
		if t.sockets == nil {
			t.sockets = map[int]uint64{}
		}
		t.sockets[fd] = ino
		return
	}
	if strings.HasPrefix(target, "anon_inode:bpf") || target == perfTarget || target == ringTarget {
		t.kernel = append(t.kernel, fdLink{name, target})
	}
}

// What the links of perf events and io_urings say.
const (
	perfTarget = "anon_inode:[perf_event]"
	ringTarget = "anon_inode:[io_uring]"
)

// fdTables are the tables of a moment ago. Reading one costs a call for each
// descriptor; three sources want them.
type fdTables struct {
	mu    sync.Mutex
	of    map[int]fdTable
	count int
}

// tablesOf gives the tables of a run, nil where sources are not joined.
func tablesOf(env *collect.Env) *fdTables {
	if env.Seen == nil {
		return nil
	}
	t, ok := env.Seen.Shared["descriptor tables"].(*fdTables)
	if !ok {
		t = &fdTables{of: map[int]fdTable{}}
		env.Seen.Share("descriptor tables", t)
	}
	return t
}

// keep notes the table of a process, as long as there is room.
func (f *fdTables) keep(pid int, t fdTable) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.of[pid]
	f.count -= len(old.sockets) + len(old.kernel)
	delete(f.of, pid)
	if n := len(t.sockets) + len(t.kernel); f.count+n <= tableNotes {
		f.of[pid] = t
		f.count += n
	}
}

// fresh gives the table of a process when it was read a moment ago and the pid
// still is that process. The maps are not to be changed.
func (f *fdTables) fresh(ctx context.Context, proc host.Proc, pid int) (fdTable, bool) {
	if f == nil {
		return fdTable{}, false
	}
	f.mu.Lock()
	t, ok := f.of[pid]
	f.mu.Unlock()
	if !ok || time.Since(t.at) > tableFresh {
		return fdTable{}, false
	}
	if len(t.sockets)+len(t.kernel) == 0 {
		return t, true
	}
	ctx, cancel := host.Patience(ctx, taskWait)
	defer cancel()
	stat, _, err := proc.Read(ctx, itoa(pid)+"/stat", statCap)
	_, start, ok := statFacts(stat)
	return t, err == nil && ok && start == t.start
}
