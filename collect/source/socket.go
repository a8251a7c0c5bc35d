package source

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// socket is the source of sockets and their filters.
func socket() collect.Source { return socketSource{} }

type socketSource struct{}

// Describe implements collect.Source.
func (socketSource) Describe() collect.Description {
	return collect.Description{
		Name: "socket",
		Doc: "every socket that a process or a thread with a descriptor table of its own holds, in every network namespace, with its classic " +
			"BPF filter byte for byte; packet, raw, UDP and TCP sockets that the kernel lists but nobody is seen to hold, those that an io_uring " +
			"has registered, and unix sockets with descriptors under way. Recorded as not readable, never as clean: an eBPF filter (EACCES: its " +
			"programs are in the source ebpf, which of them is told by memory only), the choosing program of a fanout or SO_REUSEPORT group, " +
			"sockets held by an io_uring or a message alone where packet_diag does not show them",
		Effects: "each socket is duplicated into the collector for microseconds (pidfd_getfd, which needs ptrace rights and may be audited) " +
			"and closed at once; only getsockopt, getsockname and fstat are called on it",
		References: []string{"pidfd_getfd(2)", "socket(7)", "packet(7)", "kcmp(2)", "MITRE ATT&CK T1205.002"},
		Group:      collect.GroupVolatile,
		Turn:       turnSocket,
		MinKernel:  "5.6",
		Fallback: "before 5.6 (ENOSYS) and under yama ptrace_scope 3 (EPERM): sockets with their holders, filter state unreadable with the errno; a thread's own " +
			"descriptor table needs 6.9 (EINVAL before). Filters of packet sockets then come from packet_diag (3.10), which is asked only where it is " +
			"built in (its symbol is in kallsyms), its module is loaded or none can be loaded: else the kernel would start modprobe. " +
			"Last /proc/net/packet, raw and raw6, which show no filters",
		Root:     true,
		LiveOnly: true,
		Profiles: []string{"sweep", "triage", "full"},
	}
}

// Plan implements collect.Source.
func (socketSource) Plan(ctx context.Context, env *collect.Env) ([]bundle.PlanItem, error) {
	return []bundle.PlanItem{{Source: "socket", Target: "every reachable socket and its filter", Bytes: socketEstimate(ctx, env)}}, nil
}

// Collect implements collect.Source.
func (socketSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	proc, kernel := env.Host.Proc(), env.Host.Kernel()
	if proc == nil || kernel == nil {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "not a live host"}, nil
	}
	s := newSocketSweep(env, proc, kernel)
	if err := s.scan(ctx); err != nil {
		return bundle.Outcome{}, err
	}
	const how = "pidfd_getfd + SO_GET_FILTER"
	stream, err := env.Out.Records(bundle.Exhibit{Name: "data/records/socket", Source: "socket", Item: item.Item, Method: how})
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("open the socket record: %w", err)
	}
	noted := &notedSockets{RecordStream: stream, now: map[uint64]uint64{}}
	err = s.all(ctx, noted)
	if env.Seen != nil {
		env.Seen.Sockets = noted.now
	}
	parts, size, closeErr := stream.Close()
	out := s.outcome()
	out.Exhibits, out.Bytes, out.Method = parts, size, how
	if ctx.Err() != nil {
		out.Outcome, out.Reason = bundle.Partial, "cancelled"
		return out, nil
	}
	if err == nil {
		err = closeErr
	}
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("write the socket record: %w", err)
	}
	return out, nil
}

// all writes a line for every socket, whoever holds it.
func (s *socketSweep) all(ctx context.Context, stream collect.RecordStream) error {
	for _, step := range []func(context.Context, collect.RecordStream) error{s.readAll, s.orphans, s.leftovers, s.finish} {
		if err := step(ctx, stream); err != nil {
			return err
		}
	}
	return nil
}

// held is one socket as found in descriptor tables.
type held struct {
	holders []record.Holder
	more    int
	done    bool
	tried   string // errno of the last failed try
}

// owner is a task whose descriptor table holds sockets.
type owner struct {
	task
	start uint64
	exe   string
	comm  []byte
	fds   map[int]uint64 // descriptor -> inode
}

type socketSweep struct {
	proc    host.Proc
	kernel  host.Kernel
	fds     *fdTables // read a moment ago; may be nil
	clock   watch
	live    bool
	self    int
	sockets map[uint64]*held
	owners  []owner
	netns   map[uint64]task // namespace -> a task inside it
	cookies sync.Map        // cookie of a namespace -> its inode, both uint64

	processes, denied, capped int
	unread                    map[string]int // errno -> sockets whose filter stays unknown
	errno                     string

	present *presence
	early   map[uint64]bool            // inodes listed before the tables were read
	lists   map[string][]byte          // of the kernel, read a moment ago
	kept    int                        // bytes of lists
	rings   map[uint64][]record.Holder // sockets that an io_uring has registered
	limits  record.SocketLimits
	lost    int  // listed sockets without a holder
	again   bool // the second look: only what the first did not see
}

func newSocketSweep(env *collect.Env, proc host.Proc, kernel host.Kernel) *socketSweep {
	return &socketSweep{proc: proc, kernel: kernel, fds: tablesOf(env), clock: newWatch(env.Host, "socket"), live: env.Host.Live(), self: os.Getpid(),
		sockets: map[uint64]*held{}, unread: map[string]int{}, netns: map[uint64]task{}, present: newPresence(proc), rings: map[uint64][]record.Holder{},
		early: map[uint64]bool{}, lists: map[string][]byte{}}
}

