package hosttest

import (
	"encoding/binary"
	"strings"
	"syscall"

	"github.com/saksi-dfir/saksi/collect/record"
)

func (k *Kernel) socket(fd int, call string) (*record.Socket, error) {
	if err := k.call(call); err != nil {
		return nil, err
	}
	h, err := k.get(fd)
	if err != nil {
		return nil, err
	}
	if h.socket == nil {
		return nil, syscall.ENOTSOCK
	}
	return h.socket, nil
}

// SocketFilter implements host.Kernel.
func (k *Kernel) SocketFilter(fd int) ([]record.Insn, error) {
	s, err := k.socket(fd, "getsockopt filter")
	if err != nil {
		return nil, err
	}
	switch s.FilterAs {
	case "classic", "none":
		return append([]record.Insn(nil), s.Filter...), nil
	case "ebpf":
		return nil, syscall.EACCES
	}
	return nil, Errno(s.Errno)
}

// SocketInt implements host.Kernel for SO_TYPE, SO_PROTOCOL, SO_DOMAIN and
// SO_LOCK_FILTER, SO_REUSEPORT and PACKET_FANOUT.
func (k *Kernel) SocketInt(fd, level, opt int) (int, error) {
	s, err := k.socket(fd, "getsockopt")
	if err != nil {
		return -1, err
	}
	if level == 263 && opt == 18 {
		return int(s.Fanout), nil
	}
	switch opt {
	case 15:
		if s.ReusePort {
			return 1, nil
		}
		return 0, nil
	case 3:
		return s.SockType, nil
	case 38:
		if s.Domain == 17 {
			return 0, nil
		}
		return s.Protocol, nil
	case 39:
		return s.Domain, nil
	case 44:
		if s.Locked == nil {
			return -1, syscall.ENOPROTOOPT
		}
		if *s.Locked {
			return 1, nil
		}
		return 0, nil
	}
	return -1, syscall.ENOPROTOOPT
}

// SocketUint64 implements host.Kernel: nothing of the kind was recorded.
func (k *Kernel) SocketUint64(fd, _, _ int) (uint64, error) {
	if _, err := k.socket(fd, "getsockopt"); err != nil {
		return 0, err
	}
	return 0, syscall.ENOPROTOOPT
}

// SocketName implements host.Kernel. Of packet sockets the address is made
// again from protocol and interface; other addresses were recorded as text.
func (k *Kernel) SocketName(fd int) (local, peer []byte, err error) {
	s, err := k.socket(fd, "getsockname")
	if err != nil {
		return nil, nil, err
	}
	if s.Domain != 17 {
		if name, ok := strings.CutPrefix(s.Local, "/"); ok && s.Domain == 1 {
			return append([]byte{1, 0, '/'}, name...), nil, nil
		}
		return nil, nil, nil
	}
	b := make([]byte, 20)
	binary.LittleEndian.PutUint16(b, 17)
	binary.BigEndian.PutUint16(b[2:], uint16(s.Protocol))
	binary.LittleEndian.PutUint32(b[4:], uint32(int32(s.IfIndex)))
	return b, nil, nil
}

// SocketNetNS implements host.Kernel.
func (k *Kernel) SocketNetNS(fd int) (uint64, error) {
	s, err := k.socket(fd, "netns")
	if err != nil {
		return 0, err
	}
	return s.NetNS, nil
}

// Inode implements host.Kernel.
func (k *Kernel) Inode(fd int) (uint64, uint32, error) {
	s, err := k.socket(fd, "fstat")
	if err != nil {
		return 0, 0, err
	}
	return s.Ino, uint32(s.UID), nil
}

// PacketDiag implements host.Kernel: the recorded packet sockets of the
// namespace, as netlink shows them.
func (k *Kernel) PacketDiag(pid, _ int) ([]record.Socket, error) {
	if err := k.call("packet_diag"); err != nil {
		return nil, err
	}
	var out []record.Socket
	for _, s := range k.Diag {
		if s.NetNS == k.netns[pid] {
			out = append(out, s)
		}
	}
	return out, nil
}
