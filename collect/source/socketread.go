package source

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"syscall"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// Numbers of the Linux socket interface (asm-generic/socket.h, linux/socket.h),
// the same on amd64 and arm64; written here so that replies can be replayed on
// any system.
const (
	solSocket     = 1
	soType        = 3
	soReusePort   = 15
	soNetNSCookie = 71
	soProtocol    = 38
	soDomain      = 39
	soLockFilter  = 44
	afUnix        = 1
	afInet        = 2
	afInet6       = 10
	afPacket      = 17

	solPacket    = 263
	packetFanout = 18
)

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

func sortedKeys(m map[int]uint64) []int { return slices.Sorted(maps.Keys(m)) }

// readAll duplicates every socket once, through the first holder that lets
// it, and writes one line for each.
func (s *socketSweep) readAll(ctx context.Context, stream collect.RecordStream) error {
	for i := range s.owners {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.readOwner(&s.owners[i], stream); err != nil {
			return err
		}
	}
	return nil
}

// leftovers records the sockets that nobody gave access to and no list of the
// kernel told more about.
func (s *socketSweep) leftovers(_ context.Context, stream collect.RecordStream) error {
	for _, ino := range slices.Sorted(maps.Keys(s.sockets)) {
		h := s.sockets[ino]
		if h.done {
			continue
		}
		if gone(h.tried) || h.tried == "EBADF" {
			continue // closed between the walk and the reading
		}
		s.unreadErrno(h.tried)
		if err := stream.Record(s.unreadable(ino, h)); err != nil {
			return err
		}
	}
	return nil
}

func (s *socketSweep) unreadable(ino uint64, h *held) *record.Socket {
	at, _ := s.clock.now()
	return &record.Socket{Type: "socket", At: at, Ino: ino, Domain: -1, SockType: -1, Protocol: -1, IfIndex: -1, UID: -1,
		Method: "pidfd_getfd", FilterAs: "unreadable", Errno: h.tried, Holders: h.holders, More: h.more}
}

