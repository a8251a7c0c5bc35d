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
	Files    int // files of the tree that were collected
	Memory   int // exhibits of process memory
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
	sources := []collect.Source{exe(), pidview(), process(), socket(), netns(), ebpf(), kernelState(), deleted(), drift()}
	if dir := os.Getenv("SAKSI_TREE"); dir != "" {
		env.Profile, env.Throttle = "full", func(context.Context, int) error { return nil }
		tree := fileSource{desc: collect.Description{Name: "tree"}, wants: []string{dir + "/"}}
		sources = []collect.Source{exe(), process(), socket(), netns(), ebpf(), deleted(), clockSync(), tree}
		if refused := os.Getenv("SAKSI_REFUSE"); refused == "" || refused == strconv.Itoa(unix.SYS_PROCESS_VM_READV) {
			sources = append(sources, procmem()) // the others do not touch it, and it takes its time
		}
	}
	for _, s := range sources {
		name := s.Describe().Name
		items, err := s.Plan(context.Background(), env)
		if err != nil {
			return fmt.Errorf("plan %s: %w", name, err)
		}
		for _, item := range items {
			o, err := s.Collect(context.Background(), env, item)
			if err != nil {
				return fmt.Errorf("collect %s: %w", name, err)
			}
			if out.Outcomes[name] = o; name == "tree" && o.Outcome == bundle.Collected {
				out.Files++
			}
		}
	}
	out.Pids = len(k.lines["data/records/process"])
	out.Memory = out.Outcomes["procmem"].Exhibits
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
	return underFilterWith(t, nil, refused...)
}

func underFilterWith(t *testing.T, env []string, refused ...uint32) sandboxed {
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
	cmd.Env = append(cmd.Env, env...)
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

// Without any one of the newer calls every source ends as it does with all of
// them, or says which call it lacks; the files, processes and sockets are the same.
func TestEachNewerCall(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole run for each call; TestOlderKernels takes them away together")
	}
	needRoot(t)
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{"a/one.log": "1", "a/b/two.log": "2", "three.log": "3"})
	if err := os.Symlink("b/two.log", dir+"/a/link"); err != nil {
		t.Fatal(err)
	}
	d := startDecoy(t, "packet-raw", knockFilter(14, 0x7272))
	env := []string{"SAKSI_TREE=" + dir}
	base := underFilterWith(t, env)
	if base.Files < 3 || base.Memory == 0 {
		t.Fatalf("with all calls: %d files, %d pieces of memory, %+v", base.Files, base.Memory, base.Outcomes)
	}
	for _, tc := range []struct {
		name   string
		call   uint32
		filter string // of the decoy's socket; "" may be any that is recorded
		lacks  string // a source that cannot do without; its outcome must name the errno
	}{
		{"fsopen", unix.SYS_FSOPEN, "classic", ""}, {"fsconfig", unix.SYS_FSCONFIG, "classic", ""}, {"fsmount", unix.SYS_FSMOUNT, "classic", ""},
		{"open_tree", unix.SYS_OPEN_TREE, "classic", ""}, {"mount_setattr", unix.SYS_MOUNT_SETATTR, "classic", ""}, {"statx", unix.SYS_STATX, "classic", ""},
		{"openat2", unix.SYS_OPENAT2, "classic", ""}, {"kcmp", unix.SYS_KCMP, "classic", ""}, {"bpf", unix.SYS_BPF, "classic", ""},
		{"pidfd_open", unix.SYS_PIDFD_OPEN, "", ""}, {"pidfd_getfd", unix.SYS_PIDFD_GETFD, "", ""}, {"process_vm_readv", unix.SYS_PROCESS_VM_READV, "classic", "procmem"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out := underFilterWith(t, env, tc.call)
			for name, o := range out.Outcomes {
				was := base.Outcomes[name]
				switch {
				case name == tc.lacks:
					if o.Outcome != bundle.Partial && o.Outcome != was.Outcome || o.Outcome == bundle.Partial && o.Errno != "ENOSYS" && o.Errno != was.Errno {
						t.Errorf("%s: %+v", name, o)
					}
				case o.Outcome != was.Outcome:
					t.Errorf("%s: %s (%s %s), with all calls %s", name, o.Outcome, o.Reason, o.Errno, was.Outcome)
				}
			}
			if out.Outcomes["tree"].Outcome != bundle.Collected || len(out.Outcomes) < len(base.Outcomes)-1 || out.Files != base.Files || out.Pids < base.Pids/2 {
				t.Errorf("tree %+v, %d sources, %d processes of %d", out.Outcomes["tree"], len(out.Outcomes), out.Pids, base.Pids)
			}
			if tc.name == "fsopen" && !strings.Contains(strings.Join(out.Facts, "\n"), "/proc as mounted (ENOSYS)") {
				t.Errorf("facts %q do not say that the procfs is the mounted one", out.Facts)
			}
			for _, s := range out.Sockets {
				if s.Ino == d.ino {
					if tc.filter != "" && s.FilterAs != tc.filter || s.FilterAs == "none" || s.FilterAs == "unreadable" && s.Errno == "" {
						t.Errorf("the decoy's filter is %q errno %q, want %q", s.FilterAs, s.Errno, tc.filter)
					}
					return
				}
			}
			t.Errorf("the decoy's socket %d is missing", d.ino)
		})
	}
}
