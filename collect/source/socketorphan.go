package source

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// listed is one row of /proc/net/packet, raw or raw6.
type listed struct {
	ino                             uint64
	domain, kind, protocol, ifindex int
	uid                             int64
	local, peer                     string
}

// orphans records the packet and raw sockets that the kernel lists in a
// namespace but that no descriptor table gave access to: held by io_uring, in
// flight in a message, by a hidden process, or by the kernel itself; and those
// whose holder could not be asked. Netlink tells the filters of packet sockets
// where its module is there already.
func (s *socketSweep) orphans(ctx context.Context, stream collect.RecordStream) error {
	diag, why := s.present.has(ctx, "af_packet_diag", "packet_diag_handler_dump")
	s.limits.PacketDiag = why
	if err := s.secondLook(ctx, stream); err != nil {
		return err
	}
	for _, ns := range slices.Sorted(maps.Keys(s.netns)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		shown := map[uint64]record.Socket{}
		if diag {
			shown = s.askDiag(ns)
		}
		for _, file := range socketTables() {
			if err := s.listedIn(ctx, ns, file, shown, stream); err != nil {
				return err
			}
		}
		for _, ino := range slices.Sorted(maps.Keys(shown)) { // not in /proc/net/packet at all
			if h := s.sockets[ino]; h == nil || !h.done {
				if err := s.found(ns, shown[ino], stream); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// socketTables are the files below /proc/net whose sockets are looked for in
// descriptor tables. Unix sockets are left out: those in the queue of a listener
// have no descriptor yet.
func socketTables() []string {
	return []string{"packet", "raw", "raw6", "udp", "udp6", "udplite", "udplite6", "tcp", "tcp6"}
}

// secondLook goes over the descriptor tables again when the kernel lists sockets
// that the first look did not find: most were opened meanwhile.
func (s *socketSweep) secondLook(ctx context.Context, stream collect.RecordStream) error {
	missing := false
	for _, ns := range slices.Sorted(maps.Keys(s.netns)) {
		for _, file := range socketTables() {
			data, _, err := s.list(ctx, ns, file)
			if err != nil {
				continue
			}
			for _, row := range listedSockets(file, string(data)) {
				missing = missing || row.ino != 0 && s.sockets[row.ino] == nil && !s.withheld(row.ino)
			}
		}
	}
	if !missing || ctx.Err() != nil {
		return ctx.Err()
	}
	s.again, s.owners = true, nil
	s.forgetLists()
	if err := s.scan(ctx); err != nil {
		return err
	}
	return s.readAll(ctx, stream)
}

func (s *socketSweep) listedIn(ctx context.Context, ns uint64, file string, shown map[uint64]record.Socket, stream collect.RecordStream) error {
	data, cut, err := s.list(ctx, ns, file)
	if err != nil {
		return nil
	}
	if cut {
		s.capped++
	}
	for _, row := range listedSockets(file, string(data)) {
		if h := s.sockets[row.ino]; row.ino == 0 || h != nil && h.done {
			continue
		}
		r := record.Socket{Type: "socket", Ino: row.ino, Domain: row.domain, SockType: row.kind, Protocol: row.protocol, IfIndex: row.ifindex, UID: row.uid,
			Local: row.local, Peer: row.peer, Method: "proc_net", FilterAs: "unreadable", Errno: "no holder"}
		if held := s.rings[row.ino]; len(held) > 0 {
			r.Errno = heldByRing
		}
		if d, ok := shown[row.ino]; ok {
			r = d
			delete(shown, row.ino)
		}
		if err := s.found(ns, r, stream); err != nil {
			return err
		}
	}
	return nil
}

// found writes a socket that was listed but not reached.
func (s *socketSweep) found(ns uint64, r record.Socket, stream collect.RecordStream) error {
	r.At, _ = s.clock.now()
	r.NetNS = ns
	r.Holders = s.rings[r.Ino]
	if len(r.Holders) == 0 && s.sockets[r.Ino] == nil {
		s.lost++
	}
	if h := s.sockets[r.Ino]; h != nil {
		r.Holders, r.More = h.holders, h.more
		if r.Method == "proc_net" {
			r.Errno = h.tried
		}
		h.done = true
	}
	if r.FilterAs == "unreadable" {
		s.unreadErrno(r.Errno)
	}
	return stream.Record(&r)
}

func (s *socketSweep) askDiag(ns uint64) map[uint64]record.Socket {
	out := map[uint64]record.Socket{}
	t := s.netns[ns]
	list, err := s.kernel.PacketDiag(t.pid, t.tid)
	if err != nil {
		s.limits.PacketDiag = host.ErrnoName(err)
		return out
	}
	for _, r := range list {
		out[r.Ino] = r
	}
	return out
}

// listedSockets parses the rows of one of the three files; lines of another
// shape are passed over.
func listedSockets(file, data string) []listed {
	var out []listed
	for line := range strings.Lines(data) {
		f := strings.Fields(line)
		var row listed
		var ok bool
		if file == "packet" {
			row, ok = packetRow(f)
		} else {
			row, ok = rawRow(file, f)
		}
		if ok {
			out = append(out, row)
		}
	}
	return out
}

// packetRow reads: sk RefCnt Type Proto Iface R Rmem User Inode.
func packetRow(f []string) (listed, bool) {
	if len(f) != 9 {
		return listed{}, false
	}
	proto, err1 := strconv.ParseUint(f[3], 16, 16)
	ino, err2 := strconv.ParseUint(f[8], 10, 64)
	uid, err3 := strconv.ParseInt(f[7], 10, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		return listed{}, false
	}
	return listed{ino: ino, domain: afPacket, kind: atoi(f[2]), protocol: int(proto), ifindex: atoi(f[4]), uid: uid}, true
}

// rawRow reads (of UDP and TCP too): sl local_address rem_address st queues tr:when retrnsmt uid
// timeout inode ... What stands for the port of a raw socket is its protocol.
func rawRow(file string, f []string) (listed, bool) {
	if len(f) < 10 || !strings.HasSuffix(f[0], ":") {
		return listed{}, false
	}
	_, port, ok := strings.Cut(f[1], ":")
	proto, err1 := strconv.ParseUint(port, 16, 16)
	ino, err2 := strconv.ParseUint(f[9], 10, 64)
	uid, err3 := strconv.ParseInt(f[7], 10, 64)
	if !ok || err1 != nil || err2 != nil || err3 != nil {
		return listed{}, false
	}
	row := listed{ino: ino, domain: afInet, protocol: int(proto), ifindex: -1, uid: uid,
		local: fmt.Sprintf("hex:%s", f[1]), peer: fmt.Sprintf("hex:%s", f[2])}
	if strings.HasSuffix(file, "6") {
		row.domain = afInet6
	}
	switch strings.TrimSuffix(file, "6") {
	case "raw":
		row.kind = 3
	case "tcp":
		row.kind, row.protocol = 1, 6
	case "udp":
		row.kind, row.protocol = 2, 17
	case "udplite":
		row.kind, row.protocol = 2, 136
	}
	return row, true
}