// readOwner reads the sockets of one descriptor table that nobody before it
// gave access to.
func (s *socketSweep) readOwner(o *owner, stream collect.RecordStream) error {
	first, again := s.wanted(o)
	if len(first) == 0 {
		return nil
	}
	pidfd, errno := s.open(o)
	if errno != "" {
		s.failed(o, errno)
		return nil
	}
	defer s.kernel.Close(pidfd)
	for part := range slices.Chunk(slices.Concat(first, again), readAtOnce) {
		part = slices.DeleteFunc(part, func(fd int) bool { return s.sockets[o.fds[fd]].done })
		for i, a := range s.readSome(pidfd, o, part) {
			h := s.sockets[o.fds[part[i]]]
			if a.errno != "" || h.done {
				h.tried = a.errno
				continue
			}
			h.done = true
			if err := s.write(o, h, a.r, stream); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *socketSweep) write(o *owner, h *held, r *record.Socket, stream collect.RecordStream) error {
	r.Holders, r.More = h.holders, h.more
	r.Self = s.live && o.pid == s.self
	if r.FilterAs == "unreadable" {
		s.unreadErrno(r.Errno)
	}
	return stream.Record(r)
}

// wanted lists the descriptors of a table to read: those of sockets not read yet,
// and behind them further ones of the same sockets, should the first not do.
func (s *socketSweep) wanted(o *owner) (first, again []int) {
	seen := map[uint64]bool{}
	for _, fd := range sortedKeys(o.fds) {
		ino := o.fds[fd]
		switch h := s.sockets[ino]; {
		case h == nil || h.done:
		case seen[ino]:
			again = append(again, fd)
		default:
			seen[ino] = true
			first = append(first, fd)
		}
	}
	return first, again
}

func (s *socketSweep) failed(o *owner, errno string) {
	for _, ino := range o.fds {
		if h := s.sockets[ino]; h != nil && !h.done {
			h.tried = errno
		}
	}
}

// open opens a pidfd and makes sure that the pid still is the process whose
// table was read.
func (s *socketSweep) open(o *owner) (int, string) {
	id, thread := o.pid, false
	if o.tid != 0 {
		id, thread = o.tid, true
	}
	fd, err := s.kernel.PidfdOpen(id, thread)
	if err != nil {
		return -1, host.ErrnoName(err)
	}
	stat, _, err := s.proc.Read(context.Background(), taskOf(o.pid, 0).dir+"/stat", statCap)
	if _, start, ok := statFacts(stat); err != nil || !ok || start != o.start {
		s.kernel.Close(fd)
		return -1, "ESRCH"
	}
	return fd, ""
}

// read duplicates one socket, asks it what it is, and closes the duplicate.
func (s *socketSweep) read(pidfd, target int, ino uint64) (*record.Socket, string) {
	fd, err := s.kernel.PidfdGetfd(pidfd, target)
	if err != nil {
		return nil, host.ErrnoName(err)
	}
	defer s.kernel.Close(fd)
	got, uid, err := s.kernel.Inode(fd)
	if err != nil {
		return nil, host.ErrnoName(err)
	}
	if got != ino {
		return nil, "EBADF" // the number was used again for something else
	}
	at, _ := s.clock.now()
	r := &record.Socket{Type: "socket", At: at, Ino: ino, IfIndex: -1, UID: int64(uid), Method: "pidfd_getfd"}
	r.Domain, r.SockType, r.Protocol = s.option(fd, soDomain), s.option(fd, soType), s.option(fd, soProtocol)
	if locked := s.option(fd, soLockFilter); locked >= 0 {
		b := locked != 0
		r.Locked = &b
	}
	switch r.Domain {
	case afPacket:
		if v, err := s.kernel.SocketInt(fd, solPacket, packetFanout); err == nil && v > 0 {
			r.Fanout = uint32(v)
		}
	case afInet, afInet6:
		r.ReusePort = s.option(fd, soReusePort) > 0
	}
	r.NetNS = s.netnsOf(fd)
	if local, peer, err := s.kernel.SocketName(fd); err == nil {
		nameSocket(r, local, peer)
	}
	r.Filter, err = s.kernel.SocketFilter(fd)
	switch {
	case err == nil && len(r.Filter) > 0:
		r.FilterAs = "classic"
	case err == nil:
		r.FilterAs = "none"
	case errors.Is(err, syscall.EACCES):
		r.FilterAs, r.Errno = "ebpf", "EACCES"
	default:
		r.FilterAs, r.Errno = "unreadable", host.ErrnoName(err)
	}
	return r, ""
}

func (s *socketSweep) option(fd, opt int) int {
	v, err := s.kernel.SocketInt(fd, solSocket, opt)
	if err != nil {
		return -1
	}
	return v
}

// nameSocket fills in what the raw addresses say: sockaddr_in, sockaddr_in6,
// sockaddr_un, sockaddr_ll. The family is in host order, little endian on
// both systems the collector is built for.
func nameSocket(r *record.Socket, local, peer []byte) {
	r.Local, r.Peer = address(local), address(peer)
	if len(local) >= 8 && binary.LittleEndian.Uint16(local) == afPacket {
		r.Protocol = int(binary.BigEndian.Uint16(local[2:]))
		r.IfIndex = int(int32(binary.LittleEndian.Uint32(local[4:])))
	}
}

// address prints a raw socket address; "" when it is empty or unknown.
func address(b []byte) string {
	if len(b) < 2 {
		return ""
	}
	switch binary.LittleEndian.Uint16(b) {
	case afInet:
		if len(b) >= 8 {
			a, _ := netip.AddrFromSlice(b[4:8])
			return netip.AddrPortFrom(a, binary.BigEndian.Uint16(b[2:])).String()
		}
	case afInet6:
		if len(b) >= 24 {
			a, _ := netip.AddrFromSlice(b[8:24])
			return netip.AddrPortFrom(a, binary.BigEndian.Uint16(b[2:])).String()
		}
	case afUnix:
		return unixName(b[2:])
	case afPacket:
		if len(b) >= 12 {
			return fmt.Sprintf("packet:%04x%%%d", binary.BigEndian.Uint16(b[2:]), int32(binary.LittleEndian.Uint32(b[4:])))
		}
	}
	return ""
}

// unixName prints the name of a unix socket; an abstract one begins with @.
func unixName(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if b[0] == 0 {
		return "@" + strconv.QuoteToASCII(string(b[1:]))
	}
	b, _, _ = bytes.Cut(b, []byte{0})
	if q := strconv.QuoteToASCII(string(b)); len(q) != len(b)+2 {
		return q
	}
	return string(b)
}
