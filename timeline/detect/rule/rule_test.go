package rule

import (
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/detect/detecttest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

const t0 = int64(1_710_000_000e9)

// proc makes the two events of one process.
func proc(n int, host, pid, exe, state string, more ...string) []*event.Event {
	fields := append([]string{"pid=" + pid, "start_ticks=4711", "exe=" + exe, "exe_state=" + state, "ppid=1", "uid=0"}, more...)
	return []*event.Event{
		detecttest.Event(n, host, "process", "running", t0, fields...),
		detecttest.Event(n, host, "process", "observed", t0+3600e9, append(fields, "ordinal=1")...),
	}
}

// sock makes a filter event.
func sock(n int, host, pid string, fields ...string) *event.Event {
	base := []string{"pid=" + pid, "start_ticks=4711", "domain=packet", "type=raw", "protocol=0x0800", "ifindex=0", "filter_len=30", "filter_asm=ldh [12]; jeq #0x800, 0, 27"}
	return detecttest.Event(n, host, "socket", "filter-attached", t0+3600e9, append(base, fields...)...)
}

func join(groups ...[]*event.Event) []*event.Event { return slices.Concat(groups...) }

// firing is the classic shape: three protocols, constants, no port, all
// interfaces, held by a process whose executable was deleted from /dev/shm.
func firing() []*event.Event {
	return append(proc(1, "web01", "812", "/dev/shm/kdm (deleted)", "deleted"),
		sock(3, "web01", "812", "exe=/dev/shm/kdm (deleted)", "filter_payload=0x5293,0x7255", "filter_protocols=tcp,udp,icmp", "filter_ports="))
}

func TestContracts(t *testing.T) {
	examples := examples()
	var names []string
	for _, d := range All() {
		name := d.Describe().Name
		names = append(names, name)
		t.Run(name, func(t *testing.T) { detecttest.Contract(t, d, examples[name]) })
	}
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) || len(names) == 0 {
		t.Errorf("list is not sorted or names repeat: %q", names)
	}
}

func TestSocketFilterNamesWhatItSaw(t *testing.T) {
	fs := detecttest.Find(t, SocketFilter{}, firing()...)
	if len(fs) != 1 {
		t.Fatalf("findings %+v", fs)
	}
	f := fs[0]
	if f.PID != 812 || f.Path != "/dev/shm/kdm" || f.Level != claim.High || f.Confidence != "high" || f.Implant != "exe:/dev/shm/kdm" || len(f.Events) != 3 {
		t.Errorf("%+v", f)
	}
	for _, want := range []string{"0x5293", "0x7255", "jeq #0x800", "ports: none", "icmp", "deleted"} {
		if !strings.Contains(f.Title+f.Detail, want) {
			t.Errorf("finding does not name %q:\n%s\n%s", want, f.Title, f.Detail)
		}
	}
}

func TestOneImplantJoinsBothFindings(t *testing.T) {
	fs, err := detect.Run(t.Context(), All(), detecttest.Memory(firing()), detecttest.Covered("present"))
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]string{}
	for _, f := range fs {
		rules[f.Rule] = f.Implant
	}
	if rules["socket-filter"] == "" || rules["socket-filter"] != rules["deleted-exe"] {
		t.Errorf("implants %v", rules)
	}
}

