package host

import (
	"encoding/binary"
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
)

// PacketDiag implements Kernel.
func (k kernel) PacketDiag(pid, tid int) ([]record.Socket, error) {
	type answer struct {
		list []record.Socket
		err  error
	}
	done := make(chan answer, 1)
	k.inNetNS(pid, tid, func(err error) {
		var a answer
		if a.err = err; err == nil {
			a.list, a.err = packetDump()
		}
		done <- a
	})
	a := <-done
	return a.list, a.err
}

// inNetNS runs fn in the network namespace of a task, on a thread that ends
// with it; fn is told when the namespace could not be entered.
func (k kernel) inNetNS(pid, tid int, fn func(error)) {
	onOwnThread(func() { fn(k.enterNetNS(pid, tid)) })
}

// onOwnThread runs fn on a thread that no other code will ever run on: what fn
// changes of it (namespaces) ends with it. The first thread of a process never
// ends, so it is only held while another one does the work.
func onOwnThread(fn func()) {
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() != unix.Getpid() {
			fn() // still locked: the thread ends with the goroutine
			return
		}
		done := make(chan struct{})
		onOwnThread(func() { defer close(done); fn() })
		<-done
		runtime.UnlockOSThread()
	}()
}

// enterNetNS joins the network namespace of a task: by pidfd (Linux 5.8),
// which no mount over /proc can deceive, else by its link.
func (k kernel) enterNetNS(pid, tid int) error {
	if pid < 0 { // a descriptor of OpenNetNS
		return unix.Setns(-pid, unix.CLONE_NEWNET)
	}
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

// OpenNetNS implements Kernel.
func (kernel) OpenNetNS(path string) (int, error) {
	const getType = 0xb703 // NS_GET_NSTYPE, linux/nsfs.h, Linux 4.11
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil {
		return -1, err
	}
	if fs.Type != unix.NSFS_MAGIC {
		return -1, unix.EINVAL
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return -1, err
	}
	if kind, _, no := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), getType, 0); no == 0 && kind != unix.CLONE_NEWNET {
		unix.Close(fd)
		return -1, unix.EINVAL
	}
	return fd, nil
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
	req := make([]byte, packetReqLen)
	req[0] = unix.AF_PACKET
	binary.NativeEndian.PutUint32(req[8:], packetShowAll)
	var out []record.Socket
	err = dump(fd, sockDiagByFamily, req, func(body []byte) {
		if s, ok := parsePacket(body); ok {
			out = append(out, s)
		}
	})
	return out, err
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
