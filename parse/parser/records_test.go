package parser

import (
	"encoding/json"
	"fmt"
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
