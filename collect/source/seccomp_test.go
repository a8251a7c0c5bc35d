package source

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// sandboxed is what a child says that ran the volatile sources under a system
// call filter.
type sandboxed struct {
	Facts    []string
	Outcomes map[string]bundle.Outcome
	Sockets  []record.Socket
	Pids     int // processes in the process record
}

// lean keeps records, and of files only that they were read.
type lean struct{ *kept }

func (l lean) File(x bundle.Exhibit, size int64, r collect.Reader) (bundle.Exhibit, error) {
	n, err := io.Copy(io.Discard, io.LimitReader(r, size))
	x.Size = n
	return x, err
}

// restrict installs a filter that answers some calls with an errno and ends
// the process at others.
func restrict(refused []uint32, errno unix.Errno, deadly []uint32) error {
	const retAllow, retErrno, retKill = 0x7fff0000, 0x00050000, 0x80000000
	prog := []unix.SockFilter{{Code: 0x20, K: 0}} // ld the number of the call
	for _, nr := range deadly {
		prog = append(prog, unix.SockFilter{Code: 0x15, Jf: 1, K: nr}, unix.SockFilter{Code: 0x06, K: retKill})
	}
	for _, nr := range refused {
		prog = append(prog, unix.SockFilter{Code: 0x15, Jf: 1, K: nr}, unix.SockFilter{Code: 0x06, K: retErrno | uint32(errno)})
	}
	prog = append(prog, unix.SockFilter{Code: 0x06, K: retAllow})
	f := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	const setFilter, tsync = 1, 1
	if _, _, no := unix.Syscall(unix.SYS_SECCOMP, setFilter, tsync, uintptr(unsafe.Pointer(&f))); no != 0 {
		return fmt.Errorf("seccomp: %w", no)
	}
	return nil
}

func numbers(list string) []uint32 {
	var out []uint32
	for f := range strings.SplitSeq(list, ",") {
		if n, err := strconv.ParseUint(f, 10, 32); err == nil {
			out = append(out, uint32(n))
		}
	}
	return out
}

