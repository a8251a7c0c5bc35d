package source

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/record"
)

// heldByRing is the errno of a filter whose socket only an io_uring holds: its
// table of files is no descriptor table, and gives nothing out.
const heldByRing = "held by io_uring"

// ring reads the sockets that an io_uring has registered (Linux 5.1). Its
// fdinfo lists them since about 5.12: "    0: socket:[4711]".
func (s *socketSweep) ring(ctx context.Context, t task, fd string) {
	s.limits.Rings++
	info, _, err := s.proc.Read(ctx, t.dir+"/fdinfo/"+fd, mapsCap)
	if err != nil {
		return
	}
	for line := range strings.Lines(string(info)) {
		_, target, ok := strings.Cut(strings.TrimSpace(line), ": ")
		ino, socket := nsInode(strings.TrimSpace(target), "socket:[")
		if !ok || !socket || len(s.rings[ino]) >= maxHolders || len(s.rings) >= maxSockets {
			continue
		}
		h := s.holder(ctx, t)
		h.FD, h.Via = atoi(fd), "io_uring"
		s.rings[ino] = append(s.rings[ino], h)
	}
}

func (s *socketSweep) holder(ctx context.Context, t task) record.Holder {
	leader := taskOf(t.pid, 0).dir
	stat, _, _ := s.proc.Read(ctx, leader+"/stat", statCap)
	comm, start, _ := statFacts(stat)
	exe := exeOf(s.proc, t)
	return record.Holder{PID: t.pid, TID: t.tid, Start: start, Exe: record.Bytes(exe), Comm: record.Bytes(comm)}
}

// maxCarriers bounds the sockets whose messages carry descriptors.
const maxCarriers = 256

// carriers finds the unix sockets that have descriptors under way in messages
// nobody has received: their fdinfo says "scm_fds: 2" (Linux 5.6). It is asked
// only when some socket has no holder.
func (s *socketSweep) carriers(ctx context.Context) {
	for _, ino := range slices.Sorted(maps.Keys(s.sockets)) {
		if ctx.Err() != nil || len(s.limits.Carriers) >= maxCarriers {
			return
		}
		if len(s.sockets[ino].holders) == 0 {
			continue
		}
		h := s.sockets[ino].holders[0]
		info, _, err := s.proc.Read(ctx, taskOf(h.PID, h.TID).dir+"/fdinfo/"+strconv.Itoa(h.FD), smallCap)
		if err != nil {
			continue
		}
		if n := underWay(string(info)); n > 0 {
			s.limits.Carriers = append(s.limits.Carriers, record.Carrier{Holder: h, Ino: ino, FDs: n})
		}
	}
}

func underWay(info string) int {
	for line := range strings.Lines(info) {
		if rest, ok := strings.CutPrefix(line, "scm_fds:"); ok {
			return atoi(strings.TrimSpace(rest))
		}
	}
	return 0
}

// finish writes the last line of the record: what this look at the sockets
// could see and what it could not.
func (s *socketSweep) finish(ctx context.Context, stream collect.RecordStream) error {
	if s.lost > 0 {
		s.carriers(ctx)
	}
	l := &s.limits
	l.Type = "socket-limits"
	l.At, _ = s.clock.now()
	l.Processes, l.Denied, l.Beyond, l.NoHolder = s.processes, s.denied, s.capped, s.lost
	l.Unread = s.unread
	scope, _, err := s.proc.Read(ctx, "sys/kernel/yama/ptrace_scope", smallCap)
	if err == nil {
		l.PtraceScope = strings.TrimSpace(string(scope))
	}
	return stream.Record(l)
}
