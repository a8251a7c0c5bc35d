package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host/hosttest"
	"github.com/saksi-dfir/saksi/collect/record"
)

// A process that the directory does not show, but that answers when its pid
// is opened, was hidden; one check is not enough to say so.
func TestProcessHiddenFromTheDirectory(t *testing.T) {
	r := recording()
	h := hosttest.New(r)
	h.P.Dirs["."] = []string{"50"} // 40 is left out
	k := newKept()
	o := gather(t, &collect.Env{Host: h, Out: k}, pidview())
	got := lines[record.PIDViews](t, k, "view")
	if len(got) != 2 || got[0].PID != 40 || got[0].Checks != 3 || string(got[0].Comm) != "cr) on" {
		t.Fatalf("views %+v", got)
	}
	if strings.Join(got[0].Missed, ",") != "readdir" || strings.Join(got[0].Views, ",") != "pidfd,lookup" {
		t.Errorf("views %v missed %v", got[0].Views, got[0].Missed)
	}
	if got[1].PID != 0 || got[1].Counts["readdir"] != 1 || got[1].Counts["pidfd"] != 2 {
		t.Errorf("totals %+v", got[1])
	}
	if len(o.Flags) != 1 {
		t.Errorf("outcome %+v", o)
	}
	if h.K.Open() != 0 {
		t.Errorf("%d descriptors left open", h.K.Open())
	}
}

func TestViewsWithoutPidfd(t *testing.T) {
	h := hosttest.New(recording())
	h.K.Fail["pidfd_open"] = "ENOSYS"
	for _, pid := range []string{"40", "50"} {
		h.P.Links[pid+"/ns/pid"] = &record.Link{Target: record.Bytes("pid:[1]")}
		h.P.Pieces[pid+"/status"] = text("Name:\tx\nTgid:\t" + pid + "\n")
	}
	k := newKept()
	gather(t, &collect.Env{Host: h, Out: k}, pidview())
	got := lines[record.PIDViews](t, k, "view")
	if len(got) != 1 || got[0].Counts["pidfd"] != 2 || got[0].Errnos["pidfd"] != "ENOSYS" {
		t.Errorf("views %+v", got)
	}
}

func TestViewsOfThisHost(t *testing.T) {
	env, k := liveEnv(t)
	o := gather(t, env, pidview())
	got := lines[record.PIDViews](t, k, "view")
	total := got[len(got)-1]
	if total.PID != 0 || total.Counts["readdir"] == 0 || total.Counts["tasks"] == 0 {
		t.Errorf("totals %+v, outcome %+v", total, o)
	}
}