func TestLegitimateHoldersDoNotFire(t *testing.T) {
	cases := map[string][]*event.Event{
		"dhcp client, bound interface": join(proc(1, "h", "9", "/usr/sbin/dhclient", "plain"), []*event.Event{
			sock(3, "h", "9", "ifindex=2", "filter_payload=0x63825363", "filter_protocols=udp", "filter_ports=68", "filter_shape=dhcp")}),
		"dhcp client after an upgrade": join(proc(1, "h", "9", "/usr/sbin/dhclient (deleted)", "deleted"), []*event.Event{
			sock(3, "h", "9", "filter_payload=0x63825363", "filter_protocols=udp", "filter_ports=68")}),
		"capture on a port":          {sock(3, "h", "9", "filter_ports=53", "filter_protocols=udp", "filter_shape=ports")},
		"lldp ethertype":             {sock(3, "h", "9", "filter_shape=lldp")},
		"lldp multicast constants":   {sock(3, "h", "9", "filter_shape=lldp", "filter_payload=0x0180c200")},
		"netlink message filter":     {detecttest.Event(1, "h", "socket", "filter-attached", t0, "domain=netlink", "filter_payload=0x1", "pid=1")},
		"tcp flags, header only":     {sock(3, "h", "9", "filter_protocols=tcp", "filter_shape=protocols")},
		"ebpf filter":                {detecttest.Event(1, "h", "socket", "filter-ebpf", t0, "domain=packet", "pid=1")},
		"filter that was not read":   {detecttest.Event(1, "h", "socket", "filter-unreadable", t0, "domain=packet", "pid=1")},
		"the collector's own socket": {sock(3, "h", "9", "self=true", "filter_payload=0x1111", "filter_shape=payload-magic")},
		"a socket of the collector's process": join(proc(1, "h", "9", "/tmp/saksi-collect (deleted)", "deleted", "self=true"), []*event.Event{
			sock(3, "h", "9", "filter_payload=0x1111", "filter_shape=payload-magic")}),
	}
	for name, events := range cases {
		if fs := detecttest.Find(t, SocketFilter{}, events...); len(fs) != 0 {
			t.Errorf("%s: %s", name, fs[0].Title)
		}
	}
}

func TestSocketFilterLevels(t *testing.T) {
	cases := []struct {
		name  string
		ev    []*event.Event
		level claim.Level
	}{
		{"capture by hand, packaged program at a terminal", join(proc(1, "h", "9", "/usr/bin/tcpdump", "plain", "tty=34816"), []*event.Event{
			sock(3, "h", "9", "ifindex=2", "filter_payload=0x47455420", "filter_protocols=tcp", "filter_shape=payload-magic")}), claim.Low},
		{"any constant, live packaged file, all interfaces, three protocols", join(proc(1, "h", "9", "/usr/sbin/atd", "plain", "unit=atd.service"), []*event.Event{
			sock(3, "h", "9", "filter_payload=0xC0FFEE01", "filter_protocols=tcp,udp,icmp", "filter_shape=payload-magic")}), claim.High},
		{"a filter on a udp socket's own port", join(proc(1, "h", "9", "/usr/sbin/dnsd", "plain", "unit=dnsd.service"), []*event.Event{
			detecttest.Event(3, "h", "socket", "filter-attached", t0, "pid=9", "start_ticks=4711", "domain=inet", "type=dgram", "local=0.0.0.0:53", "filter_payload=0x7255", "filter_shape=payload-magic")}), claim.Low},
		{"no holder visible", []*event.Event{
			detecttest.Event(3, "h", "socket", "filter-attached", t0, "domain=packet", "ifindex=0", "filter_payload=0x7255", "filter_protocols=udp", "filter_sha256=ab")}, claim.Medium},
		{"raw udp socket of a deleted file", join(proc(1, "h", "9", "/usr/bin/x (deleted)", "deleted"), []*event.Event{
			detecttest.Event(3, "h", "socket", "filter-attached", t0, "pid=9", "start_ticks=4711", "domain=inet", "type=raw", "filter_payload=0x7255", "filter_protocols=udp")}), claim.High},
		{"capture at a terminal through a ring, on all interfaces", join(proc(1, "h", "9", "/usr/bin/tcpdump", "plain", "tty=pts/0", "rings=41,42"), []*event.Event{
			sock(3, "h", "9", "ino=42", "filter_payload=0x7255", "filter_protocols=udp", "filter_shape=payload-magic")}), claim.Low},
		{"the ring of another socket", join(proc(1, "h", "9", "/usr/bin/tcpdump", "plain", "tty=pts/0", "rings=41"), []*event.Event{
			sock(3, "h", "9", "ino=42", "filter_payload=0x7255", "filter_protocols=udp", "filter_shape=payload-magic")}), claim.Medium},
		{"overlay network: one protocol, its own unit", join(proc(1, "h", "9", "/usr/sbin/overlayd", "plain", "unit=overlayd.service"), []*event.Event{
			sock(3, "h", "9", "filter_payload=0x5453F09F,0x92AC", "filter_protocols=udp", "filter_shape=payload-magic")}), claim.Low},
		{"two payload words XORed, memory file", join(proc(1, "h", "9", "/memfd:x (deleted)", "memfd"), []*event.Event{
			sock(3, "h", "9", "filter_computed=(payload[0:4] ^ payload[4:4])==0x31337", "filter_protocols=udp", "filter_shape=payload-magic")}), claim.High},
		{"a sequence number on one port, deleted file", join(proc(1, "h", "9", "/usr/bin/x (deleted)", "deleted"), []*event.Event{
			sock(3, "h", "9", "filter_header=tcp.seq[0:4]==0x13371337", "filter_protocols=tcp", "filter_ports=443", "filter_shape=ports-header")}), claim.Medium},
		{"payload on one port, operator at a terminal", join(proc(1, "h", "9", "/usr/bin/tcpdump", "plain", "tty=pts/0"), []*event.Event{
			sock(3, "h", "9", "filter_payload=0x47455420", "filter_protocols=tcp", "filter_ports=80", "filter_shape=ports-payload")}), claim.Low},
		{"ports beside the constants, deleted file, two protocols", join(proc(1, "h", "9", "/usr/bin/x (deleted)", "deleted"), []*event.Event{
			sock(3, "h", "9", "filter_payload=0x7255", "filter_protocols=udp,tcp", "filter_ports=53", "filter_shape=ports-payload")}), claim.High},
	}
	for _, c := range cases {
		fs := detecttest.Find(t, SocketFilter{}, c.ev...)
		if len(fs) != 1 || fs[0].Level != c.level {
			t.Errorf("%s: %+v, want level %s", c.name, fs, c.level)
		}
		if c.level == claim.Low && len(fs) == 1 && fs[0].Implant != "" {
			t.Errorf("%s: a low finding claims the implant %q", c.name, fs[0].Implant)
		}
	}
}

