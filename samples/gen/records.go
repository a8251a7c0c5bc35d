package gen

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/collect/record"
)

// records holds kernel replies saved by the real collector (samples/README.md).
//
//go:embed records
var records embed.FS

// shift says how a saved process is moved into the scenario: new ids, new
// start, new names of the same meaning. Structure and states stay.
type shift struct {
	pid, ppid int
	uid       int
	start     time.Time
	names     []string // old, new, old, new ... as strings.NewReplacer takes them
	netns     uint64
}

// load reads the saved lines of one file into values of T.
func load[T any](name string) ([]T, error) {
	b, err := records.ReadFile("records/" + name)
	if err != nil {
		return nil, fmt.Errorf("saved records: %w", err)
	}
	var out []T
	for i, l := range bytes.Split(bytes.TrimSpace(b), []byte("\n")) {
		var v T
		if err := json.Unmarshal(l, &v); err != nil {
			return nil, fmt.Errorf("saved records %s, line %d: %w", name, i+1, err)
		}
		out = append(out, v)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("saved records %s: empty", name)
	}
	return out, nil
}

// moveProcess shifts one saved process.
func moveProcess(h hostSpec, p record.Process, s shift) record.Process {
	now := scenario().collected
	oldPID := p.PID
	p.PID, p.At, p.Boottime = s.pid, now.UnixNano(), now.Sub(h.boot).Nanoseconds()
	r := strings.NewReplacer(append(s.names, fmt.Sprintf("/proc/%d/", oldPID), fmt.Sprintf("/proc/%d/", s.pid))...)
	for name, f := range p.Files {
		if f == nil {
			continue
		}
		data := r.Replace(string(f.Data))
		switch name {
		case "stat":
			data = moveStat(data, s, ticks(h, s.start))
		case "status":
			data = moveStatus(data, s)
		case "loginuid", "sessionid":
			data = "4294967295"
		}
		p.Files[name] = &record.Piece{Data: record.Bytes(data), Errno: f.Errno, Cap: f.Cap}
	}
	for _, l := range []*record.Link{p.Exe, p.CWD, p.Root} {
		if l != nil {
			l.Target = record.Bytes(r.Replace(string(l.Target)))
			moveLink(l, s.start)
		}
	}
	for name, l := range p.NS {
		if name == "net" && l != nil && s.netns != 0 {
			l.Target, l.Ino = record.Bytes(fmt.Sprintf("net:[%d]", s.netns)), s.netns
		}
	}
	for i := range p.FDs {
		p.FDs[i].Target = record.Bytes(r.Replace(string(p.FDs[i].Target)))
	}
	for i, tid := range p.Threads {
		p.Threads[i] = tid - oldPID + s.pid
	}
	p.ExeBag = "" // the copy of the decoy stays out of the sample
	return p
}

// moveLink puts the times of a link's target just before the start.
func moveLink(l *record.Link, start time.Time) {
	t := start.Add(-5 * time.Second).UnixNano()
	for _, f := range []*int64{&l.Mtime, &l.Ctime, &l.Btime} {
		if *f != 0 {
			*f = t
		}
	}
}

// moveStat rewrites pid, parent and start of a stat line (proc(5)): the
// fields behind the last parenthesis are state, ppid, pgrp, session ...
func moveStat(data string, s shift, start uint64) string {
	i := strings.LastIndexByte(data, ')')
	open := strings.IndexByte(data, '(')
	if i < 0 || open < 0 {
		return data
	}
	f := strings.Fields(data[i+1:])
	if len(f) < 20 {
		return data
	}
	f[1], f[2], f[3], f[19] = strconv.Itoa(s.ppid), strconv.Itoa(s.pid), strconv.Itoa(s.pid), strconv.FormatUint(start, 10)
	return fmt.Sprintf("%d %s %s\n", s.pid, data[open:i+1], strings.Join(f, " "))
}

// moveStatus rewrites the ids of a status file.
func moveStatus(data string, s shift) string {
	ids := map[string]string{"Tgid": strconv.Itoa(s.pid), "Pid": strconv.Itoa(s.pid), "PPid": strconv.Itoa(s.ppid), "NStgid": strconv.Itoa(s.pid), "NSpid": strconv.Itoa(s.pid),
		"NSpgid": strconv.Itoa(s.pid), "NSsid": strconv.Itoa(s.pid), "Uid": strings.TrimSuffix(strings.Repeat(strconv.Itoa(s.uid)+"\t", 4), "\t")}
	lines := strings.Split(data, "\n")
	for i, l := range lines {
		name, _, ok := strings.Cut(l, ":")
		if v, move := ids[name]; ok && move {
			lines[i] = name + ":\t" + v
		}
	}
	return strings.Join(lines, "\n")
}

// moveSocket shifts one saved socket; its instructions stay as the kernel gave them.
func moveSocket(h hostSpec, k record.Socket, from int, s shift) record.Socket {
	r := strings.NewReplacer(s.names...)
	k.At = scenario().collected.UnixNano()
	k.NetNS = s.netns
	k.UID = int64(s.uid)
	for i := range k.Holders {
		o := &k.Holders[i]
		if o.PID == from {
			o.PID, o.Start = s.pid, ticks(h, s.start)
		}
		if o.TID == from {
			o.TID = s.pid
		}
		o.Exe, o.Comm = record.Bytes(r.Replace(string(o.Exe))), record.Bytes(r.Replace(string(o.Comm)))
	}
	return k
}

// lines encodes values as JSON lines.
func encode[T any](vs []T) ([][]byte, error) {
	var out [][]byte
	for _, v := range vs {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("record: %w", err)
		}
		out = append(out, b)
	}
	return out, nil
}
