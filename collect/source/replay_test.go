package source

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host/hosttest"
	"github.com/saksi-dfir/saksi/collect/record"
)

func text(s string) *record.Piece { return &record.Piece{Data: record.Bytes(s)} }

func netLink(ino string) map[string]*record.Link {
	return map[string]*record.Link{"net": {Target: record.Bytes("net:[" + ino + "]")}, "mnt": {Target: record.Bytes("mnt:[1]")}}
}

// recording is a small host: a cron that holds a filtered packet socket in a
// thread's own table, and a shell with a unix socket.
func recording() hosttest.Recording {
	no := false
	stat := func(pid, comm, start string) *record.Piece {
		return text(pid + " (" + comm + ") S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 2 0 " + start + " 0 0 0")
	}
	packet := "sk RefCnt Type Proto  Iface R Rmem   User   Inode\n0 3 3 0800 0 1 0 0 501\n0 3 3 0003 2 1 0 998 599\n"
	return hosttest.Recording{
		Clock: record.Clock{Realtime: 1_711_000_000_000_000_000, Boottime: 5_000_000_000_000},
		Exes:  map[int][]byte{40: []byte("\x7fELF deleted")},
		Processes: []record.Process{
			{PID: 40, Files: map[string]*record.Piece{"stat": stat("40", "cr) on", "777"), "net/packet": text(packet), "cmdline": text("cron\x00")},
				Exe: &record.Link{Target: record.Bytes("/dev/shm/x (deleted)"), Ino: 9, Dev: 1, Size: 12}, NS: netLink("5"), Threads: []int{41},
				FDs: []record.FD{{FD: 3, Target: record.Bytes("socket:[500]")}, {FD: 0, Target: record.Bytes("/dev/null")}}},
			{PID: 50, Files: map[string]*record.Piece{"stat": stat("50", "sh", "888")}, Exe: &record.Link{Target: record.Bytes("/bin/sh"), Ino: 10},
				NS: netLink("5"), FDs: []record.FD{{FD: 4, Target: record.Bytes("socket:[500]")}}},
		},
		Sockets: []record.Socket{
			{Type: "socket", Ino: 500, NetNS: 5, Domain: 1, SockType: 1, IfIndex: -1, Locked: &no, Method: "pidfd_getfd", FilterAs: "none", Local: "/run/x",
				Holders: []record.Holder{{PID: 40, FD: 3, Start: 777}, {PID: 50, FD: 4, Start: 888}}},
			{Type: "socket", Ino: 501, NetNS: 5, Domain: 17, SockType: 3, Protocol: 0x800, Locked: &no, Method: "pidfd_getfd", FilterAs: "classic",
				Filter: knockFilter(14, 0x7777), Holders: []record.Holder{{PID: 40, TID: 41, FD: 3, Start: 777}}},
		},
	}
}

// sweep runs the socket source over a recording changed by the caller.
func sweep(t *testing.T, change func(*hosttest.Host)) (map[uint64]record.Socket, bundle.Outcome, *hosttest.Host) {
	t.Helper()
	h := hosttest.New(recording())
	h.P.Pieces["modules"] = text("nf_tables 1 0 - Live 0x0\n")
	if change != nil {
		change(h)
	}
	k := newKept()
	o := gather(t, &collect.Env{Host: h, Out: k, Seen: &collect.Seen{}}, socket())
	out := map[uint64]record.Socket{}
	for _, s := range lines[record.Socket](t, k, "socket") {
		if s.Type != "socket" {
			continue
		}
		if _, twice := out[s.Ino]; twice {
			t.Errorf("socket %d is recorded twice", s.Ino)
		}
		out[s.Ino] = s
	}
	if n := h.K.Open(); n != 0 {
		t.Errorf("%d descriptors were left open", n)
	}
	return out, o, h
}

func TestReplayedSockets(t *testing.T) {
	got, o, h := sweep(t, nil)
	if o.Outcome != bundle.Collected || len(got) != 3 {
		t.Fatalf("outcome %+v, %d sockets", o, len(got))
	}
	if diff := cmp.Diff(knockFilter(14, 0x7777), got[501].Filter); diff != "" {
		t.Error(diff)
	}
	if hs := got[501].Holders; len(hs) != 1 || hs[0].TID != 41 || string(hs[0].Comm) != "cr) on" || hs[0].Start != 777 {
		t.Errorf("holders of the thread's socket %+v", hs)
	}
	if hs := got[500].Holders; len(hs) != 2 {
		t.Errorf("holders of the shared socket %+v", hs)
	}
	if s := got[599]; s.Method != "proc_net" || s.Errno != "no holder" || s.UID != 998 || s.IfIndex != 2 || s.Protocol != 3 {
		t.Errorf("socket without a holder: %+v", s)
	}
	if n := h.K.Calls("packet_diag"); n != 0 {
		t.Errorf("netlink was asked %d times although its module is not loaded", n)
	}
	if n := h.K.Calls("pidfd_getfd"); n != 2 {
		t.Errorf("%d sockets were duplicated, want each once: 2", n)
	}
}