func TestDeletedExe(t *testing.T) {
	stands := func(dev string, born int64) *event.Event {
		return detecttest.Event(9, "h", "file", "timestamp", born, "object=/usr/sbin/atd", "meaning=...b", "dev="+dev)
	}
	replaced := detecttest.Event(9, "h", "file", "stat", t0+10e9, "object=/usr/sbin/sshd", "meaning=...b")
	cases := []struct {
		name    string
		ev      []*event.Event
		level   claim.Level
		implant string
	}{
		{"dev shm", proc(1, "h", "9", "/dev/shm/x (deleted)", "deleted"), claim.High, "exe:/dev/shm/x"},
		{"var tmp", proc(1, "h", "9", "/var/tmp/.x/y (deleted)", "deleted"), claim.High, "exe:/var/tmp/.x/y"},
		{"memfd", proc(1, "h", "9", "/memfd:a (deleted)", "memfd", "exe_sha256=0123456789abcdef"), claim.High, "exe:memfd:a#0123456789ab"},
		{"upgrade", append(proc(1, "h", "9", "/usr/sbin/sshd (deleted)", "deleted", "unit=ssh.service"), replaced), claim.Low, ""},
		{"upgrade without a unit", append(proc(1, "h", "9", "/usr/sbin/sshd (deleted)", "deleted"), replaced), claim.Low, ""},
		{"deployment", append(proc(1, "h", "9", "/srv/app/server (deleted)", "deleted"), detecttest.Event(9, "h", "file", "timestamp", t0+10e9, "object=/srv/app/server", "meaning=macb")), claim.Low, ""},
		{"a new file at a path for temporary files explains nothing", append(proc(1, "h", "9", "/tmp/x (deleted)", "deleted"), detecttest.Event(9, "h", "file", "timestamp", t0+10e9, "object=/tmp/x", "meaning=macb")), claim.High, "exe:/tmp/x"},
		{"the original put back", append(proc(1, "h", "9", "/usr/sbin/atd (deleted)", "deleted", "exe_dev=7"), stands("7", t0-90*86400e9)), claim.Medium, "exe:/usr/sbin/atd"},
		{"a staged upgrade of the unit's own program", append(proc(1, "h", "9", "/usr/sbin/atd (deleted)", "deleted", "exe_dev=7", "unit=atd.service"), stands("7", t0-3600e9)), claim.Low, ""},
		{"container: the host's file at the path explains nothing", append(proc(1, "h", "9", "/usr/sbin/atd (deleted)", "deleted", "exe_dev=48"), stands("7", t0+10e9)), claim.Medium, "exe:/usr/sbin/atd"},
		{"removed package, service runs on", proc(1, "h", "9", "/usr/sbin/gone (deleted)", "deleted", "unit=gone.service"), claim.Low, ""},
		{"started out of a web server", proc(1, "h", "9", "/usr/sbin/gone (deleted)", "deleted", "unit=apache2.service"), claim.Medium, "exe:/usr/sbin/gone"},
		{"packaged path, gone, no unit", proc(1, "h", "9", "/usr/sbin/gone (deleted)", "deleted"), claim.Medium, "exe:/usr/sbin/gone"},
		{"home", proc(1, "h", "9", "/home/kim/a.out (deleted)", "deleted", "tty=34817"), claim.Medium, "exe:/home/kim/a.out"},
	}
	for _, c := range cases {
		fs := detecttest.Find(t, DeletedExe{}, c.ev...)
		if len(fs) != 1 || fs[0].Level != c.level || fs[0].Implant != c.implant {
			t.Errorf("%s: %+v, want %s %q", c.name, fs, c.level, c.implant)
		}
	}
}

