package source

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// TestMain turns a copy of this test binary into a decoy when it is asked to:
// a process that opens a socket, attaches a filter and sleeps.
func TestMain(m *testing.M) {
	if os.Getenv("SAKSI_DECOY") == "sandbox" {
		if err := beSandboxed(); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if kind := os.Getenv("SAKSI_DECOY"); kind != "" {
		runtime.LockOSThread() // so that the decoy runs in a thread that does not lead
		done := make(chan error)
		go func() { done <- beDecoy(kind) }()
		if strings.HasSuffix(kind, "+headless") { // the leader goes, its process stays
			_, _, _ = unix.Syscall(unix.SYS_EXIT, 0, 0, 0)
		}
		if err := <-done; err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// headlessSecret is what a decoy without a leader holds in a file without a name.
const headlessSecret = "held by a thread alone\n"

// decoyKind opens the socket of one kind.
type decoyKind struct{ domain, kind, protocol int }

func decoyKinds() map[string]decoyKind {
	all := int(htons(unix.ETH_P_ALL))
	return map[string]decoyKind{
		"packet-raw":   {unix.AF_PACKET, unix.SOCK_RAW, int(htons(unix.ETH_P_IP))},
		"packet-dgram": {unix.AF_PACKET, unix.SOCK_DGRAM, all},
		"raw4":         {unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_UDP},
		"raw6":         {unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_UDP},
		"udp":          {unix.AF_INET, unix.SOCK_DGRAM, 0},
		"tcp":          {unix.AF_INET, unix.SOCK_STREAM, 0},
		"unix":         {unix.AF_UNIX, unix.SOCK_DGRAM, 0},
		"netlink":      {unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE},
		"vsock":        {unix.AF_VSOCK, unix.SOCK_STREAM, 0},
		"xdp":          {unix.AF_XDP, unix.SOCK_RAW, 0},
		"bound":        {unix.AF_INET, unix.SOCK_DGRAM, 0},
	}
}

func htons(v uint16) uint16 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], v)
	return binary.NativeEndian.Uint16(b[:])
}

// beDecoy runs in the child. SAKSI_FILTER is the program in hex, 8 bytes an
// instruction. It prints its socket and waits for the end of its input.
func beDecoy(kind string) error {
	name, option, _ := strings.Cut(kind, "+")
	if option != "" {
		runtime.LockOSThread() // what is unshared below is this thread's
	}
	if option == "thread" {
		if err := unix.Unshare(unix.CLONE_FILES); err != nil {
			return fmt.Errorf("unshare: %w", err)
		}
	}
	if option == "netns" || option == "hooks" || option == "rules" || option == "tc" {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("unshare: %w", err)
		}
	}
	if option == "hooks" {
		if err := attachToLoopback(); err != nil {
			return err
		}
	}
	k := decoyKinds()[name]
	fd, err := unix.Socket(k.domain, k.kind, k.protocol)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	if name == "bound" { // a socket without a port is in no list of the kernel
		if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			return fmt.Errorf("bind: %w", err)
		}
	}
	raw, err := hex.DecodeString(os.Getenv("SAKSI_FILTER"))
	if err != nil {
		return fmt.Errorf("filter: %w", err)
	}
	if len(raw) > 0 {
		prog := unix.SockFprog{Len: uint16(len(raw) / 8), Filter: (*unix.SockFilter)(unsafe.Pointer(&raw[0]))}
		if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog); err != nil {
			return fmt.Errorf("attach: %w", err)
		}
	}
	if option == "locked" {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_LOCK_FILTER, 1); err != nil {
			return fmt.Errorf("lock: %w", err)
		}
	}
	if option == "ebpf" {
		if err := attachProgram(fd); err != nil {
			return err
		}
	}
	prepare := map[string]func() error{"flight": func() error { return intoFlight(fd) }, "maps": decoyMaps, "perf": decoyPerf, "tc": decoyTC,
		"fanout": func() error { return intoFanout(fd) }, "reuseport": func() error { return intoReusePort(fd) },
		"rules": func() error { return errors.Join(decoyRules(), decoyOldTable()) },
		"uring": func() error { return intoRing(fd) }, "high": func() (err error) { fd, err = raise(fd); return err }}[option]
	if prepare != nil {
		if err := prepare(); err != nil {
			return err
		}
	}
	if option == "map" {
		if err := mapCode(os.Getenv("SAKSI_MAP")); err != nil {
			return err
		}
	}
	if option == "cover" {
		if err := coverSelf(os.Getenv("SAKSI_COVER")); err != nil {
			return err
		}
	}
	if err := os.Remove(os.Getenv("SAKSI_REMOVE")); err != nil {
		return fmt.Errorf("remove: %w", err)
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil {
		return fmt.Errorf("flags: %w", err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("fstat: %w", err)
	}
	fmt.Println("ready", st.Ino, fd, flags, unix.Gettid())
	if option == "headless" {
		defer os.Exit(0) // nobody waits for it
		f, err := os.CreateTemp("", "headless")
		if err != nil {
			return fmt.Errorf("file without a name: %w", err)
		}
		defer f.Close()
		if _, err := f.WriteString(headlessSecret); err != nil || os.Remove(f.Name()) != nil {
			return fmt.Errorf("file without a name: %w", err)
		}
		runtime.LockOSThread()
	}
	if option == "flight" || option == "uring" {
		_ = unix.Close(fd) // from here on only the message, or the ring, holds it
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return fmt.Errorf("wait: %w", err)
	}
	flags, err = unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	fmt.Println("flags", flags, err)
	return nil
}

// decoy is a running decoy as its parent sees it.
type decoy struct {
	pid, tid, fd, flags int
	ino                 uint64
	path                string
	stop                func() (flags int)
}

// startDecoy runs a copy of the test binary that deletes itself.
func startDecoy(t *testing.T, kind string, filter []record.Insn) decoy {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "decoy-"+strings.ReplaceAll(kind, "+", "-"))
	if err := os.Link(self, path); err != nil {
		copyFile(t, self, path)
	}
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), "SAKSI_DECOY="+kind, "SAKSI_FILTER="+hexFilter(filter), "SAKSI_REMOVE="+path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	d := decoy{pid: cmd.Process.Pid, path: path}
	ended := false
	d.stop = func() int {
		if ended {
			return -1
		}
		ended = true
		_ = in.Close()
		flags := -1
		if lines.Scan() {
			f := strings.Fields(lines.Text())
			if len(f) > 1 {
				flags, _ = strconv.Atoi(f[1])
			}
		}
		_ = cmd.Wait()
		return flags
	}
	t.Cleanup(func() { d.stop() })
	timer := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if !lines.Scan() {
		t.Fatal("the decoy said nothing")
	}
	said := lines.Text()
	f := strings.Fields(said)
	if len(f) != 5 || f[0] != "ready" {
		d.stop()
		t.Skipf("decoy %s: %s", kind, said)
	}
	d.ino, _ = strconv.ParseUint(f[1], 10, 64)
	d.fd, _ = strconv.Atoi(f[2])
	d.flags, _ = strconv.Atoi(f[3])
	d.tid, _ = strconv.Atoi(f[4])
	return d
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o755); err != nil {
		t.Fatal(err)
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: packet sockets and pidfd_getfd of other processes")
	}
}