func TestNetlinkWhereItIsThere(t *testing.T) {
	got, _, h := sweep(t, func(h *hosttest.Host) {
		h.P.Pieces["modules"] = text("af_packet_diag 16384 0 - Live 0x0\n")
		h.K.Diag = []record.Socket{{Type: "socket", Ino: 599, NetNS: 5, Domain: 17, SockType: 3, Protocol: 3, IfIndex: 2, UID: 998, Method: "packet_diag",
			FilterAs: "classic", Filter: knockFilter(14, 0x8888)},
			{Type: "socket", Ino: 600, NetNS: 5, Domain: 17, SockType: 3, Method: "packet_diag", FilterAs: "unreadable", Errno: "no classic filter shown"}}
	})
	if s := got[599]; s.Method != "packet_diag" || len(s.Filter) == 0 {
		t.Errorf("socket without a holder: %+v", s)
	}
	if _, ok := got[600]; !ok {
		t.Error("a socket that only netlink shows is missing")
	}
	if h.K.Calls("packet_diag") != 1 {
		t.Errorf("netlink was asked %d times for one namespace", h.K.Calls("packet_diag"))
	}
}

// What netlink is made of may be asked when kallsyms shows its function in the
// kernel proper: built in, nothing can be loaded for it.
func TestNetlinkBuiltIntoAKernelWithModules(t *testing.T) {
	for symbols, want := range map[string]int{
		"ffffffff81000000 t packet_diag_handler_dump\n":                1,
		"0000000000000000 t packet_diag_handler_dump\n":                1,
		"ffffffffc0000000 t packet_diag_handler_dump\t[af_packet_d]\n": 0,
		"ffffffff81000000 t packet_diag_handler_dumped\n":              0,
		"ffffffff81000000 d packet_diag_handler_dump\n":                0,
	} {
		_, o, h := sweep(t, func(h *hosttest.Host) {
			h.P.Pieces["modules"] = text("nf_tables 303104 0 - Live 0x0\n")
			h.P.Exes["kallsyms"] = []byte("ffffffff81000000 T _stext\n" + symbols)
			h.P.Links["kallsyms"] = &record.Link{}
		})
		if n := h.K.Calls("packet_diag"); n != want {
			t.Errorf("%q: netlink was asked %d times, want %d; %v", symbols, n, want, o.Flags)
		}
	}
}

// A socket that only an io_uring holds is in no descriptor table: its holder is
// known by the ring's fdinfo, its filter is not.
func TestSocketHeldByARing(t *testing.T) {
	var pid int
	got, _, _ := sweep(t, func(h *hosttest.Host) {
		dir := h.P.Dirs["."][0]
		pid, _ = strconv.Atoi(dir)
		h.P.Dirs[dir+"/fd"] = append(h.P.Dirs[dir+"/fd"], "77")
		h.P.Links[dir+"/fd/77"] = &record.Link{Target: record.Bytes("anon_inode:[io_uring]")}
		h.P.Pieces[dir+"/fdinfo/77"] = text("pos:\t0\nflags:\t02\nUserFiles:\t2\n    0: socket:[599]\n    1: <none>\nUserBufs:\t0\n")
	})
	s := got[599]
	if s.FilterAs != "unreadable" || s.Errno != heldByRing || len(s.Holders) != 1 || s.Holders[0].PID != pid || s.Holders[0].FD != 77 || s.Holders[0].Via != "io_uring" {
		t.Errorf("socket %+v, want held by the ring of %d", s, pid)
	}
}

// A table whose numbers are shown but not what they are was not seen: what its
// process holds has a holder all the same.
func TestLinksThatAreRefused(t *testing.T) {
	_, o, _ := sweep(t, func(h *hosttest.Host) {
		dir := h.P.Dirs["."][0]
		h.P.Dirs[dir+"/fd"] = append(h.P.Dirs[dir+"/fd"], "66")
		h.P.Links[dir+"/fd/66"] = &record.Link{Errno: "EACCES"}
	})
	if o.Outcome != bundle.Partial || o.Errno != "EACCES" {
		t.Errorf("outcome %+v", o)
	}
}