func TestDeletedExeDoesNotFire(t *testing.T) {
	for name, ev := range map[string][]*event.Event{
		"plain file":                         proc(1, "h", "9", "/usr/sbin/sshd", "plain"),
		"file whose name ends like the mark": proc(1, "h", "9", "/srv/x (deleted)", "plain"),
		"the collector":                      proc(1, "h", "9", "/tmp/saksi-collect (deleted)", "deleted", "self=true"),
		"kernel thread":                      proc(1, "h", "9", "", ""),
		"another source":                     {detecttest.Event(1, "h", "audit", "exec", t0, "pid=9", "exe=/dev/shm/x (deleted)", "exe_state=deleted")},
	} {
		if fs := detecttest.Find(t, DeletedExe{}, ev...); len(fs) != 0 {
			t.Errorf("%s: %s", name, fs[0].Title)
		}
	}
}

// The replacement counts only where it was seen in the same acquisition.
func TestReplacementOfAnotherHostDoesNotExplain(t *testing.T) {
	ev := append(proc(1, "h", "9", "/usr/sbin/sshd (deleted)", "deleted"),
		detecttest.Event(9, "other", "file", "stat", t0, "object=/usr/sbin/sshd"))
	if fs := detecttest.Find(t, DeletedExe{}, ev...); len(fs) != 1 || fs[0].Level != claim.Medium {
		t.Errorf("%+v", fs)
	}
}

// Names of any length and content end in findings of bounded size.
func TestFindingsAreBounded(t *testing.T) {
	long := strings.Repeat("\x1b[2J/a", 40_000)
	ev := append(proc(1, "h", "9", "/tmp/"+long, "deleted", "cmdline="+long, "argv0=/usr/sbin/"+long),
		sock(3, "h", "9", "filter_payload=0x1", "filter_protocols=tcp,udp", "filter_shape=payload-magic"),
		detecttest.Event(5, "h", "history", "exec", t0, "actor=kim", "object=rm /var/log/"+long))
	fs, err := detect.Run(t.Context(), All(), detecttest.Memory(ev), detecttest.Covered("present"))
	if err != nil || len(fs) < 3 {
		t.Fatalf("%d findings, %v", len(fs), err)
	}
	for _, f := range fs {
		if len(f.Title) > 600 || len(f.Detail) > 4000 {
			t.Errorf("%s: title of %d bytes, detail of %d", f.Rule, len(f.Title), len(f.Detail))
		}
	}
}
