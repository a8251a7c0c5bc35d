package host

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// Numbers of linux/sock_diag.h and linux/packet_diag.h.
const (
	sockDiagByFamily = 20
	packetShowAll    = 0x3f
	packetInfo       = 0
	packetUID        = 5
	packetFilter     = 7
	packetReqLen     = 20
	packetMsgLen     = 16
	maxDiagBytes     = 64 << 20
)

// PacketDiag implements Kernel. A thread of its own enters the namespace and
// ends afterwards, so that no other code runs inside it.
func (k kernel) PacketDiag(pid, tid int) ([]record.Socket, error) {
	type answer struct {
		list []record.Socket
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		var a answer
		if a.err = k.enterNetNS(pid, tid); a.err == nil {
			a.list, a.err = packetDump()
		}
		done <- a
	}()
	a := <-done
	return a.list, a.err
}

// enterNetNS joins the network namespace of a task: by pidfd (Linux 5.8),
// which no mount over /proc can deceive, else by its link.
func (k kernel) enterNetNS(pid, tid int) error {
	id, thread := pid, false
	if tid != 0 {
		id, thread = tid, true
	}
	if fd, err := k.PidfdOpen(id, thread); err == nil {
		defer unix.Close(fd)
		if unix.Setns(fd, unix.CLONE_NEWNET) == nil {
			return nil
		}
	}
	fd, err := unix.Open("/proc/"+strconv.Itoa(pid)+"/task/"+strconv.Itoa(id)+"/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Setns(fd, unix.CLONE_NEWNET)
}

func packetDump() ([]record.Socket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	wait := unix.Timeval{Sec: 2}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return nil, err
	}
	req := make([]byte, unix.NLMSG_HDRLEN+packetReqLen)
	binary.NativeEndian.PutUint32(req, uint32(len(req)))
	binary.NativeEndian.PutUint16(req[4:], sockDiagByFamily)
	binary.NativeEndian.PutUint16(req[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	binary.NativeEndian.PutUint32(req[8:], 1)
	req[unix.NLMSG_HDRLEN] = unix.AF_PACKET
	binary.NativeEndian.PutUint32(req[unix.NLMSG_HDRLEN+8:], packetShowAll)
	if err := unix.Sendto(fd, req, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, err
	}
	var out []record.Socket
	buf := make([]byte, 256<<10)
	for total := 0; total < maxDiagBytes; {
		n, _, err := unix.Recvfrom(fd, buf, 0)
		if err != nil {
			return out, err
		}
		total += n
		list, last, err := parseDiag(buf[:n])
		out = append(out, list...)
		if err != nil || last {
			return out, err
		}
	}
	return out, fmt.Errorf("packet_diag: more than %d bytes: %w", maxDiagBytes, unix.EMSGSIZE)
}

// parseDiag reads the netlink messages of one datagram; last says that the
// dump is over.
func parseDiag(b []byte) (out []record.Socket, last bool, err error) {
	for len(b) >= unix.NLMSG_HDRLEN {
		size := int(binary.NativeEndian.Uint32(b))
		if size < unix.NLMSG_HDRLEN || size > len(b) {
			return out, true, unix.EBADMSG
		}
		body := b[unix.NLMSG_HDRLEN:size]
		switch binary.NativeEndian.Uint16(b[4:]) {
		case unix.NLMSG_DONE:
			return out, true, nil
		case unix.NLMSG_ERROR:
			if len(body) < 4 {
				return out, true, unix.EBADMSG
			}
			if no := -int32(binary.NativeEndian.Uint32(body)); no != 0 {
				return out, true, unix.Errno(no)
			}
		case sockDiagByFamily:
			if s, ok := parsePacket(body); ok {
				out = append(out, s)
			}
		}
		b = b[min(len(b), (size+3)&^3):]
	}
	return out, false, nil
}

func parsePacket(b []byte) (record.Socket, bool) {
	if len(b) < packetMsgLen || b[0] != unix.AF_PACKET {
		return record.Socket{}, false
	}
	s := record.Socket{Type: "socket", Domain: unix.AF_PACKET, SockType: int(b[1]), Protocol: int(binary.NativeEndian.Uint16(b[2:])),
		Ino: uint64(binary.NativeEndian.Uint32(b[4:])), IfIndex: -1, UID: -1, Method: "packet_diag", FilterAs: "unreadable", Errno: "no classic filter shown"}
	for b = b[packetMsgLen:]; len(b) >= 4; {
		size := int(binary.NativeEndian.Uint16(b))
		if size < 4 || size > len(b) {
			break
		}
		v := b[4:size]
		switch kind := binary.NativeEndian.Uint16(b[2:]) & 0x3fff; {
		case kind == packetInfo && len(v) >= 4:
			s.IfIndex = int(int32(binary.NativeEndian.Uint32(v)))
		case kind == packetUID && len(v) >= 4:
			s.UID = int64(binary.NativeEndian.Uint32(v))
		case kind == packetFilter && len(v) >= 8:
			s.Filter, s.FilterAs, s.Errno = insns(v), "classic", ""
		}
		b = b[min(len(b), (size+3)&^3):]
	}
	return s, true
}

// insns reads an array of struct sock_filter.
func insns(b []byte) []record.Insn {
	out := make([]record.Insn, 0, min(len(b)/8, maxInsns))
	for ; len(b) >= 8 && len(out) < maxInsns; b = b[8:] {
		out = append(out, record.Insn{Code: binary.NativeEndian.Uint16(b), JT: b[2], JF: b[3], K: binary.NativeEndian.Uint32(b[4:])})
	}
	return out
}
