package source

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/host/hosttest"
	"github.com/saksi-dfir/saksi/collect/record"
)

// bpfObjects reads the objects of the record, and its views.
func bpfObjectsOf(t testing.TB, k *kept) (objects []record.BPF, views []record.BPFView) {
	t.Helper()
	for _, l := range k.lines["data/records/bpf"] {
		var head struct {
			T string `json:"t"`
		}
		if err := json.Unmarshal(l, &head); err != nil {
			t.Fatal(err)
		}
		if head.T == "bpf-hook" {
			continue
		}
		if head.T == "bpf-view" {
			var v record.BPFView
			if err := json.Unmarshal(l, &v); err != nil {
				t.Fatal(err)
			}
			views = append(views, v)
			continue
		}
		var o record.BPF
		if err := json.Unmarshal(l, &o); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, o)
	}
	return objects, views
}

func TestEBPFFilterAndItsProgram(t *testing.T) {
	needRoot(t)
	d := startDecoy(t, "packet-raw+ebpf", nil)
	env, k := liveEnv(t)
	gather(t, env, socket())
	if s := socketOf(t, k, d.ino); s == nil || s.FilterAs != "ebpf" || s.Errno != "EACCES" || len(s.Filter) != 0 {
		t.Errorf("socket %+v, want the state ebpf with EACCES", s)
	}
	o := gather(t, env, ebpf())
	if o.Outcome != bundle.Collected {
		t.Errorf("outcome %+v", o)
	}
	objects, _ := bpfObjectsOf(t, k)
	var prog, m bool
	for _, o := range objects {
		for _, h := range o.Holders {
			if h.PID != d.pid {
				continue
			}
			switch o.Type {
			case "bpf-prog":
				prog = true
				if want := []byte{0xb7, 0, 0, 0, 0xff, 0xff, 0, 0, 0x95}; !bytes.HasPrefix(o.Xlated, want) {
					t.Errorf("translated code % x, want it to begin with % x", o.Xlated, want)
				}
				if tag := fmt.Sprintf("bpf_prog_%x", []byte(o.Info[8:16])); len(o.Jited) > 0 && bytes.Contains(o.Symbols, []byte("__bpf_call_base")) &&
					!bytes.Contains(o.Symbols, []byte(tag)) {
					t.Errorf("symbols %q are without %s", o.Symbols, tag)
				}
				if kind := binary.NativeEndian.Uint32(o.Info); kind != 1 {
					t.Errorf("program type %d", kind)
				}
				if !bytes.Equal(o.Info[24:40], make([]byte, 16)) {
					t.Errorf("addresses of the collector in the record: % x", o.Info[24:40])
				}
			case "bpf-map":
				m = true
				want := []record.Entry{{Key: record.Bytes("key1"), Value: record.Bytes("value..1")}}
				if diff := cmp.Diff(want, o.Entries); diff != "" {
					t.Errorf("contents (-want +got):\n%s", diff)
				}
			}
		}
	}
	if !prog || !m {
		t.Errorf("program found %v, map found %v, of %d objects", prog, m, len(objects))
	}
}

func TestProgramsOnInterfaces(t *testing.T) {
	needRoot(t)
	d := startDecoy(t, "packet-raw+hooks", nil)
	env, k := liveEnv(t)
	gather(t, env, ebpf())
	var own uint64
	if l, err := os.Readlink(fmt.Sprintf("/proc/%d/task/%d/ns/net", d.pid, d.tid)); err == nil {
		own, _ = nsInode(l, netnsPrefix)
	}
	where := map[string]record.Hook{}
	for _, l := range k.lines["data/records/bpf"] {
		var h record.Hook
		if err := json.Unmarshal(l, &h); err != nil {
			t.Fatal(err)
		}
		if h.Type == "bpf-hook" && h.NetNS == own {
			where[h.Where] = h
		}
	}
	for _, w := range []string{"xdp", "tcx"} {
		h, ok := where[w]
		if !ok || len(h.IDs) != 1 || string(h.Target) != "lo" || h.Index != 1 {
			t.Errorf("%s on the decoy's loopback: %+v", w, h)
			continue
		}
		objects, _ := bpfObjectsOf(t, k)
		found := false
		for _, o := range objects {
			found = found || o.Type == "bpf-prog" && o.ID == h.IDs[0]
		}
		if !found {
			t.Errorf("program %d of %s is not among the objects", h.IDs[0], w)
		}
	}
}

// An object that opens by its id but is left out of the walk was hidden.
func TestObjectHiddenFromTheWalk(t *testing.T) {
	h := hosttest.New(recording())
	h.K.BPF = []record.BPF{{Type: "bpf-prog", ID: 7, Info: record.Bytes("seven")}, {Type: "bpf-prog", ID: 12, Info: record.Bytes("twelve"), Unlisted: true},
		{Type: "bpf-prog", ID: 20}, {Type: "bpf-map", ID: 3}}
	k := newKept()
	o := gather(t, &collect.Env{Host: h, Out: k}, ebpf())
	objects, views := bpfObjectsOf(t, k)
	var hidden []uint32
	for _, b := range objects {
		if b.Unlisted {
			hidden = append(hidden, b.ID)
		}
	}
	if len(objects) != 4 || len(hidden) != 1 || hidden[0] != 12 {
		t.Errorf("%d objects, hidden %v, want 4 and the 12th", len(objects), hidden)
	}
	for _, v := range views {
		if v.View == "ids" && v.Of == "prog" && !cmp.Equal(v.IDs, []uint32{12}) {
			t.Errorf("view %+v", v)
		}
	}
	if len(o.Flags) == 0 || o.Outcome != bundle.Collected {
		t.Errorf("outcome %+v", o)
	}
}