// The record ends with what could not be seen.
func TestLimitsAreRecorded(t *testing.T) {
	h := hosttest.New(recording())
	h.K.Fail["pidfd_getfd"] = "EPERM"
	h.P.Pieces["sys/kernel/yama/ptrace_scope"] = text("3\n")
	dir := h.P.Dirs["."][0]
	h.P.Dirs[dir+"/fd"] = append(h.P.Dirs[dir+"/fd"], "88")
	h.P.Links[dir+"/fd/88"] = &record.Link{Target: record.Bytes("socket:[8888]")}
	h.P.Pieces[dir+"/fdinfo/88"] = text("pos:\t0\nflags:\t02\nscm_fds: 2\n")
	h.P.Pieces["modules"] = text("nf_tables 303104 0 - Live 0x0\n")
	k := newKept()
	gather(t, &collect.Env{Host: h, Out: k, Seen: &collect.Seen{}}, socket())
	all := lines[record.SocketLimits](t, k, "socket")
	l := all[len(all)-1]
	if l.Type != "socket-limits" || l.PtraceScope != "3" || l.Unread["EPERM"] == 0 || l.NoHolder != 1 || l.PacketDiag != partMissing {
		t.Errorf("limits %+v", l)
	}
	if len(l.Carriers) != 1 || l.Carriers[0].FDs != 2 || l.Carriers[0].FD != 88 || l.Carriers[0].Ino != 8888 {
		t.Errorf("carriers %+v", l.Carriers)
	}
}

// Each newer call answered with ENOSYS: the fallback's result, no failure.
// A refusal is a failure. Neither is ever "no filter".
func TestKernelsThatRefuse(t *testing.T) {
	for _, tc := range []struct {
		call, errno string
		want        bundle.OutcomeCode
		states      map[uint64]string // inode -> state and errno
	}{
		{"pidfd_open", "ENOSYS", bundle.Collected, map[uint64]string{500: "unreadable ENOSYS", 501: "classic ", 599: "unreadable no holder"}},
		{"pidfd_getfd", "ENOSYS", bundle.Collected, map[uint64]string{500: "unreadable ENOSYS", 501: "unreadable ENOSYS", 599: "unreadable no holder"}},
		{"pidfd_open thread", "EINVAL", bundle.Collected, map[uint64]string{500: "none ", 501: "unreadable EINVAL"}},
		{"kcmp", "ENOSYS", bundle.Collected, map[uint64]string{500: "none ", 501: "classic "}},
		{"pidfd_getfd", "EPERM", bundle.Partial, map[uint64]string{500: "unreadable EPERM", 501: "unreadable EPERM"}},
		{"getsockopt filter", "EACCES", bundle.Collected, map[uint64]string{500: "ebpf EACCES", 501: "ebpf EACCES"}},
		{"getsockopt filter", "ENOPROTOOPT", bundle.Partial, map[uint64]string{501: "unreadable ENOPROTOOPT"}},
		{"netns", "ENOTTY", bundle.Collected, map[uint64]string{501: "classic "}},
	} {
		t.Run(tc.call+" "+tc.errno, func(t *testing.T) {
			got, o, _ := sweep(t, func(h *hosttest.Host) { h.K.Fail[tc.call] = tc.errno })
			if o.Outcome != tc.want {
				t.Errorf("outcome %+v, want %s", o, tc.want)
			}
			for ino, want := range tc.states {
				s, ok := got[ino]
				if state := s.FilterAs + " " + s.Errno; !ok || state != want {
					t.Errorf("socket %d: %q, want %q", ino, state, want)
				}
			}
			if len(got[501].Holders) != 1 {
				t.Errorf("holders of 501: %+v", got[501].Holders)
			}
		})
	}
}

func TestRefusedDescriptorTables(t *testing.T) {
	_, o, _ := sweep(t, func(h *hosttest.Host) { h.P.Denied["50/fd"] = "EACCES" })
	if o.Outcome != bundle.Partial || o.Errno != "EACCES" || !strings.Contains(o.Reason, "1 of 2") {
		t.Errorf("outcome %+v", o)
	}
}

// absent says whether a file of a process was not there: a replay may not
// tell a file that was not asked for from one that does not exist.
func absent(_ string, p *record.Piece) bool { return p != nil && p.Errno == "ENOENT" }
