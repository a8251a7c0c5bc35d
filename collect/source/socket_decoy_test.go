package source

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/record"
)

// intoRing registers a descriptor with an io_uring, which keeps the socket open
// when the descriptor is closed.
func intoRing(fd int) error {
	params := make([]byte, 120) // struct io_uring_params
	var pin runtime.Pinner
	defer pin.Unpin()
	ring, _, no := unix.Syscall(unix.SYS_IO_URING_SETUP, 4, uintptr(pinned(&pin, params)), 0)
	if no != 0 {
		return fmt.Errorf("io_uring_setup: %w", no)
	}
	list := binary.NativeEndian.AppendUint32(nil, uint32(fd))
	if _, _, no := unix.Syscall6(unix.SYS_IO_URING_REGISTER, ring, 2, uintptr(pinned(&pin, list)), 1, 0, 0); no != 0 { // IORING_REGISTER_FILES
		return fmt.Errorf("io_uring_register: %w", no)
	}
	return nil
}

// raise moves a descriptor above the first thousand, and does not block on it.
func raise(fd int) (int, error) {
	limit := unix.Rlimit{Cur: 8192, Max: 8192}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return -1, fmt.Errorf("limit: %w", err)
	}
	high, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 5000)
	if err != nil {
		return -1, fmt.Errorf("duplicate: %w", err)
	}
	if err := unix.SetNonblock(high, true); err != nil {
		return -1, fmt.Errorf("nonblock: %w", err)
	}
	return high, unix.Close(fd)
}

// chooser is a classic program that chooses the first socket of a group.
func chooser() unix.SockFprog {
	return unix.SockFprog{Len: 1, Filter: &unix.SockFilter{Code: 0x06}}
}

func intoFanout(fd int) error {
	const cbpf, data = 6, 22 // PACKET_FANOUT_CBPF, PACKET_FANOUT_DATA
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_FANOUT, 77|cbpf<<16); err != nil {
		return fmt.Errorf("fanout: %w", err)
	}
	prog := chooser()
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_PACKET, data, &prog); err != nil {
		return fmt.Errorf("fanout program: %w", err)
	}
	return nil
}

