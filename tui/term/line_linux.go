package term

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// sshLine asks the kernel for the state of the TCP connection that an ssh
// server carries our terminal over: sock_diag(7) gives the round trip and what
// is written and not acknowledged, to any user of the host.
type sshLine struct{ ask []byte }

// OpenLine finds the connection that SSH_CONNECTION names ("client port server
// port", ssh(1)). nil when there is none or the kernel does not know it here:
// then only held-up writes tell of a slow line.
func OpenLine(env func(string) string) Line {
	f := strings.Fields(env("SSH_CONNECTION"))
	if len(f) != 4 {
		return nil
	}
	far, err1 := endpoint(f[0], f[1])
	near, err2 := endpoint(f[2], f[3])
	if err := errors.Join(err1, err2); err != nil {
		return nil
	}
	l := &sshLine{ask: diagRequest(near, far)}
	if _, _, ok := l.State(); !ok {
		return nil
	}
	return l
}

func endpoint(host, port string) (netip.AddrPort, error) {
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("address %q: %w", host, err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("port %q: %w", port, err)
	}
	return netip.AddrPortFrom(a.Unmap().WithZone(""), uint16(n)), nil
}

// Sizes and numbers of linux/inet_diag.h and linux/tcp.h.
const (
	diagHead  = 16 // struct nlmsghdr
	diagID    = 48 // struct inet_diag_sockid
	diagMsg   = 4 + diagID + 20
	diagInfo  = 2  // INET_DIAG_INFO: struct tcp_info
	infoTrip  = 68 // tcpi_rtt, microseconds
	wqueueAt  = 4 + diagID + 8
	anyCookie = 0xffffffff

	established = 1 // TCP_ESTABLISHED
)

// diagRequest asks for one socket: struct inet_diag_req_v2.
func diagRequest(near, far netip.AddrPort) []byte {
	family := byte(unix.AF_INET)
	if near.Addr().Is6() {
		family = unix.AF_INET6
	}
	b := make([]byte, diagHead+8+diagID)
	ne := binary.NativeEndian
	ne.PutUint32(b[0:], uint32(len(b)))
	ne.PutUint16(b[4:], unix.SOCK_DIAG_BY_FAMILY)
	ne.PutUint16(b[6:], unix.NLM_F_REQUEST)
	r := b[diagHead:]
	r[0], r[1], r[2] = family, unix.IPPROTO_TCP, 1<<(diagInfo-1)
	ne.PutUint32(r[4:], 1<<established)
	id := r[8:]
	binary.BigEndian.PutUint16(id[0:], near.Port())
	binary.BigEndian.PutUint16(id[2:], far.Port())
	copy(id[4:20], near.Addr().AsSlice())
	copy(id[20:36], far.Addr().AsSlice())
	ne.PutUint32(id[40:], anyCookie)
	ne.PutUint32(id[44:], anyCookie)
	return b
}

// State implements Line.
func (l *sshLine) State() (trip time.Duration, queued int, ok bool) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_INET_DIAG)
	if err != nil {
		return 0, 0, false
	}
	defer unix.Close(fd)
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 50_000})
	if err := unix.Sendto(fd, l.ask, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return 0, 0, false
	}
	buf := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, buf, 0)
	if err != nil {
		return 0, 0, false
	}
	return readDiag(buf[:n])
}

// readDiag reads one answer: struct inet_diag_msg and its attributes.
func readDiag(b []byte) (trip time.Duration, queued int, ok bool) {
	ne := binary.NativeEndian
	if len(b) < diagHead+diagMsg || ne.Uint16(b[4:]) != unix.SOCK_DIAG_BY_FAMILY {
		return 0, 0, false
	}
	b = b[:min(len(b), int(ne.Uint32(b)))]
	if len(b) < diagHead+diagMsg {
		return 0, 0, false
	}
	m := b[diagHead:]
	if m[1] != established {
		return 0, 0, false
	}
	queued = int(min(ne.Uint32(m[wqueueAt:]), 1<<30))
	for a := m[diagMsg:]; len(a) >= 4; {
		n, kind := int(ne.Uint16(a)), ne.Uint16(a[2:])
		if n < 4 || n > len(a) {
			break
		}
		if kind == diagInfo && n >= 4+infoTrip+4 {
			return time.Duration(ne.Uint32(a[4+infoTrip:])) * time.Microsecond, queued, true
		}
		a = a[min(len(a), (n+3)&^3):]
	}
	return 0, queued, false
}
