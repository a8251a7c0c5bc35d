package gen

import (
	"fmt"
	"time"

	"github.com/saksi-dfir/saksi/collect/record"
)

// implantMagic is the payload constant of the saved decoy's filter.
const implantMagic = "0x9D41"

// Paths that the decoys ran from when their state was saved.
const (
	savedMagic = "/dev/shm/saksi-decoy-magic"
	savedDHCP  = "/run/saksi-decoy-dhcp"
)

// exhibits lists what the bundle of a host holds, in order of volatility.
func exhibits(h hostSpec) ([]part, error) {
	clocks, err := encode(clockRecords(h))
	if err != nil {
		return nil, err
	}
	procs, socks, err := liveRecords(h)
	if err != nil {
		return nil, err
	}
	m := scenario()
	last := m.collected.Add(-10 * time.Minute)
	const file = 0o100000
	ps := []part{
		{source: "clock", target: "all clocks", lines: clocks},
		{source: "process", target: "all processes", lines: procs},
		{source: "socket", target: "all reachable sockets", lines: socks},
		{source: "logins", target: "/var/log/wtmp", mode: file | 0o664, mtime: last, data: wtmp(h)},
		{source: "logs", target: "/var/log/auth.log", mode: file | 0o640, mtime: last, data: authLog(h)},
		{source: "logs", target: "/var/log/audit/audit.log", mode: file | 0o600, mtime: last, data: auditLog(h)},
		{source: "accounts", target: "/etc/passwd", mode: file | 0o644, mtime: m.from, data: passwd()},
		{source: "history", target: "/home/" + admin + "/.bash_history", mode: file | 0o600, uid: adminUID, mtime: at("2024-07-29 14:30:00"), data: bashHistory(h)},
	}
	files, err := encode(fileRecords(h, ps))
	if err != nil {
		return nil, err
	}
	ps = append(ps, part{source: "filestat", target: "/", lines: files})
	for i := range ps {
		ps[i].ino = uint64(262144 + i)
	}
	return ps, nil
}

func clockRecords(h hostSpec) []record.Clock {
	c := scenario().collected
	var out []record.Clock
	for i, when := range []string{"start", "volatile", "logs", "end"} {
		t := c.Add(time.Duration(i) * 1400 * time.Millisecond)
		out = append(out, record.Clock{When: when, Realtime: t.UnixNano(), Monotonic: t.Sub(h.boot).Nanoseconds(), Boottime: t.Sub(h.boot).Nanoseconds()})
	}
	return out
}

// liveRecords moves the saved processes and sockets into the scenario: the
// magic-packet decoy to the infected host, the DHCP-like one to all.
func liveRecords(h hostSpec) (procs, socks [][]byte, err error) {
	ps, err := load[record.Process]("process.jsonl")
	if err != nil {
		return nil, nil, err
	}
	ks, err := load[record.Socket]("socket.jsonl")
	if err != nil {
		return nil, nil, err
	}
	const netns = 4026531840
	moves := map[string]shift{savedDHCP: {pid: 598, ppid: 1, start: h.boot.Add(9 * time.Second), netns: netns, names: []string{savedDHCP, "/usr/sbin/dhclient", "saksi-decoy-dhc", "dhclient", "-kind\x00dhcp\x00-sleep\x0010m", "-4\x00ens5"}}}
	if h.infected {
		moves[savedMagic] = shift{pid: implantPID, ppid: 1, start: scenario().started, netns: netns, names: []string{savedMagic, implantPath, "saksi-decoy-mag", ".sm-agentd", "-magic\x0040257\x00-unlink\x00-sleep\x0010m", "--init"}}
	}
	var outP []record.Process
	var outK []record.Socket
	for _, p := range ps {
		s, ok := moves[savedAs(p)]
		if !ok {
			continue
		}
		for _, k := range ks {
			for _, o := range k.Holders {
				if o.PID == p.PID {
					outK = append(outK, moveSocket(h, k, p.PID, s))
				}
			}
		}
		outP = append(outP, moveProcess(h, p, s))
	}
	if len(outP) != len(moves) || len(outK) < len(moves) {
		return nil, nil, fmt.Errorf("saved records: %d processes and %d sockets for %d decoys", len(outP), len(outK), len(moves))
	}
	if procs, err = encode(outP); err != nil {
		return nil, nil, err
	}
	socks, err = encode(outK)
	return procs, socks, err
}

// savedAs is the path a saved process ran from, without the kernel's mark.
func savedAs(p record.Process) string {
	if p.Exe == nil {
		return ""
	}
	t := string(p.Exe.Target)
	for _, s := range []string{savedMagic, savedDHCP} {
		if t == s || t == s+" (deleted)" {
			return s
		}
	}
	return ""
}

// fileRecords is the walk of the few files that the sample names.
func fileRecords(h hostSpec, ps []part) []record.File {
	m := scenario()
	install := at("2023-11-02 10:20:30").UnixNano()
	dir := func(path string, ino uint64, mtime time.Time) record.File {
		t := mtime.UnixNano()
		return record.File{Type: "file", Path: record.Bytes(path), Dev: 0xfe01, Ino: ino, Mode: 0o040755, Nlink: 2, Size: 4096, Atime: t, Mtime: t, Ctime: t, Btime: install}
	}
	out := []record.File{dir("/", 2, at("2023-11-02 10:31:00")), dir("/etc", 131, m.from), dir("/var/log", 140, m.from)}
	shm := dir("/dev/shm", 1, h.boot)
	shm.Dev, shm.Mode, shm.Btime = 0x18, 0o041777, h.boot.UnixNano()
	if h.infected {
		shm.Mtime, shm.Ctime = m.removed.UnixNano(), m.removed.UnixNano()
	}
	out = append(out, shm)
	for i, p := range ps {
		if p.data != nil {
			t := p.mtime.UnixNano()
			out = append(out, record.File{Type: "file", Path: record.Bytes(p.target), Dev: 0xfe01, Ino: uint64(262144 + i), Mode: p.mode, UID: p.uid, GID: p.uid, Nlink: 1,
				Size: int64(len(p.data)), Atime: t, Mtime: t, Ctime: t, Btime: m.from.UnixNano()})
		}
	}
	return out
}
