package parser

import (
	gobinary "encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse/parsetest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

const recordNow = int64(1_711_000_000_000_000_000)

func jsonl(t testing.TB, values ...any) []byte {
	t.Helper()
	var b []byte
	for _, v := range values {
		line, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		b = append(append(b, line...), '\n')
	}
	return b
}

func recordSource(stream string, data []byte) parsetest.Source {
	return parsetest.Source{Files: []parsetest.File{
		{Name: "data/records/" + stream + ".00001.jsonl", Source: stream, Data: data},
		{Path: "/etc/passwd", Data: []byte("root:x:0:0:root:/root:/bin/bash\nsvc:x:998:998::/srv:/bin/false\n")},
	}}
}

func parseRecords(t testing.TB, stream string, data []byte) *parsetest.Kept {
	t.Helper()
	src := recordSource(stream, data)
	k, _ := parsetest.Parse(t, &src, All(), 1)
	out := &parsetest.Kept{Warnings: k.Warnings}
	for _, e := range k.Events {
		if e.Origin.Exhibit == 1 {
			out.Events = append(out.Events, e)
		}
	}
	return out
}

func sampleProcess() *record.Process {
	piece := func(s string) *record.Piece { return &record.Piece{Data: record.Bytes(s)} }
	return &record.Process{Type: "process", At: recordNow, Boottime: 5_000_000_000_000, PID: 4117,
		Files: map[string]*record.Piece{
			"stat":   piece("4117 (a) b) S 1 4117 4117 34816 4117 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 1000 200 18446744073709551615 1 2 3"),
			"status": piece("Name:\ta) b\nUid:\t998\t0\t0\t0\n"), "cmdline": piece("/usr/sbin/cron\x00-f\x00-P\x00"),
			"loginuid": piece("1000"), "sessionid": piece("4294967295"), "cgroup": piece("0::/system.slice/cron.service\n"), "wchan": piece("packet_recvmsg"),
			"environ": piece("HISTFILE=/dev/null\x00PATH=/bin\x00HOME=/tmp\x00SECRET=x\x00"), "stack": {Errno: "EPERM"},
			"maps": piece("00400000-00401000 r-xp 00000000 00:19 77 /dev/shm/x (deleted)\n7f787e0e2000-7f787e2e2000 rw-s 00000000 00:09 1938                       socket:[1938]\n"),
		},
		Exe: &record.Link{Target: record.Bytes("/dev/shm/x (deleted)"), Dev: 25, Ino: 77, Btime: 1_700_000_000_000_000_001}, CWD: &record.Link{Target: record.Bytes("/")},
		NS:        map[string]*record.Link{"net": {Target: record.Bytes("net:[4026531840]")}},
		ExeBag:    "data/exe/4117-0123456789ab",
		ExeSHA256: strings.Repeat("ab", 32)}
}

func TestProcessRecord(t *testing.T) {
	k := parseRecords(t, "process", jsonl(t, sampleProcess()))
	if len(k.Events) != 2 || len(k.Warnings) != 0 {
		t.Fatalf("%d events, warnings %v", len(k.Events), k.Warnings)
	}
	seen, ran := k.Events[0], k.Events[1]
	if ran.Action != "running" || seen.Action != "observed" || seen.Time.Instant != recordNow {
		t.Errorf("actions %q %q at %d", ran.Action, seen.Action, seen.Time.Instant)
	}
	if want := recordNow - 5_000_000_000_000 + 123_450_000_000; ran.Time.Instant != want || ran.Time.Latest-ran.Time.Earliest != 9_999_999 {
		t.Errorf("start %+v, want %d and 10 ms", ran.Time, want)
	}
	if !ran.Time.Reasons.Has(event.BootDerived) {
		t.Errorf("reasons %v", ran.Time.Reasons)
	}
	got := map[string]string{}
	for _, f := range ran.Fields {
		got[f.Name] = f.Value
	}
	want := map[string]string{"pid": "4117", "ppid": "1", "uid": "998", "auid": "1000", "ses": "4294967295", "tty": "pts/0", "comm": "a) b",
		"exe": "/dev/shm/x", "path": "/dev/shm/x", "exe_state": "deleted", "exe_ino": "77", "exe_dev": "25", "exe_born": "2023-11-14T22:13:20.000000001Z", "rings": "1938", "argv0": "/usr/sbin/cron", "cmdline": "/usr/sbin/cron -f -P",
		"cwd": "/", "netns": "4026531840", "start_ticks": "12345", "unit": "cron.service", "wchan": "packet_recvmsg", "state": "S", "environ_size": "48", "hist_env": "HOME=/tmp HISTFILE=/dev/null",
		"exe_bag": "data/exe/4117-0123456789ab", "exe_sha256": strings.Repeat("ab", 32)}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("fields (-want +got):\n%s", d)
	}
	if ran.Actor != "svc" || ran.Object != "/dev/shm/x" {
		t.Errorf("actor %q object %q", ran.Actor, ran.Object)
	}
}

