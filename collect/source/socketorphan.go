package source

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"syscall"

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
	diag := s.diagReady(ctx)
	for _, ns := range slices.Sorted(maps.Keys(s.netns)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		shown := map[uint64]record.Socket{}
		if diag {
			shown = s.askDiag(ns)
		}
		for _, file := range []string{"packet", "raw", "raw6"} {
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

func (s *socketSweep) listedIn(ctx context.Context, ns uint64, file string, shown map[uint64]record.Socket, stream collect.RecordStream) error {
	data, cut, err := s.proc.Read(ctx, s.netns[ns].dir+"/net/"+file, procNetCap)
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

// diagReady says whether netlink can be asked for packet sockets without the
// kernel loading a module for it: the code is there, or nothing can be loaded.
func (s *socketSweep) diagReady(ctx context.Context) bool {
	modules, cut, err := s.proc.Read(ctx, "modules", procNetCap)
	if errors.Is(err, syscall.ENOENT) {
		return true // a kernel without modules
	}
	if err != nil || cut {
		return false
	}
	if strings.HasPrefix(string(modules), "af_packet_diag ") || strings.Contains(string(modules), "\naf_packet_diag ") {
		return true
	}
	disabled, _, err := s.proc.Read(ctx, "sys/kernel/modules_disabled", smallCap)
	return err == nil && strings.TrimSpace(string(disabled)) == "1"
}

func (s *socketSweep) askDiag(ns uint64) map[uint64]record.Socket {
	out := map[uint64]record.Socket{}
	t := s.netns[ns]
	list, err := s.kernel.PacketDiag(t.pid, t.tid)
	if err != nil {
		s.diagErrno = host.ErrnoName(err)
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

// rawRow reads: sl local_address rem_address st queues tr:when retrnsmt uid
// timeout inode ... The port of a raw socket is its protocol.
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
	domain := afInet
	if file == "raw6" {
		domain = afInet6
	}
	return listed{ino: ino, domain: domain, kind: 3, protocol: int(proto), ifindex: -1, uid: uid,
		local: fmt.Sprintf("hex:%s", f[1]), peer: fmt.Sprintf("hex:%s", f[2])}, true
}
