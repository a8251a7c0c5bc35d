package source

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
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
// namespace but that no descriptor table shows: held by io_uring, in flight
// in a message, by a hidden process, or by the kernel itself.
func (s *socketSweep) orphans(ctx context.Context, stream collect.RecordStream) error {
	for _, ns := range slices.Sorted(maps.Keys(s.netns)) {
		for _, file := range []string{"packet", "raw", "raw6"} {
			if err := ctx.Err(); err != nil {
				return err
			}
			data, cut, err := s.proc.Read(ctx, s.netns[ns]+"/net/"+file, procNetCap)
			if err != nil {
				continue
			}
			if cut {
				s.capped++
			}
			for _, row := range listedSockets(file, string(data)) {
				if h := s.sockets[row.ino]; row.ino == 0 || h != nil {
					continue
				}
				if err := stream.Record(s.orphan(ns, row)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *socketSweep) orphan(ns uint64, row listed) *record.Socket {
	at, _ := s.clock.now()
	return &record.Socket{Type: "socket", At: at, Ino: row.ino, NetNS: ns, Domain: row.domain, SockType: row.kind, Protocol: row.protocol,
		IfIndex: row.ifindex, UID: row.uid, Local: row.local, Peer: row.peer, Method: "proc_net", FilterAs: "unreadable", Errno: "no holder"}
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