func sampleSocket() *record.Socket {
	yes := true
	return &record.Socket{Type: "socket", At: recordNow, Ino: 40117, NetNS: 4026531840, Domain: 17, SockType: 3, Protocol: 0x800, IfIndex: 0,
		Method: "pidfd_getfd", FilterAs: "classic", Locked: &yes, UID: 0, Local: "packet:0800%0", Fanout: 6<<16 | 9,
		Filter: []record.Insn{{Code: 0x30, K: 23}, {Code: 0x15, JF: 4, K: 17}, {Code: 0xb1, K: 14}, {Code: 0x48, K: 22}, {Code: 0x15, JF: 1, K: 0xBEEF},
			{Code: 0x06, K: 0xffff}, {Code: 0x06}},
		Holders: []record.Holder{{PID: 4117, FD: 3, Start: 12345, Exe: record.Bytes("/dev/shm/x (deleted)"), Comm: record.Bytes("cron")}, {PID: 4118, FD: 3, Start: 12346}}}
}

func TestSocketRecord(t *testing.T) {
	k := parseRecords(t, "socket", jsonl(t, sampleSocket(),
		&record.Socket{Type: "socket", At: recordNow, Ino: 2, Domain: 17, SockType: 2, Protocol: 3, IfIndex: 2, Method: "pidfd_getfd", FilterAs: "ebpf", Errno: "EACCES", UID: 0},
		&record.Socket{Type: "socket", At: recordNow, Ino: 3, Domain: 17, SockType: 3, Protocol: 3, IfIndex: 0, Method: "proc_net", FilterAs: "unreadable", Errno: "no holder", UID: 998},
		&record.Socket{Type: "socket", At: recordNow, Ino: 4, Domain: 1, SockType: 1, Protocol: 0, IfIndex: -1, Method: "pidfd_getfd", FilterAs: "none", UID: -1}))
	if len(k.Events) != 4 {
		t.Fatalf("%d events, warnings %v", len(k.Events), k.Warnings)
	}
	for i, want := range []string{"filter-attached", "filter-ebpf", "filter-unreadable", "socket"} {
		if k.Events[i].Action != want {
			t.Errorf("event %d: action %q, want %q", i, k.Events[i].Action, want)
		}
	}
	for name, want := range map[string]string{"filter_shape": "payload-magic", "filter_payload": "0xBEEF", "filter_protocols": "udp", "filter_ports": "",
		"filter_len": "7", "pid": "4117", "pids": "4117,4118", "exe": "/dev/shm/x", "exe_state": "deleted", "locked": "true", "protocol": "0x0800",
		"domain": "packet", "type": "raw", "fanout": "cbpf 9 (program not readable)", "ifindex": "0", "start_ticks": "12345", "ino": "40117", "netns": "4026531840", "filter_proven": "1 of 1 paths",
		"filter_asm": "ldb [23]; jeq #0x11,2,6; ldxb 4*([14]&0xf); ldh [x+22]; jeq #0xbeef,5,6; ret #65535; ret #0"} {
		if got, _ := k.Events[0].Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if k.Events[2].Actor != "svc" || k.Events[2].Object != "socket:[3]" {
		t.Errorf("actor %q, object %q", k.Events[2].Actor, k.Events[2].Object)
	}
}

func sampleFiles() []any {
	return []any{
		&record.File{Type: "file", Path: record.Bytes("/etc/passwd"), Dev: 2049, Ino: 1, Mode: 0o100644, Nlink: 1, Size: 12, Atime: 30, Mtime: 10, Ctime: 10, Btime: 5},
		&record.File{Type: "file", Path: record.Bytes("/tmp/a\nb\x1b"), Dev: 2049, Ino: 2, Mode: 0o120777, Nlink: 1, Atime: 7, Mtime: 7, Ctime: 7, Target: record.Bytes("/etc"), Granule: 1e9},
		&record.File{Type: "file", Path: record.Bytes("/srv/한글"), Dev: 2049, Ino: 3, Mode: 0o040755, Nlink: 2, Atime: 1, Mtime: 2, Ctime: 3, Btime: 4, Covered: true,
			Xattrs: map[string]record.Bytes{"user.a": record.Bytes("1"), "security.capability": {0, 1}}},
	}
}

func TestFileRecord(t *testing.T) {
	k := parseRecords(t, "filestat", jsonl(t, sampleFiles()...))
	var got []string
	for _, e := range k.Events {
		got = append(got, fmt.Sprintf("%s %d %s %s", e.Meaning, e.Time.Instant, e.Time.Precision, e.Object))
	}
	want := []string{"m.c. 10 ns /etc/passwd", ".a.. 30 ns /etc/passwd", "...b 5 ns /etc/passwd", "mac. 7 s /tmp/a\nb\x1b",
		"m... 2 ns /srv/한글", ".a.. 1 ns /srv/한글", "..c. 3 ns /srv/한글", "...b 4 ns /srv/한글"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
	if v, _ := k.Events[4].Get("xattrs"); v != "security.capability,user.a" {
		t.Errorf("xattrs %q", v)
	}
}

func TestQuickFileAgreesWithJSON(t *testing.T) {
	for _, v := range append(sampleFiles(), &record.File{Type: "file", Path: record.Bytes("/q\"uote\\"), Size: -1, Mtime: -5, Attrs: 1 << 40},
		&record.File{Type: "file", Path: record.Bytes("\xff\xfe"), Errno: "EACCES"}) {
		line := strings.TrimSuffix(string(jsonl(t, v)), "\n")
		var slow, quick record.File
		if err := json.Unmarshal([]byte(line), &slow); err != nil {
			t.Fatal(err)
		}
		if quickFile(line, &quick) {
			if d := cmp.Diff(slow, quick); d != "" {
				t.Errorf("%s:\n%s", line, d)
			}
		}
	}
}

func FuzzQuickFile(f *testing.F) {
	for _, v := range sampleFiles() {
		f.Add(strings.TrimSuffix(string(jsonl(f, v)), "\n"))
	}
	f.Add(`{"t":"file","size":01}`)
	f.Fuzz(func(t *testing.T, line string) {
		var slow, quick record.File
		if !quickFile(line, &quick) {
			return
		}
		if err := json.Unmarshal([]byte(line), &slow); err != nil {
			t.Fatalf("quick takes %q, JSON says %v", line, err)
		}
		if d := cmp.Diff(slow, quick); d != "" {
			t.Errorf("%q:\n%s", line, d)
		}
	})
}

func TestClockRecord(t *testing.T) {
	c := func(when string, real, boot int64) record.Clock {
		return record.Clock{When: when, Realtime: real, Monotonic: boot, Boottime: boot, Adjtimex: &record.Timex{State: 0, Status: 1, MaxError: 200}}
	}
	k := parseRecords(t, "clock", jsonl(t, c("start", recordNow, 1e9), c("files", recordNow+1e9, 2e9), c("end", recordNow+3e9-2*3600e9, 4e9)))
	var got []string
	for _, e := range k.Events {
		step, _ := e.Get("step_ns")
		got = append(got, e.Action+" "+step)
	}
	if d := cmp.Diff([]string{"reading ", "reading ", "clock-step -7200000000000"}, got); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
}

func TestRecordContracts(t *testing.T) {
	for _, tc := range []struct {
		parser, stream string
		events         int
		data           []byte
	}{
		{"process", "process", 2, jsonl(t, sampleProcess())},
		{"socket", "socket", 1, jsonl(t, sampleSocket())},
		{"filestat", "filestat", 8, jsonl(t, sampleFiles()...)},
		{"clock", "clock", 1, jsonl(t, record.Clock{When: "start", Realtime: recordNow, Boottime: 5})},
		{"mount", "mount", 1, jsonl(t, record.Mount{Type: "mount", At: recordNow, ID: 1, Point: record.Bytes("/"), FSType: record.Bytes("ext4"), Walked: true})},
	} {
		t.Run(tc.parser, func(t *testing.T) {
			contract(t, parsetest.Case{Parser: tc.parser, Events: tc.events, Source: recordSource(tc.stream, tc.data)})
		})
	}
}

// What lies in a log directory and looks like a record is no record, and
// neither is one in a bundle that a desk sealed.
func TestPlantedRecordsAreNotTrusted(t *testing.T) {
	data := jsonl(t, sampleSocket())
	planted := parsetest.Source{Files: []parsetest.File{{Path: "/var/log/socket.00001.jsonl", Data: data}, {Path: "/data/records/socket.00001.jsonl", Data: data}}}
	desk := recordSource("socket", data)
	desk.Acq = bundle.Acquisition{Sealed: "desk"}
	for name, src := range map[string]*parsetest.Source{"on the host": &planted, "sealed at a desk": &desk} {
		k, res := parsetest.Parse(t, src, All(), 1)
		for _, x := range res.Exhibits {
			if x.Parser == "socket" {
				t.Errorf("%s: %q is taken for a record", name, x.Name)
			}
		}
		for _, e := range k.Events {
			if e.Source == "socket" {
				t.Errorf("%s: an event of source socket", name)
			}
		}
	}
}

func TestUnknownRecordLines(t *testing.T) {
	k := parseRecords(t, "process", []byte("{\"t\":\"zebra\"}\nnot json\n{\"t\":\"process\",\"pid\":\"x\"}\n[]\n"))
	var codes []string
	for _, w := range k.Warnings {
		if w.Exhibit == 1 {
			codes = append(codes, w.Code)
		}
	}
	if d := cmp.Diff([]string{"unknown-type", "unreadable", "unreadable", "unreadable"}, codes); d != "" {
		t.Errorf("warnings (-want +got):\n%s", d)
	}
	if len(k.Events) != 0 {
		t.Errorf("events %v", k.Events)
	}
}

// bpfInfo makes the head of struct bpf_prog_info.
func bpfInfo(kind uint32, tag string, jited uint32, load uint64, name string) record.Bytes {
	b := make([]byte, 232)
	gobinary.LittleEndian.PutUint32(b, kind)
	copy(b[8:16], tag)
	gobinary.LittleEndian.PutUint32(b[16:], jited)
	gobinary.LittleEndian.PutUint64(b[40:], load)
	copy(b[64:80], name)
	return b
}

func bpfLines(t testing.TB) []byte {
	call := func(helper int32) []byte {
		return gobinary.LittleEndian.AppendUint32([]byte{0x85, 0, 0, 0}, uint32(helper))
	}
	code := slices.Concat(call(0x100), []byte{0x95, 0, 0, 0, 0, 0, 0, 0}, []byte{0x85, 0x10, 0, 0, 5, 0, 0, 0})
	const symbols = "ffffffff81000000 T __bpf_call_base\nffffffff81000100 T bpf_probe_write_user\nffffffffc0000000 t bpf_prog_4141414141414141_hide\t[bpf]\n"
	return jsonl(t,
		&record.BPFView{Type: "bpf-view", At: recordNow, View: "kallsyms", Lines: record.Bytes(symbols)},
		&record.BPF{Type: "bpf-prog", At: recordNow, Boottime: 1e12, ID: 7, Info: bpfInfo(2, "AAAAAAAA", 64, 3e9, "hide"), Xlated: code, Symbols: record.Bytes(symbols),
			Holders: []record.Holder{{PID: 66, Exe: record.Bytes("/opt/x"), Comm: record.Bytes("x")}}},
		&record.BPF{Type: "bpf-prog", At: recordNow, Boottime: 1e12, ID: 9, Info: bpfInfo(1, "BBBBBBBB", 64, 4e9, "other"), Unlisted: true,
			Symbols: record.Bytes("ffffffff81000000 T __bpf_call_base\n")},
		&record.BPF{Type: "bpf-map", At: recordNow, ID: 3, Info: make(record.Bytes, 88), Entries: []record.Entry{{Key: record.Bytes("k"), Value: record.Bytes("v")}}},
		&record.BPF{Type: "bpf-link", At: recordNow, ID: 4, Errno: "EPERM"},
		&record.Hook{Type: "bpf-hook", At: recordNow, Where: "xdp", Target: record.Bytes("eth0"), Index: 2, Attach: 2, IDs: []uint32{7}},
		&record.Hook{Type: "bpf-hook", At: recordNow, Where: "tc", Target: record.Bytes("eth0"), Index: 2, Attach: 0xfffffff2, Filter: sampleSocket().Filter},
		&record.BPFView{Type: "bpf-view", At: recordNow, View: "ids", Of: "prog", First: 1, Last: 70, IDs: []uint32{9}})
}

func TestBPFRecord(t *testing.T) {
	k := parseRecords(t, "bpf", bpfLines(t))
	var got []string
	for _, e := range k.Events {
		calls, _ := e.Get("calls")
		sym, _ := e.Get("symbols")
		got = append(got, strings.Join([]string{e.Action, e.Object, calls, sym}, "|"))
	}
	want := []string{"view|kallsyms||1", "observed|prog 7 hide|bpf_probe_write_user|true", "loaded|prog 7 hide|bpf_probe_write_user|true",
		"hidden|prog 9 other||false", "loaded|prog 9 other||false", "observed|map 3||", "observed|link 4||", "attached|xdp eth0||", "attached|tc eth0||", "not-listed|ids prog||"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
	if shape, _ := k.Events[8].Get("filter_shape"); shape != "payload-magic" {
		t.Errorf("shape of the tc filter %q", shape)
	}
	if attach, _ := k.Events[7].Get("attach"); attach != "generic" {
		t.Errorf("mode of XDP %q", attach)
	}
	for _, e := range k.Events {
		if e.Action == "loaded" && e.Object == "prog 7 hide" && e.Time.Instant != recordNow-1e12+3e9 {
			t.Errorf("loaded at %d", e.Time.Instant)
		}
	}
}

func kernelLines(t testing.TB) []byte {
	k := func(name, data, errno string) *record.Kernel {
		return &record.Kernel{Type: "kernel", At: recordNow, Name: name, Piece: record.Piece{Data: record.Bytes(data), Errno: errno}}
	}
	return jsonl(t, k("/proc/modules", "nf_tables 303104 0 - Live 0xffffffffc0a00000\nrootme 16384 1 nf_tables, Live 0x0 (OE)\n", ""),
		k("/proc/sys/kernel/tainted", "12288\n", ""), k("/proc/sys/kernel/yama/ptrace_scope", "", "ENOENT"),
		k("/sys/kernel/tracing/kprobe_events", "# none\np:kprobes/p_x x64_sys_getdents64\n", ""),
		k("/sys/module", "nf_tables live\nrootme live\nquiet live\n", ""), k("/proc/kallsyms", "kernel 90000\nbpf 3\nnf_tables 20\nghost 5\n__builtin__ftrace 1\n", ""))
}

func TestKernelRecord(t *testing.T) {
	k := parseRecords(t, "kernel", kernelLines(t))
	var got []string
	for _, e := range k.Events {
		got = append(got, e.Action+" "+e.Object)
	}
	want := []string{"loaded nf_tables", "loaded rootme", "view /proc/modules", "taint kernel", "setting /proc/sys/kernel/yama/ptrace_scope",
		"hook p:kprobes/p_x x64_sys_getdents64", "view /sys/kernel/tracing/kprobe_events", "hidden quiet", "view /sys/module", "hidden ghost", "view /proc/kallsyms"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
	if v, _ := k.Events[3].Get("flags"); v != "OE" {
		t.Errorf("taint flags %q", v)
	}
}

func netnsLines(t testing.TB) []byte {
	const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	return jsonl(t, &record.NetNS{Type: "netns", At: recordNow, Ino: 5, PID: 1, Tasks: 9, Files: map[string]*record.Piece{
		"tcp": {Data: record.Bytes(head + "   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234 1\n" +
			"   1: 0A00000A:0016 017100CB:D431 01 00000000:00000000 00:00000000 00000000   998        0 1235 1\n")},
		"udp6": {Data: record.Bytes(head + "   0: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 0:0 0:0 0 0 0 77 2\n")},
		"arp":  {Data: record.Bytes("IP address       HW type     Flags       HW address            Mask     Device\n10.0.0.1         0x1         0x2         02:00:00:00:00:01     *        eth0\n")},
	}})
}

func TestNetNSRecord(t *testing.T) {
	k := parseRecords(t, "netns", netnsLines(t))
	var got []string
	for _, e := range k.Events {
		got = append(got, e.Action+" "+e.Object+" "+e.Actor)
	}
	want := []string{"namespace net:[5] ", "listening 127.0.0.1:22 root", "connection 203.0.113.1:54321 svc", "listening [::1]:53 root", "neighbour 10.0.0.1 "}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
}

func viewLines(t testing.TB) []byte {
	return jsonl(t, &record.PIDViews{Type: "pid-views", At: recordNow, PID: 666, Views: []string{"pidfd"}, Missed: []string{"readdir"}, Checks: 3, Comm: record.Bytes("x\x1b[2J")},
		&record.PIDViews{Type: "pid-views", At: recordNow, PID: 7, Views: []string{"end"}, Missed: []string{"start"}},
		&record.PIDViews{Type: "pid-views", At: recordNow, PID: 8, Views: []string{"start"}, Missed: []string{"end"}},
		&record.PIDViews{Type: "pid-views", At: recordNow, Counts: map[string]int{"readdir": 3, "pidfd": 4}})
}

func driftLines(t testing.TB) []byte {
	return jsonl(t, &record.Drift{Type: "drift", At: recordNow, View: "modules", Change: "came", Name: record.Bytes("rk\x1b[2J")},
		&record.Drift{Type: "drift", At: recordNow, View: "mounts", Change: "went", Name: record.Bytes("36 35 98:0 / /mnt rw - tmpfs none rw")},
		&record.Drift{Type: "drift", At: recordNow, View: "sockets", Before: 5, Now: 6, Came: 2, Went: 1, Changed: 1},
		&record.Drift{Type: "drift", At: recordNow, View: "bpf-links", Errno: "ENOSYS"})
}

func mappedLines(t testing.TB) []byte {
	return jsonl(t, &record.Mapped{Type: "mapped", At: recordNow, PID: 42, Start: 7, Range: "7f00-7f01", Perms: "r-xp", Path: record.Bytes("/dev/shm/l\x1b[2J.so"), Ino: 9,
		Mode: 0o100777, UID: 33, Size: 5, Why: []string{"it lies below /dev/shm", "anybody may write it"}, Bag: "data/deleted/42-map-7f00-7f01", SHA256: strings.Repeat("ab", 32)},
		&record.Mapped{Type: "mapped", At: recordNow, PID: 43, Path: record.Bytes("/memfd:x (deleted)"), Why: []string{"it has no name any more"}, Errno: "EPERM"})
}

func clockSyncLines(t testing.TB) []byte {
	off, bound, freq, no := int64(37e9), int64(5e6), int64(-3541), false
	return jsonl(t, &record.ClockSync{Type: "clock-sync", At: recordNow, Keeper: "chrony", From: record.Bytes("/var/log/chrony/measurements.log"), Stated: recordNow - 1e9, Offset: &off, Error: &bound},
		&record.ClockSync{Type: "clock-sync", At: recordNow, Keeper: "chrony", From: record.Bytes("/var/lib/chrony/drift"), Frequency: &freq},
		&record.ClockSync{Type: "clock-sync", At: recordNow, Keeper: "chrony", From: record.Bytes("x\x1b"), Error: &bound},
		&record.ClockSync{Type: "clock-sync", At: recordNow, Keeper: "kernel", From: record.Bytes("adjtimex(2)"), Synced: &no})
}

func TestClockSyncEvents(t *testing.T) {
	want := []string{"chrony: true time was 37s ahead of the host's clock, +- 5ms", "chrony: the clock runs wrong by -3541 ppb by itself",
		"chrony: the host's clock was within 5ms of its source", "kernel: the host's clock is not synchronised"}
	i := 0
	for line := range strings.Lines(string(clockSyncLines(t))) {
		e, err := offsetEvent("clock-sync", []byte(line))
		if err != nil || e.Message != want[i] || e.Action != "clock-offset" {
			t.Errorf("%+v, %v, want %q", e, err, want[i])
		}
		i++
	}
}

func TestMappedEvents(t *testing.T) {
	line, _, _ := strings.Cut(string(mappedLines(t)), "\n")
	var m record.Mapped
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		t.Fatal(err)
	}
	e := mappedEvent(&m)
	if e.Action != "mapped" || e.Object != "/dev/shm/l\x1b[2J.so" || e.Message != "process 42 has /dev/shm/l\x1b[2J.so mapped as code: it lies below /dev/shm; anybody may write it" {
		t.Errorf("%+v", e)
	}
	var fields []string
	for _, f := range e.Fields {
		fields = append(fields, f.Name+"="+f.Value)
	}
	if got := strings.Join(fields, " "); !strings.Contains(got, "mode=100777") || !strings.Contains(got, "uid=33") || !strings.Contains(got, "start_ticks=7") {
		t.Errorf("fields %s", got)
	}
}

func TestDriftEvents(t *testing.T) {
	var got []string
	for line := range strings.Lines(string(driftLines(t))) {
		var d record.Drift
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatal(err)
		}
		e := driftEvent(&d)
		got = append(got, e.Action+"|"+e.Object+"|"+e.Message)
	}
	want := []string{
		"came|module rk\x1b[2J|module rk\x1b[2J came while the collector ran",
		"went|mount 36 35 98:0 / /mnt rw - tmpfs none rw|mount 36 35 98:0 / /mnt rw - tmpfs none rw went while the collector ran",
		"views|sockets|drift of sockets while the collector ran: 5 before, 6 now, 2 came, 1 went",
		"views|bpf-links|drift of bpf-links cannot be told: ENOSYS",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
}

func TestMoreRecordContracts(t *testing.T) {
	for _, tc := range []struct {
		parser, stream string
		events         int
		data           []byte
	}{
		{"bpf", "bpf", 10, bpfLines(t)},
		{"module", "kernel", 11, kernelLines(t)},
		{"netns", "netns", 5, netnsLines(t)},
		{"mapped", "mapped", 2, mappedLines(t)},
		{"clock", "clocksync", 4, clockSyncLines(t)},
		{"clock", "ntp", 1, []byte(`{"t":"ntp","server":"192.0.2.1","address":"192.0.2.1:123","t1":1700000000000000000,"t4":1700000000000000100,"offset":37000000000,"error":5000000,"stratum":2}` + "\n")},
		{"pidview", "view", 4, viewLines(t)},
		{"pidview", "drift", 4, viewLines(t)},
		{"pidview", "drift", 4, driftLines(t)},
	} {
		t.Run(tc.parser, func(t *testing.T) {
			contract(t, parsetest.Case{Parser: tc.parser, Events: tc.events, Source: recordSource(tc.stream, tc.data)})
		})
	}
}
