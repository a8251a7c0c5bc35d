package source

import (
	"bufio"
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

func TestFilterOfEveryKindOfSocket(t *testing.T) {
	needRoot(t)
	constant := 0x1000 + rand.Uint32N(0xefff)
	filter := knockFilter(14, constant)
	for _, kind := range []string{"packet-raw", "packet-dgram", "raw4", "raw6", "udp", "tcp", "unix", "packet-raw+locked", "packet-raw+netns"} {
		t.Run(kind, func(t *testing.T) {
			d := startDecoy(t, kind, filter)
			env, k := liveEnv(t)
			gather(t, env, socket())
			s := socketOf(t, k, d.ino)
			if s == nil {
				t.Fatalf("socket %d of process %d is missing", d.ino, d.pid)
			}
			if diff := cmp.Diff(filter, s.Filter); diff != "" {
				t.Errorf("filter differs (-attached +recorded):\n%s", diff)
			}
			if s.FilterAs != "classic" || s.Method != "pidfd_getfd" {
				t.Errorf("state %q, method %q, errno %q", s.FilterAs, s.Method, s.Errno)
			}
			if len(s.Holders) != 1 || s.Holders[0].PID != d.pid || s.Holders[0].FD != d.fd || s.Holders[0].Start == 0 {
				t.Errorf("holders %+v, want process %d descriptor %d", s.Holders, d.pid, d.fd)
			}
			if got := string(s.Holders[0].Exe); got != d.path+" (deleted)" {
				t.Errorf("executable %q, want %q deleted", got, d.path)
			}
			want := decoyKinds()[strings.Split(kind, "+")[0]]
			if s.Domain != want.domain || s.SockType != want.kind {
				t.Errorf("domain %d type %d, want %d %d", s.Domain, s.SockType, want.domain, want.kind)
			}
			if locked := strings.HasSuffix(kind, "locked"); s.Locked == nil || *s.Locked != locked {
				t.Errorf("locked %v, want %v", s.Locked, locked)
			}
			var own uint64
			if l, err := os.Readlink("/proc/self/ns/net"); err == nil {
				own, _ = nsInode(l, netnsPrefix)
			}
			if other := strings.HasSuffix(kind, "netns"); (s.NetNS != own) != other {
				t.Errorf("network namespace %d, own is %d", s.NetNS, own)
			}
			if flags := d.stop(); flags != d.flags {
				t.Errorf("flags of the description went from %#x to %#x", d.flags, flags)
			}
			env, k = liveEnv(t)
			gather(t, env, socket())
			if socketOf(t, k, d.ino) != nil {
				t.Errorf("socket %d is still there after its holder ended", d.ino)
			}
		})
	}
}

// A thread with a descriptor table of its own: its sockets are in no process's
// table.
func TestFilterOfAThreadsOwnTable(t *testing.T) {
	needRoot(t)
	filter := knockFilter(14, 0x5151)
	d := startDecoy(t, "packet-raw+thread", filter)
	env, k := liveEnv(t)
	gather(t, env, socket())
	s := socketOf(t, k, d.ino)
	if s == nil {
		t.Fatalf("socket %d is missing", d.ino)
	}
	if diff := cmp.Diff(filter, s.Filter); diff != "" {
		t.Errorf("filter differs, state %q errno %q method %q:\n%s", s.FilterAs, s.Errno, s.Method, diff)
	}
	if len(s.Holders) != 1 || s.Holders[0].PID != d.pid || s.Holders[0].TID != d.tid {
		t.Errorf("holders %+v, want a thread of %d", s.Holders, d.pid)
	}
	if s.Method != "pidfd_getfd" {
		t.Errorf("method %q", s.Method)
	}
}

// A socket in flight in a message is in no descriptor table at all.
func TestSocketThatNobodyHolds(t *testing.T) {
	needRoot(t)
	filter := knockFilter(14, 0x5252)
	d := startDecoy(t, "packet-raw+flight", filter)
	env, k := liveEnv(t)
	gather(t, env, socket())
	s := socketOf(t, k, d.ino)
	if s == nil {
		t.Fatalf("socket %d of process %d is missing", d.ino, d.pid)
	}
	if len(s.Holders) != 0 || s.Protocol != 0x0800 || s.Domain != 17 {
		t.Errorf("got %+v", s)
	}
	switch s.Method {
	case "packet_diag":
		if diff := cmp.Diff(filter, s.Filter); diff != "" {
			t.Errorf("filter differs:\n%s", diff)
		}
	case "proc_net":
		if s.FilterAs != "unreadable" || s.Errno != "no holder" {
			t.Errorf("state %q errno %q", s.FilterAs, s.Errno)
		}
	default:
		t.Errorf("method %q", s.Method)
	}
}

// Netlink and the duplicated descriptor must tell the same filter.
func TestNetlinkAgrees(t *testing.T) {
	needRoot(t)
	filter := knockFilter(14, 0x5353)
	for _, kind := range []string{"packet-dgram", "packet-raw+netns"} {
		d := startDecoy(t, kind, filter)
		env, _ := liveEnv(t)
		if _, _, err := env.Host.Proc().Read(context.Background(), "modules", 10); err == nil {
			t.Skip("this kernel has modules: asking netlink might load one")
		}
		list, err := env.Host.Kernel().PacketDiag(d.pid, d.tid)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, s := range list {
			if s.Ino == d.ino {
				found = true
				if diff := cmp.Diff(filter, s.Filter); diff != "" {
					t.Errorf("%s:\n%s", kind, diff)
				}
			}
		}
		if !found {
			t.Errorf("%s: socket %d is not in the answer %+v", kind, d.ino, list)
		}
	}
}

func TestPacketProtocolAndInterface(t *testing.T) {
	needRoot(t)
	d := startDecoy(t, "packet-raw", knockFilter(14, 0x4242))
	env, k := liveEnv(t)
	gather(t, env, socket())
	s := socketOf(t, k, d.ino)
	if s == nil || s.Protocol != 0x0800 || s.IfIndex != 0 {
		t.Errorf("got %+v, want protocol 0x800 on all interfaces", s)
	}
}

func TestDeletedExecutableIsCopied(t *testing.T) {
	needRoot(t)
	d := startDecoy(t, "packet-raw", knockFilter(14, 0x4242))
	env, k := liveEnv(t)
	gather(t, env, exe())
	gather(t, env, process())
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	c, ok := env.Seen.Exes[d.pid]
	if !ok {
		t.Fatalf("no copy of the executable of %d", d.pid)
	}
	if !bytes.Equal(k.files[c.Bag], want) {
		t.Errorf("the copy %q (%d bytes) is not the executable (%d bytes)", c.Bag, len(k.files[c.Bag]), len(want))
	}
	// The decoy may be a link of the test binary, which is copied under its own name then.
	if got := k.paths[c.Bag]; got != d.path+" (deleted)" && got != self {
		t.Errorf("original path %q, want %q", got, d.path)
	}
	for _, p := range lines[record.Process](t, k, "process") {
		if p.PID != d.pid {
			continue
		}
		if p.ExeBag != c.Bag || p.ExeSHA256 != c.SHA256 || string(p.Exe.Target) != d.path+" (deleted)" {
			t.Errorf("process record: bag %q sha %q exe %q", p.ExeBag, p.ExeSHA256, p.Exe.Target)
		}
		for _, name := range []string{"stat", "status", "cmdline", "environ", "maps", "wchan"} {
			if f := p.Files[name]; f == nil || f.Errno != "" {
				t.Errorf("file %s: %+v", name, f)
			}
		}
		return
	}
	t.Errorf("process %d is missing", d.pid)
}

// An executable that only memory holds, under a title that lies.
func TestMemoryExecutableUnderAFalseTitle(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.MemfdCreate("kworker", 0)
	if err != nil {
		t.Skipf("no memfd here: %v", err)
	}
	mem := os.NewFile(uintptr(fd), "memfd")
	defer mem.Close()
	if _, err := mem.Write(image); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "unused")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/fd/3")
	cmd.Args = []string{"[kworker/0:1]"}
	cmd.ExtraFiles = []*os.File{mem}
	cmd.Env = append(os.Environ(), "SAKSI_DECOY=unix", "SAKSI_FILTER=", "SAKSI_REMOVE="+path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("memory cannot be executed here: %v", err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	if s := bufio.NewScanner(out); !s.Scan() || !strings.HasPrefix(s.Text(), "ready") {
		t.Fatalf("the decoy said %q", s.Text())
	}
	env, k := liveEnv(t)
	gather(t, env, exe())
	gather(t, env, process())
	for _, p := range lines[record.Process](t, k, "process") {
		if p.PID != cmd.Process.Pid {
			continue
		}
		if got := string(p.Exe.Target); got != "/memfd:kworker (deleted)" {
			t.Errorf("executable %q", got)
		}
		if got := string(p.Files["cmdline"].Data); got != "[kworker/0:1]\x00" {
			t.Errorf("command line %q", got)
		}
		if !bytes.Equal(k.files[p.ExeBag], image) {
			t.Errorf("copy %q has %d bytes, the executable %d", p.ExeBag, len(k.files[p.ExeBag]), len(image))
		}
		return
	}
	t.Errorf("process %d is missing", cmd.Process.Pid)
}
