//go:build linux

package source

import (
	"os"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// families are sockets of every family that a filter can sit on, by what
// socket(2) takes.
func families() map[string]decoyKind {
	const mptcp, seq, dgram, stream, raw = 262, unix.SOCK_SEQPACKET, unix.SOCK_DGRAM, unix.SOCK_STREAM, unix.SOCK_RAW
	return map[string]decoyKind{
		"unix stream": {unix.AF_UNIX, stream, 0}, "unix datagram": {unix.AF_UNIX, dgram, 0}, "unix seqpacket": {unix.AF_UNIX, seq, 0},
		"tcp": {unix.AF_INET, stream, 0}, "tcp6": {unix.AF_INET6, stream, 0}, "udp": {unix.AF_INET, dgram, 0}, "udp6": {unix.AF_INET6, dgram, 0},
		"udplite": {unix.AF_INET, dgram, unix.IPPROTO_UDPLITE}, "udplite6": {unix.AF_INET6, dgram, unix.IPPROTO_UDPLITE},
		"ping": {unix.AF_INET, dgram, unix.IPPROTO_ICMP}, "ping6": {unix.AF_INET6, dgram, unix.IPPROTO_ICMPV6},
		"mptcp": {unix.AF_INET, stream, mptcp}, "mptcp6": {unix.AF_INET6, stream, mptcp}, "sctp": {unix.AF_INET, seq, unix.IPPROTO_SCTP}, "dccp": {unix.AF_INET, unix.SOCK_DCCP, unix.IPPROTO_DCCP},
		"raw icmp": {unix.AF_INET, raw, unix.IPPROTO_ICMP}, "raw tcp": {unix.AF_INET, raw, unix.IPPROTO_TCP}, "raw any": {unix.AF_INET, raw, unix.IPPROTO_RAW},
		"raw icmp6": {unix.AF_INET6, raw, unix.IPPROTO_ICMPV6}, "raw vrrp": {unix.AF_INET, raw, 112}, "l2tp": {unix.AF_INET, dgram, unix.IPPROTO_L2TP},
		"packet raw": {unix.AF_PACKET, raw, 0}, "packet cooked": {unix.AF_PACKET, dgram, 0}, "packet old": {unix.AF_PACKET, unix.SOCK_PACKET, 0},
		"netlink route": {unix.AF_NETLINK, raw, unix.NETLINK_ROUTE}, "netlink events": {unix.AF_NETLINK, dgram, unix.NETLINK_KOBJECT_UEVENT}, "netlink audit": {unix.AF_NETLINK, raw, unix.NETLINK_AUDIT},
		"vsock": {unix.AF_VSOCK, stream, 0}, "vsock datagram": {unix.AF_VSOCK, dgram, 0}, "algorithm": {unix.AF_ALG, seq, 0}, "xdp": {unix.AF_XDP, raw, 0},
		"keys": {unix.AF_KEY, raw, 2}, "tipc": {unix.AF_TIPC, dgram, 0}, "can": {unix.AF_CAN, raw, 1}, "bluetooth": {unix.AF_BLUETOOTH, raw, 1}, "kcm": {unix.AF_KCM, dgram, 0},
		"smc": {unix.AF_SMC, stream, 0}, "rds": {unix.AF_RDS, seq, 0}, "pppox": {unix.AF_PPPOX, stream, 0}, "qipcrtr": {unix.AF_QIPCRTR, dgram, 0}, "mctp": {unix.AF_MCTP, dgram, 0},
	}
}

// attachAll attaches a filter to a new socket of a kind. The errno says which
// step the kernel refused.
func attachAll(k decoyKind, filter []record.Insn) (fd int, step string, err error) {
	fd, err = unix.Socket(k.domain, k.kind|unix.SOCK_CLOEXEC, k.protocol)
	if err != nil {
		return -1, "socket", err
	}
	code := make([]unix.SockFilter, len(filter))
	for i, in := range filter {
		code[i] = unix.SockFilter{Code: in.Code, Jt: in.JT, Jf: in.JF, K: in.K}
	}
	prog := unix.SockFprog{Len: uint16(len(code)), Filter: (*unix.SockFilter)(unsafe.Pointer(&code[0]))}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog); err != nil {
		return fd, "attach", err
	}
	return fd, "", nil
}

// Every family that this kernel makes a socket of gives its filter back, byte
// for byte; where none could be attached the record says that there is none.
func TestFilterOfEveryFamily(t *testing.T) {
	needRoot(t)
	type open struct {
		fd     int
		ino    uint64
		filter []record.Insn
		kind   decoyKind
	}
	made := map[string]open{}
	_, err := os.Stat("/proc/modules")
	modules := err == nil // asking for a family might load one: only those of every kernel then
	n := uint32(0x6100)
	for name, k := range families() {
		n++
		if core := k.domain == unix.AF_UNIX || k.domain == unix.AF_NETLINK || k.domain == unix.AF_PACKET ||
			(k.domain == unix.AF_INET || k.domain == unix.AF_INET6) && k.protocol != unix.IPPROTO_SCTP && k.protocol != unix.IPPROTO_DCCP && k.protocol != unix.IPPROTO_L2TP; modules && !core {
			t.Logf("%s: not asked for on a kernel with modules", name)
			continue
		}
		filter := knockFilter(14, n)
		fd, step, err := attachAll(k, filter)
		if step == "socket" {
			t.Logf("%s: not here (%v)", name, err)
			continue
		}
		defer unix.Close(fd)
		if step == "attach" {
			t.Logf("%s: takes no filter (%v)", name, err)
			filter = nil
		}
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			t.Fatal(err)
		}
		made[name] = open{fd: fd, ino: st.Ino, filter: filter, kind: k}
	}
	env, k := liveEnv(t)
	gather(t, env, socket())
	got := map[uint64]record.Socket{}
	for _, s := range lines[record.Socket](t, k, "socket") {
		got[s.Ino] = s
	}
	for name, o := range made {
		s, ok := got[o.ino]
		if !ok {
			t.Errorf("%s: socket %d is missing", name, o.ino)
			continue
		}
		want := "classic"
		if o.filter == nil {
			want = "none"
		}
		if s.FilterAs != want && (o.filter != nil || s.FilterAs != "unreadable" || s.Errno == "") {
			t.Errorf("%s: state %q errno %q, want %q", name, s.FilterAs, s.Errno, want)
		}
		if diff := cmp.Diff(o.filter, s.Filter); diff != "" {
			t.Errorf("%s: filter (-attached +recorded):\n%s", name, diff)
		}
		if s.Domain != o.kind.domain {
			t.Errorf("%s: domain %d, want %d", name, s.Domain, o.kind.domain)
		}
	}
	t.Logf("%d of %d kinds are here", len(made), len(families()))
	if len(made) < 10 {
		t.Errorf("only %d kinds of sockets could be made", len(made))
	}
}
