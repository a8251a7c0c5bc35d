package parser

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/collect/record"
)

// Modules by five views: each hides or shows another one.
func TestViewsOfModules(t *testing.T) {
	kernel := func(name, of, data string) *record.Kernel {
		return &record.Kernel{Type: "kernel", At: recordNow, Name: name, Of: of, Lines: 3, Piece: record.Piece{Data: record.Bytes(data)}}
	}
	k := parseRecords(t, "kernel", jsonl(t,
		kernel("/proc/modules", "", "ext4 1 0 - Live 0xffffffffc0100000\nnosys 1 0 - Live 0xffffffffc0200000 (OE)\n"),
		kernel("/sys/module", "names of modules with initstate", "ext4 live text=0xffffffffc0100000\nnoproc live taint=OE\n"),
		kernel("/proc/kallsyms", "number of symbols by owner", "kernel 9\next4 3\nonlysym 2\nbpf 1\n"),
		kernel("/proc/kallsyms", "addresses that are zero", "3"),
		kernel("/proc/vmallocinfo", "", "0xffffffffc0100000-0xffffffffc0180000  524288 load_module+0x1a2/0x9d0 pages=127 vmalloc N0=127\n"+
			"0xffffffffc0300000-0xffffffffc0304000   16384 load_module+0x1a2/0x9d0 pages=3 vmalloc N0=3\n"+
			"0xffffffffc0400000-0xffffffffc0402000    8192 bpf_jit_alloc_exec+0x10/0x20 pages=1 vmalloc N0=1\n"),
		kernel("/proc/keys", "", "2f1a2b3c I--Q---     1 perm 1f3f0000  1000 65534 keyring   _uid.1000: empty\n"),
		kernel("/sys/kernel/tracing/instances/x/kprobe_events", "", "p:kprobes/hide __x64_sys_getdents64\n")))
	var got []string
	for _, e := range k.Events {
		if e.Action != "view" && e.Action != "loaded" {
			got = append(got, e.Action+" "+e.Object)
		}
	}
	want := []string{"hidden noproc", "hidden nosys", "hidden onlysym", "setting /proc/kallsyms", "hidden 0xffffffffc0300000", "entry /proc/keys",
		"hook p:kprobes/hide __x64_sys_getdents64"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
}