// A program whose symbol is there but which no id leads to was hidden from bpf(2).
func TestProgramOnlyInTheSymbols(t *testing.T) {
	const listed, hidden = "1122334455667788", "99aabbccddeeff00"
	for _, tc := range []struct{ symbols, want string }{
		{"ffffffffc0200000 t bpf_prog_" + listed + "_fw\t[bpf]\n", ""},
		{"ffffffffc0200000 t bpf_prog_" + listed + "_fw\t[bpf]\nffffffffc0201000 t bpf_prog_" + hidden + "_hide\t[bpf]\n", "bpf_prog_" + hidden + "_hide"},
	} {
		h := hosttest.New(recording())
		info := make([]byte, 228)
		copy(info[8:], "\x11\x22\x33\x44\x55\x66\x77\x88")
		h.K.BPF = []record.BPF{{Type: "bpf-prog", ID: 7, Info: info}}
		h.P.Exes["kallsyms"], h.P.Links["kallsyms"] = []byte("ffffffff81000000 T __bpf_call_base\n"+tc.symbols), &record.Link{}
		k := newKept()
		o := gather(t, &collect.Env{Host: h, Out: k}, ebpf())
		_, views := bpfObjectsOf(t, k)
		got := ""
		for _, v := range views {
			if v.View == "symbols" {
				got = string(v.Lines)
			}
		}
		if !bytes.Contains([]byte(got), []byte(tc.want)) || tc.want == "" && got != "" || (len(o.Flags) > 0) != (tc.want != "") {
			t.Errorf("view %q, flags %v, want %q", got, o.Flags, tc.want)
		}
	}
}

func TestKernelsWithoutTheWalk(t *testing.T) {
	for errno, want := range map[string]bundle.OutcomeCode{"ENOSYS": bundle.Collected, "EINVAL": bundle.Collected, "EPERM": bundle.Partial} {
		h := hosttest.New(recording())
		h.K.Fail["bpf next"] = errno
		k := newKept()
		o := gather(t, &collect.Env{Host: h, Out: k}, ebpf())
		if o.Outcome != want {
			t.Errorf("%s: outcome %+v, want %s", errno, o, want)
		}
		_, views := bpfObjectsOf(t, k)
		said := 0
		for _, v := range views {
			if v.View == "ids" && v.Errno == errno {
				said++
			}
		}
		if said != 4 {
			t.Errorf("%s: said of %d kinds", errno, said)
		}
	}
}

func TestSymbolsOfPrograms(t *testing.T) {
	for line, want := range map[string]bool{
		"ffffffffc0200000 t bpf_prog_6deef7357e7b4530_sd_fw_egress\t[bpf]\n": true,
		"ffffffff81206d46 T bpf_probe_write_user\n":                          true,
		"ffffffff81206d46 T __bpf_call_base\n":                               true,
		"ffffffff81206d46 T tcp_v4_rcv\n":                                    false,
		"ffffffff81206d46 d bpf_verifier_ops\n":                              false,
		"garbage":                                                            false,
	} {
		if got := bpfSymbol(line); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

// pinTree is a file tree with one bpf file system.
type pinTree struct{ host.Files }

func (pinTree) Mounts() ([]host.Mount, error) {
	return []host.Mount{{Point: "/", FSType: "ext4"}, {Point: "/sys/fs/bpf", FSType: "bpf"}}, nil
}

func (pinTree) Stat(path string) (record.File, error) {
	if path == "/sys/fs/cgroup/cgroup.controllers" {
		return record.File{Ino: 1}, nil
	}
	return record.File{}, syscall.ENOENT
}

func (pinTree) ReadDir(path string, fn func(string, byte) bool) error {
	switch path {
	case "/sys/fs/bpf":
		_ = fn("sub", 4) && fn("old", 8)
	case "/sys/fs/bpf/sub":
		fn("hide", 8)
	case "/sys/fs/cgroup":
		fn("system.slice", 4)
	}
	return nil
}

func TestPinsAndControlGroups(t *testing.T) {
	r := recording()
	r.Files = pinTree{}
	h := hosttest.New(r)
	h.K.Hooks = []record.Hook{{Where: "pin", Target: record.Bytes("/sys/fs/bpf/sub/hide"), Name: record.Bytes("prog"), IDs: []uint32{7}},
		{Where: "cgroup", Target: record.Bytes("/sys/fs/cgroup/system.slice"), Attach: 1, IDs: []uint32{9}},
		{Where: "xdp", NetNS: 5, Target: record.Bytes("eth0"), IDs: []uint32{8}}}
	k := newKept()
	gather(t, &collect.Env{Host: h, Out: k}, ebpf())
	var got []string
	for _, l := range k.lines["data/records/bpf"] {
		var b record.Hook
		if err := json.Unmarshal(l, &b); err != nil {
			t.Fatal(err)
		}
		if b.Type == "bpf-hook" {
			got = append(got, fmt.Sprintf("%s %s %v %s", b.Where, b.Target, b.IDs, b.Errno))
		}
	}
	want := []string{"xdp eth0 [8] ", "pin /sys/fs/bpf/old [] ENOENT", "pin /sys/fs/bpf/sub/hide [7] ", "cgroup /sys/fs/cgroup/system.slice [9] "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("hooks (-want +got):\n%s", diff)
	}
}