func intoReusePort(fd int) error {
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err != nil {
		return fmt.Errorf("reuse port: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	prog := chooser()
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF, &prog); err != nil {
		return fmt.Errorf("reuse port program: %w", err)
	}
	return nil
}

// Programs that choose among the sockets of a group cannot be read back: that a
// socket is in such a group is what is recorded.
func TestGroupsWithAProgram(t *testing.T) {
	needRoot(t)
	for kind, want := range map[string]record.Socket{"packet-raw+fanout": {Fanout: 77 | 6<<16}, "udp+reuseport": {ReusePort: true}} {
		d := startDecoy(t, kind, nil)
		env, k := liveEnv(t)
		gather(t, env, socket())
		s := socketOf(t, k, d.ino)
		if s == nil || s.Fanout != want.Fanout || s.ReusePort != want.ReusePort {
			t.Errorf("%s: %+v", kind, s)
		}
	}
}

// longFilter has as many instructions as the kernel takes; the last tests the
// magic.
func longFilter() []record.Insn {
	const most = 4096
	tail := knockFilter(14, 0x6A31)
	var out []record.Insn
	for i := range most - len(tail) {
		out = append(out, record.Insn{Code: 0, K: uint32(i)}) // ld #i: dead loads
	}
	return append(out, tail...)
}

func TestFilterOfTheGreatestLength(t *testing.T) {
	needRoot(t)
	d := startDecoy(t, "packet-raw", longFilter())
	env, k := liveEnv(t)
	gather(t, env, socket())
	s := socketOf(t, k, d.ino)
	if s == nil || len(s.Filter) != 4096 {
		t.Fatalf("socket %+v", s)
	}
	if diff := cmp.Diff(longFilter(), s.Filter); diff != "" {
		t.Error(diff)
	}
}

// A descriptor above 1024 that does not block: it must not block after either.
func TestFilterOfAHighDescriptor(t *testing.T) {
	needRoot(t)
	for _, kind := range []string{"packet-dgram+high", "tcp+high", "netlink+high", "vsock+high", "xdp+high"} {
		t.Run(kind, func(t *testing.T) {
			filter := knockFilter(14, 0x6A32)
			d := startDecoy(t, kind, filter)
			env, k := liveEnv(t)
			gather(t, env, socket())
			s := socketOf(t, k, d.ino)
			if s == nil {
				t.Fatalf("socket %d is missing", d.ino)
			}
			if diff := cmp.Diff(filter, s.Filter); diff != "" || d.fd < 5000 || s.Holders[0].FD != d.fd {
				t.Errorf("descriptor %d, holders %+v, state %q errno %q:\n%s", d.fd, s.Holders, s.FilterAs, s.Errno, diff)
			}
			if d.flags&unix.O_NONBLOCK == 0 {
				t.Errorf("flags %#x: the decoy blocks", d.flags)
			}
			if flags := d.stop(); flags != d.flags {
				t.Errorf("flags of the description went from %#x to %#x", d.flags, flags)
			}
		})
	}
}

// A socket that only an io_uring holds: byte for byte through netlink where
// that is there, else recorded with the ring that holds it.
func TestFilterOfASocketInARing(t *testing.T) {
	needRoot(t)
	filter := knockFilter(14, 0x6A33)
	d := startDecoy(t, "packet-raw+uring", filter)
	env, k := liveEnv(t)
	gather(t, env, socket())
	s := socketOf(t, k, d.ino)
	if s == nil {
		t.Fatalf("socket %d of process %d is missing", d.ino, d.pid)
	}
	if len(s.Holders) > 1 || len(s.Holders) == 1 && (s.Holders[0].PID != d.pid || s.Holders[0].Via != "io_uring") {
		t.Errorf("holders %+v", s.Holders)
	}
	if len(s.Holders) == 0 {
		t.Log("this kernel's fdinfo does not list what a ring has registered")
	}
	if s.Method == "packet_diag" {
		if diff := cmp.Diff(filter, s.Filter); diff != "" {
			t.Error(diff)
		}
	} else if s.FilterAs != "unreadable" || s.Errno != heldByRing && s.Errno != "no holder" {
		t.Errorf("state %q errno %q", s.FilterAs, s.Errno)
	}
}

// A UDP socket in flight: no list of filters shows it, so it is a recorded fact,
// with the message that may carry it.
func TestUDPSocketInFlight(t *testing.T) {
	needRoot(t)
	d := startDecoy(t, "bound+flight", knockFilter(14, 0x6A34))
	env, k := liveEnv(t)
	o := gather(t, env, socket())
	s := socketOf(t, k, d.ino)
	if s == nil {
		t.Fatalf("socket %d is missing", d.ino)
	}
	if s.FilterAs != "unreadable" || s.Errno != "no holder" || s.Domain != unix.AF_INET || s.SockType != unix.SOCK_DGRAM || o.Outcome == bundle.Failed {
		t.Errorf("socket %+v, outcome %+v", s, o)
	}
	raw := k.lines["data/records/socket"]
	var l record.SocketLimits
	if err := json.Unmarshal(raw[len(raw)-1], &l); err != nil {
		t.Fatal(err)
	}
	for _, c := range l.Carriers {
		if c.PID == d.pid && c.FDs == 1 {
			return
		}
	}
	t.Errorf("the message that carries it is not among %+v", l.Carriers)
}

// A process whose leader has exited is a zombie with an empty table; its threads
// run on and hold what they held.
func TestFilterOfAProcessWithoutALeader(t *testing.T) {
	needRoot(t)
	filter := knockFilter(14, 0x6A35)
	d := startDecoy(t, "packet-raw+headless", filter)
	for { // it says that it is ready before its leader is gone
		fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", d.pid))
		if err != nil || len(fds) == 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	env, k := liveEnv(t)
	gather(t, env, exe())
	gather(t, env, process())
	gather(t, env, socket())
	headlessProcess(t, env, k, d)
	s := socketOf(t, k, d.ino)
	if s == nil {
		t.Fatalf("socket %d is missing", d.ino)
	}
	if len(s.Holders) != 1 || s.Holders[0].PID != d.pid || s.Holders[0].TID == 0 || string(s.Holders[0].Exe) != d.path+" (deleted)" {
		t.Errorf("holders %+v, want one thread of %d", s.Holders, d.pid)
	}
	if diff := cmp.Diff(filter, s.Filter); diff != "" {
		t.Errorf("state %q method %q errno %q:\n%s", s.FilterAs, s.Method, s.Errno, diff)
	}
}

// headlessProcess checks that of a process without a leader everything is told
// that its threads show: executable, command line, mappings, open files.
func headlessProcess(t *testing.T, env *collect.Env, k *kept, d decoy) {
	t.Helper()
	i := slices.IndexFunc(lines[record.Process](t, k, "process"), func(p record.Process) bool { return p.PID == d.pid })
	if i < 0 {
		t.Fatalf("process %d is missing", d.pid)
	}
	p := lines[record.Process](t, k, "process")[i]
	if p.Body == 0 || !slices.Contains(p.Threads, p.Body) || string(p.Exe.Target) != d.path+" (deleted)" || p.ExeBag == "" {
		t.Errorf("body %d of %v, executable %+v, copy %q", p.Body, p.Threads, p.Exe, p.ExeBag)
	}
	for _, name := range []string{"cmdline", "maps", "status", "limits"} {
		if f := p.Files[name]; f == nil || len(f.Data) == 0 {
			t.Errorf("%s is empty: %+v", name, f)
		}
	}
	if !slices.ContainsFunc(p.FDs, func(f record.FD) bool { return string(f.Target) == fmt.Sprintf("socket:[%d]", d.ino) }) {
		t.Errorf("descriptors %+v", p.FDs)
	}
	gather(t, env, deleted())
	for name, data := range k.files {
		if strings.HasPrefix(name, fmt.Sprintf("data/deleted/%d-", d.pid)) && string(data) == headlessSecret {
			return
		}
	}
	t.Error("the file that a thread holds is not among the deleted ones")
}
