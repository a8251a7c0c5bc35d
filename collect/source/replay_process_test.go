package source

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host/hosttest"
	"github.com/saksi-dfir/saksi/collect/record"
)

func TestOddExecutables(t *testing.T) {
	for _, tc := range []struct {
		target, cmdline string
		want            bool
	}{
		{"/usr/sbin/sshd", "sshd: root@pts/0\x00", false}, {"/dev/shm/x", "x\x00", true}, {"/tmp/a b", "", true}, {"/usr/lib/.cache/x", "x\x00", true},
		{"/usr/bin/x", "[kworker/0:1]\x00", true}, {"/usr/bin/bash", "-bash\x00", false}, {"/home/u/devel/x", "x\x00", false},
	} {
		c := exeCopier{env: &collect.Env{}, proc: hosttest.New(recording()).P}
		if got := len(c.reasons(taskOf(40, 0), tc.target, []byte(tc.cmdline))) > 0; got != tc.want {
			t.Errorf("%q %q: %v", tc.target, tc.cmdline, got)
		}
	}
}

// What may not be looked at is never reported as nothing found.
func TestRefusalIsSaid(t *testing.T) {
	for _, s := range []collect.Source{deleted(), procmem(), exe(), process()} {
		h := hosttest.New(recording())
		h.P.Denied["40/fd"], h.P.Denied["50/fd"] = "EACCES", "EACCES"
		for _, pid := range []string{"40", "50"} {
			h.P.Pieces[pid+"/maps"] = &record.Piece{Errno: "EACCES"}
			h.P.Links[pid+"/exe"] = &record.Link{Errno: "EACCES"}
		}
		o := gather(t, &collect.Env{Host: h, Out: newKept(), Seen: &collect.Seen{}}, s)
		if o.Outcome != bundle.Partial || o.Errno != "EACCES" {
			t.Errorf("%s: %+v", s.Describe().Name, o)
		}
	}
}

func TestReplayedProcesses(t *testing.T) {
	h := hosttest.New(recording())
	h.P.Pieces["50/stat"].Errno = "ESRCH"
	h.P.Pieces["40/maps"] = &record.Piece{Errno: "ETIMEDOUT"}
	k := newKept()
	env := &collect.Env{Host: h, Out: k, Seen: &collect.Seen{Exes: map[int]collect.ExeCopy{}}}
	gather(t, env, exe())
	o := gather(t, env, process())
	if o.Outcome != bundle.Partial || o.Errno != "ETIMEDOUT" {
		t.Errorf("outcome %+v", o)
	}
	ps := lines[record.Process](t, k, "process")
	if len(ps) != 2 || ps[0].PID != 40 || !ps[1].Gone {
		t.Fatalf("processes %+v", ps)
	}
	if ps[0].ExeBag == "" || string(k.files[ps[0].ExeBag]) != "\x7fELF deleted" {
		t.Errorf("executable %q", k.files[ps[0].ExeBag])
	}
	if !slices.Equal(ps[0].Threads, []int{41}) || ps[0].FDs[0].FD != 0 {
		t.Errorf("threads %v, descriptors %+v", ps[0].Threads, ps[0].FDs)
	}
}

// A descriptor number that was used again between the walk and the reading
// must not lend its socket to the inode that was seen.
func TestReusedDescriptor(t *testing.T) {
	got, _, _ := sweep(t, func(h *hosttest.Host) {
		h.P.Links["40/fd/3"] = &record.Link{Target: record.Bytes("socket:[999]")} // now another socket
	})
	if s, ok := got[999]; ok && s.FilterAs != "unreadable" {
		t.Errorf("socket 999 was read through the wrong descriptor: %+v", s)
	}
	if s := got[500]; len(s.Holders) != 1 || s.Holders[0].PID != 50 {
		t.Errorf("socket 500: %+v", s)
	}
}

// A sweep names nameless executables by their hash and carries none.
func TestSweepHashesOnly(t *testing.T) {
	h := hosttest.New(recording())
	k := newKept()
	env := &collect.Env{Host: h, Out: k, Profile: "sweep", Seen: &collect.Seen{Exes: map[int]collect.ExeCopy{}}}
	gather(t, env, exe())
	gather(t, env, process())
	if len(k.files) != 0 {
		t.Errorf("%d files were copied", len(k.files))
	}
	p := lines[record.Process](t, k, "process")[0]
	sum := sha256.Sum256([]byte("\x7fELF deleted"))
	if p.ExeSHA256 != hex.EncodeToString(sum[:]) || p.ExeBag != "" {
		t.Errorf("hash %q, copy %q", p.ExeSHA256, p.ExeBag)
	}
}

// What was recorded of this host, played back, gives the same records again.
func TestRecordedHostReplays(t *testing.T) {
	needRoot(t)
	d := startDecoy(t, "packet-raw", knockFilter(14, 0x7272))
	env, k := liveEnv(t)
	gather(t, env, process())
	gather(t, env, socket())
	rec := hosttest.Recording{Clock: env.Host.Clock("replay")}
	for _, p := range lines[record.Process](t, k, "process") {
		few := len(rec.Processes) < 15 || p.PID == d.pid
		if few && !p.Gone && p.FDsErrno == "" && p.Exe.Errno != "EACCES" && !p.Self {
			rec.Processes = append(rec.Processes, p)
		}
	}
	for _, s := range lines[record.Socket](t, k, "socket") {
		if s.Method == "pidfd_getfd" && s.Domain == 17 && !s.Self {
			rec.Sockets = append(rec.Sockets, s)
		}
	}
	h := hosttest.New(rec)
	again := newKept()
	gather(t, &collect.Env{Host: h, Out: again, Seen: &collect.Seen{}}, process())
	gather(t, &collect.Env{Host: h, Out: again, Seen: &collect.Seen{}}, socket())
	ignore := cmpopts.IgnoreFields(record.Process{}, "At", "Boottime")
	if diff := cmp.Diff(rec.Processes, lines[record.Process](t, again, "process"), ignore, cmpopts.EquateEmpty(), cmpopts.IgnoreMapEntries(absent)); diff != "" {
		t.Errorf("processes (-recorded +replayed):\n%.3000s", diff)
	}
	found := false
	for _, s := range lines[record.Socket](t, again, "socket") {
		if s.Ino == d.ino {
			found = true
			want := *socketOf(t, k, d.ino)
			if diff := cmp.Diff(want, s, cmpopts.IgnoreFields(record.Socket{}, "At")); diff != "" {
				t.Errorf("socket (-recorded +replayed):\n%s", diff)
			}
		}
	}
	if !found {
		t.Errorf("the decoy's socket is not in the replay")
	}
}