func TestNamespacesAndKernelOfThisHost(t *testing.T) {
	needRoot(t)
	d := startDecoy(t, "packet-raw+netns", knockFilter(14, 0x6161))
	env, k := liveEnv(t)
	gather(t, env, netns())
	found := false
	for _, ns := range lines[record.NetNS](t, k, "netns") {
		if p := ns.Files["packet"]; p != nil && ns.PID == d.pid {
			found = found || strings.Contains(string(p.Data), " 0800 ")
		}
	}
	if !found {
		t.Errorf("the namespace of thread %d with its packet socket is missing", d.tid)
	}
	o := gather(t, env, kernelState())
	if o.Outcome != bundle.Collected && o.Outcome != bundle.Partial {
		t.Errorf("outcome %+v", o)
	}
	if len(k.files["data/kernel/dmesg"]) == 0 {
		t.Error("the kernel log is missing")
	}
	seen := map[string]bool{}
	for _, l := range k.lines["data/records/kernel"] {
		var f record.Kernel
		if err := json.Unmarshal(l, &f); err != nil {
			t.Fatal(err)
		}
		seen[f.Name] = len(f.Data) > 0 || f.Lines > 0 || f.Errno != ""
	}
	for _, name := range []string{"/proc/modules", "/proc/sys/kernel/tainted", "/proc/kallsyms", "/proc/version", "/sys/module"} {
		if !seen[name] {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestDriftDuringTheRun(t *testing.T) {
	h := hosttest.New(recording())
	k := newKept()
	env := &collect.Env{Host: h, Out: k, Seen: &collect.Seen{}}
	if o := gather(t, env, drift()); o.Outcome != bundle.Partial || !o.Benign {
		t.Errorf("without a first look: %+v", o)
	}
	k = newKept()
	env.Out, env.Seen = k, &collect.Seen{}
	h.P.Pieces["modules"] = text("ext4 1 0 - Live 0x0\nold 1 0 - Live 0x0\n")
	plan, err := drift().Plan(t.Context(), env)
	if err != nil {
		t.Fatal(err)
	}
	gather(t, env, process())
	gather(t, env, socket())
	h.P.Dirs["."] = []string{"50", "60"}
	h.P.Pieces["60/stat"] = text("60 (new) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 2 0 999 0 0 0")
	h.P.Pieces["modules"] = text("ext4 1 0 - Live 0x0\nrk\x1b[31m 1 0 - Live 0x0\n")
	before := len(k.lines["data/records/process"])
	o, err := drift().Collect(t.Context(), env, plan[0])
	if err != nil {
		t.Fatal(err)
	}
	var got []record.PIDViews
	var names []string
	totals := map[string]record.Drift{}
	for _, l := range k.lines["data/records/drift"] {
		var v record.PIDViews
		var d record.Drift
		if err := errors.Join(json.Unmarshal(l, &v), json.Unmarshal(l, &d)); err != nil {
			t.Fatal(err)
		}
		switch {
		case v.Type == "pid-views":
			got = append(got, v)
		case d.Change == "":
			totals[d.View] = d
		default:
			names = append(names, d.View+" "+d.Change+" "+string(d.Name))
		}
	}
	if len(got) != 3 || got[0].PID != 60 || string(got[0].Comm) != "new" || got[1].PID != 40 || got[2].Counts["came"] != 1 || got[2].Counts["went"] != 1 {
		t.Errorf("drift %+v", got)
	}
	if l := k.lines["data/records/process"][before:]; len(l) != 1 || !strings.Contains(string(l[0]), `"pid":60`) {
		t.Errorf("the process that came is recorded as %s", l)
	}
	want := []string{"modules came rk\x1b[31m", "modules went old", "threads went 40/task/41"}
	if m := totals["modules"]; strings.Join(names, ";") != strings.Join(want, ";") || m.Came != 1 || m.Went != 1 || m.Before != 2 || m.Now != 2 {
		t.Errorf("names %q, modules %+v", names, m)
	}
	if s, ok := totals["sockets"]; !ok || s.Before == 0 || s.Went == 0 || s.Now+s.Went != s.Before {
		t.Errorf("sockets %+v: those of process 40 went", s)
	}
	if len(totals) != len(viewNames())+1 || len(o.Flags) == 0 {
		t.Errorf("totals %v, outcome %+v", totals, o)
	}
}

// A thread that comes and the namespace that only it is in are told; the
// collector's own threads are not.
func TestDriftOfThreads(t *testing.T) {
	h := hosttest.New(recording())
	k := newKept()
	env := &collect.Env{Host: h, Out: k, Seen: &collect.Seen{}}
	h.P.Dirs["50/task"] = []string{"50", "51"}
	h.P.Links["51/ns/net"] = &record.Link{Target: record.Bytes("net:[1]")}
	plan, err := drift().Plan(t.Context(), env)
	if err != nil {
		t.Fatal(err)
	}
	self := itoa(os.Getpid())
	h.P.Dirs["."] = append(h.P.Dirs["."], self)
	h.P.Dirs[self+"/task"] = []string{self, "999999"}
	h.P.Dirs["50/task"] = []string{"50", "52"}
	h.P.Links["50/task/52/ns/uts"] = &record.Link{Target: record.Bytes("uts:[777]")}
	if _, err := drift().Collect(t.Context(), env, plan[0]); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range k.lines["data/records/drift"] {
		var d record.Drift
		if err := json.Unmarshal(l, &d); err != nil {
			t.Fatal(err)
		}
		if d.Type == "drift" && d.Change != "" {
			got = append(got, d.View+" "+d.Change+" "+string(d.Name))
		}
	}
	if want := []string{"threads came 50/task/52", "threads went 50/task/51", "namespaces came uts:[777]"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A socket that is opened while the collector runs, and one whose filter is
// exchanged, are recorded at the end; those that stay as they are are not.
func TestDriftOfSocketsOfThisHost(t *testing.T) {
	needRoot(t)
	stay := startDecoy(t, "packet-raw", knockFilter(14, 0x6262))
	swap, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(swap)
	var st unix.Stat_t
	if err := unix.Fstat(swap, &st); err != nil {
		t.Fatal(err)
	}
	env, k := liveEnv(t)
	plan, err := drift().Plan(t.Context(), env)
	if err != nil {
		t.Fatal(err)
	}
	gather(t, env, process())
	gather(t, env, socket())
	first := len(k.lines["data/records/socket"])
	late := startDecoy(t, "packet-raw", knockFilter(14, 0x6363))
	prog := unix.SockFprog{Len: 1, Filter: &unix.SockFilter{Code: 0x06, K: 0xffff}}
	if err := unix.SetsockoptSockFprog(swap, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog); err != nil {
		t.Fatal(err)
	}
	if _, err := drift().Collect(t.Context(), env, plan[0]); err != nil {
		t.Fatal(err)
	}
	again := map[uint64]int{}
	for _, l := range k.lines["data/records/socket"][first:] {
		var s record.Socket
		if err := json.Unmarshal(l, &s); err != nil {
			t.Fatal(err)
		}
		again[s.Ino] = len(s.Filter)
	}
	if _, ok := again[stay.ino]; ok || again[late.ino] != 7 || again[st.Ino] != 1 {
		t.Errorf("recorded at the end: %v; want %d with 7 and %d with 1 instruction, not %d", again, late.ino, st.Ino, stay.ino)
	}
	came := false
	for _, l := range k.lines["data/records/drift"] {
		came = came || strings.Contains(string(l), fmt.Sprintf(`"pid":%d,`, late.pid))
	}
	if c, ok := env.Seen.Exes[late.pid]; !came || !ok || c.SHA256 == "" {
		t.Errorf("the process that came late: recorded %v, copy of its executable %+v", came, c)
	}
}

func TestLongFileOfANamespace(t *testing.T) {
	h := hosttest.New(recording())
	row := "   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234 1\n"
	h.P.Pieces["40/net/tcp"] = text(strings.Repeat(row, 5000))
	h.P.Pieces["40/net/udp"] = text(strings.Repeat(row, 200_000))
	k := newKept()
	o := gather(t, &collect.Env{Host: h, Out: k}, netns())
	got := lines[record.NetNS](t, k, "netns")
	if len(got) != 3 {
		t.Fatalf("%d lines, want tcp, udp and the rest", len(got))
	}
	if p := got[0].Files["tcp"]; len(got[0].Files) != 1 || p == nil || len(p.Data) != 5000*len(row) {
		t.Errorf("first line %d files", len(got[0].Files))
	}
	if p := got[1].Files["udp"]; p == nil || !p.Cap || len(p.Data) != netFileCap {
		t.Errorf("second line %v", p != nil)
	}
	if got[2].Files["packet"] == nil || o.Outcome != bundle.Partial {
		t.Errorf("third line %v, outcome %+v", got[2].Files, o)
	}
}
