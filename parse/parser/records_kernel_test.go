package parser

import (
	gobinary "encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse/parsetest"
)

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