// beSandboxed runs in the child.
func beSandboxed() error {
	runtime.LockOSThread()
	deadly := []uint32{unix.SYS_EXECVE, unix.SYS_EXECVEAT}
	if err := restrict(numbers(os.Getenv("SAKSI_REFUSE")), unix.ENOSYS, deadly); err != nil {
		return err
	}
	h, err := host.NewLive()
	if err != nil {
		return fmt.Errorf("open the host: %w", err)
	}
	defer h.Close()
	k := newKept()
	env := &collect.Env{Host: h, Out: lean{k}, Profile: "triage", Seen: &collect.Seen{Suspect: map[int]string{}, Exes: map[int]collect.ExeCopy{}}}
	out := sandboxed{Facts: h.Facts(), Outcomes: map[string]bundle.Outcome{}}
	for _, s := range []collect.Source{exe(), pidview(), process(), socket(), netns(), ebpf(), kernelState(), deleted(), drift()} {
		name := s.Describe().Name
		items, err := s.Plan(context.Background(), env)
		if err != nil {
			return fmt.Errorf("plan %s: %w", name, err)
		}
		o, err := s.Collect(context.Background(), env, items[0])
		if err != nil {
			return fmt.Errorf("collect %s: %w", name, err)
		}
		out.Outcomes[name] = o
	}
	out.Pids = len(k.lines["data/records/process"])
	for _, l := range k.lines["data/records/socket"] {
		var s record.Socket
		if err := json.Unmarshal(l, &s); err != nil {
			return fmt.Errorf("socket line: %w", err)
		}
		out.Sockets = append(out.Sockets, s)
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

// underFilter runs the volatile sources in a child whose kernel does not know
// some calls, and in which starting a program is deadly.
func underFilter(t *testing.T, refused ...uint32) sandboxed {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, nr := range refused {
		list = append(list, strconv.FormatUint(uint64(nr), 10))
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "SAKSI_DECOY=sandbox", "SAKSI_REFUSE="+strings.Join(list, ","))
	cmd.Stderr = os.Stderr
	b, err := cmd.Output()
	if strings.HasPrefix(string(b), "error seccomp") || strings.HasPrefix(string(b), "error no_new_privs") {
		t.Skipf("no system call filters here: %s", b)
	}
	if err != nil {
		t.Fatalf("child: %v\n%s", err, b)
	}
	var out sandboxed
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatalf("child said %q: %v", b, err)
	}
	return out
}

// The sources start no program: under a filter that kills at execve they run
// to their end.
func TestNoProgramIsStarted(t *testing.T) {
	before, err1 := os.ReadFile("/proc/modules")
	out := underFilter(t)
	if len(out.Outcomes) != 9 || out.Pids == 0 {
		t.Errorf("outcomes %+v, %d processes", out.Outcomes, out.Pids)
	}
	after, err2 := os.ReadFile("/proc/modules")
	if (err1 == nil) != (err2 == nil) || moduleList(before) != moduleList(after) {
		t.Errorf("modules before\n%s\nand after\n%s", before, after)
	}
}

func moduleList(b []byte) string {
	var names []string
	for line := range strings.Lines(string(b)) {
		name, _, _ := strings.Cut(line, " ")
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

// On a kernel without one of the newer calls each source falls back.
func TestOlderKernels(t *testing.T) {
	needRoot(t)
	filter := knockFilter(14, 0x7171)
	d := startDecoy(t, "packet-raw", filter)
	base := underFilter(t)
	for _, tc := range []struct {
		name    string
		calls   []uint32
		state   string // of the decoy's socket
		errno   string
		methods []string
	}{
		{"no detached procfs (before 5.2)", []uint32{unix.SYS_FSOPEN, unix.SYS_FSMOUNT, unix.SYS_OPEN_TREE, unix.SYS_MOUNT_SETATTR}, "classic", "", []string{"pidfd_getfd"}},
		{"no statx, openat2, kcmp, bpf", []uint32{unix.SYS_STATX, unix.SYS_OPENAT2, unix.SYS_KCMP, unix.SYS_BPF}, "classic", "", []string{"pidfd_getfd"}},
		{"no pidfd_getfd (before 5.6)", []uint32{unix.SYS_PIDFD_GETFD}, "", "ENOSYS", []string{"packet_diag", "proc_net"}},
		{"no pidfd_open (before 5.3)", []uint32{unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_GETFD}, "", "ENOSYS", []string{"packet_diag", "proc_net"}},
		{"3.10", []uint32{unix.SYS_FSOPEN, unix.SYS_FSMOUNT, unix.SYS_OPEN_TREE, unix.SYS_MOUNT_SETATTR, unix.SYS_STATX, unix.SYS_OPENAT2, unix.SYS_BPF,
			unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_GETFD, unix.SYS_GETRANDOM}, "", "ENOSYS", []string{"packet_diag", "proc_net"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out := underFilter(t, tc.calls...)
			for name, o := range out.Outcomes {
				if o.Outcome != base.Outcomes[name].Outcome {
					t.Errorf("%s: %s (%s %s), with all calls %s", name, o.Outcome, o.Reason, o.Errno, base.Outcomes[name].Outcome)
				}
			}
			if out.Pids < base.Pids/2 {
				t.Errorf("%d processes, with all calls %d", out.Pids, base.Pids)
			}
			for _, s := range out.Sockets {
				if s.Ino == d.ino {
					checkFallback(t, s, d.pid, tc.state, tc.errno, tc.methods)
					return
				}
			}
			t.Errorf("the decoy's socket %d is missing", d.ino)
		})
	}
}

func checkFallback(t *testing.T, s record.Socket, pid int, state, errno string, methods []string) {
	t.Helper()
	if len(s.Holders) != 1 || s.Holders[0].PID != pid {
		t.Errorf("holders %+v", s.Holders)
	}
	if !strings.Contains(strings.Join(methods, " "), s.Method) {
		t.Errorf("method %q, want one of %q", s.Method, methods)
	}
	switch {
	case state != "" && s.FilterAs != state:
		t.Errorf("state %q errno %q, want %q", s.FilterAs, s.Errno, state)
	case state == "" && s.Method == "proc_net" && (s.FilterAs != "unreadable" || s.Errno != errno):
		t.Errorf("state %q errno %q, want unreadable %s", s.FilterAs, s.Errno, errno)
	case s.Method == "packet_diag" && s.FilterAs != "classic":
		t.Errorf("netlink shows the state %q", s.FilterAs)
	}
}