// scan walks every descriptor table and every network namespace.
func (s *socketSweep) scan(ctx context.Context) error {
	pids, err := s.proc.PIDs()
	if err != nil {
		return fmt.Errorf("list processes: %w", err)
	}
	s.processes = len(pids)
	for _, pid := range pids {
		if ctx.Err() != nil {
			return nil
		}
		leader := taskOf(pid, 0)
		s.noteNetNS(ctx, leader)
		fds, errno := s.table(ctx, leader)
		if refused(errno) && !s.again {
			s.denied++
			s.errno = errno
		}
		s.own(ctx, leader, fds)
		tids := threads(s.proc, pid)
		for _, tid := range tids {
			s.noteNetNS(ctx, taskOf(pid, tid))
		}
		for _, tid := range ownTables(s.kernel, pid, tids) {
			th := taskOf(pid, tid)
			mine, _ := s.table(ctx, th)
			for fd, ino := range fds {
				if mine[fd] == ino {
					delete(mine, fd)
				}
			}
			s.own(ctx, th, mine)
		}
	}
	return nil
}

// table gives the sockets of one descriptor table. Those of a table that is not
// shown at all are nobody's; one refusal is that of the whole process.
func (s *socketSweep) table(ctx context.Context, t task) (map[int]uint64, string) {
	if had, ok := s.fds.fresh(ctx, s.proc, t.pid); ok && t.tid == 0 && !s.again {
		for _, l := range had.kernel {
			if l.target == ringTarget {
				s.ring(ctx, t, l.fd)
			}
		}
		return had.sockets, had.errno
	}
	var out map[int]uint64
	errno := ""
	err := eachLink(s.proc, t.dir+"/fd", func(n, target string, err error) bool {
		if e := host.ErrnoName(err); refused(e) { // the list of numbers is shown, what they are is not
			errno = e
			return false
		}
		ino, ok := nsInode(target, "socket:[")
		if !ok {
			if target == ringTarget && !s.again {
				s.ring(ctx, t, n)
			}
			return true
		}
		if s.again && s.sockets[ino] != nil {
			return true
		}
		if out == nil {
			out = map[int]uint64{}
		}
		out[atoi(n)] = ino
		return true
	})
	if err != nil {
		return nil, host.ErrnoName(err)
	}
	return out, errno
}

// own notes the sockets of one table with who holds them.
func (s *socketSweep) own(ctx context.Context, t task, fds map[int]uint64) {
	if len(fds) == 0 {
		return
	}
	ctx, cancel := host.Patience(ctx, taskWait)
	defer cancel()
	stat, _, _ := s.proc.Read(ctx, taskOf(t.pid, 0).dir+"/stat", statCap)
	comm, start, _ := statFacts(stat)
	exe := exeOf(s.proc, t)
	o := owner{task: t, start: start, exe: exe, comm: comm, fds: fds}
	for _, fd := range sortedKeys(fds) {
		ino := fds[fd]
		h := s.sockets[ino]
		if h == nil {
			if len(s.sockets) >= maxSockets {
				s.capped++
				continue
			}
			h = &held{}
			s.sockets[ino] = h
		}
		if len(h.holders) >= maxHolders {
			h.more++
			continue
		}
		h.holders = append(h.holders, record.Holder{PID: t.pid, TID: t.tid, FD: fd, Start: start, Exe: record.Bytes(exe), Comm: record.Bytes(comm)})
	}
	s.owners = append(s.owners, o)
}

// unreadErrno counts a socket whose filter state stays unknown.
func (s *socketSweep) unreadErrno(errno string) { s.unread[errno]++ }

// outcome is collected when everything was read that this kernel can tell:
// a call it does not have is the fallback's result, not a failure.
func (s *socketSweep) outcome() bundle.Outcome {
	o := bundle.Outcome{Outcome: bundle.Collected}
	failed, total := "", 0
	for _, errno := range slices.Sorted(maps.Keys(s.unread)) {
		o.Flags = append(o.Flags, fmt.Sprintf("filter of %d sockets not readable: %s", s.unread[errno], errno))
		if !lacking(errno) {
			failed = errno
			total += s.unread[errno]
		}
	}
	if s.limits.PacketDiag != "" {
		o.Flags = append(o.Flags, "packet_diag: "+s.limits.PacketDiag)
	}
	switch {
	case s.denied > 0:
		o.Outcome, o.Errno = bundle.Partial, s.errno
		o.Reason = fmt.Sprintf("no right to see the descriptors of %d of %d processes", s.denied, s.processes)
	case total > 0:
		o.Outcome, o.Errno = bundle.Partial, failed
		o.Reason = fmt.Sprintf("filters of %d sockets could not be read", total)
	case s.capped > 0:
		o.Outcome = bundle.Partial
		o.Reason = fmt.Sprintf("%d sockets beyond the cap of %d", s.capped, maxSockets)
	}
	return o
}

// lacking says whether an unreadable filter is the kernel's limit and not a
// refusal: no such call (pidfd_getfd before 5.6; PIDFD_THREAD before 6.9 says
// EINVAL), or nobody through whom to ask.
func lacking(errno string) bool {
	return errno == "ENOSYS" || errno == "EINVAL" || errno == "no holder" || errno == heldByRing || errno == "no classic filter shown"
}
