package source

import (
	"encoding/json"
	"strings"
	"testing"

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
			found = strings.Contains(string(p.Data), " 0800 ")
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
	if o := gather(t, env, drift()); o.Outcome != bundle.Skipped {
		t.Errorf("without a first look: %+v", o)
	}
	gather(t, env, process())
	h.P.Dirs["."] = []string{"50", "60"}
	h.P.Pieces["60/stat"] = text("60 (new) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 2 0 999 0 0 0")
	gather(t, env, drift())
	got := lines[record.PIDViews](t, k, "drift")
	if len(got) != 3 || got[0].PID != 60 || string(got[0].Comm) != "new" || got[1].PID != 40 || got[2].Counts["came"] != 1 || got[2].Counts["went"] != 1 {
		t.Errorf("drift %+v", got)
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
